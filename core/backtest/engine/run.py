"""One run, from a checked spec to columns: market, venue, strategy, engine, what came of it.

Nothing is written here. The run says after each chunk of bars how far it is, and ends early when it is told
to; equity is computed afterwards and held against the engine's own account at every fill.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from nautilus_trader.accounting.error import AccountError
from nautilus_trader.backtest.config import BacktestEngineConfig
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.common.config import LoggingConfig
from nautilus_trader.core.nautilus_pyo3 import HIGH_PRECISION

from core.backtest.accounting import account_balances, equity_columns
from core.backtest.columns import Columns
from core.backtest.dataset import Dataset
from core.backtest.engine.errors import StrategyError, strategy_error
from core.backtest.engine.journal import Journal, check_balances
from core.backtest.engine.loading import StrategyCode, load_strategy, make_strategies
from core.backtest.engine.market import Market, bar_chunks, currency_of, first_bar, load_market
from core.backtest.engine.recording import SIGNAL_TOPIC, Recorder
from core.backtest.engine.seldom import seldom_collected
from core.backtest.engine.venue import BookedCosts, add_venue
from core.backtest.home import ResearchHome
from core.backtest.recorded_series import Described
from core.backtest.spec import RunSpec, SpecError
from core.backtest.strategies import strategy_hash

PRECISION: Final = "high" if HIGH_PRECISION else "standard"
TRADER: Final = "TAPEDECK-001"
BARS_STREAM: Final = "bars"


class RunCancelled(Exception):
    """The run was told to end."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run left: columns by the name of their file, and what is worth saying in its log.

    `series` describes what was recorded, by name.
    """

    files: dict[str, Columns]
    series: dict[str, Described]
    bars: int
    begin_ns: int
    end_ns: int
    notes: tuple[str, ...]


class Run:
    """Loaded and ready: everything up to the first bar is done by the constructor.

    Raises `SpecError`, `DatasetError`, `ColumnsError`, `StrategyError`.
    """

    def __init__(self, home: ResearchHome, spec: RunSpec) -> None:
        if spec.precision != PRECISION:
            raise SpecError(
                f"precision is {spec.precision!r}: this machine's engine is built for {PRECISION!r} alone"
            )
        self.spec = spec
        if strategy_hash(home, spec.strategy) != spec.strategy_hash:
            raise SpecError(f"{spec.strategy} has changed since the run was planned: plan it again")
        self.code: StrategyCode = load_strategy(home, spec.strategy)
        self.dataset = Dataset.open(home, spec.dataset_id)
        self.market: Market = load_market(self.dataset, spec)
        self.recorder = Recorder(self.market.names)
        self.engine = new_engine()
        self.costs = BookedCosts(spec.venue, self.market, self.engine.kernel.clock)
        self.strategies = make_strategies(self.code, spec, self.market, self.recorder)
        add_venue(self.engine, self.market, spec.venue, spec.seed, self.costs)
        self.engine.add_strategies(self.strategies)
        self.journal = Journal(self.engine)
        self.engine.kernel.msgbus.subscribe(topic=SIGNAL_TOPIC, handler=self.recorder.on_signal)

    def play(self, on_chunk: Callable[[int], bool]) -> None:
        """Run every bar. `on_chunk(bars so far)` False ends it: `RunCancelled`. Raises `StrategyError`."""
        is_whole = True

        def asked(bars: int) -> bool:
            nonlocal is_whole
            is_whole = is_whole and on_chunk(bars)
            return is_whole

        try:
            with seldom_collected():
                feed(self.engine, self.market, asked)
        except AccountError as error:
            raise StrategyError(self._broke(error), self.code.path, 0) from error
        except Exception as error:
            raise strategy_error(error, self.code.path) from error
        if not is_whole:
            raise RunCancelled

    def _broke(self, error: Exception) -> str:
        venue, when = self.spec.venue, self.engine.kernel.clock.utc_now()
        return (
            f"{when.isoformat(timespec='seconds').replace('+00:00', '')} UTC: the account of "
            f"{venue.starting_cash:,.2f} {venue.currency} cannot pay for this ({error}): trade less"
        )

    def outcome(self) -> Outcome:
        """Columns of every artifact. Raises `JournalError` when the engine's account says something else."""
        venue = self.spec.venue
        names = self.market.names
        fills = self.journal.fills(names, self.costs.booked)
        balances, positions = account_balances(
            fills, venue.starting_cash, is_margin=venue.account == "MARGIN"
        )
        check_balances(balances, self.journal.balances(), currency_of(venue.currency).precision)
        closes = [each.closes for each in self.market.traded]
        files = {
            "equity": equity_columns(fills, closes, venue.starting_cash),
            "orders": self.journal.orders(names),
            "fills": fills,
            "positions": positions,
            "recorded": self.recorder.columns(),
        }
        notes = self._notes(files["equity"])
        bars, begin_ns, end_ns = self.market.bar_count, self.market.begin_ns, self.market.end_ns
        return Outcome(files, self.recorder.described, bars, begin_ns, end_ns, notes)

    def _notes(self, equity: Columns) -> tuple[str, ...]:
        notes = []
        venue = self.spec.venue
        beyond = equity["exposure"] > venue.leverage * np.maximum(equity["equity"], 0.0) + 1e-9
        if venue.account == "MARGIN" and beyond.any():
            notes.append(
                f"at {int(beyond.sum()):,} bars more was held than {venue.leverage:g} x the equity: "
                "a broker would have refused or closed some of it, the engine does not"
            )
        if self.costs.unquoted:
            notes.append(f"{self.costs.unquoted:,} fills before any quote: no slippage was charged")
        if self.recorder.dropped:
            notes.append(
                f"{self.recorder.dropped:,} recorded values were dropped: more than the most a run keeps"
            )
        return tuple(notes)

    def close(self) -> None:
        self.engine.dispose()


def new_engine() -> Any:
    """Nautilus' engine without its log and without its own analysis (per position, not ours)."""
    config = BacktestEngineConfig(
        trader_id=TRADER, logging=LoggingConfig(bypass_logging=True), run_analysis=False
    )
    return BacktestEngine(config)


def feed(engine: Any, market: Market, on_chunk: Callable[[int], bool]) -> None:
    """Run an engine over all bars and end it. `on_chunk(bars so far)` False ends it early.

    The engine asks for the next chunk when one is over. Adding each chunk by `add_data` would spell the
    type of every single bar as text: it is told the types by one bar of each instrument, which it forgets.
    """
    engine.add_data([first_bar(each) for each in market.traded], validate=False, sort=False)
    engine.clear_data()
    engine.add_data_iterator(BARS_STREAM, bar_chunks(market, on_chunk))
    engine.run(
        start=market.first_close_ns, streaming=True
    )  # streaming: an AccountError is raised, not logged
    engine.end()
