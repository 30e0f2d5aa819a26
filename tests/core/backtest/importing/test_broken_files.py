"""Every kind of broken input: one line that names the file and the row, and everything as it was before."""

import errno
import gzip
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import zstandard

from core.backtest.catalog import Catalog
from core.backtest.dataset import COMPLETE, PARTIAL
from core.backtest.home import ResearchHome
from core.backtest.importing import importer, steady_file
from core.backtest.importing.refused import ImportRefused, OptionRefused
from core.backtest.verify import verify_dataset
from tests.core.backtest.importing import made_files
from tests.core.backtest.importing.plain import NS, Trade

BEGIN_NS = 1_710_165_600 * NS  # 2024-03-11 14:00 UTC, half past ten in New York
CSV = "time,open,high,low,close,volume\n" + "".join(
    f"2024-03-11 14:{minute:02}:00,1.5,2.0,1.25,1.75,{minute}\n" for minute in range(30)
)


def some_trades(count: int = 300, first: int = 0) -> list[Trade]:
    return [Trade(BEGIN_NS + (first + each) * NS, 100 + each % 7, 1 + each % 3) for each in range(count)]


def whole(directory: Path, name: str = "whole.dbn.zst") -> Path:
    return made_files.write(directory / name, "trades", made_files.trade_rows(some_trades()))


def cut_zstd(path: Path) -> Path:
    """Rows that do not pack well, so that cutting the end leaves some megabytes before it."""
    rng = np.random.default_rng(1)
    trades = [
        Trade(BEGIN_NS + each, int(price), 1) for each, price in enumerate(rng.integers(1, 10**9, 90_000))
    ]
    made_files.write(path, "trades", made_files.trade_rows(trades))
    path.write_bytes(path.read_bytes()[:-20])
    return path


def cut_record(path: Path) -> Path:
    made_files.write(path, "trades", made_files.trade_rows(some_trades()), compressed=False)
    path.write_bytes(path.read_bytes()[:-10])
    return path


def bad_length(path: Path) -> Path:
    made_files.write(path, "trades", made_files.trade_rows(some_trades()), compressed=False)
    data = bytearray(path.read_bytes())
    data[len(made_files.header("trades")) + 48 * 7] = 1
    path.write_bytes(data)
    return path


def short_records(path: Path) -> Path:
    rows = made_files.trade_rows(some_trades(3))
    rows["rtype"] = 0x01  # says that it is a record with a level of the book, which is longer
    return made_files.write(path, "mbp-1", rows)


def other_schema(path: Path) -> Path:
    rows = np.zeros(3, [("length", "u1"), ("rtype", "u1"), ("rest", "V78")])
    rows["length"], rows["rtype"] = 20, 0x18
    return made_files.write(path, "statistics", rows)


def newer_version(path: Path) -> Path:
    data = bytearray(made_files.header("trades"))
    data[3] = 9
    path.write_bytes(data)
    return path


def text(said: str | bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path.write_bytes(said if isinstance(said, bytes) else said.encode())
        return path

    return write


def cut_gzip(path: Path) -> Path:
    path.write_bytes(gzip.compress(CSV.encode())[:-9])
    return path


def cut_parquet(path: Path) -> Path:
    pl.DataFrame({"time": [1], "price": [1.0]}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-12])
    return path


def parquet_without_price(path: Path) -> Path:
    pl.DataFrame({"time": [1], "open": [1.0]}).write_parquet(path)
    return path


