"""The trading days of a dataset: which day a bar's close belongs to, and the days on which nothing traded.

Days come from the bars' own `session` and, between the first and the last, from the exchange's calendar: a
day without a bar is a day on which equity did not change. The calendar package is slow to load, so its days
are kept in the research home's cache; they may be deleted at any time.
"""

import json
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core import platform
from core.backtest.calendars import ALWAYS, DAY_NS, CalendarError, calendar, calendar_version
from core.backtest.dataset import Dataset, DatasetError
from core.backtest.home import ResearchHome

PER_YEAR: Final = 252
PER_YEAR_ALWAYS_OPEN: Final = 365


@dataclass(frozen=True, slots=True)
class TradingDays:
    """`days`: all of them, ascending, as days since 1970. `begin_ns`: when the first bar of each day that
    has bars opened, and `place` where in `days` that day is."""

    days: NDArray[np.int64]
    begin_ns: NDArray[np.int64]
    place: NDArray[np.int64]
    per_year: int

    def places(self, close_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where in `days` the day of each bar's close is. A close at a day's begin ends the day before."""
        at = np.searchsorted(self.begin_ns, close_ns, side="left") - 1
        places: NDArray[np.int64] = self.place[np.maximum(at, 0)]
        return places


def trading_days(home: ResearchHome, dataset: Dataset) -> TradingDays:
    """The days of a dataset. Reads its bars' sessions. Raises `DatasetError`, `OSError`, `ColumnsError`."""
    begins: dict[int, int] = {}
    for instrument in dataset.manifest.instruments:
        bars = dataset.bars(instrument)
        session = bars["session"]
        first = np.flatnonzero(np.diff(session, prepend=session[:1] - 1))
        for day, begin_ns in zip(session[first].tolist(), bars["open_ns"][first].tolist(), strict=True):
            begins[day] = min(begins.get(day, begin_ns), begin_ns)
    traded = np.array(sorted(begins), np.int64)
    days = _all_days(home, dataset, traded)
    return TradingDays(
        days=days,
        begin_ns=np.array([begins[day] for day in traded.tolist()], np.int64),
        place=np.searchsorted(days, traded).astype(np.int64),
        per_year=PER_YEAR_ALWAYS_OPEN if dataset.manifest.calendar == ALWAYS else PER_YEAR,
    )


def _all_days(home: ResearchHome, dataset: Dataset, traded: NDArray[np.int64]) -> NDArray[np.int64]:
    if len(traded) < 2:
        return traded
    name = dataset.manifest.calendar
    if name == ALWAYS:
        return np.arange(traded[0], traded[-1] + 1, dtype=np.int64)
    cached = home.cache / f"days-{dataset.manifest.id}.json"
    made_by = calendar_version(name)
    try:
        kept = json.loads(cached.read_text(encoding="utf-8"))
        if kept["calendar"] == made_by:
            return np.array(kept["days"], np.int64)
    except (OSError, ValueError, KeyError, TypeError):
        pass  # never made, or deleted, or half a file: it is only a copy
    days = np.union1d(_calendar_days(name, int(traded[0]), int(traded[-1])), traded)
    platform.write_private(cached, json.dumps({"calendar": made_by, "days": days.tolist()}))
    return days


def _calendar_days(name: str, first: int, last: int) -> NDArray[np.int64]:
    try:
        all_days = calendar(name, first * DAY_NS, last * DAY_NS).day.astype(np.int64)
    except CalendarError as error:
        raise DatasetError(f"its trading days are not known: {error}") from error
    days: NDArray[np.int64] = all_days[(all_days >= first) & (all_days <= last)]
    return days
