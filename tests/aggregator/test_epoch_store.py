"""Epochs only grow: over restarts, clocks set back and files that cannot be read."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.epoch_store import EpochDatabase


@settings(max_examples=30)  # each epoch is synced to disk
@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=12))
def test_whoever_comes_back_is_newer_whatever_its_clock_says(
    tmp_path_factory: pytest.TempPathFactory, clocks_ns: list[int]
) -> None:
    path = tmp_path_factory.mktemp("epochs") / "market.sqlite"
    taken = [EpochDatabase(path).next_epoch("market", clock_ns) for clock_ns in clocks_ns]
    assert taken[0] == clocks_ns[0]
    for before, after, clock_ns in zip(taken[:-1], taken[1:], clocks_ns[1:], strict=True):
        assert after == max(before + 1, clock_ns)


def test_lines_do_not_know_of_each_other(tmp_path: Path) -> None:
    store = EpochDatabase(tmp_path / "market.sqlite")
    assert store.next_epoch("market", 100) == 100
    assert store.next_epoch("feed.SIM", 50) == 50
    assert store.next_epoch("market", 60) == 101


def test_a_file_that_cannot_be_read_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "market.sqlite"
    path.write_bytes(b"not a database" * 100)
    assert EpochDatabase(path).next_epoch("market", 7) == 7
    aside = [entry for entry in tmp_path.iterdir() if "unreadable" in entry.name]
    assert [entry.read_bytes() for entry in aside] == [b"not a database" * 100]
