"""Desks and aggregators of different builds understand each other.

A newer message is built here with appended slots and unknown fields and read by today's decoders; an older
one is built with slots left away. Both use the flatbuffers Builder directly, as another build would.
"""

import flatbuffers
import numpy as np
from numpy.typing import NDArray

from core.market.fields import FIELD_COUNT, NULL, Field
from core.market.quote_table import QuoteTable
from core.wire.bars import decode_bars
from core.wire.delta import apply_delta, decode_delta_header
from core.wire.flat import TableShape, check_frame, seal
from core.wire.raw import UNTOLD, decode_many, decode_raw, encode_raw
from core.wire.snapshot import decode_snapshot
from tests.core.wire.examples import LAYOUT, delta_message, raw_message

FIELD_OF_THE_FUTURE = 40


def build(
    identifier: bytes,
    slots: dict[int, tuple[str, object]],
    slot_count: int,
    builder: flatbuffers.Builder | None = None,
) -> bytes:
    """A sealed message of one table: slot -> ("u64" | "u32" | "u8" | "vector" | "end", value)."""
    builder = builder or flatbuffers.Builder(256)
    builder.Finish(table(builder, slots, slot_count), file_identifier=identifier)
    return seal(builder.Output())


def table(builder: flatbuffers.Builder, slots: dict[int, tuple[str, object]], slot_count: int) -> int:
    placed = {
        slot: ("end", builder.CreateNumpyVector(value)) if kind == "vector" else (kind, value)
        for slot, (kind, value) in slots.items()
    }
    builder.StartObject(slot_count)
    for slot, (kind, value) in placed.items():
        if kind == "u64":
            builder.PrependUint64Slot(slot, value, 0)
        elif kind == "u32":
            builder.PrependUint32Slot(slot, value, 0)
        elif kind == "u8":
            builder.PrependUint8Slot(slot, value, 0)
        else:
            builder.PrependUOffsetTRelativeSlot(slot, value, 0)
    return int(builder.EndObject())


def tables(builder: flatbuffers.Builder, ends: list[int]) -> int:
    builder.StartVector(4, len(ends), 4)
    for end in reversed(ends):
        builder.PrependUOffsetTRelative(end)
    return int(builder.EndVector())


def strings(builder: flatbuffers.Builder, names: list[str]) -> int:
    return tables(builder, [builder.CreateString(name) for name in names])


def u8(*numbers: int) -> NDArray[np.uint8]:
    return np.array(numbers, np.uint8)


def test_todays_desk_reads_tomorrows_delta() -> None:
    """Appended slots in header and block are skipped, the column of an unknown field too."""
    builder = flatbuffers.Builder(256)
    block = table(
        builder,
        {
            0: ("vector", u8(1, 3)),
            4: ("vector", u8(Field.BID, FIELD_OF_THE_FUTURE, Field.ASK)),
            5: ("vector", np.array([10, 20, -32_768, 7, -30, 40], np.int16)),
            8: ("vector", u8(FIELD_OF_THE_FUTURE, Field.VOLUME)),
            9: ("vector", np.array([1, 2, 3, 4], np.int64)),
            10: ("vector", np.arange(9, dtype=np.int32)),
            11: ("u64", 2**63),
        },
        12,
    )
    blocks = tables(builder, [block])
    slots = {0: ("u64", 5), 1: ("u64", 7), 2: ("u64", 42), 3: ("u32", LAYOUT), 13: ("end", blocks)}
    message = build(b"TDD1", slots | {14: ("u64", 99), 15: ("u8", 1)}, 17, builder)
    bases = np.full((FIELD_COUNT, 4), 1_000, np.int64)
    quotes = QuoteTable(4)
    apply_delta(message, quotes, bases, LAYOUT, 4)
    assert quotes.column(Field.BID).tolist() == [NULL, 1_010, NULL, 1_020]
    assert quotes.column(Field.ASK).tolist() == [NULL, 970, NULL, 1_040]
    assert quotes.column(Field.VOLUME).tolist() == [NULL, 3, NULL, 4]
    untouched = [field for field in Field if field not in (Field.BID, Field.ASK, Field.VOLUME)]
    assert (quotes.values[untouched] == NULL).all()


def test_a_block_of_unknown_fields_alone_changes_no_value() -> None:
    builder = flatbuffers.Builder(256)
    columns = {
        0: ("vector", u8(0)),
        2: ("vector", u8(FIELD_OF_THE_FUTURE)),
        3: ("vector", np.zeros(1, np.int8)),
    }
    blocks = tables(builder, [table(builder, columns, 10)])
    message = build(b"TDD1", {3: ("u32", LAYOUT), 13: ("end", blocks)}, 14, builder)
    quotes = QuoteTable(2)
    apply_delta(message, quotes, np.zeros((FIELD_COUNT, 2), np.int64), LAYOUT, 2)
    assert (quotes.values == NULL).all()


def test_todays_desk_reads_yesterdays_delta() -> None:
    """Slots that the writer did not know read as 0, columns it did not send are unchanged."""
    header = decode_delta_header(build(b"TDD1", {0: ("u64", 5), 1: ("u64", 7), 2: ("u64", 42)}, 3))
    assert header[:6] == (5, 7, 42, 0, 0, 0)
    assert len(header.source_states) == 0


