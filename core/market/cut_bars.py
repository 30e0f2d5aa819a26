"""Bars of so many trades, or of so much volume: cut in order of arrival, anew with each trading day.

A bar is full with the trade that reaches the count, and the next trade begins another; none is ever split.
They open and close in order of arrival. A trade that comes late from an earlier day goes into the bar that is
open. A trade taken back leaves volume and count of the bar it went into; where bars were cut stays. Pure; no
Python runs per trade, only per bar of volume and per trade taken back.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.bars import BarColumns, BarFlag
from core.market.fields import NULL
from core.market.growing_parts import GrowingParts
from core.market.intervals import Interval, IntervalUnit
from core.market.partial_bars import (
    CANCEL,
    COUNT_MAX,
    PART_FIELDS,
    Part,
    Parts,
    columns,
    sums,
)
from core.market.trades import I64, TradeColumns, join_trades
from core.market.trading_day import TradingDay, day_begins, next_day_begin

# Trades taken back are looked for among so many of the newest.
RECENT_MAX: Final = 262_144
RECENT_PART_MAX: Final = RECENT_MAX // 16
_SURELY_FITS: Final = float(2**62)
_VOLUME_MAX: Final = 2**61  # a bar of more than this is never full


class CutBars:
    """`count` bars by ascending number. Trades are those that count (no HISTORY), in order of arrival."""

    def __init__(self, interval: Interval, day: TradingDay, size_decimals: int, number_from: int = 0) -> None:
        assert not interval.is_timed
        self.interval = interval
        self._day = day
        self._is_volume = interval.unit is IntervalUnit.VOLUME
        scale = 10**size_decimals if self._is_volume else 1
        self._full = min(interval.count * scale, _VOLUME_MAX)
        self._parts = GrowingParts()  # OVERTAKEN_NS holds BarFlag.CHANGED here, nothing else is different
        self._number = number_from - 1  # of the last bar
        self._filled = self._full  # of the last bar: the next trade begins another
        self._day_ns = NULL
        self._recent: list[tuple[TradeColumns, I64]] = []  # prints, and the number of the bar of each
        self._recent_count = 0

    @property
    def count(self) -> int:
        return self._parts.count

    @property
    def keys(self) -> I64:
        """Shape (count,): a view, valid until the bars change."""
        return self._parts.keys

    def is_last_full(self, market_ns: int) -> bool:
        """Whether the last bar takes no more trades: it is full, or its trading day is over."""
        if self._filled >= self._full or self._day_ns == NULL:
            return True
        return market_ns >= next_day_begin(self._day, self._day_ns)

    def add(self, trades: TradeColumns) -> I64:
        """Fold trades in; ascending numbers of the bars that are new or changed."""
        taken = (trades.flags & CANCEL) != 0
        if not taken.any():
            touched = self._add_prints(trades)
        else:
            touched = self._add_prints(trades.take(~taken))
            # How many of these prints had come before each trade taken back.
            printed = np.cumsum(~taken)[taken]
            changed = self._take_back(trades.take(taken), len(trades) - int(taken.sum()) - printed)
            touched = np.union1d(touched, changed)
        self._forget_old()
        return touched

    @property
    def recent_count(self) -> int:
        """Prints kept because they may be taken back: at most `RECENT_MAX` thrice."""
        return self._recent_count

    def columns(self, first: int = 0, stop: int | None = None) -> BarColumns:
        """Bars `first` to `stop`; flags but CHANGED are 0."""
        parts = self._parts.values[:, first:stop]
        return columns(parts, parts[Part.OVERTAKEN_NS].astype(np.uint8))

    def keep(self, count: int) -> None:
        """Forget all but the newest `count` bars."""
        self._parts.keep(count)

    # ---- prints ------------------------------------------------------------------------------------------
    def _add_prints(self, prints: TradeColumns) -> I64:
        if not len(prints):
            return np.zeros(0, np.int64)
        begins = self._begins(prints)
        numbers = self._number + np.cumsum(begins)
        starts = np.flatnonzero(begins)
        is_continued = not begins[0]
        if is_continued:
            starts = np.concatenate(([0], starts))
        parts = _runs_as_parts(prints, numbers, starts)
        first = self._parts.count
        if is_continued:
            first -= 1
            parts[:, 0] = _continued(self._parts.values[:, first], parts[:, 0])
        self._parts.replace_from(first, parts)
        self._number = int(numbers[-1])
        self._remember(prints, numbers)
        return numbers[starts]

    def _begins(self, prints: TradeColumns) -> NDArray[np.bool_]:
        """Which trades begin a bar; `_filled` and the day move on."""
        days = np.maximum(np.maximum.accumulate(day_begins(self._day, prints.event_ns)), self._day_ns)
        changes = np.flatnonzero(np.diff(days, prepend=self._day_ns) != 0).tolist()
        self._day_ns = int(days[-1])
        begins = np.zeros(len(prints), np.bool_)
        for begin, end in zip([0, *changes], [*changes, len(prints)], strict=True):
            if begin in changes:
                self._filled = self._full
            if begin == end:
                continue
            if self._is_volume:
                self._cut_volume(
                    begins[begin:end], np.minimum(np.maximum(prints.size[begin:end], 0), self._full)
                )
            else:
                places = self._filled + np.arange(end - begin)
                begins[begin:end] = places % self._full == 0
                self._filled = int(places[-1]) % self._full + 1
        return begins

    def _cut_volume(self, begins: NDArray[np.bool_], sizes: I64) -> None:
        if float(self._full) + float(sizes.max()) * len(sizes) >= _SURELY_FITS:
            self._cut_huge_volume(begins, sizes)
            return
        upto = np.cumsum(sizes)
        before = upto - sizes
        # If a bar began with each trade: where the next one would begin.
        following = (np.searchsorted(upto, before + self._full, "left") + 1).tolist()
        place = 0
        if self._filled < self._full:
            place = int(np.searchsorted(upto, self._full - self._filled, "left")) + 1
        marks = []
        while place < len(following):
            marks.append(place)
            place = following[place]
        begins[marks] = True
        self._filled = int(upto[-1] - before[marks[-1]]) if marks else self._filled + int(upto[-1])

    def _cut_huge_volume(self, begins: NDArray[np.bool_], sizes: I64) -> None:
        """One by one in Python's numbers: sums beyond 64 bits, as no market has them."""
        for place, size in enumerate(sizes.tolist()):
            begins[place] = self._filled >= self._full
            self._filled = size if begins[place] else self._filled + size

    def _remember(self, prints: TradeColumns, numbers: I64) -> None:
        self._recent.append((_copied(prints), numbers))
        self._recent_count += len(prints)
        # Small ones grow together, so that a part is never large and can be forgotten as a whole.
        if len(self._recent) > 1 and len(self._recent[-2][0]) + len(prints) <= RECENT_PART_MAX:
            self._recent[-2:] = [_joined(self._recent[-2:])]

    def _forget_old(self) -> None:
        """Not before a whole call is folded: what it takes back may be among its own first prints."""
        if not self._recent:
            return
        if len(self._recent[0][0]) > 2 * RECENT_MAX:
            prints, numbers = _joined(self._recent)
            self._recent = [(_copied(prints.take(slice(-RECENT_MAX, None))), numbers[-RECENT_MAX:].copy())]
            self._recent_count = RECENT_MAX
        while self._recent_count - len(self._recent[0][0]) >= RECENT_MAX:
            self._recent_count -= len(self._recent.pop(0)[0])

    # ---- trades taken back -------------------------------------------------------------------------------
    def _take_back(self, backs: TradeColumns, printed_later: I64) -> I64:
        """`printed_later`: how many of the newest prints came after each trade taken back."""
        if not self._recent:
            return np.zeros(0, np.int64)
        self._recent = [_joined(self._recent)]
        prints, numbers = self._recent[0]
        alike = np.isin(prints.event_ns, backs.event_ns) & ((prints.flags & CANCEL) == 0)
        places = np.flatnonzero(alike)
        open_places: dict[tuple[int, int, int], list[int]] = {}
        for place, *name in zip(
            places.tolist(), prints.event_ns[places].tolist(), prints.price[places].tolist(),
            prints.size[places].tolist(), strict=True,
        ):  # fmt: skip
            open_places.setdefault(tuple(name), []).append(place)
        touched = set()
        first_number = int(self.keys[0])
        for time_ns, price, size, later in zip(
            backs.event_ns.tolist(), backs.price.tolist(), backs.size.tolist(), printed_later.tolist(),
            strict=True,
        ):  # fmt: skip
            newest = len(prints) - later - 1
            found = [place for place in open_places.get((time_ns, price, size), ()) if place <= newest]
            if not found:
                continue
            open_places[time_ns, price, size].remove(found[-1])
            prints.flags[found[-1]] |= CANCEL  # a trade is taken back once
            number = int(numbers[found[-1]])
            if number < first_number:
                continue
            bar = self._parts.values[:, number - first_number]
            bar[Part.TAKEN_TRADES] += 1
            bar[Part.TAKEN_VOLUME] = min(COUNT_MAX, int(bar[Part.TAKEN_VOLUME]) + max(0, size))
            if number < int(numbers[newest]):
                bar[Part.OVERTAKEN_NS] = int(BarFlag.CHANGED)
            touched.add(number)
        return np.array(sorted(touched), np.int64)


