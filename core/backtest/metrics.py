"""What a run was worth: its figures at the end, and as of any time of it. Conventions: docs/metrics.md.

Returns are daily, by trading day; the first is against the starting cash; a day without trade counts as 0.
As of a time means from nothing later: the open day ends with the last bar closed by then, trades are those
closed by then, fills those that happened by then. What is undefined is NaN here and null in metrics.json.
"""

import math
from collections.abc import Mapping

import numpy as np

from core.backtest.columns import RUN_FILES, Columns
from core.backtest.daily_figures import Figures, daily_figures
from core.backtest.dataset import Dataset
from core.backtest.home import ResearchHome
from core.backtest.metric_list import METRIC_OF
from core.backtest.metric_parts import Costs, Days, Trades
from core.backtest.run_files import RunFiles
from core.backtest.spec import VenueModel
from core.backtest.trading_days import TradingDays, trading_days


class RunMetrics:
    """The figures of one run as of any time. `as_of` takes some 0.1 ms, whatever the length of the run."""

    def __init__(self, columns: Mapping[str, Columns], days: TradingDays, venue: VenueModel) -> None:
        if not venue.starting_cash > 0:
            raise ValueError(f"starting cash of {venue.starting_cash:g}: returns need more than 0")
        self._cash = venue.starting_cash
        self._days = Days(columns["equity"], days, venue.starting_cash)
        self._trades = Trades(columns["positions"])
        self._costs = Costs(columns["fills"])
        self._newest: tuple[tuple[int, int, int], Figures] | None = None

    def as_of(self, time_ns: int) -> Figures:
        """Every one of `METRICS` by name, from what was known at `time_ns`; NaN where undefined."""
        at = (self._days.row(time_ns), self._trades.count(time_ns), self._costs.count(time_ns))
        if self._newest is None or self._newest[0] != at:
            self._newest = (at, self._figures(*at))
        return self._newest[1]

    def final(self) -> Figures:
        """As of the end of the run."""
        return self.as_of(np.iinfo(np.int64).max)

    def _figures(self, row: int, trades: int, fills: int) -> Figures:
        figures = dict.fromkeys(METRIC_OF, math.nan)
        figures |= self._trades.figures(trades)
        figures |= self._costs.figures(fills)
        if row < 0:
            return figures | {"total_return": 0.0, "profit": 0.0, "drawdown": 0.0, "days": 0.0}
        values = self._days.values(row)
        figures |= daily_figures(values, self._days.per_year)
        figures["profit"] = float(values[-1]) - self._cash
        figures |= self._days.exposure(row)
        mean = float(values[1:].mean())
        if mean > 0:
            years = (len(values) - 1) / self._days.per_year
            figures["turnover"] = self._costs.notional(fills) / mean / years
        return figures


# ---- of a run ----------------------------------------------------------------------------------------
def final_metrics(
    columns: Mapping[str, Columns], days: TradingDays, venue: VenueModel
) -> dict[str, float | None]:
    """What metrics.json holds: every one of `METRICS` at the end of the run, None where undefined.

    `columns` of a run by the names of `RUN_FILES`: `equity`, `fills` and `positions` are needed.
    """
    return as_stored(RunMetrics(columns, days, venue).final())


def as_stored(figures: Figures) -> dict[str, float | None]:
    """What is undefined as None: JSON and SQLite know finite numbers only."""
    return {name: value if math.isfinite(value) else None for name, value in figures.items()}


def metrics_of(home: ResearchHome, run: RunFiles) -> RunMetrics:
    """Of a finished run, with the days of its dataset. Raises `DatasetError`, `ColumnsError`, `OSError`."""
    days = trading_days(home, Dataset.open(home, run.spec.dataset_id))
    return RunMetrics(
        {name: run.read(name) for name in RUN_FILES if name != "recorded"}, days, run.spec.venue
    )
