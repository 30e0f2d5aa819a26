"""What the importer must come to, in plain Python: one trade after the other, one dictionary of bars.

Knows nothing of calendars libraries: New York's sessions are half past nine to four, to one on the half days
listed, by the time zone's own rules.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from fractions import Fraction
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
HALF_DAYS = {date(2024, 7, 3), date(2024, 11, 29), date(2024, 12, 24), date(2023, 11, 24)}
CLOSED = {
    date(2024, month, day)
    for month, day in (
        (1, 1),
        (1, 15),
        (2, 19),
        (3, 29),
        (5, 27),
        (6, 19),
        (7, 4),
        (9, 2),
        (11, 28),
        (12, 25),
    )
}
NS = 1_000_000_000


@dataclass(frozen=True)
class Trade:
    event_ns: int
    price: int
    size: int


@dataclass
class Bar:
    open_ns: int
    close_ns: int
    session: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    trades: int
    first_ns: int
    last_ns: int

    def row(self) -> tuple[int, ...]:
        return (self.open_ns, self.close_ns, self.session, self.open, self.high, self.low, self.close,
                self.volume, self.trades)  # fmt: skip


def session_of(event_ns: int) -> tuple[int, int, int] | None:
    """(days since 1970, open, close) of the session of New York that a time lies in."""
    local = datetime.fromtimestamp(event_ns // NS, UTC).astimezone(NEW_YORK)
    day = local.date()
    if day.weekday() > 4 or day in CLOSED:
        return None
    begin = datetime.combine(day, time(9, 30), NEW_YORK)
    end = datetime.combine(day, time(13 if day in HALF_DAYS else 16), NEW_YORK)
    begin_ns, end_ns = int(begin.timestamp()) * NS, int(end.timestamp()) * NS
    if not begin_ns <= event_ns < end_ns:
        return None
    return (day - date(1970, 1, 1)).days, begin_ns, end_ns


def bars(trades: Iterable[Trade], interval_ns: int) -> list[tuple[int, ...]]:
    """Rows of `BARS`; trades are in order of arrival."""
    found: dict[int, Bar] = {}
    known: dict[int, tuple[int, int, int] | None] = {}
    for trade in trades:
        minute = trade.event_ns // (60 * NS)
        if minute not in known:  # sessions begin and end on whole minutes
            known[minute] = session_of(minute * 60 * NS)
        session = known[minute]
        if session is None:
            continue
        day, begin_ns, end_ns = session
        grid = trade.event_ns - trade.event_ns % interval_ns
        open_ns = max(grid, begin_ns)
        bar = found.get(open_ns)
        if bar is None:
            found[open_ns] = Bar(
                open_ns, min(grid + interval_ns, end_ns), day, trade.price, trade.price, trade.price,
                trade.price, trade.size, 1, trade.event_ns, trade.event_ns,
            )  # fmt: skip
            continue
        bar.high, bar.low = max(bar.high, trade.price), min(bar.low, trade.price)
        if trade.event_ns < bar.first_ns:
            bar.first_ns, bar.open = trade.event_ns, trade.price
        if trade.event_ns >= bar.last_ns:
            bar.last_ns, bar.close = trade.event_ns, trade.price
        bar.volume += trade.size
        bar.trades += 1
    return [found[key].row() for key in sorted(found)]


def means(quotes: Iterable[tuple[int, int, int]], interval_ns: int) -> list[tuple[float, ...]]:
    """Rows of `QUOTES` of (time, bid, ask) in nanos, added up exactly and rounded once."""
    found: dict[int, list[int]] = {}
    for event_ns, bid, ask in quotes:
        session = session_of(event_ns)
        if session is None:
            continue
        key = max(event_ns - event_ns % interval_ns, session[1])
        sums = found.setdefault(key, [0, 0, 0])
        sums[0] += bid
        sums[1] += ask
        sums[2] += 1
    return [
        (key, *(float(Fraction(each, count * 10**9)) for each in (bid, ask, ask - bid)), count)
        for key, (bid, ask, count) in sorted(found.items())
    ]
