"""Market events reach the ingest exactly as the feed saw them, one message or a whole backlog at a time."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.fields import NULL, SourceState
from core.wire.errors import WireError
from core.wire.flat import seal
from core.wire.generated.raw.RawBatch import RawBatch as Generated
from core.wire.raw import (
    UNTOLD,
    Events,
    QuoteEvents,
    RawBatch,
    RawFlag,
    RawHeader,
    SessionEvents,
    decode_many,
    decode_raw,
    encode_raw,
    encode_singles,
)
from core.wire.raw_events import KINDS_OF_EVENTS, wire_columns
from tests.core.wire.examples import raw_message, single_quotes, some_batch

KIND_NAMES = [name for name, _ in KINDS_OF_EVENTS]


def assert_same_events(got: Events | None, expected: Events | None) -> None:
    if expected is None or got is None:
        assert got is expected
        return
    for field in fields(expected):
        if field.name == "message":
            continue
        left, right = getattr(got, field.name), getattr(expected, field.name)
        if right is None:
            assert left is None, field.name
        else:
            np.testing.assert_array_equal(left, right, err_msg=field.name)


@given(st.integers(0, 2**32), st.integers(1, 300), st.sets(st.sampled_from(KIND_NAMES), min_size=0))
@settings(max_examples=60, deadline=None)
def test_every_event_arrives_exactly(seed: int, events: int, kinds: set[str]) -> None:
    batch = some_batch(np.random.default_rng(seed), events)
    batch = replace(batch, **{name: None for name in KIND_NAMES if name not in kinds})
    got = decode_raw(encode_raw(batch))
    assert got.header == batch.header
    for name in KIND_NAMES:
        assert_same_events(getattr(got, name), getattr(batch, name))


@pytest.mark.parametrize(("kind_index", "name"), list(enumerate(KIND_NAMES)))
def test_columns_stand_in_the_slots_of_the_schema(kind_index: int, name: str, repo_root: object) -> None:
    text = (repo_root / "core/wire/schema/raw.fbs").read_text()  # type: ignore[operator]
    table = text.split(f"table {name.title()} {{")[1].split("}")[0]
    in_schema = [line.split(":")[0].strip() for line in table.splitlines()[1:] if ":" in line]
    assert [column.name for column in wire_columns(KINDS_OF_EVENTS[kind_index][1])] == in_schema


def test_the_generated_reader_sees_the_same_numbers() -> None:
    batch = some_batch(np.random.default_rng(1))
    root = Generated.GetRootAs(encode_raw(batch))
    assert (root.Epoch(), root.Sequence(), root.Flags()) == (7, 9, RawFlag.STATE | RawFlag.FIRST)
    np.testing.assert_array_equal(root.Depth().ReferenceAsNumpy(), batch.depth.reference)
    np.testing.assert_array_equal(root.Sessions().TradingStateAsNumpy(), batch.sessions.trading_state)
    np.testing.assert_array_equal(root.Quotes().BidAsNumpy(), batch.quotes.bid)


def test_a_header_alone_is_an_idle_header() -> None:
    header = RawHeader(1, 2, 3, source_state=SourceState.LATE, late_ms=2_400)
    assert decode_raw(encode_raw(RawBatch(header))) == RawBatch(header)


def test_an_unknown_source_state_counts_as_down() -> None:
    message = encode_raw(RawBatch(RawHeader(1, 2, 3, source_state=200)))  # type: ignore[arg-type]
    assert decode_raw(message).header.source_state is SourceState.DOWN
    columns, bad = decode_many([message] * 5)
    assert columns.source_state.tolist() == [SourceState.DOWN] * 5
    assert not bad


def test_columns_of_unequal_length_are_refused() -> None:
    message = bytearray(raw_message(np.random.default_rng(2))[:-4])
    quotes = Generated.GetRootAs(message).Quotes()
    length_at = quotes._tab.Vector(quotes._tab.Offset(12)) - 4
    message[length_at] -= 1
    with pytest.raises(WireError, match="events"):
        decode_raw(seal(message))


# ---- many at once ------------------------------------------------------------------------------------
def one_by_one(messages: list[bytes]) -> tuple[dict[str, list[tuple[int, ...]]], list[int]]:
    """Events of each kind as rows, read with `decode_raw`: what `decode_many` must equal."""
    rows: dict[str, list[tuple[int, ...]]] = {name: [] for name in KIND_NAMES}
    bad = []
    for index, message in enumerate(messages):
        try:
            batch = decode_raw(message)
        except WireError:
            bad.append(index)
            continue
        for name, kind in KINDS_OF_EVENTS:
            events = getattr(batch, name)
            if events is None:
                continue
            columns = [getattr(events, column.name) for column in wire_columns(kind)]
            if columns[1] is None:
                columns[1] = np.arange(len(events.instrument))
            rows[name] += [(index, *row) for row in zip(*(c.tolist() for c in columns), strict=True)]
    return rows, bad


def all_at_once(messages: list[bytes]) -> tuple[dict[str, list[tuple[int, ...]]], list[int]]:
    columns, bad = decode_many(messages)
    rows: dict[str, list[tuple[int, ...]]] = {name: [] for name in KIND_NAMES}
    for name, kind in KINDS_OF_EVENTS:
        events = getattr(columns, name)
        if events is None:
            continue
        found = [events.message, *(getattr(events, column.name) for column in wire_columns(kind))]
        rows[name] = list(zip(*(column.tolist() for column in found), strict=True))
    return rows, bad


@st.composite
def backlogs(draw: st.DrawFn) -> list[bytes]:
    """Single events, batches, idle headers and damage, in any mixture."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    messages: list[bytes] = []
    for what in draw(st.lists(st.sampled_from("sssstbih"), max_size=8)):
        count = draw(st.integers(1, 12))
        header = RawHeader(7, len(messages) + 1, 2)
        if what == "s":
            messages += encode_singles(RawBatch(header, quotes=single_quotes(rng, count)))
        elif what == "t":
            batch = some_batch(rng, count)
            messages += encode_singles(RawBatch(header, trades=batch.trades))
        elif what == "b":
            messages += [raw_message(rng, draw(st.integers(1, 3))) for _ in range(count)]
        elif what == "i":
            messages += [encode_raw(RawBatch(header))] * count
        elif messages:
            hurt = bytearray(messages[-1])
            hurt[draw(st.integers(0, len(hurt) - 1))] ^= draw(st.integers(1, 255))
            messages.append(bytes(hurt) if draw(st.booleans()) else seal(hurt[:-4]))
    return draw(st.permutations(messages)) if draw(st.booleans()) else messages


