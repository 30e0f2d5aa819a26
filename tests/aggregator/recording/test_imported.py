"""An imported tape plays exactly what its sources play: events, order, units, instruments, counts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aggregator.bench.hour_tape import hour_tape
from aggregator.feeds.newest import NewestValues
from aggregator.feeds.recorded.load import load_tape
from aggregator.feeds.recorded.tape import RecordedTape, TapeError
from aggregator.recording.write_tape import write_tape
from aggregator.replay.run import summary
from core.tape.format import EVENTS, INDEX, KEYFRAMES
from tests.aggregator.recording.same_tape import assert_same_tape
from tests.aggregator.replay.tapes import tape as made_by_hand

NAUTILUS = "nautilus/tests/test_data/"
RECORDINGS = (
    ["normalised/crypto_multi_dev.parquet"],
    ["databento-python/tests/data/XNAS.ITCH/test_data.mbp-10.dbn.zst"],
    [NAUTILUS + "databento/order_book_deltas_catalog/databento"],
    [NAUTILUS + "databento/historical_bars_catalog/databento"],
    [NAUTILUS + "fxcm/usdjpy-m1-ask-2013.csv.gz", "databento-python/tests/data/EQUS.MINI"],
)


@pytest.mark.parametrize("names", RECORDINGS, ids=lambda names: names[0].rsplit("/", 1)[-1])
def test_an_import_plays_what_its_sources_play(shared_data: Path, tmp_path: Path, names: list[str]) -> None:
    direct = load_tape([shared_data / name for name in names])
    write_tape(direct, tmp_path / "kept.tape")
    kept = load_tape([tmp_path / "kept.tape"])
    assert_same_tape(kept, direct)
    assert kept.title == direct.title


def test_a_tape_and_a_file_merge_like_two_files(shared_data: Path, tmp_path: Path) -> None:
    """Also when the tape counts in coarser increments than the other file."""
    names = ["normalised/crypto_multi_dev.parquet", "databento-python/tests/data/EQUS.MINI"]
    files = [shared_data / name for name in names]
    write_tape(load_tape([files[0]]), tmp_path / "first.tape")
    assert_same_tape(load_tape([tmp_path / "first.tape", files[1]]), load_tape(files))


def test_keyframes_equal_a_fold_from_the_beginning(shared_data: Path, tmp_path: Path) -> None:
    direct = load_tape([shared_data / "normalised/crypto_multi_dev.parquet"])
    write_tape(direct, tmp_path / "kept.tape")
    kept = load_tape([tmp_path / "kept.tape"])
    assert kept.keyframes is not None
    assert len(kept.keyframes.time_ns) >= 1
    for number, time_ns in enumerate(kept.keyframes.time_ns.tolist()):
        for exchange, values in zip(kept.exchanges, kept.keyframes.values, strict=True):
            np.testing.assert_array_equal(values[number], _folded_to(exchange, time_ns))


def _folded_to(exchange: object, time_ns: int) -> np.ndarray:
    newest = NewestValues(len(exchange.instruments))  # type: ignore[attr-defined]
    end = exchange.rank_at(time_ns)  # type: ignore[attr-defined]
    for begin in range(0, end, 4_096):
        newest.note(exchange.events(begin, min(begin + 4_096, end)))  # type: ignore[attr-defined]
    return newest.table.values


def small_tape() -> RecordedTape:
    return made_by_hand([(0, 0, 10), (5, 2, 11), (5, 0, 12), (9, 1, 13)])


def test_instruments_without_events_are_kept(tmp_path: Path) -> None:
    direct = made_by_hand([(0, 0, 10), (5, 2, 11)])  # nothing of XAAA:two
    write_tape(direct, tmp_path / "kept.tape")
    kept = load_tape([tmp_path / "kept.tape"])
    assert [each.key.symbol for each in kept.exchanges[0].instruments] == ["one", "two"]
    assert_same_tape(kept, direct)


def test_a_tape_is_found_by_its_name(tmp_path: Path) -> None:
    write_tape(small_tape(), tmp_path / "monday.tape")
    found = load_tape([Path("monday")], tapes_dir=tmp_path)
    assert_same_tape(found, small_tape())
    with pytest.raises(TapeError, match="tuesday: no such file or tape"):
        load_tape([Path("tuesday")], tapes_dir=tmp_path)


def test_a_folder_stands_for_the_tapes_in_it(tmp_path: Path) -> None:
    write_tape(small_tape(), tmp_path / "monday.tape")
    assert load_tape([tmp_path]).event_count == small_tape().event_count


def test_an_import_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    write_tape(small_tape(), tmp_path / "monday.tape")
    with pytest.raises(FileExistsError):
        write_tape(small_tape(), tmp_path / "monday.tape")
    whole = small_tape()
    fewer = replace(whole.exchanges[0], block=whole.exchanges[0].events(0, 1))  # fewer events than times
    with pytest.raises(AssertionError):
        write_tape(replace(whole, exchanges=(fewer,)), tmp_path / "tuesday.tape")
    assert [each.name for each in tmp_path.iterdir()] == ["monday.tape"]


def test_a_damaged_tape_is_refused_by_file_batch_and_byte(tmp_path: Path) -> None:
    write_tape(small_tape(), tmp_path / "monday.tape")
    path = tmp_path / "monday.tape" / EVENTS
    data = bytearray(path.read_bytes())
    data[-300] ^= 0x40
    path.write_bytes(data)
    with pytest.raises(TapeError, match=r"monday\.tape/events\.arrows: batch 0 at byte [\d,]+ is damaged"):
        load_tape([tmp_path / "monday.tape"])


def test_an_end_that_was_cut_off_is_told(tmp_path: Path) -> None:
    write_tape(small_tape(), tmp_path / "monday.tape")
    path = tmp_path / "monday.tape" / EVENTS
    path.write_bytes(path.read_bytes()[:-8])  # the mark of the end
    tape = load_tape([tmp_path / "monday.tape"])
    assert tape.event_count == small_tape().event_count
    assert tape.notes == ("monday.tape/events.arrows: cut off",)
    assert "monday.tape/events.arrows: cut off" in summary(tape, "monday")


def test_keyframes_that_are_damaged_are_not_used(tmp_path: Path) -> None:
    """All of them are made anew instead; a missing index is no matter either."""
    whole = hour_tape(instruments=5, seconds=60, ticks_per_s=800.0)
    path = tmp_path / "minute.tape"
    write_tape(whole, path)
    assert load_tape([path]).keyframes is not None
    data = bytearray((path / KEYFRAMES).read_bytes())
    middle = len(data) * 2 // 3
    data[middle : middle + 64] = bytes(64)
    (path / KEYFRAMES).write_bytes(data)
    (path / INDEX).unlink()
    tape = load_tape([path])
    assert tape.keyframes is None
    assert_same_tape(tape, whole)
