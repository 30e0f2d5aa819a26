"""Parts of one instrument, of all files, become its bars and means: cut by sessions, each of one source.

A bar begins at a whole multiple of its interval, or where a session, or the time between two, begins; it ends
with its interval or with that session. A bar of a day is a session with its breaks. A session holds what lies
from its open on and before its close. No bar closes before a source bar in it does, or opens before the one
before it has closed.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.calendars import Calendar
from core.backtest.columns import Columns
from core.backtest.importing.chunks import DAY_NS, QUOTE_SOURCES, TRADE_SOURCES
from core.backtest.importing.findings import Findings
from core.backtest.importing.minutes import LOW_BITS, Bar, Mean, Parts, first_of_each, fold_bars, fold_means
from core.backtest.importing.refused import ImportRefused, OptionRefused
from core.market.exact import COUNT_LIMIT
from core.market.fields import NULL

I64 = NDArray[np.int64]
KEEP: Final = "keep"
DROP: Final = "drop"
PAST_REMEDY: Final = "for bars of sessions alone use shorter ones (ohlcv-1h, ohlcv-1m)"


@dataclass(frozen=True, slots=True)
class Slice:
    """Parts of one group of one file, in the order of the files. Prices count 10^-`price_decimals`."""

    source: str
    file: str
    interval_ns: int  # of the source's own bars, else 0
    closes: bool  # bars of a day, stamped by their close
    dated: bool  # bars of a day, of the session with their date
    price_decimals: int
    size_decimals: int
    bars: Parts
    means: Parts


@dataclass(frozen=True, slots=True)
class Assembled:
    """`bars` and `quotes` as the schemas of columns.py say."""

    price_decimals: int
    size_decimals: int
    bars: Columns
    quotes: Columns


class Assembly:
    """One instrument. `decimals_min` is that of its definition; findings go under `name`."""

    def __init__(
        self,
        name: str,
        calendar: Calendar,
        interval_ns: int,
        outside: str,
        findings: Findings,
        decimals_min: int = 0,
    ) -> None:
        self._name, self._calendar, self._interval_ns = name, calendar, interval_ns
        self._outside, self._findings, self._decimals_min = outside, findings, decimals_min

    def run(self, slices: list[Slice]) -> Assembled:
        with_bars = [each for each in slices if each.bars.shape[1]]
        with_means = [each for each in slices if each.means.shape[1]]
        self._tell_overlaps(with_bars, Bar.KEY)
        decimals = max((each.price_decimals for each in slices), default=0)
        size_decimals = max((each.size_decimals for each in slices), default=0)
        bars, price_decimals, size_decimals = self._bars(with_bars, decimals, size_decimals)
        return Assembled(price_decimals, size_decimals, bars, self._means(with_means))

    # ---- bars ----------------------------------------------------------------------------------------
    def _bars(self, slices: list[Slice], decimals: int, size_decimals: int) -> tuple[Columns, int, int]:
        parts = _joined([_scaled(each, decimals, size_decimals) for each in slices], len(Bar))
        rank = _ranks(slices, [each.bars.shape[1] for each in slices], TRADE_SOURCES)
        counts = [each.bars.shape[1] for each in slices]
        span = np.repeat(np.array([each.interval_ns for each in slices], np.int64), counts)
        closes, dated = (
            np.repeat(np.array(each, np.bool_), counts)
            for each in ([each.closes for each in slices], [each.dated for each in slices])
        )
        file = np.repeat(np.arange(len(slices)), counts)
        names = [each.file for each in slices]
        stays = self._without_twins(parts, rank, span, file, names)
        parts, rank, file, span, dated = parts[:, stays], rank[stays], file[stays], span[stays], dated[stays]
        located = self._located(parts[Bar.KEY], span, closes[stays], dated)
        until = np.where(dated, 0, parts[Bar.KEY] + span)
        kept, place, session = self._cut(
            parts[Bar.KEY], *located, parts[Bar.TRADES], parts[Bar.ROW], file, names
        )
        parts, rank = parts[:, kept], rank[kept]
        best = self._best(rank, session, parts[Bar.TRADES], TRADE_SOURCES, "trades")
        parts, place, session = parts[:, best], place[best], session[best]
        until, file = until[kept][best], file[kept][best]
        begin, end = self._bounds(parts[Bar.KEY], place)
        if self._interval_ns == DAY_NS:  # a bar of a day that begins with its session is the session's
            until = np.where(parts[Bar.KEY] == begin, 0, until)
        self._tell_past(parts, place, until, end, file, names)
        parts = parts.copy()
        parts[Bar.GROUP], parts[Bar.KEY] = 0, begin
        whole = fold_bars(parts)
        _, first, of_bar = np.unique(begin, return_index=True, return_inverse=True)
        self._tell_empty(whole[Bar.KEY], place[first])
        open_ns, close_ns = self._apart(whole[Bar.KEY], end[first], until, of_bar)
        price_decimals = _fewest(whole[Bar.OPEN : Bar.CLOSE + 1], decimals, self._decimals_min)
        size_needed = _fewest(whole[Bar.VOLUME : Bar.VOLUME + 1], size_decimals, 0)
        scale, size_scale = 10 ** (decimals - price_decimals), 10 ** (size_decimals - size_needed)
        untold = whole[Bar.VOLUME] == NULL
        if len(untold) and untold.all():
            self._findings.add("no_volume", 1, instrument=self._name)
        columns: Columns = {
            "open_ns": open_ns, "close_ns": close_ns, "session": session[first],
            **{name: whole[row] // scale for name, row in (("open", Bar.OPEN), ("high", Bar.HIGH),
               ("low", Bar.LOW), ("close", Bar.CLOSE))},
            "volume": np.where(untold, 0, whole[Bar.VOLUME] // size_scale),
            "trades": np.minimum(whole[Bar.TRADES], 2**31 - 1).astype(np.int32),
        }  # fmt: skip
        return columns, price_decimals, size_needed

    def _apart(self, open_ns: I64, close_ns: I64, until: I64, of_bar: I64) -> tuple[I64, I64]:
        """Opens and closes: none before the end of a source bar of its own, or of the bar before."""
        close_ns = close_ns.copy()
        np.maximum.at(close_ns, of_bar, until)
        if (np.diff(close_ns) <= 0).any():
            raise OptionRefused(
                f"{self._name} has bars within those of a longer source: import each by itself"
            )
        open_ns = open_ns.copy()
        open_ns[1:] = np.maximum(open_ns[1:], close_ns[:-1])
        return open_ns, close_ns

    def _without_twins(
        self, parts: Parts, rank: I64, span: I64, file: I64, names: list[str]
    ) -> NDArray[np.intp]:
        """What stays: of source bars of one time in several files the first."""
        own = np.flatnonzero(span > 0)
        marked = parts[:, own].copy()
        marked[Bar.GROUP] = rank[own]
        marked[Bar.ROW] = own  # carries the place through the sort
        gone = np.sort(first_of_each(marked)[1][Bar.ROW])
        for number in np.unique(file[gone]).tolist():
            mine = gone[file[gone] == number]
            self._findings.add(
                "duplicate_bar", len(mine), instrument=self._name, file=names[number],
                row=int(parts[Bar.ROW, mine[0]]), time_ns=int(parts[Bar.KEY, mine[0]]),
            )  # fmt: skip
        return np.setdiff1d(np.arange(parts.shape[1]), gone)

    # ---- means ---------------------------------------------------------------------------------------
    def _means(self, slices: list[Slice]) -> Columns:
        """Means in units of price, rounded once: the sums are exact."""
        counts = [each.means.shape[1] for each in slices]
        parts = _joined([each.means for each in slices], len(Mean))
        rank = _ranks(slices, counts, QUOTE_SOURCES)
        decimals = np.repeat(np.array([each.price_decimals for each in slices], np.int64), counts)
        kept, place, session = self._cut(
            parts[Mean.KEY], *self._calendar.locate(parts[Mean.KEY]), parts[Mean.QUOTES], parts[Mean.ROW],
            np.repeat(np.arange(len(slices)), counts), [each.file for each in slices],
        )  # fmt: skip
        best = self._best(rank[kept], session, parts[Mean.QUOTES, kept], QUOTE_SOURCES, "quotes")
        parts, place = parts[:, kept][:, best], place[best]
        parts[Mean.KEY] = self._bounds(parts[Mean.KEY], place)[0]
        parts[Mean.GROUP] = decimals[kept][best]  # only sums of one increment may be added up as they are
        return _means_of(fold_means(parts))

    # ---- both ----------------------------------------------------------------------------------------
    def _located(
        self, key: I64, span: I64, closes: NDArray[np.bool_], dated: NDArray[np.bool_]
    ) -> tuple[I64, NDArray[np.bool_]]:
        """As `Calendar.locate`: a source's longer bar counts where any of it lies in a session.

        Of several it is the first; for a bar of a day that was stamped by its close the last. A bar of a
        date is of the session with this date.
        """
        bounds = self._calendar.bounds
        place, inside = self._calendar.locate(key)
        reach = np.minimum(place + 1, len(bounds) - 1)
        reaches = ~inside & (span > 0) & (bounds[reach] < key + span) & (reach > place)
        place, inside = np.where(reaches, reach, place), inside | reaches
        if closes.any():
            last = np.searchsorted(bounds, key + span, "left") - 1  # the last bound before the stamp
            ended = (last >= 0) & (last % 2 == 1) & (bounds[np.maximum(last, 0)] > key)
            within = ((last >= 0) & (last % 2 == 0)) | ended
            place = np.where(closes, np.where(ended, last - 1, last), place)
            inside = np.where(closes, within, inside)
        if dated.any():
            days, day = self._calendar.day, key // DAY_NS
            at = np.minimum(np.searchsorted(days, day), len(days) - 1)
            place = np.where(dated, 2 * np.searchsorted(self._calendar.session, at), place)
            inside = np.where(dated, days[at] == day, inside)
        return place, inside

    def _cut(
        self,
        key: I64,
        place: I64,
        inside: NDArray[np.bool_],
        counts: I64,
        row: I64,
        file: I64,
        names: list[str],
    ) -> tuple[NDArray[np.intp], I64, NDArray[np.int32]]:
        """(parts that stay, the place in the calendar's bounds of each, its session's day)."""
        calendar = self._calendar
        outside = np.flatnonzero(~inside)
        for number in np.unique(file[outside]).tolist():
            mine = outside[file[outside] == number]
            at = int(mine[row[mine].argmin()])
            self._findings.add(
                "outside_session", int(np.maximum(counts[mine], 1).sum()), instrument=self._name,
                file=names[number], row=int(row[at]), time_ns=int(key[at]),
                note="kept" if self._outside == KEEP else "",
            )  # fmt: skip
        kept = np.arange(len(key)) if self._outside == KEEP else np.flatnonzero(inside)
        place, inside = place[kept], inside[kept]
        day = calendar.day[calendar.session[np.maximum(place, 0) // 2]]
        if not inside.all():
            day = np.where(inside, day, calendar.local_days(key[kept]))
        return kept, place, day

    def _best(
        self, rank: I64, session: NDArray[np.int32], counts: I64, sources: tuple[str, ...], what: str
    ) -> NDArray[np.intp]:
        """Parts of the best source of their session."""
        if not len(rank) or (rank == rank[0]).all():
            return np.arange(len(rank))
        days, inverse = np.unique(session, return_inverse=True)
        best = np.full(len(days), len(sources), np.int64)
        np.minimum.at(best, inverse, rank)
        worse = rank > best[inverse]
        for each in np.unique(rank[worse]).tolist():
            mine = worse & (rank == each)
            self._findings.add(
                "other_source", int(np.maximum(counts[mine], 1).sum()), instrument=self._name,
                note=f"{what} of {sources[each]}",
            )  # fmt: skip
        return np.flatnonzero(~worse)

    def _bounds(self, key: I64, place: I64) -> tuple[I64, I64]:
        """Open and close of the bar that each part lies in."""
        bounds = self._calendar.bounds
        if self._interval_ns == DAY_NS:  # every part lies in a session, from its first open to its last close
            of_part = self._calendar.session
            session = of_part[np.maximum(place, 0) // 2]
            first, after = (np.searchsorted(of_part, session, side) for side in ("left", "right"))
            return bounds[2 * first], bounds[2 * after - 1]
        begin = key - key % self._interval_ns
        end = begin + self._interval_ns
        begin = np.where(place >= 0, np.maximum(begin, bounds[np.maximum(place, 0)]), begin)
        following = np.minimum(place + 1, len(bounds) - 1)
        end = np.where(place + 1 < len(bounds), np.minimum(end, bounds[following]), end)
        return begin, end

    # ---- what is told --------------------------------------------------------------------------------
    def _tell_overlaps(self, slices: list[Slice], key: Bar) -> None:
        newest: dict[str, int] = {}
        for each in slices:
            first, last = int(each.bars[key].min()), int(each.bars[key].max())
            if first <= newest.get(each.source, NULL) and not each.interval_ns:
                self._findings.add(
                    "overlap", 1, instrument=self._name, time_ns=first, note=f"{each.file}, {each.source}"
                )
            newest[each.source] = max(last, newest.get(each.source, NULL))

    def _tell_past(self, parts: Parts, place: I64, until: I64, end: I64, file: I64, names: list[str]) -> None:
        """Source bars that hold more than their session does: their bar ends later than it."""
        if self._interval_ns == DAY_NS:
            past = until > end
        else:
            bounds = self._calendar.bounds
            past = (place % 2 == 0) & (place >= 0) & (until > bounds[np.minimum(place + 1, len(bounds) - 1)])
        for number in np.unique(file[past]).tolist():
            mine = np.flatnonzero(past & (file == number))
            at = int(mine[parts[Bar.ROW, mine].argmin()])
            self._findings.add(
                "past_session", len(mine), instrument=self._name, file=names[number],
                row=int(parts[Bar.ROW, at]), time_ns=int(parts[Bar.KEY, at]), note=PAST_REMEDY,
            )  # fmt: skip

    def _tell_empty(self, key: I64, place: I64) -> None:
        """Intervals and whole sessions without a bar between the first and the last bar."""
        inside = (place >= 0) & (place % 2 == 0)
        key, place = key[inside], place[inside] // 2
        if len(key) < 2:
            return
        session = self._calendar.session[place]
        silent = np.setdiff1d(np.arange(session[0], session[-1] + 1), session)
        if self._interval_ns != DAY_NS:  # a day is empty with its session
            self._tell_intervals(key, place, silent)
        if len(silent):
            day = int(self._calendar.day[silent[0]])
            self._findings.add(
                "empty_session", len(silent), instrument=self._name, time_ns=day * DAY_NS,
                note=f"first {np.datetime64(day, 'D')}",
            )  # fmt: skip

    def _tell_intervals(self, key: I64, place: I64, silent: I64) -> None:
        """Intervals without a bar in sessions that have one."""
        step = self._interval_ns
        opens, closes = self._calendar.bounds[::2], self._calendar.bounds[1::2]
        grid = opens - opens % step
        lengths = -(-(closes - grid) // step)
        before = np.cumsum(lengths) - lengths
        number = before[place] + (key - key % step - grid[place]) // step
        missing = np.diff(number) - 1
        in_silent = int(lengths[np.isin(self._calendar.session, silent)].sum())
        total = int(missing.sum()) - in_silent
        if total > 0:
            at = int(np.flatnonzero(missing > 0)[0])
            self._findings.add(
                "empty", total, instrument=self._name, time_ns=int(key[at]) + step,
                note=f"at most {int(missing.max()):,} in a row",
            )  # fmt: skip


def _ranks(slices: list[Slice], counts: list[int], sources: tuple[str, ...]) -> I64:
    return np.repeat(np.array([sources.index(each.source) for each in slices], np.int64), counts)


def _scaled(each: Slice, decimals: int, size_decimals: int) -> Parts:
    """The bars of a slice at finer increments."""
    scale, size_scale = 10 ** (decimals - each.price_decimals), 10 ** (size_decimals - each.size_decimals)
    if scale == size_scale == 1:
        return each.bars
    bars = each.bars.copy()
    prices = bars[Bar.OPEN : Bar.CLOSE + 1]
    told = bars[Bar.VOLUME] != NULL
    if (np.abs(prices) > COUNT_LIMIT // scale).any() or (
        bars[Bar.VOLUME, told] > COUNT_LIMIT // size_scale
    ).any():
        raise ImportRefused(each.file, "its numbers are too large beside the finer ones of other files")
    prices *= scale
    bars[Bar.VOLUME, told] *= size_scale
    return bars


def _fewest(counts: Parts, decimals: int, at_least: int) -> int:
    """The fewest decimals, of `decimals` that they have, that hold all counts; not fewer than `at_least`."""
    told = counts[counts != NULL]
    while decimals > at_least and not (told % 10).any():
        told, decimals = told // 10, decimals - 1
    return decimals


def _means_of(parts: Parts) -> Columns:
    """One row a key: sums of several increments are brought to the finest."""
    finest = int(parts[Mean.GROUP].max()) if parts.shape[1] else 0
    found: dict[int, tuple[int, int, int]] = {}
    for decimals, key, bid_high, bid_low, ask_high, ask_low, quotes, _ in parts.T.tolist():
        scale = 10 ** (finest - decimals)
        bid, ask = (bid_high << LOW_BITS) + bid_low, (ask_high << LOW_BITS) + ask_low
        known = found.get(key, (0, 0, 0))
        found[key] = known[0] + bid * scale, known[1] + ask * scale, known[2] + quotes
    keys = sorted(found)
    unit = 10**finest
    sums = [found[key] for key in keys]
    return {
        "open_ns": np.array(keys, np.int64),
        "bid_mean": np.array([bid / (count * unit) for bid, _, count in sums], np.float64),
        "ask_mean": np.array([ask / (count * unit) for _, ask, count in sums], np.float64),
        "spread_mean": np.array([(ask - bid) / (count * unit) for bid, ask, count in sums], np.float64),
        "quotes": np.array([min(count, 2**31 - 1) for *_, count in sums], np.int32),
    }


def _joined(parts: list[Parts], rows: int) -> Parts:
    return np.concatenate(parts, axis=1) if parts else np.zeros((rows, 0), np.int64)
