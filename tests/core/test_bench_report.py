"""Bench reports: what counts as reached, and how figures are taken."""

import json
from pathlib import Path

import numpy as np

from core.bench_report import Report, Result, at_least, at_most, interleaved_medians, machine_factor, recorded


def test_a_goal_is_reached_at_its_border() -> None:
    assert at_most("m", 25.0, "us", 25.0).ok
    assert not at_most("m", 25.1, "us", 25.0).ok
    assert at_least("m", 60.0, "frames/s", 60.0).ok
    assert not at_least("m", 59.9, "frames/s", 60.0).ok


def test_a_missing_figure_is_a_miss() -> None:
    assert at_most("m", None, "us", 25.0) == Result("m", None, "us", 25.0, ok=False)
    assert not at_least("m", None, "us", 25.0).ok


def test_figures_of_numpy_are_written_too(tmp_path: Path) -> None:
    figures = [
        at_most("a", np.float64(1.0), "ms", 2.0),
        at_least("b", np.percentile([1.0, 2.0], 50), "ms", 1.0),
    ]
    Report("grid", {}, figures).write(tmp_path / "report.json")
    said = json.loads((tmp_path / "report.json").read_text())
    assert [result["ok"] for result in said["results"]] == [True, True]


def test_recorded_figures_do_not_spoil_a_report(tmp_path: Path) -> None:
    good = Report("wire", {"factor": 1.0}, [recorded("a", 3.0, "us"), at_most("b", 1.0, "us", 2.0)])
    assert good.ok
    assert not Report("wire", {}, [*good.results, at_most("c", 3.0, "us", 2.0)]).ok
    good.write(tmp_path / "report.json")
    said = json.loads((tmp_path / "report.json").read_text())
    assert [result["metric"] for result in said["results"]] == ["a", "b"]
    assert said["results"][0]["goal"] is None


def test_work_is_taken_in_turns() -> None:
    calls: list[str] = []
    medians = interleaved_medians(
        {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, repeats=3, slice_us=0.01
    )
    assert set(medians) == {"a", "b"}
    assert all(figure > 0 for figure in medians.values())
    assert "".join(calls).endswith("ababab")


def test_the_factor_is_of_the_order_of_one() -> None:
    assert 0.05 < machine_factor(3) < 50