def test_yesterdays_reader_finds_its_slots_in_todays_delta() -> None:
    message, _ = delta_message(np.random.default_rng(1))
    root, end = check_frame(message, b"TDD1")
    slots, _ = TableShape("Delta", "QQQ").read(message, root, end)
    assert slots == (2**63 + 11, 7, 42)


def test_todays_ingest_reads_tomorrows_batch() -> None:
    """An appended column and a kind of event that does not exist yet."""
    builder = flatbuffers.Builder(512)
    ns = np.array([10**18, 10**18 + 1], np.int64)
    columns = {slot: ("vector", ns + slot) for slot in range(2, 9)}
    quotes = table(builder, {0: ("vector", np.array([4, 5], np.uint32)), **columns}, 9)
    auctions = table(builder, {0: ("vector", ns)}, 3)
    slots = {0: ("u64", 7), 1: ("u64", 9), 6: ("end", quotes), 11: ("end", auctions), 12: ("u64", 3)}
    message = build(b"TDR1", slots, 13, builder)
    batch = decode_raw(message)
    assert batch.header.sequence == 9
    assert batch.quotes is not None
    assert batch.quotes.ask_size.tolist() == (ns + 7).tolist()
    many, bad = decode_many([message] * 4)
    assert not bad
    assert many.quotes is not None
    assert many.quotes.bid.tolist() == (ns + 4).tolist() * 4


def test_todays_ingest_reads_yesterdays_batch() -> None:
    """Columns that the feed did not know are null, or not told."""
    builder = flatbuffers.Builder(512)
    ns = np.array([10**18], np.int64)
    common = {0: ("vector", np.array([4], np.uint32)), 2: ("vector", ns), 3: ("vector", ns)}
    sessions = table(builder, {**common, 4: ("vector", np.array([5], np.int64))}, 5)
    message = build(b"TDR1", {0: ("u64", 7), 1: ("u64", 9), 10: ("end", sessions)}, 11, builder)
    for events in (decode_raw(message).sessions, decode_many([message] * 3)[0].sessions):
        assert events is not None
        assert set(events.open.tolist()) == {5}
        assert set(events.volume.tolist()) == {NULL}
        assert set(events.trading_state.tolist()) == {UNTOLD}


def test_yesterdays_reader_finds_its_slots_in_todays_batch() -> None:
    message = raw_message(np.random.default_rng(1))
    root, end = check_frame(message, b"TDR1")
    assert TableShape("RawBatch", "QQ").read(message, root, end)[0] == (7, 9)
    assert encode_raw(decode_raw(message)) == message


def test_snapshots_of_other_builds_are_read() -> None:
    """Another build knows other fields and more slots: its own are skipped, ours that it lacks are null."""
    builder = flatbuffers.Builder(512)
    numbers = np.array([100, 200, 7, 8, 300, 400], np.int64)
    slots = {
        0: ("u64", 5), 1: ("u64", 7), 2: ("u64", 42), 3: ("u32", 1), 4: ("u32", 2),
        5: ("end", strings(builder, ["CME"])), 6: ("vector", u8(0)), 7: ("vector", np.zeros(1, np.uint32)),
        8: ("vector", u8(0, 0)), 9: ("end", strings(builder, ["ESU4", "NQU4"])), 10: ("vector", u8(2, 2)),
        11: ("vector", u8(0, 0)), 12: ("vector", np.array([25, 25])), 13: ("vector", u8(0, 1)),
        14: ("vector", u8(Field.BID, FIELD_OF_THE_FUTURE, Field.ASK)), 15: ("vector", numbers),
        16: ("vector", numbers + 1), 19: ("u64", 1), 20: ("vector", numbers),
    }  # fmt: skip
    snapshot = decode_snapshot(b"\x00" + build(b"TDS1", slots, 21, builder))
    assert snapshot.values[Field.BID].tolist() == [101, 201]
    assert snapshot.values[Field.ASK].tolist() == [301, 401]
    assert snapshot.bases[Field.ASK].tolist() == [300, 400]
    assert (snapshot.values[Field.LAST] == NULL).all()
    assert (snapshot.bases[Field.LAST] == 0).all()
    assert [str(instrument.key) for instrument in snapshot.instruments] == ["CME:ESU4", "CME:NQU4"]


def test_todays_chart_reads_tomorrows_and_yesterdays_bars() -> None:
    """Appended slots and unknown flags are skipped; what the writer did not know reads as 0."""
    key = np.array([60, 120], np.int64) * 10**9
    columns = {slot: ("vector", key + slot) for slot in range(13, 22)} | {22: ("vector", u8(1, 128))}
    needed = {0: ("u64", 7), 2: ("u64", 42), 4: ("u64", 60), **columns}
    newer = needed | {1: ("u32", 3), 5: ("u8", 2), 7: ("u8", 1 | 64), 23: ("u64", 99), 24: ("vector", key)}
    got = decode_bars(b"\x00" + build(b"TDB1", newer, 25))
    assert (got.epoch, got.version, got.sequence, got.price_decimals) == (7, 3, 42, 2)
    assert (got.is_history, got.has_earlier, str(got.interval)) == (True, False, "1m")
    assert got.bars.close.tolist() == (key + 19).tolist()
    assert got.bars.flags.tolist() == [1, 128]
    older = decode_bars(b"\x00" + build(b"TDB1", needed, 23))
    assert (older.version, older.bars_total, older.error, len(older.bars)) == (0, 0, "", 2)