def _copied(trades: TradeColumns) -> TradeColumns:
    return TradeColumns(*(np.array(getattr(trades, name)) for name in ("event_ns", "price", "size", "flags")))


def _joined(recent: list[tuple[TradeColumns, I64]]) -> tuple[TradeColumns, I64]:
    return join_trades([prints for prints, _ in recent]), np.concatenate([numbers for _, numbers in recent])


def _runs_as_parts(prints: TradeColumns, numbers: I64, starts: NDArray[np.intp]) -> Parts:
    ends = np.append(starts[1:], len(prints)) - 1
    parts = np.zeros((PART_FIELDS, len(starts)), np.int64)
    parts[Part.KEY] = numbers[starts]
    parts[Part.FIRST_NS] = np.minimum.reduceat(prints.event_ns, starts)
    parts[Part.LAST_NS] = np.maximum.reduceat(prints.event_ns, starts)
    parts[Part.OPEN], parts[Part.CLOSE] = prints.price[starts], prints.price[ends]
    parts[Part.HIGH] = np.maximum.reduceat(prints.price, starts)
    parts[Part.LOW] = np.minimum.reduceat(prints.price, starts)
    parts[Part.VOLUME] = sums(prints.size, starts)
    parts[Part.TRADES] = ends - starts + 1
    return parts


def _continued(bar: I64, more: I64) -> I64:
    """One bar and what followed of it, by arrival."""
    whole = bar.copy()
    whole[Part.CLOSE] = more[Part.CLOSE]
    whole[Part.FIRST_NS] = min(bar[Part.FIRST_NS], more[Part.FIRST_NS])
    whole[Part.LAST_NS] = max(bar[Part.LAST_NS], more[Part.LAST_NS])
    whole[Part.HIGH] = max(bar[Part.HIGH], more[Part.HIGH])
    whole[Part.LOW] = min(bar[Part.LOW], more[Part.LOW])
    whole[Part.VOLUME] = sums(np.array([bar[Part.VOLUME], more[Part.VOLUME]]), np.zeros(1, np.intp))[0]
    whole[Part.TRADES] += more[Part.TRADES]
    return whole
