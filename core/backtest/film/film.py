"""A finished run opened to be played: its dataset's bars, its artifacts, and the pace they go by.

Opening reads and may derive files: do it in a thread. Afterwards everything is mapped columns and running
sums, and any time of the film costs a few bisections. Never writes.
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.backtest.columns import Columns, ColumnsError
from core.backtest.daily_figures import Figures
from core.backtest.dataset import Dataset, DatasetError
from core.backtest.film.curve import Curve
from core.backtest.film.ledger import Fills, Orders, Trades
from core.backtest.film.pace import Pace
from core.backtest.film.recorded import RecordedSeries
from core.backtest.film.reel import Reel
from core.backtest.home import ResearchHome
from core.backtest.metrics import RunMetrics
from core.backtest.run_files import RunFiles
from core.backtest.trading_days import TradingDays, trading_days
from core.market.instruments import InstrumentKey
from core.market.intervals import Interval, parse_interval

I64 = NDArray[np.int64]


class Film:
    """`reels` by the order of the run's instruments, which is what `place` counts everywhere."""

    def __init__(self, run: RunFiles, dataset: Dataset, days: TradingDays) -> None:
        self.run, self.dataset = run, dataset
        spec = run.spec
        self.interval: Interval = parse_interval(dataset.manifest.interval)
        described = {str(each.key): each for each in dataset.manifest.instruments}
        missing = [name for name in spec.instruments if name not in described]
        if missing:
            raise ColumnsError(
                f"run {run.manifest.run_id} trades {missing[0]}, which dataset {dataset.manifest.id} has not:"
                " import it again"
            )
        self.reels = tuple(
            Reel(described[name], _within(dataset.bars(described[name]), spec.begin_ns, spec.end_ns))
            for name in spec.instruments
        )
        bars = [reel for reel in self.reels if len(reel)]
        if not bars:
            raise ColumnsError(
                f"run {run.manifest.run_id} has no bar to play: choose another stretch of time"
            )
        self.place_of: dict[InstrumentKey, int] = {
            reel.instrument.key: place for place, reel in enumerate(self.reels)
        }
        self.pace = Pace.of(
            _union([reel.close_ns for reel in bars]),
            min(int(reel.open_ns[0]) for reel in bars),
            self.interval.span_ns,
            _sessions(bars),
        )
        columns = {name: run.read(name) for name in ("equity", "fills", "positions")}
        self.curve = Curve(columns["equity"], spec.venue.starting_cash)
        self.fills = Fills(columns["fills"], spec.instruments)
        self.trades = Trades(columns["positions"], spec.instruments)
        self.recorded = RecordedSeries.of(
            *run.coded("recorded", "name"), run.described_series(), spec.instruments, self.curve.close_ns
        )
        self.orders = Orders(run.read("orders"), spec.instruments)
        self._metrics = RunMetrics(columns, days, spec.venue)

    @classmethod
    def open(cls, home: ResearchHome, run_id: str) -> Self:
        """Raises `ColumnsError`, `DatasetError` or `OSError`, each in one line."""
        run = RunFiles.open(home, run_id)
        dataset_id = run.spec.dataset_id
        if not (home.datasets / dataset_id).is_dir():
            raise DatasetError(
                f"the run's dataset {dataset_id} is gone from {home.datasets}: import the same files again,"
                " or delete the run"
            )
        dataset = Dataset.open(home, dataset_id)
        if dataset.manifest.hash != run.spec.dataset_hash:
            raise DatasetError(
                f"dataset {dataset_id} is not as it was when the run was made: run it again, or delete it"
            )
        return cls(run, dataset, trading_days(home, dataset))

    @property
    def begin_ns(self) -> int:
        return self.pace.begin_ns

    @property
    def end_ns(self) -> int:
        return self.pace.end_ns

    @property
    def bars(self) -> int:
        """Of all instruments."""
        return sum(len(reel) for reel in self.reels)

    def figures(self, time_ns: int) -> Figures:
        """Every one of `METRICS` by name, as if the run had ended then; NaN where undefined."""
        return self._metrics.as_of(time_ns)

    def open_pnl(self, place: int, time_ns: int) -> float | None:
        """What the position in an instrument would bring at its last close, costs apart; None without one."""
        position = self.fills.position(place, time_ns)
        price = self.reels[place].last_price(time_ns)
        if position is None or price is None:
            return None
        return (price - position.entry_price) * position.side * position.quantity


def _within(columns: Columns, begin_ns: int, end_ns: int) -> Columns:
    """Bars of the run's stretch of time, still views."""
    if not begin_ns and not end_ns:
        return columns
    first = int(np.searchsorted(columns["open_ns"], begin_ns, side="left"))
    last = int(np.searchsorted(columns["close_ns"], end_ns, side="right")) if end_ns else None
    return {name: column[first:last] for name, column in columns.items()}


def _union(close_ns: list[I64]) -> I64:
    """Distinct closes of all instruments; nothing is copied where they are all the same."""
    first = close_ns[0]
    if all(len(each) == len(first) and (each == first).all() for each in close_ns[1:]):
        return first
    return np.unique(np.concatenate(close_ns))


def _sessions(reels: list[Reel]) -> I64:
    """First open of each session of any instrument."""
    first: dict[int, int] = {}
    for reel in reels:
        sessions = reel.columns["session"]
        for row in np.flatnonzero(np.diff(sessions, prepend=sessions[:1] - 1)).tolist():
            session, open_ns = int(sessions[row]), int(reel.open_ns[row])
            first[session] = min(first.get(session, open_ns), open_ns)
    return np.array(sorted(first.values()), np.int64)
