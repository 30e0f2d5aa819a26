"""The backtest bench gives back every line it promises, here over a week in one run."""

import pytest

from aggregator.bench import backtest

PROMISED = {
    "backtest.over_bare",
    "backtest.run_s",
    "backtest.bars_per_s",
    "backtest.bars",
    "backtest.child_start_s",
    "backtest.artifacts_mb",
}


@pytest.mark.bench
@pytest.mark.slow
def test_every_promised_line_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtest, "SESSIONS", 5)
    monkeypatch.setattr(backtest, "RUNS_QUICK", 1)
    lines = {result.metric: result for result in backtest.measure(quick=True, factor=1.0)}
    assert set(lines) >= PROMISED
    assert all(lines[name].value for name in PROMISED)
    assert lines["backtest.bars"].value == 5 * 390
    assert lines["backtest.artifacts_mb"].ok
