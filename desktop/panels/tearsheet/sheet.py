"""What a tear sheet shows of a run, read at once in a thread: arrays and words, no widget.

The figures are those that metrics.json holds; months, trades and drawdown are worked out of the artifacts by
the same functions that the HTML file is made with.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.columns import ColumnsError
from core.backtest.compare import figures_of
from core.backtest.daily_figures import drawdown_series
from core.backtest.dataset import Dataset, DatasetError, DatasetManifest
from core.backtest.home import ResearchHome
from core.backtest.metric_list import METRICS, metric_text
from core.backtest.run_files import RunFiles
from core.backtest.tearsheet_data import Histogram, MonthlyReturns, monthly_returns, trade_histogram
from core.backtest.trading_days import trading_days
from core.clock import NS_PER_S
from desktop.research.rows import SHORT_ID, settings_words
from desktop.tr import tr

DAY_NS: Final = 86_400 * NS_PER_S
_EPOCH: Final = date(1970, 1, 1)
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sheet:
    """`exposure` is the gross notional over equity; `doubts` say what makes the figures doubtful."""

    run: RunFiles
    dataset: DatasetManifest | None
    close_ns: NDArray[np.int64]
    equity: F64
    drawdown: F64
    exposure: F64
    months: tuple[MonthlyReturns, ...]
    trades: Histogram | None
    figures: tuple[tuple[str, str], ...]
    doubts: tuple[str, ...]

    @property
    def title(self) -> str:
        """`7c1e9a04  sma_crossover fast 120, slow 480`."""
        spec = self.run.spec
        return f"{spec.run_id[:SHORT_ID]}  {settings_words(spec.strategy, spec.parameters)}"

    @property
    def words(self) -> str:
        """Instruments, span and bars."""
        spec, manifest = self.run.spec, self.run.manifest
        begin, end = (_day(int(self.close_ns[place] - 1)) for place in (0, -1))
        name = self.dataset.name if self.dataset is not None else spec.dataset_id
        return tr(
            "{instruments} of {dataset}, {begin} to {end}, {bars} bars",
            instruments=", ".join(spec.instruments), dataset=name, begin=begin, end=end,
            bars=f"{manifest.bars:,}",
        )  # fmt: skip


def read_sheet(home: ResearchHome, run_id: str) -> Sheet:
    """Blocks. Raises `ColumnsError`, `OSError`."""
    run = RunFiles.open(home, run_id)
    columns, positions = run.read("equity"), run.read("positions")
    if not len(columns["close_ns"]):
        raise ColumnsError(tr("run {run} has no bar: there is nothing to show", run=run_id[:SHORT_ID]))
    cash, equity = run.spec.venue.starting_cash, columns["equity"]
    doubts: list[str] = []
    dataset: DatasetManifest | None = None
    try:
        opened = Dataset.open(home, run.spec.dataset_id)
        dataset, days = opened.manifest, trading_days(home, opened)
        places = days.places(columns["close_ns"])
        day_of_bar: NDArray[np.int64] = days.days[places]
        doubts += _doubts(run, dataset)
    except (DatasetError, ColumnsError, OSError) as error:
        day_of_bar = (columns["close_ns"] - 1) // DAY_NS
        doubts.append(tr("The dataset cannot be read, days are those of UTC: {reason}", reason=error))
    last = np.flatnonzero(np.diff(day_of_bar, append=day_of_bar[-1:] + 1))
    months = monthly_returns(day_of_bar[last], np.concatenate([[cash], equity[last]]))
    share = np.divide(columns["exposure"], equity, out=np.zeros(len(equity)), where=equity > 0)
    known = figures_of(home, run)
    return Sheet(
        run=run,
        dataset=dataset,
        close_ns=columns["close_ns"],
        equity=equity,
        drawdown=drawdown_series(np.concatenate([[cash], equity]))[1:],
        exposure=share,
        months=tuple(months),
        trades=trade_histogram(positions["pnl"][positions["closed_ns"] > 0]),
        figures=tuple((tr(each.label), metric_text(each.name, known.get(each.name))) for each in METRICS),
        doubts=tuple(doubts),
    )


def _doubts(run: RunFiles, dataset: DatasetManifest) -> list[str]:
    found = []
    if dataset.state != "COMPLETE":
        found.append(tr("The dataset is {state}: parts of its inputs are missing", state=dataset.state))
    if dataset.hash != run.spec.dataset_hash:
        found.append(tr("The dataset is not the one of this run: its hash is another"))
    if dataset.findings:
        found.append(tr("The import of the dataset had {count} findings", count=len(dataset.findings)))
    return found


def _day(time_ns: int) -> str:
    return f"{_EPOCH + timedelta(days=time_ns // DAY_NS):%d %b %Y}".lstrip("0")


def month_cells(sheet: Sheet) -> list[list[Any]]:
    """A list a year: the year, twelve months, the whole; NaN where the run was not there."""
    return [[each.year, *each.months, each.whole] for each in sheet.months]
