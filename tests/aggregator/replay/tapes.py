"""A small tape of two exchanges, made by hand."""

from collections.abc import Sequence

import numpy as np

from aggregator.feeds.events import EventBlock
from aggregator.feeds.recorded.builder import EventChunk, EventKind, FileEvents, build_tape
from aggregator.feeds.recorded.tape import RecordedTape
from core.clock import NS_PER_MS
from core.market.instruments import Instrument, InstrumentKey

BEGIN_NS = 1_704_205_800_000_000_000
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
