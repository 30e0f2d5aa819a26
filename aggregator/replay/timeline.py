"""How much was traded in each stretch of a tape, up to the session's clock and never past it.

Whole histograms are counted once for a key and a number of buckets and kept here; an answer is cut at the
clock, and its last bucket is counted anew up to there. Times are those of playing. A source's own bars count
as one trade each.
"""

from collections import OrderedDict
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregator.feeds.events import KIND_NAMES
from aggregator.replay.index import RANK, TapeIndex
from core.market.fields import NULL
from core.market.instruments import InstrumentKey
from core.wire.generated.control_pb2 import Timeline, TimelineRequest
from core.wire.raw_events import TradeFlag

BUCKETS_MAX: Final = 2_000
KEPT_MAX: Final = 128  # histograms: 32 KB each at most
_UNCOUNTED: Final = np.uint8(TradeFlag.HISTORY | TradeFlag.CANCEL)
_KINDS: Final = (("trades", (RANK, "size", "flags")), ("bars", (RANK, "volume")))


class TimelineError(ValueError):
    """A request that cannot be answered; one line."""


class _Histogram(NamedTuple):
    trades: NDArray[np.int64]
    volume: NDArray[np.float64]


class Timelines:
    """Answers for one tape."""

    def __init__(self, index: TapeIndex) -> None:
        self._index = index
        self._tape = index.tape
        self._kept: OrderedDict[tuple[InstrumentKey | None, int], _Histogram] = OrderedDict()

    def answer(self, request: TimelineRequest, epoch: int, tape_ns: int) -> Timeline:
        """Buckets that have begun at `tape_ns`. Raises `TimelineError`."""
        key = _key(request)
        if not 1 <= request.buckets <= BUCKETS_MAX:
            raise TimelineError(f"{request.buckets:,} buckets: ask for 1 to {BUCKETS_MAX:,}")
        if key is not None and self._index.place(key) is None:
            raise TimelineError(f"{key.symbol} of {key.exchange} is not in this recording")
        begin_ns, bucket_ns = self._tape.begin_ns, self._bucket_ns(request.buckets)
        begun = max(0, min(request.buckets, (tape_ns - begin_ns) // bucket_ns + 1))
        answer = Timeline(epoch=epoch, begin_ns=begin_ns, bucket_ns=bucket_ns, tape_ns=max(tape_ns, begin_ns))
        if not begun:
            return answer
        whole = self._whole(key, request.buckets)
        last_ns = begin_ns + (begun - 1) * bucket_ns
        last = self._count(key, np.array([last_ns, min(tape_ns + 1, last_ns + bucket_ns)]))
        answer.trades.extend(whole.trades[: begun - 1].tolist() + last.trades.tolist())
        if key is not None:
            answer.volume.extend(whole.volume[: begun - 1].tolist() + last.volume.tolist())
        return answer

    def _bucket_ns(self, buckets: int) -> int:
        return (self._tape.end_ns - self._tape.begin_ns) // buckets + 1

    def _whole(self, key: InstrumentKey | None, buckets: int) -> _Histogram:
        kept = self._kept.get((key, buckets))
        if kept is None:
            edges = self._tape.begin_ns + np.arange(buckets + 1) * self._bucket_ns(buckets)
            kept = self._kept[key, buckets] = self._count(key, edges)
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        self._kept.move_to_end((key, buckets))
        return kept

    def _count(self, key: InstrumentKey | None, edges: NDArray[np.int64]) -> _Histogram:
        """Trades and volume in [edges[k], edges[k + 1])."""
        if key is not None:
            return self._count_one(key, edges)
        trades = np.zeros(len(edges) - 1, np.int64)
        for exchange in self._tape.exchanges:
            cuts = exchange.time_ns.searchsorted(edges)
            for kind, _ in _KINDS:
                ranks = exchange.orders[KIND_NAMES.index(kind)]
                if ranks is not None:
                    flags = getattr(getattr(exchange.block, kind), "flags", None)
                    trades += _trades(flags, ranks.searchsorted(cuts))
        return _Histogram(trades, np.zeros(0))

    def _count_one(self, key: InstrumentKey, edges: NDArray[np.int64]) -> _Histogram:
        place = self._index.place(key)
        assert place is not None
        number, row = place
        exchange = self._tape.exchanges[number]
        trades = np.zeros(len(edges) - 1, np.int64)
        counts = np.zeros(len(edges) - 1, np.int64)
        edge_ranks = exchange.time_ns.searchsorted(edges)
        for kind, names in _KINDS:
            columns = self._index.columns(place, kind, names, int(edge_ranks[-1]), int(edge_ranks[0]))
            if columns is None:
                continue
            ranks, *rest = columns
            cuts = ranks.searchsorted(edge_ranks)
            trades += _trades(rest[1] if kind == "trades" else None, cuts)
            counts += _sums(_sizes(*rest), cuts)
        decimals = exchange.instruments[row].size_decimals
        return _Histogram(trades, counts / 10.0**decimals)


def _trades(flags: NDArray[np.uint8] | None, cuts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Trades done between cuts: neither those of before nor what takes one back."""
    if flags is None or not (flags & _UNCOUNTED).any():
        return np.diff(cuts)
    return _sums((flags & _UNCOUNTED == 0).astype(np.int64), cuts)


def _sizes(size: NDArray[np.int64], flags: NDArray[np.uint8] | None = None) -> Any:
    """What each event adds: nothing where it is not told or only history, less where one was taken back."""
    told = np.where(size == NULL, 0, size)
    if flags is None:
        return told
    told = np.where(flags & int(TradeFlag.HISTORY), 0, told)
    return np.where(flags & int(TradeFlag.CANCEL), -told, told)


def _sums(values: NDArray[np.int64], cuts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum of each stretch between cuts; differences of running sums are exact also where those wrap."""
    running = np.concatenate(([0], np.cumsum(values[: cuts[-1]])))
    return np.diff(running[cuts])


def _key(request: TimelineRequest) -> InstrumentKey | None:
    if not request.HasField("key"):
        return None
    return InstrumentKey(request.key.exchange, request.key.symbol)
