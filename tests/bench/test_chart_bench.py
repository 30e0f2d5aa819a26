"""The chart bench gives back every line it promises, and what it measures is really on the screen."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.bench_report import Result
from desktop.bench import chart, chart_peers
from desktop.bench.chart_peers import PeerBox, PeerFigures, PeerRun, finplot_run, vnpy_run
from desktop.bench.chart_runs import FloorChart, PanelChart, frame_times_ms, pan_step
from desktop.paint.fonts import register_fonts

PROMISED = {
    "chart.500.update_over_floor",
    "chart.500.pan_over_floor",
    "chart.1m.update_over_floor",
    "chart.1m.pan_over_floor",
    "chart.1m_all.update_over_floor",
    "chart.1m_all.pan_over_floor",
    "chart.1m_over_500",
    "chart.1m.update_ms",
    "chart.1m.vnpy_over_ours",
    "chart.1m.finplot_over_ours",
    "chart.linked5.pan_fps",
}
TURN = {
    f"{case}.{act}{suffix}": 1.1 if suffix == "" else 1.0
    for case in chart.CASES
    for act in ("update", "pan")
    for suffix in ("", "_floor")
}


def lines(
    vnpy: PeerFigures, finplot: PeerFigures, fps: float = 62.0, factor: float = 1.0
) -> dict[str, Result]:
    return {line.metric: line for line in chart._results([TURN], [fps], factor, vnpy, finplot)}


@pytest.fixture
def charts(qtbot: QtBot) -> Iterator[tuple[PanelChart, FloorChart]]:
    register_fonts()
    made = PanelChart(3_000, 500), FloorChart(3_000, 500)
    yield made
    for each in made:
        each.close()
    QApplication.processEvents()


def test_every_promised_line_is_there_with_its_goal() -> None:
    found = lines(PeerFigures(440.0, 16.0), PeerFigures(350.0, 30.0))
    assert set(found) >= PROMISED
    assert all(found[name].ok for name in PROMISED)
    assert found["chart.1m.vnpy_over_ours"].peer == 440.0
    assert found["chart.1m.vnpy_over_ours"].ratio == pytest.approx(400.0)
    assert found["chart.1m.update_over_floor"].peer == 1.0


def test_a_missing_peer_is_a_miss_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chart_peers, "PEERS_PYTHON", tmp_path / "python")
    figures = finplot_run(1_000, 500, PeerBox(1.0, 2)).figures()
    assert figures.remark == "finplot is not here: make its environment with `make peers`"
    line = lines(PeerFigures(440.0), figures)["chart.1m.finplot_over_ours"]
    assert (line.value, line.peer, line.ok) == (None, None, False)


def test_a_peer_that_fails_says_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_peers, "PEERS", tmp_path)
    (tmp_path / "broken.py").write_text("raise SystemExit('no such chart')\n")
    python = Path(chart_peers.sys.executable)
    remark = PeerRun("broken", "broken.py", python, 10, 5, PeerBox(1.0, 2)).figures().remark
    assert remark == "broken did not start: no such chart"
    absent = PeerRun("absent", "absent.py", python, 10, 5, PeerBox(1.0, 2)).figures()
    assert "come with the source tree" in absent.remark


def test_slower_charts_and_machines() -> None:
    assert not lines(PeerFigures(100.0), PeerFigures(350.0))["chart.1m.vnpy_over_ours"].ok
    assert not lines(PeerFigures(), PeerFigures(), fps=50.0)["chart.linked5.pan_fps"].ok
    assert lines(PeerFigures(), PeerFigures(), fps=50.0, factor=1.5)["chart.linked5.pan_fps"].ok


def test_a_pan_never_stays_where_it_was() -> None:
    steps = [pan_step(number) for number in range(200)]
    assert all(step != following for step, following in pairwise(steps))
    assert (min(steps), max(steps)) == (0, 20)


@pytest.mark.bench
def test_updates_and_pans_are_painted_by_panel_and_floor(charts: tuple[PanelChart, FloorChart]) -> None:
    panel, floor = charts
    for act in ("update", "pan"):
        assert len(frame_times_ms(floor, getattr(floor, act), 6)) >= 5
        assert len(frame_times_ms(panel, getattr(panel, act), 6)) >= 5
    assert panel.inspect()["bars"] == 3_000
    panel.pan(3)
    sight = panel.inspect()["range"]
    assert 2_470 <= sight["first_row"] <= 2_490
    assert 480 <= sight["last_row"] - sight["first_row"] <= 505
    before = panel.inspect()["last_bar"]
    panel.update(1)
    assert panel.inspect()["last_bar"] != before


@pytest.mark.bench
def test_turns_have_every_figure(qtbot: QtBot) -> None:
    register_fonts()
    turns = chart.take_turns(2, 4, {"500": (500, 500)})
    assert [set(turn) for turn in turns] == [
        {"500.update", "500.update_floor", "500.pan", "500.pan_floor"},
    ] * 2


@pytest.mark.bench
def test_linked_charts_pan_together(qtbot: QtBot) -> None:
    register_fonts()
    assert chart.linked(2, 2_000, 0.4) > 5


@pytest.mark.slow
@pytest.mark.bench
def test_vnpys_chart_answers_in_its_box() -> None:
    figures = vnpy_run(2_000, 500, PeerBox(20.0, 3)).figures()
    assert figures.remark == ""
    assert figures.update_ms is not None
    assert figures.pan_ms is not None


@pytest.mark.slow
@pytest.mark.bench
@pytest.mark.skipif(not chart_peers.PEERS_PYTHON.exists(), reason="no .venv-peers: make peers")
def test_finplots_chart_answers_in_its_box() -> None:
    figures = finplot_run(2_000, 500, PeerBox(20.0, 3)).figures()
    assert figures.remark == ""
    assert figures.update_ms is not None


def test_the_report_is_written_with_what_was_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = chart.Report(
        "chart", {"factor": 1.0}, chart._results([TURN], [62.0], 1.0, PeerFigures(440.0), PeerFigures())
    )
    monkeypatch.setattr(chart, "measure", lambda quick: (report, ["finplot is not here"]))
    assert chart.run_chart_bench(tmp_path / "chart.json", quick=True) == 1
    assert "tapedeck bench chart: finplot is not here" in capsys.readouterr().err
    written = json.loads((tmp_path / "chart.json").read_text())
    assert {line["metric"] for line in written["results"]} >= PROMISED
