"""What was written is read again: every kind, every value, the manifest, keyframes, events as columns."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.fields import FIELD_COUNT, NULL
from core.tape.format import (
    BATCH_EVENTS_MAX,
    EVENT_CLASSES,
    EVENT_SCHEMA,
    EVENTS,
    MANIFEST,
    NARROW_OF,
    VALUES_OF,
    TapeFormatError,
    TapeKind,
)
from core.tape.manifest import read_manifest, write_manifest
from core.tape.reader import TapeReader
from core.tape.rows import TapeRows, gap_row, join_rows
from core.tape.writer import TapeWriter, file_sha256
from tests.core.tape.tapes import EXCHANGES, INSTRUMENTS, blocks, manifest, same, some_rows, write


@settings(max_examples=60, deadline=None)
@given(st.lists(blocks(), min_size=1, max_size=4))
def test_any_events_are_read_as_they_were_written(batches: list[TapeRows]) -> None:
    last_ns = 0
    for rows in batches:
        rows.time_ns[:] += last_ns
        last_ns = int(rows.time_ns[-1])
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder, "a.tape"), batches)
        with TapeReader(Path(folder, "a.tape")) as reader:
            assert reader.is_whole
            assert reader.notes == []
            assert same(join_rows(list(reader.rows())), join_rows(batches))
            assert reader.event_count == sum(map(len, batches))
            assert sum(reader.manifest.events.values()) == reader.event_count
            assert (reader.begin_ns, reader.end_ns) == (int(batches[0].time_ns[0]), last_ns)


@settings(max_examples=40, deadline=None)
@given(blocks())
def test_rows_become_columns_by_kind_and_back(rows: TapeRows) -> None:
    again = TapeRows.empty(len(rows))
    for kind in EVENT_CLASSES:
        at = np.flatnonzero(rows.kind == kind)
        events = rows.events(kind, at)
        again.put(kind, events, at, events.instrument)
        for name in (*VALUES_OF[kind], *NARROW_OF[kind]):
            assert len(getattr(events, name)) == len(at)
    again.time_ns[:], again.unit[:] = rows.time_ns, rows.unit
    assert same(again, rows)


def test_long_blocks_are_cut_into_batches(tmp_path: Path) -> None:
    rows = some_rows(BATCH_EVENTS_MAX + 3)
    write(tmp_path / "a.tape", [rows])
    with TapeReader(tmp_path / "a.tape") as reader:
        assert [entry.events for entry in reader.batches] == [BATCH_EVENTS_MAX, 3]
        assert same(join_rows(list(reader.rows())), rows)
        assert reader.batch_at(int(rows.time_ns[-1])) == 1
        assert reader.batch_at(int(rows.time_ns[0])) == 0
        assert reader.batch_at(int(rows.time_ns[-1]) + 1) == 2


def test_others_read_it_as_a_plain_arrow_stream(tmp_path: Path) -> None:
    rows = some_rows(1_000)
    write(tmp_path / "a.tape", [rows])
    table = pa.ipc.open_stream(tmp_path / "a.tape" / EVENTS).read_all()
    assert table.schema.equals(EVENT_SCHEMA)
    assert table["time_ns"].to_numpy().tolist() == rows.time_ns.tolist()


def test_the_manifest_says_what_the_tape_is(tmp_path: Path) -> None:
    write(tmp_path / "a.tape", [some_rows(10), gap_row(2**40, 1, 2**39, 7)])
    found = read_manifest(tmp_path / "a.tape")
    wanted = manifest()
    assert found.instruments == INSTRUMENTS
    assert found.exchanges == EXCHANGES
    for name in ("title", "sources", "records", "unused", "recorded_ns"):
        assert getattr(found, name) == getattr(wanted, name)
    assert found.is_complete
    assert found.events["gaps"] == 1
    assert found.events["quotes"] + found.events["trades"] == 10
    assert found.batches == 2
    for name, told in found.files.items():
        path = tmp_path / "a.tape" / name
        assert (path.stat().st_size, file_sha256(path)) == (told.bytes, told.sha256)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 2}, "format 2, this build reads 1"),
        ({"title": 5}, "damaged"),
        ({"instruments": [{"exchange": "XA"}]}, "damaged"),
        ({"exchanges": ["XA", "XA"]}, "listed twice"),
        ({"exchanges": ["XA"]}, "is not listed"),
        ({"begin_ns": 2**70}, "not a 64 bit number"),
        ({"events": [1]}, "damaged"),
    ],
)
def test_a_manifest_of_another_kind_is_refused(tmp_path: Path, change: dict[str, object], said: str) -> None:
    write_manifest(tmp_path, manifest())
    path = tmp_path / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(TapeFormatError, match=said):
        read_manifest(tmp_path)


def test_what_is_no_tape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TapeFormatError, match=r"tape\.json: missing"):
        TapeReader(tmp_path)
    (tmp_path / MANIFEST).write_text("{")
    with pytest.raises(TapeFormatError, match=r"tape\.json: damaged"):
        TapeReader(tmp_path)
    write_manifest(tmp_path, manifest())
    with pytest.raises(TapeFormatError, match=r"events\.arrows: missing"):
        TapeReader(tmp_path)
    (tmp_path / EVENTS).write_bytes(b"something else entirely")
    with pytest.raises(TapeFormatError, match="does not begin as a tape's events"):
        TapeReader(tmp_path)


def test_keyframes_are_read_as_they_were_written(tmp_path: Path) -> None:
    writer = TapeWriter(tmp_path / "a.tape", manifest())
    dice = np.random.default_rng(2)
    written = []
    for number in range(3):
        instrument = np.arange(2 + number % 2)
        values = dice.integers(-(2**62), 2**62, (FIELD_COUNT, len(instrument)))
        values[0] = NULL
        writer.add_keyframe(number, number * 10, instrument, values)
        written.append((number, number * 10, instrument, values))
    writer.append(some_rows(5))
    writer.complete()
    with TapeReader(tmp_path / "a.tape") as reader:
        found, wrong = reader.keyframes()
    assert wrong == ""
    for keyframe, (time_ns, events, instrument, values) in zip(found, written, strict=True):
        assert (keyframe.time_ns, keyframe.events) == (time_ns, events)
        np.testing.assert_array_equal(keyframe.instrument, instrument)
        np.testing.assert_array_equal(keyframe.values, values)


def test_a_tape_without_events_is_one(tmp_path: Path) -> None:
    write(tmp_path / "a.tape", [])
    with TapeReader(tmp_path / "a.tape") as reader:
        assert reader.is_whole
        assert (reader.event_count, reader.begin_ns, reader.end_ns, reader.notes) == (0, 0, 0, [])


def test_kinds_are_numbered_as_the_format_says() -> None:
    """The numbers are on disk: they never change."""
    names = ["QUOTE", "TRADE", "DEPTH", "BAR", "SESSION", "GAP"]
    assert [(kind.name, kind.value) for kind in TapeKind] == list(zip(names, range(6), strict=True))
