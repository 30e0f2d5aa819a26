"""The aggregator bench runs on a small load and reports every figure it is asked for, its peer included."""

import pytest

from aggregator.bench import aggregator


@pytest.mark.slow
@pytest.mark.bench
def test_the_bench_reports_rates_peer_and_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aggregator, "REPEATS_QUICK", 1)
    monkeypatch.setattr(aggregator, "PACE_QUICK_S", 0.8)
    monkeypatch.setattr(aggregator, "SINGLE_TICKS", 20_000)
    monkeypatch.setattr(aggregator, "MIXED_TICKS", 50_000)
    monkeypatch.setattr(aggregator, "PACE_PER_S", 4_000)
    results = {result.metric: result for result in aggregator.run(quick=True).results}
    single = results["aggregator.single_ticks_per_s"]
    assert single.value is not None
    assert single.value > 0
    assert single.peer is not None
    assert single.ratio is not None
    assert results["aggregator.mixed_ticks_per_s"].value
    assert results["aggregator.emit_jitter_p99_ms"].value is not None
    assert all(result.metric.startswith("aggregator.") for result in results.values())
