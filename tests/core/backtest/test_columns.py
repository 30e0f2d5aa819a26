"""Columns come from the very file that was written; the copy in the cache may be lost or damaged."""

import os
from pathlib import Path

import numpy as np
import pytest

from core.backtest.columns import RECORDED, Columns, ColumnsError, read_columns, write_parquet

COLUMNS: Columns = {
    "ts_ns": np.arange(2_000),
    "name": np.full(2_000, "a", object),
    "value": np.arange(2_000) / 7,
}


@pytest.fixture
def written(tmp_path: Path) -> tuple[Path, str]:
    """(file, its SHA-256); its directory is the cache, too."""
    path = tmp_path / "recorded.parquet"
    return path, write_parquet(path, COLUMNS, RECORDED)


def assert_whole(columns: Columns) -> None:
    assert {name: each.tolist() for name, each in columns.items()} == {
        name: each.tolist() for name, each in COLUMNS.items()
    }


def test_a_file_that_is_not_the_one_asked_for_is_refused(written: tuple[Path, str]) -> None:
    """Also one that reads well: a copy under the hash of another would be believed for ever."""
    path, sha256 = written
    write_parquet(path, {**COLUMNS, "value": COLUMNS["value"] + 1}, RECORDED)
    with pytest.raises(ColumnsError, match=r"recorded\.parquet is damaged .*: import or run it again"):
        read_columns(path, RECORDED, path.parent, sha256)
    assert not list(path.parent.glob("*.arrow"))
    assert write_parquet(path, COLUMNS, RECORDED) == sha256
    assert_whole(read_columns(path, RECORDED, path.parent, sha256))


@pytest.mark.parametrize("kept", [0, 5, 1_000, -1])
def test_a_damaged_copy_is_made_again(written: tuple[Path, str], kept: int) -> None:
    path, sha256 = written
    read_columns(path, RECORDED, path.parent, sha256)
    (copy,) = path.parent.glob("*.arrow")
    whole = copy.read_bytes()
    copy.write_bytes(whole[:kept])
    assert_whole(read_columns(path, RECORDED, path.parent, sha256))
    assert copy.read_bytes() == whole


def test_a_copy_is_on_the_disk_before_it_has_its_name(
    written: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, sha256 = written
    synced: list[tuple[int, list[Path]]] = []
    real = os.fsync

    def sync(handle: int) -> None:
        synced.append((os.fstat(handle).st_size, list(path.parent.glob("*.arrow"))))
        real(handle)

    monkeypatch.setattr(os, "fsync", sync)
    read_columns(path, RECORDED, path.parent, sha256)
    assert synced == [((path.parent / f"{sha256}.arrow").stat().st_size, [])]
