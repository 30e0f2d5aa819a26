"""What a screen may show at a time of a tape: the fold of everything up to then, and never more.

Independent of the product, like the reference it uses. Times are those of the tape, events of equal time
happen together.
"""

import bisect
from collections.abc import Iterable, Sequence
from typing import Any

from tests.e2e.bar_reference import Reference, bars_of
from tests.e2e.events import Event, Tape, Trade
from tests.e2e.reference import Row, apply, cells

Cells = dict[tuple[str, str], dict[str, str]]


class Past:
    """A tape in order of time, and what stands on the screen at any moment of it."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.events = sorted(tape.events, key=lambda event: event.event_ns)  # stable: arrival within a time
        self.times = [event.event_ns for event in self.events]
        self._by_listing: list[list[Event]] = [[] for _ in tape.listings]
        for event in self.events:
            self._by_listing[event.listing].append(event)
        self._times_by_listing = [[event.event_ns for event in events] for events in self._by_listing]

    @property
    def begin_ns(self) -> int:
        return self.times[0]

    @property
    def end_ns(self) -> int:
        return self.times[-1]

    def number_of(self, name: str) -> int:
        """The listing called `EXCHANGE:SYMBOL`."""
        names = [f"{listing.exchange}:{listing.symbol}" for listing in self.tape.listings]
        return names.index(name)

    def most_traded(self, count: int) -> list[int]:
        """Listings with the most trades that count."""
        trades = [
            sum(isinstance(event, Trade) and not event.history for event in events)
            for events in self._by_listing
        ]
        return sorted(range(len(trades)), key=lambda number: -trades[number])[:count]

    def events_until(self, listing: int, tape_ns: int) -> list[Event]:
        return self._by_listing[listing][: bisect.bisect_right(self._times_by_listing[listing], tape_ns)]

    def bars_at(self, listing: int, interval: str, tape_ns: int) -> Reference:
        return bars_of(self.events_until(listing, tape_ns), self.tape.listings[listing], interval)

    def cells_at(self, times_ns: Iterable[int]) -> dict[int, Cells]:
        """The whole grid at each of these times, in one walk over the tape."""
        rows = [Row() for _ in self.tape.listings]
        at = 0
        found: dict[int, Cells] = {}
        for tape_ns in sorted(set(times_ns)):
            end = bisect.bisect_right(self.times, tape_ns)
            for event in self.events[at:end]:
                apply(rows[event.listing], event)
            at = end
            texts = (cells(listing, row) for listing, row in zip(self.tape.listings, rows, strict=True))
            found[tape_ns] = {(text["Venue"], text["Symbol"]): text for text in texts}
        return found

    def trades_until(self, tape_ns: int, listing: int | None = None) -> int:
        """Trades that count, of one instrument or of all."""
        return sum(
            isinstance(event, Trade) and not event.history and (listing is None or event.listing == listing)
            for event in self.events[: bisect.bisect_right(self.times, tape_ns)]
        )


class PastRows:
    """Every picture of every row of a tape: which of them had been by a time."""

    def __init__(self, past: Past, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)
        self._since: dict[tuple[str, str], dict[tuple[str, ...], int]] = {}
        rows = [Row() for _ in past.tape.listings]
        keys = [(listing.exchange, listing.symbol) for listing in past.tape.listings]
        for listing, row, key in zip(past.tape.listings, rows, keys, strict=True):
            self._since[key] = {self._picture(cells(listing, row)): 0}
        for at, event in enumerate(past.events):
            number = event.listing
            apply(rows[number], event)
            picture = self._picture(cells(past.tape.listings[number], rows[number]))
            self._since[keys[number]].setdefault(picture, past.times[at])

    def not_yet(self, rows: Iterable[dict[str, str]], clock_ns: int) -> list[str]:
        """Rows that nobody could have seen by `clock_ns`, in words."""
        wrong = []
        for row in rows:
            since = self._since[row["Venue"], row["Symbol"]].get(self._picture(row))
            if since is None:
                wrong.append(f"{row} never stood so")
            elif since > clock_ns:
                wrong.append(f"{row} is {(since - clock_ns) / 1e6:.3f} ms ahead of the clock")
        return wrong

    def _picture(self, row: dict[str, str]) -> tuple[str, ...]:
        return tuple(row[column] for column in self._columns)


class PastBars:
    """Every trade of one instrument: which bars had been by a time."""

    def __init__(self, past: Past, listing: int, interval: str) -> None:
        self._past, self._listing, self._interval = past, listing, interval
        # Only trades and, where nobody trades, quotes change bars: one picture an event is enough.
        self._times = sorted({event.event_ns for event in past.events_until(listing, past.end_ns)})

    def not_yet(self, bars: Sequence[tuple[Any, ...]], decimals: tuple[int, int], clock_ns: int) -> str:
        """What is wrong with painted bars at `clock_ns`; empty: they stood so at that time or before."""
        last = bisect.bisect_right(self._times, clock_ns)
        # The newest picture is nearly always the one: look backwards, a second or so.
        for tape_ns in [*reversed(self._times[max(0, last - LOOK_BACK) : last]), 0]:
            expected = self._past.bars_at(self._listing, self._interval, tape_ns)
            if not bars and not expected.bars:
                return ""
            if bars and expected.painted_at(*decimals)[-len(bars) :] == list(bars):
                return ""
        newest = bars[-1] if bars else None
        return f"bars up to {newest} stood so at none of the {LOOK_BACK} times before the clock {clock_ns}"


LOOK_BACK = 400
