"""The desk's bench: what its figures mean, and one short run on real processes."""

import asyncio

import pytest

from aggregator.bench import desk
from aggregator.bench.desk import Measured, growth_percent, results


def test_a_frame_that_waited_for_the_machine_is_told_from_one_that_worked() -> None:
    measured = Measured()
    frames = {"window": [1, 2, 3], "end_ns": [1, 2, 3], "frame_us": [8_000, 90_000, 60_000]}
    desk._take_frames(measured, {**frames, "cpu_us": [5_000, 6_000, 55_000]})
    assert measured.outliers == [(2, 90.0, 6.0), (3, 60.0, 55.0)]
    found = {result.metric: result for result in results(measured, 1.0)}
    assert found["desk.frame_cpu_max_ms"].value == 55.0
    assert found["desk.frame_cpu_max_ms"].ok is False
    assert found["desk.slow_frames"].value == 2


def test_memory_is_judged_by_quarters_so_that_one_peak_is_no_growth() -> None:
    assert growth_percent([200.0, 200.0, 260.0, 200.0, 200.0, 202.0, 202.0, 202.0]) == pytest.approx(1.0)
    assert growth_percent([200.0]) is None


def test_nothing_measured_is_a_miss_and_no_pass() -> None:
    judged = {result.metric: result.ok for result in results(Measured(), 1.0)}
    assert judged["desk.frame_cpu_max_ms"] is False
    assert judged["desk.sort.fps"] is False
    assert judged["desk.rss_growth"] is False


@pytest.mark.bench
@pytest.mark.slow
@pytest.mark.long
def test_every_kind_of_work_is_done_and_paints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "STRETCH_S", 1.0)
    monkeypatch.setattr(desk, "WARM_UP_S", 0.5)
    measured = asyncio.run(desk._measure(10.0, []))
    assert set(measured.fps) == {"read", "sort", "filter", "type"}
    assert all(min(rates) > 0 for rates in measured.fps.values())
    assert len(measured.wall_ms) == len(measured.cpu_ms) > 0
    assert max(measured.cpu_ms) > 0
