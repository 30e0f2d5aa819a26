"""The floor of a run: nautilus' own `engine.run` over the same bars, with the same strategy and fill model.

It goes on by a chunk whenever the run that is measured against it asks for its next one, so both see the
same machine, whose speed changes within seconds. Its bars are made before; no costs are booked, nothing is
recorded, checked or written, and garbage is collected at Python's usual pace.
"""

from collections import deque

from core.backtest.dataset import Dataset
from core.backtest.engine.loading import load_strategy, make_strategies
from core.backtest.engine.market import bar_chunks, load_market
from core.backtest.engine.recording import Recorder, RecordingStrategy
from core.backtest.engine.run import new_engine
from core.backtest.engine.seldom import usually_collected
from core.backtest.engine.venue import add_venue
from core.backtest.home import ResearchHome
from core.backtest.spec import RunSpec
from core.clock import NS_PER_S, monotonic_ns


class BareRun:
    """Made ready by the constructor. It goes over every `every`-th chunk of bars."""

    def __init__(self, home: ResearchHome, spec: RunSpec, every: int) -> None:
        market = load_market(Dataset.open(home, spec.dataset_id), spec)
        strategies = make_strategies(load_strategy(home, spec.strategy), spec, market, Recorder(market.names))
        for strategy in strategies:
            if isinstance(strategy, RecordingStrategy):
                strategy.record_into(None)
        self._engine = new_engine()
        add_venue(self._engine, market, spec.venue, spec.seed, None)
        self._engine.add_strategies(strategies)
        self._chunks = deque(bar_chunks(market, lambda _bars: True))
        self._bars, self._every, self._asked = market.bar_count, every, 0
        self._run_bars = self._took_ns = 0

    @property
    def took_s(self) -> float:
        """Of `engine.run` alone over all bars, as far as can be told from those it went over."""
        return self._took_ns / NS_PER_S * self._bars / self._run_bars

    def step(self) -> None:
        """Over the next chunk, if there is one and its turn has come."""
        if not self._chunks:
            return
        chunk = self._chunks.popleft()
        self._asked += 1
        if (self._asked - 1) % self._every:
            return
        self._engine.add_data(chunk, validate=False, sort=False)
        with usually_collected():
            begun_ns = monotonic_ns()
            self._engine.run(streaming=True)
            self._took_ns += monotonic_ns() - begun_ns
        self._run_bars += len(chunk)
        self._engine.clear_data()
