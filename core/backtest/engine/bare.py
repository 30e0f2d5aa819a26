"""The floor of a run: nautilus' own `engine.run` over the same bars, with the same strategy and fill model.

Everything is in memory before the clock starts; no costs are booked, nothing is recorded, checked or written.
"""

from core.backtest.dataset import Dataset
from core.backtest.engine.loading import load_strategy, make_strategies
from core.backtest.engine.market import bar_chunks, load_market
from core.backtest.engine.recording import Recorder, RecordingStrategy
from core.backtest.engine.run import new_engine
from core.backtest.engine.venue import add_venue
from core.backtest.home import ResearchHome
from core.backtest.spec import RunSpec
from core.clock import NS_PER_S, monotonic_ns


def bare_run_s(home: ResearchHome, spec: RunSpec) -> float:
    """Seconds of `engine.run` alone."""
    market = load_market(Dataset.open(home, spec.dataset_id), spec)
    engine = new_engine()
    strategies = make_strategies(load_strategy(home, spec.strategy), spec, market, Recorder(market.names))
    for strategy in strategies:
        if isinstance(strategy, RecordingStrategy):
            strategy.record_into(None)
    add_venue(engine, market, spec.venue, spec.seed, None)
    engine.add_strategies(strategies)
    engine.add_data([bar for chunk in bar_chunks(market, lambda _bars: True) for bar in chunk])
    begun_ns = monotonic_ns()
    engine.run()
    took_s = (monotonic_ns() - begun_ns) / NS_PER_S
    engine.dispose()
    return took_s
