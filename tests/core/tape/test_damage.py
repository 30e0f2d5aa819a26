"""Whatever ends a writer or bites a file: what is whole is read, what is not is named."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tape.format import EVENTS, INDEX, KEYFRAMES, TapeDamaged, TapeFormatError
from core.tape.reader import TapeReader
from core.tape.rows import TapeRows, join_rows
from core.tape.writer import TapeWriter
from tests.core.tape.tapes import manifest, same, some_rows, write

BATCHES = [some_rows(count, first_ns=place * 10**9, seed=place) for place, count in enumerate((40, 7, 90, 1))]


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording that nobody completed."""
    path = tmp_path_factory.mktemp("tapes") / "live.tape"
    write(path, BATCHES, is_complete=False)
    return path


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tapes") / "day.tape"
    write(path, BATCHES)
    return path


def _ends(path: Path) -> list[int]:
    """Where each batch ends."""
    with TapeReader(path) as reader:
        return [entry.end for entry in reader.batches]


def _copy(path: Path, folder: str | Path) -> Path:
    return Path(shutil.copytree(path, Path(folder, path.name)))


def _cut(path: Path, name: str, size: int) -> None:
    with (path / name).open("r+b") as file:
        file.truncate(size)


def _flip(path: Path, byte: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(byte)
        (was,) = file.read(1)
        file.seek(byte)
        file.write(bytes([was ^ 1 << bit]))


def _whole_before(ends: list[int], size: int) -> list[TapeRows]:
    return BATCHES[: sum(end <= size for end in ends)]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_recording_cut_anywhere_is_read_to_its_end(interrupted: Path, data: st.DataObject) -> None:
    """Within the schema, a head, its metadata, a body, between batches; with an index and without."""
    ends = _ends(interrupted)
    events_bytes = (interrupted / EVENTS).stat().st_size
    near = st.sampled_from([0, *ends]).flatmap(
        lambda end: st.integers(max(0, end - 9), min(end + 17, events_bytes))
    )
    size = min(events_bytes, data.draw(st.one_of(near, st.integers(0, events_bytes)), "bytes left"))
    index_bytes = (interrupted / INDEX).stat().st_size
    index = data.draw(st.one_of(st.none(), st.just(index_bytes), st.integers(0, index_bytes)), "of the index")
    with tempfile.TemporaryDirectory() as folder:
        path = _copy(interrupted, folder)
        _cut(path, EVENTS, size)
        if index is None:
            (path / INDEX).unlink()
        else:
            _cut(path, INDEX, index)
        expected = _whole_before(ends, size)
        with TapeReader(path) as reader:
            assert not reader.is_whole
            assert reader.notes, "it says that it was interrupted"
            found = list(reader.rows())
        assert len(found) == len(expected)
        assert all(same(one, other) for one, other in zip(found, expected, strict=True))


def test_a_cut_says_how_much_is_left_out(interrupted: Path, tmp_path: Path) -> None:
    path = _copy(interrupted, tmp_path)
    ends = _ends(path)
    _cut(path, EVENTS, ends[2] + 100)
    with TapeReader(path) as reader:
        shown, said = "live.tape/events.arrows", "100 bytes after the last whole batch are left out"
        assert reader.notes[-1] == f"{shown}: interrupted recording: {said}"
        assert reader.event_count == 40 + 7 + 90


def test_a_complete_tape_that_was_cut_says_so(complete: Path, tmp_path: Path) -> None:
    path = _copy(complete, tmp_path)
    _cut(path, EVENTS, _ends(path)[1])
    with TapeReader(path) as reader:
        assert not reader.is_whole
        assert any("ends before batch 2 of 4" in note for note in reader.notes)
        assert any("cut off" in note for note in reader.notes)
        assert same(join_rows(list(reader.rows())), join_rows(BATCHES[:2]))


@pytest.mark.parametrize("damage", ["missing", "empty", "foreign", "flipped"])
def test_an_index_is_made_again(complete: Path, tmp_path: Path, damage: str) -> None:
    path = _copy(complete, tmp_path)
    index = path / INDEX
    if damage == "missing":
        index.unlink()
    elif damage == "empty":
        index.write_bytes(b"")
    elif damage == "foreign":
        index.write_bytes((path / KEYFRAMES).read_bytes())
    else:
        _flip(index, index.stat().st_size // 2, 3)
    with TapeReader(path) as reader, TapeReader(complete) as whole:
        assert reader.batches == whole.batches
        assert same(join_rows(list(reader.rows())), join_rows(BATCHES))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_flipped_bit_goes_unnoticed(complete: Path, data: st.DataObject) -> None:
    """Each batch is read as written or named as damaged; those after it are there; nothing else is lost."""
    ends = _ends(complete)
    begin = ends[0] - _first_batch_bytes(complete)
    byte = data.draw(st.integers(begin, ends[-1] - 1), "byte")
    bit = data.draw(st.integers(0, 7), "bit")
    has_index = data.draw(st.booleans(), "index")
    hit = sum(end <= byte for end in ends)
    with tempfile.TemporaryDirectory() as folder:
        path = _copy(complete, folder)
        _flip(path / EVENTS, byte, bit)
        if not has_index:
            (path / INDEX).unlink()
        with TapeReader(path) as reader:
            assert len(reader.batches) == len(BATCHES)
            for number, expected in enumerate(BATCHES):
                damage, found = _read(reader, number)
                if found is not None:
                    # A flipped bit of padding, or of the number in a batch's metadata, changes no event.
                    assert same(found, expected)
                    assert number != hit or not has_index
                    continue
                assert damage is not None
                assert number == hit
                assert damage.file == "day.tape/events.arrows"
                assert damage.byte == (ends[number - 1] if number else begin)
                assert f"batch {number:,} at byte {damage.byte:,} is damaged" in str(damage)


def _read(reader: TapeReader, number: int) -> tuple[TapeDamaged | None, TapeRows | None]:
    try:
        return None, reader.read(number)
    except TapeDamaged as damage:
        return damage, None


def _first_batch_bytes(path: Path) -> int:
    with TapeReader(path) as reader:
        return reader.batches[0].bytes


def test_a_damaged_beginning_is_refused(complete: Path, tmp_path: Path) -> None:
    path = _copy(complete, tmp_path)
    _flip(path / EVENTS, 40, 1)
    with pytest.raises(TapeFormatError, match="does not begin as a tape's events"):
        TapeReader(path)


def test_an_instrument_that_is_not_named_is_damage(tmp_path: Path) -> None:
    writer = TapeWriter(tmp_path / "a.tape", manifest(instruments=manifest().instruments[:1]))
    writer.append(some_rows(20))
    writer.complete()
    with TapeReader(tmp_path / "a.tape") as reader, pytest.raises(TapeDamaged, match="does not name"):
        reader.read(0)


def test_a_writer_makes_nothing_under_a_taken_name(tmp_path: Path) -> None:
    write(tmp_path / "a.tape", BATCHES)
    before = (tmp_path / "a.tape" / EVENTS).read_bytes()
    with pytest.raises(FileExistsError):
        TapeWriter(tmp_path / "a.tape", manifest())
    assert (tmp_path / "a.tape" / EVENTS).read_bytes() == before
