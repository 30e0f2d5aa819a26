"""Nobody is told a source's bar before its interval has ended: that would be the future."""

from pathlib import Path

import numpy as np
import pytest

from aggregator.feeds.recorded.load import load_tape
from aggregator.replay.backfill import TapeBackfill
from aggregator.replay.index import TapeIndex
from aggregator.replay.keyframes import Keyframes
from core.market.fields import NULL, Field


@pytest.mark.parametrize(
    "file",
    [
        "btgym/examples/data/DAT_ASCII_EURUSD_M1_201701.csv.gz",
        "nautilus/tests/test_data/btc-perp-20211231-20220201_1m.csv.gz",
        "databento-python/tests/data/TEST_DATASET/test_data.ohlcv-1m.dbn.zst",
        "databento-python/tests/data/GLBX.MDP3/test_data.ohlcv-1h.dbn.zst",
    ],
)
def test_a_bar_is_played_at_the_end_of_its_interval(shared_data: Path, file: str) -> None:
    found = sorted(shared_data.rglob(Path(file).name))
    if not found:
        pytest.skip(f"no {Path(file).name} among the shared data")
    recorded = load_tape([found[0]])
    (exchange,) = recorded.exchanges
    bars = exchange.block.bars
    assert bars is not None
    order = exchange.orders[3]
    assert order is not None
    assert (exchange.time_ns[order] == bars.event_ns + bars.interval_ns).all()
    index, frames = TapeIndex(recorded), Keyframes.of(recorded)
    for place in np.linspace(0, len(order) - 1, 5).astype(int).tolist():
        end_ns = int(bars.event_ns[place] + bars.interval_ns[place])
        key = exchange.instruments[int(bars.instrument[place])].key
        for clock_ns in (end_ns - 1, end_ns):
            past = TapeBackfill(index, [exchange.rank_at(clock_ns)]).bars(key)
            last_end_ns = 0 if past is None else int(past[1].last_ns[-1]) + 1
            assert last_end_ns <= clock_ns
            event_us = frames.state_at(0, clock_ns).newest.table.column(Field.EVENT_US)
            assert (event_us[event_us != NULL] * 1_000 + int(bars.interval_ns[place]) <= clock_ns).all()