BROKEN: list[tuple[str, Callable[[Path], Path], str]] = [
    ("cut.dbn.zst", cut_zstd, r"cut\.dbn\.zst: cut off after [\d,]+ bytes"),
    ("cut.dbn", cut_record, r"cut\.dbn: row 299: cut off \(38 of 48 bytes\)"),
    ("length.dbn", bad_length, r"length\.dbn: row 7: claims a length of 4 bytes"),
    ("short.dbn.zst", short_records, r"short\.dbn\.zst: row 0: has 48 bytes, its type 0x01 has 80"),
    ("stat.dbn.zst", other_schema, r"no trade, bar or quote in these files"),
    ("newer.dbn", newer_version, r"newer\.dbn: DBN version 9, this reads 1 to 3"),
    ("none.dbn", text(b""), r"none\.dbn: empty: give a file with market data"),
    ("head.dbn", text(b"DBN"), r"head\.dbn: its header is cut off or damaged"),
    ("zst.dbn.zst", text(zstandard.compress(b"")), r"zst\.dbn\.zst: empty: give a file"),
    (
        "few.csv",
        text(CSV + "2024-03-11 15:00:00,1.5,2.0\n"),
        r"few\.csv: row 31: has 3 columns, the first row 6",
    ),
    ("many.csv", text(CSV + "2024-03-11 15:00:00,1,2,1,1,5,6\n"), r"many\.csv: row 31: has 7 columns"),
    ("word.csv", text(CSV.replace("1.75,7\n", "abc,7\n")), r"word\.csv: row 8: close is 'abc', no number"),
    (
        "time.csv",
        text(CSV.replace("14:09:00", "14:99:00")),
        r"time\.csv: row 10: its time is '2024-03-11 14:99",
    ),
    ("byte.csv", text(CSV.encode() + b"\xff\xfe,1,1,1,1,1\n"), r"byte\.csv: row 31: is not UTF-8 text"),
    ("only.csv", text("time,open,high,low,close\n"), r"only\.csv: has a header and no rows"),
    ("what.csv", text("a,b\nx,y\n"), r"what\.csv: no column for time: say which one it is"),
    ("cut.csv.gz", cut_gzip, r"cut\.csv\.gz: cut off after"),
    ("cut.parquet", cut_parquet, r"cut\.parquet: damaged or cut-off Parquet"),
    ("less.parquet", parquet_without_price, r"less\.parquet: no column for high"),
]


@pytest.fixture
def home(tmp_path: Path) -> ResearchHome:
    """With a dataset in its catalog."""
    home = made_files.home_in(tmp_path)
    Catalog(home).add_dataset(made_files.imported(home, whole(tmp_path), name="before").manifest)
    return home


@pytest.mark.parametrize(("name", "make", "said"), BROKEN, ids=[each[0] for each in BROKEN])
def test_a_broken_file_is_named_with_its_row(
    home: ResearchHome, tmp_path: Path, name: str, make: Callable[[Path], Path], said: str
) -> None:
    good = whole(tmp_path, "a good one.dbn.zst")
    broken = make(tmp_path / name)
    datasets, catalog = made_files.state_of(home.datasets), home.catalog_file.read_bytes()
    files = (broken,) if "stat" in name else (good, broken)
    with pytest.raises((ImportRefused, OptionRefused), match=said) as caught:
        made_files.imported(home, *files, interval="5m")
    assert "\n" not in str(caught.value)
    assert made_files.state_of(home.datasets) == datasets
    assert home.catalog_file.read_bytes() == catalog
    assert not list((home.cache / "making").iterdir())


def test_asked_for_the_rest_is_imported_and_marked(home: ResearchHome, tmp_path: Path) -> None:
    good = made_files.write(
        tmp_path / "a good one.dbn.zst", "trades", made_files.trade_rows(some_trades(60, first=600))
    )
    cut = cut_record(tmp_path / "cut.dbn")
    none = text(b"")(tmp_path / "none.dbn")
    found = made_files.imported(home, good, cut, none, allow_partial=True)
    assert (found.manifest.state, found.existed) == (PARTIAL, False)
    told = [each for each in found.manifest.findings if each["kind"] == "unreadable"]
    assert [(each["file"], each["first_row"]) for each in told] == [("cut.dbn", 299), ("", None)]
    assert "none.dbn" in told[1]["note"]
    (instrument,) = found.manifest.instruments
    assert instrument.bars == 5 + 1  # the 299 whole records of the cut file, and the good one
    assert [each["schema"] for each in found.manifest.inputs] == ["trades", "trades", "unreadable"]
    again = made_files.imported(home, good, cut, none, allow_partial=True)
    assert (again.manifest.id, again.existed) == (found.manifest.id, True)
    with pytest.raises(ImportRefused, match=r"none\.dbn: empty"):  # unasked it is still refused
        made_files.imported(home, good, cut, none)