@given(backlogs())
@settings(max_examples=120, deadline=None)
def test_a_backlog_reads_as_its_messages_do(messages: list[bytes]) -> None:
    assert all_at_once(messages) == one_by_one(messages)


def test_headers_of_a_backlog_go_by_message() -> None:
    messages = [encode_raw(RawBatch(RawHeader(7, n, 2, late_ms=n * 3))) for n in range(1, 7)]
    messages.insert(2, b"not a message")
    columns, bad = decode_many(messages)
    assert bad == [2]
    assert columns.sequence.tolist() == [1, 2, 0, 3, 4, 5, 6]
    assert columns.late_ms.tolist() == [3, 6, 0, 9, 12, 15, 18]
    assert columns.quotes is None


def test_an_empty_backlog_is_empty() -> None:
    columns, bad = decode_many([])
    assert not bad
    assert len(columns.epoch) == 0


def test_single_messages_are_those_of_the_plain_encoder() -> None:
    rng = np.random.default_rng(4)
    quotes = single_quotes(rng, 5)
    expected = [
        encode_raw(
            RawBatch(
                RawHeader(1, 10 + k, 3),
                quotes=QuoteEvents(*(getattr(quotes, f.name)[k : k + 1] for f in fields(quotes)[:7])),
            )
        )
        for k in range(5)
    ]
    assert encode_singles(RawBatch(RawHeader(1, 10, 3), quotes=quotes)) == expected


def test_session_figures_that_were_not_told_stay_untold() -> None:
    nothing = np.full(1, NULL)
    sessions = SessionEvents(
        np.zeros(1, np.uint32), *[nothing] * 7, trading_state=np.full(1, UNTOLD, np.uint8)
    )
    got = decode_raw(encode_raw(RawBatch(RawHeader(1, 1, 1), sessions=sessions))).sessions
    assert_same_events(got, sessions)
