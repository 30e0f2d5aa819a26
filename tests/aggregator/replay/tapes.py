"""Small tapes of two exchanges, made by hand."""

from collections.abc import Sequence

import numpy as np

from aggregator.feeds.events import EventBlock
from aggregator.feeds.newest import NewestValues
from aggregator.feeds.recorded.builder import EventChunk, EventKind, FileEvents, build_tape
from aggregator.feeds.recorded.tape import RecordedTape
from core.clock import NS_PER_MS
from core.market.fields import NULL
from core.market.instruments import Instrument, InstrumentKey

BEGIN_NS = 1_704_205_800_000_000_000
_NUMBERS = {
    EventKind.QUOTE: ("bid", "bid_size", "ask", "ask_size"),
    EventKind.TRADE: ("price", "size"),
    EventKind.BAR: ("open", "high", "low", "close", "volume"),
    EventKind.SESSION: ("open", "high", "low", "reference", "volume"),
}
KEYS = [InstrumentKey(*key) for key in (("XAAA", "one"), ("XAAA", "two"), ("XBBB", "one"))]


def tape(rows: Sequence[tuple[int, int, int]]) -> RecordedTape:
    """Trades of (ms after the begin, instrument number, price), sorted by time."""
    file = FileEvents("hand.made", [Instrument(key, price_decimals=1) for key in KEYS])
    milliseconds, number, price = (np.array([row[i] for row in rows], np.int64) for i in range(3))
    time_ns = BEGIN_NS + milliseconds * NS_PER_MS
    place = np.arange(len(rows))
    columns = {
        "instrument": number,
        "event_ns": time_ns - 500,
        "price": price,
        "size": np.ones(len(rows), np.int64),
        "flags": np.zeros(len(rows), np.uint8),
    }
    file.chunks.append(EventChunk(EventKind.TRADE, columns, time_ns, place, place, place))
    return build_tape([file], "hand.made")


class Recorder:
    """In place of a publisher: notes what is published and when."""

    def __init__(self, exchange: str, log: list[tuple[str, int, list[int]]], now_ns: "Clock") -> None:
        self._exchange = exchange
        self._log = log
        self._clock = now_ns

    def publish(self, block: EventBlock) -> None:
        assert block.trades is not None
        self._log.append((self._exchange, self._clock.now_ns, block.trades.price.tolist()))


class Clock:
    """Monotonic time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now_ns = 5_000_000_000

    def __call__(self) -> int:
        return self.now_ns

    async def sleep(self, seconds: float) -> None:
        self.now_ns += max(1, round(seconds * 1e9))


def mixed_tape(seed: int, count: int, span_ms: int = 100_000) -> RecordedTape:
    """Events of every kind at random times, of both exchanges, some at the same time."""
    dice = np.random.default_rng(seed)
    file = FileEvents("mixed", [Instrument(key, price_decimals=1) for key in KEYS])
    time_ns = BEGIN_NS + np.sort(dice.integers(0, span_ms, count)) * NS_PER_MS
    kinds = dice.integers(0, 4, count)
    for number, kind in enumerate((EventKind.QUOTE, EventKind.TRADE, EventKind.BAR, EventKind.SESSION)):
        at = np.flatnonzero(kinds == number)
        columns = {"instrument": dice.integers(0, 3, len(at)), "event_ns": time_ns[at] - 700}
        for name in _NUMBERS[kind]:
            columns[name] = dice.integers(1, 1_000, len(at))
            if kind in (EventKind.QUOTE, EventKind.SESSION):
                columns[name][dice.random(len(at)) < 0.2] = NULL
        if kind is EventKind.TRADE:
            columns["flags"] = dice.choice([0, 1, 4, 9], len(at)).astype(np.uint8)
        elif kind is EventKind.BAR:
            columns["interval_ns"] = np.full(len(at), 60_000 * NS_PER_MS)
        elif kind is EventKind.SESSION:
            columns["trading_state"] = dice.choice([0, 1, 2, 255], len(at)).astype(np.uint8)
        file.chunks.append(EventChunk(kind, columns, time_ns[at], at, at, at))
    return build_tape([file], "mixed")


def folded(recorded: RecordedTape, exchange: int, rank: int) -> list[list[int]]:
    """Values by row after an exchange's first events, from the beginning, one event at a time."""
    tape = recorded.exchanges[exchange]
    newest = NewestValues(len(tape.instruments))
    for single in range(rank):
        newest.note(tape.events(single, single + 1))
    values: list[list[int]] = newest.table.values.T.tolist()
    return values
