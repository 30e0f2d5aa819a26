"""Several files play as one tape: by time, ties in the order given, a venue's message in one piece."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aggregator.feeds.recorded.builder import EventChunk, EventKind, FileEvents, build_tape
from aggregator.feeds.recorded.tape import UNIT_EVENTS_MAX, ExchangeTape
from core.market.instruments import Instrument, InstrumentKey
from tests.aggregator.feeds import played

# (time, exchange, symbol, size of its message); the price tells the event apart
rows = st.tuples(st.integers(0, 5), st.sampled_from("AB"), st.sampled_from("xyz"), st.booleans())
files = st.lists(st.lists(rows, max_size=12), min_size=1, max_size=3)


def _file(name: str, listed: Sequence[tuple[int, str, str, bool]], first: int, decimals: int) -> FileEvents:
    """Trades and bars by turns; the price is the event's number among all files."""
    keys = sorted({(exchange, symbol) for _, exchange, symbol, _ in listed})
    file = FileEvents(name)
    file.instruments = [Instrument(InstrumentKey(*key), price_decimals=decimals) for key in keys]
    for kind, turn in ((EventKind.TRADE, 0), (EventKind.BAR, 1)):
        picked = np.arange(turn, len(listed), 2)
        price = (picked + first) * 10**decimals
        zero = np.zeros(len(picked), np.int64)
        columns = {
            "instrument": np.array([keys.index(listed[i][1:3]) for i in picked], np.int64),
            "event_ns": zero,
        }
        if kind is EventKind.TRADE:
            columns |= {"price": price, "size": zero, "flags": zero.astype(np.uint8)}
        else:
            columns |= {"open": price, "high": price, "low": price, "close": price, "volume": zero}
            columns["interval_ns"] = zero
        time_ns = np.array([listed[i][0] for i in picked], np.int64)
        file.chunks.append(EventChunk(kind, columns, time_ns, picked, picked // 3, picked))
    return file


@given(files)
def test_merged_by_time_then_file_then_place(listed: list[list[tuple[int, str, str, bool]]]) -> None:
    expected: dict[str, list[tuple[int, int]]] = {}
    read, first = [], 0
    for number, file in enumerate(listed):
        read.append(_file(f"f{number}", file, first, number))
        for place, (time_ns, exchange, _, _) in enumerate(file):
            expected.setdefault(exchange, []).append((time_ns, first + place))
        first += len(file)
    if not first:
        return
    tape = build_tape(read, "all")
    assert {exchange.exchange for exchange in tape.exchanges} == expected.keys()
    for exchange in tape.exchanges:
        ordered = sorted(expected[exchange.exchange], key=lambda event: event[0])
        for batch_size in (1, 2, 256):
            found = [
                (event["recv_ns"], int(event.get("price", event.get("close"))))
                for _, _, event in played.events(exchange, batch_size)
            ]
            assert found == ordered


def _long_message_tape(lengths: Sequence[int]) -> ExchangeTape:
    file = FileEvents("f", [Instrument(InstrumentKey("A", "x"))])
    count = sum(lengths)
    unit = np.repeat(np.arange(len(lengths)), lengths)
    zero = np.zeros(count, np.int64)
    columns = {
        "instrument": zero,
        "event_ns": zero,
        "price": zero,
        "size": zero,
        "flags": zero.astype(np.uint8),
    }
    file.chunks.append(EventChunk(EventKind.TRADE, columns, unit, np.arange(count), unit, zero))
    return played.only(build_tape([file], "f"))


@given(st.lists(st.integers(1, 700) | st.just(UNIT_EVENTS_MAX + 5), min_size=1, max_size=12))
def test_a_message_of_the_venue_is_not_cut(lengths: list[int]) -> None:
    tape = _long_message_tape(lengths)
    ends = set(np.cumsum(lengths).tolist())
    begin = 0
    while begin < tape.event_count:
        end = tape.cut(begin, tape.event_count, 256)
        assert begin < end
        assert end in ends or end - begin == UNIT_EVENTS_MAX
        if end - begin > 256:  # only a single message may be longer than a batch
            assert not any(begin < other < end for other in ends)
        begin = end