def test_bad_rows_of_a_csv_are_left_out_only_when_asked(home: ResearchHome, tmp_path: Path) -> None:
    path = text(CSV.replace("1.75,7\n", "abc,7\n") + "2024-03-11 15:00:00,1.5\n")(tmp_path / "bad.csv")
    found = made_files.imported(home, path, allow_partial=True)
    assert found.manifest.state == PARTIAL
    assert found.manifest.instruments[0].bars == 29
    assert made_files.findings(found)["unreadable"] == 2


def test_partial_is_not_said_of_what_is_whole(home: ResearchHome, tmp_path: Path) -> None:
    found = made_files.imported(home, whole(tmp_path), allow_partial=True)
    assert (found.manifest.state, found.existed) == (COMPLETE, True)


def test_a_full_disk_leaves_everything_as_it_was(
    home: ResearchHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused at every sync in turn: of the columns, of the manifest, of the directory."""
    path = text(CSV)(tmp_path / "bars.csv")
    before = made_files.state_of(home.datasets)
    real, calls = os.fsync, [0, 0]

    def refuse(handle: int) -> None:
        calls[0] += 1
        if calls[0] == calls[1]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", refuse)
    for failing in (1, 2):
        calls[:] = [0, failing]
        with pytest.raises(OSError, match="No space left on device"):
            made_files.imported(home, path, calendar="24/7")
        assert made_files.state_of(home.datasets) == before
        assert not list((home.cache / "making").iterdir())
        assert not list((home.cache / "parts").iterdir())  # a full disk is not left fuller
    calls[:] = [0, 0]
    assert made_files.imported(home, path, calendar="24/7").manifest.state == COMPLETE


def test_what_passes_is_tried_again_from_where_it_was(
    home: ResearchHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = whole(tmp_path, "remote.dbn.zst")
    slept: list[float] = []
    real, calls = os.read, [0]

    def flaky(handle: int, count: int) -> bytes:
        calls[0] += 1
        if calls[0] % 3:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(handle, min(count, 1_000))

    with monkeypatch.context() as patched:
        patched.setattr(steady_file.os, "read", flaky)
        file = steady_file.SteadyFile(path, slept.append)
        data = file.readall()
        file.close()
    assert data == path.read_bytes()
    assert len(slept) > 2
    assert all(0 < each <= steady_file.BACKOFF.max_ms / 1_000 for each in slept)


def test_what_does_not_pass_is_told(tmp_path: Path) -> None:
    slept: list[float] = []

    def gone() -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with pytest.raises(OSError, match="Input/output error"):
        steady_file.steadily(gone, slept.append)
    assert len(slept) == steady_file.TRIES_MAX - 1
    assert slept == sorted(slept)  # longer and longer


def test_a_time_of_another_century_is_a_row_at_fault(home: ResearchHome, tmp_path: Path) -> None:
    trades = [*some_trades(20), Trade(7 * 10**18, 100, 1)]
    path = made_files.write(tmp_path / "far.dbn", "trades", made_files.trade_rows(trades))
    with pytest.raises(ImportRefused, match=r"far\.dbn: row 20: is of 2191-10-27T12:26:00 UTC"):
        made_files.imported(home, path)


def test_no_damage_is_more_than_a_refusal(home: ResearchHome, tmp_path: Path) -> None:
    """Three bytes of a file changed at random, many times over: imported or refused, never anything else."""
    rng = np.random.default_rng(2)
    rows = [made_files.trade_rows(some_trades(40)), made_files.quote_rows([(BEGIN_NS, 5, 6)] * 9)]
    whole = made_files.header(None) + b"".join(each.tobytes() for each in rows)
    outcomes = {"imported": 0, "refused": 0}
    for _ in range(40):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), 3).tolist():
            data[place] = int(rng.integers(0, 256))
        path = tmp_path / "some.dbn"
        path.write_bytes(data)
        try:
            made_files.imported(home, path, calendar="24/7", outside="keep")
            outcomes["imported"] += 1
        except (ImportRefused, OptionRefused):
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 2


def no_manifest(dataset: Path) -> None:
    (dataset / "manifest.json").unlink()


def cut_manifest(dataset: Path) -> None:
    (dataset / "manifest.json").write_text('{"version": 1')


def no_text(dataset: Path) -> None:
    (dataset / "manifest.json").write_bytes(b"\xff\xfe{")


def no_bars(dataset: Path) -> None:
    next((dataset / "bars").iterdir()).unlink()


def other_bars(dataset: Path) -> None:
    path = next((dataset / "bars").iterdir())
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [no_manifest, cut_manifest, no_text, no_bars, other_bars])
def test_a_damaged_dataset_is_made_anew(
    home: ResearchHome, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = text(CSV)(tmp_path / "bars.csv")
    first = made_files.imported(home, path).manifest
    before = made_files.state_of(home.datasets / first.id / "bars")
    damage(home.datasets / first.id)
    again = made_files.imported(home, path)
    assert (again.manifest.id, again.existed, again.manifest.outputs) == (first.id, False, first.outputs)
    assert made_files.state_of(home.datasets / first.id / "bars") == before
    assert verify_dataset(home, first.id).defects == ()
    assert made_files.imported(home, path).existed
    assert not list((home.cache / "making").iterdir())


def test_a_damaged_part_is_made_again(
    home: ResearchHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a crash of the machine: the description is there, its columns are not whole."""
    path = text(CSV)(tmp_path / "bars.csv")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    parts = home.cache / "parts"
    for name, damaged in (("bars.npy", b""), ("means.npy", b"\x93NUMPY"), ("json", b"{"), ("json", b"\xff")):
        with monkeypatch.context() as patched:
            patched.setattr(importer, "write_dataset", killed)
            with pytest.raises(KeyboardInterrupt):
                made_files.imported(home, path, calendar="24/7")
        (part,) = parts.glob(f"*.{name}")
        part.write_bytes(damaged)
        found = made_files.imported(home, path, calendar="24/7")
        assert (found.existed, found.manifest.instruments[0].bars) == (False, 30)
        shutil.rmtree(home.datasets / found.manifest.id)


def test_a_damaged_definition_is_named_with_its_row(
    home: ResearchHome, tmp_path: Path, shared_data: Path
) -> None:
    """A symbol that is no text, then bytes changed at random: refused by file and row, or imported."""
    es = shared_data / "nautilus/tests/test_data/databento/historical_bars_catalog/databento"
    trades, packed = next(es.glob("*trades*")), next(es.glob("*definition*")).read_bytes()
    whole = zstandard.ZstdDecompressor().stream_reader(packed).read()
    path = tmp_path / "definition.dbn"
    datasets, catalog = made_files.state_of(home.datasets), home.catalog_file.read_bytes()
    path.write_bytes(whole[: whole.rindex(b"NQU4")] + b"\xff\xfe" + whole[whole.rindex(b"NQU4") + 2 :])
    with pytest.raises(
        ImportRefused, match=r"definition\.dbn: row 1: cannot be read \(.*: get the file again"
    ):
        made_files.imported(home, path, trades)
    assert made_files.state_of(home.datasets) == datasets
    assert home.catalog_file.read_bytes() == catalog
    rng = np.random.default_rng(3)
    said: list[str] = []
    for _ in range(25):
        data = bytearray(whole)
        for place in rng.integers(len(data) // 4, len(data), 6).tolist():
            data[place] = int(rng.integers(0, 256))
        path.write_bytes(data)
        try:
            made_files.imported(home, path, trades, calendar="CMES")
        except (ImportRefused, OptionRefused) as error:
            said.append(str(error))
    assert len(said) > 2
    assert all(each.startswith("definition.dbn: ") and "\n" not in each for each in said)
