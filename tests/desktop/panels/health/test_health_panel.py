"""The Health panel: opened by a click on the strip or by its action, one second at a time, cheap."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.actions import ActionContext
from desktop.health.history import HealthHistory
from desktop.panels.health.board import PLOTS, round_up, thinned
from desktop.panels.health.panel import HealthPanel
from desktop.panels.health.strokes import stroke
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto


def health_of(stage: Stage, window: int = 0) -> HealthPanel:
    found: HealthPanel = next(
        panel for panel in stage.app.windows[window].panels if isinstance(panel, HealthPanel)
    )
    return found


def test_a_click_on_the_strip_opens_the_panel_and_another_click_no_second_one(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(6))
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        for _ in range(2):
            QTest.mouseClick(window.strip, Qt.MouseButton.LeftButton)
        assert sum(isinstance(panel, HealthPanel) for panel in window.panels) == 1
        panel = health_of(stage)
        await stage.until(lambda: panel.windows.rows and panel.subscriptions.rows, "a second's figures")
        (row,) = panel.windows.rows
        assert row[:2] == ("Window 1", "full")
        (group,) = stage.app.groups_json()
        subjects = [row[0] for row in panel.subscriptions.rows]
        assert f"md.agg.33ms.{group['group']}" in subjects
        assert "sys.health.*" in subjects
        assert all(row[4] == "0" for row in panel.subscriptions.rows), "nothing was dropped"
        said = panel.board.text
        assert all(plot.title() in said for plot in PLOTS)
        assert "Memory –" not in said

    play(scenario)


def test_the_panel_paints_once_a_second_and_not_at_all_behind_another_tab(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(6))
        await stage.until(lambda: stage.words()[0] == "live")
        app = stage.app
        app.windows[0].open_health()
        panel = health_of(stage)
        await stage.until(lambda: panel.board.paints > 0 and app.health.history.version > 1)
        version, paints = app.health.history.version, panel.board.paints
        await stage.until(lambda: app.health.history.version >= version + 2)
        assert panel.board.paints - paints <= 4, "a second's figures are painted once, whatever else is"
        app.windows[0].hide()
        version, paints = app.health.history.version, panel.board.paints
        await stage.until(lambda: app.health.history.version > version)
        assert panel.board.paints == paints

    play(scenario)


def test_every_action_about_health_runs(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        app = stage.app
        at = ActionContext(app.windows[0])
        actions = app.commands.actions
        actions["health.open"].run(at)
        assert health_of(stage) in app.windows[0].panels
        assert actions["crash.report"].refusal(at) == "Nothing has failed"
        actions["diagnostics.copy"].run(at)
        assert app.qt.clipboard().text().startswith("Tapedeck diagnostics, ")
        await stage.until(lambda: any("Diagnostics copied: " in m.text for m in app.messages.all))
        actions["diagnostics.save"].run(at)
        await stage.until(lambda: any("Diagnostics saved: " in m.text for m in app.messages.all))
        message = next(m for m in app.messages.all if "saved" in m.text)
        assert message.link is not None
        assert message.link.words == "Open folder"

    play(scenario)


@settings(deadline=None)
@given(st.lists(st.one_of(st.just(np.nan), st.floats(0, 1e5)), max_size=90), st.integers(2, 50))
def test_no_peak_is_lost_however_narrow_the_plot_is(values: list[float], columns: int) -> None:
    history = HealthHistory(60)
    for value in values:
        history.add({"frame_p99_ms": value})
    places, lines = thinned(history, columns)
    points = lines["frame_p99_ms"]
    assert len(places) == len(points) <= columns + 2
    assert ((places >= 0) & (places <= 1)).all()
    assert (np.diff(places) > 0).all()
    step = -(-60 // columns)
    kept = history.series("frame_p99_ms")[step:]  # the stretch that is leaving may be cut
    if (~np.isnan(kept)).any():
        assert np.nanmax(points) >= np.nanmax(kept)


@settings(deadline=None)
@given(st.floats(1e-3, 1e7))
def test_the_upper_edge_is_a_round_number_not_far_above(value: float) -> None:
    assert value * 0.999 <= round_up(value) <= value * 2.0


def test_a_line_has_no_holes_and_a_gap_stays_one() -> None:
    pixels = np.zeros((40, 100), np.uint32)
    shares = np.array([0.0, 1.0, 0.0, np.nan, np.nan, 0.5, 0.5])
    stroke(pixels, np.linspace(0, 1, 7), shares, 0xFFFFFFFF, 1)
    inked = pixels.any(axis=0)
    assert inked[:33].all()
    assert not inked[36:80].any()
    assert inked[84:].all()
    joined = [np.flatnonzero(column) for column in pixels.T[:33]]
    assert all((np.diff(rows) == 1).all() for rows in joined), "a steep line is one run of pixels"
    assert pixels[0].any()
    assert pixels[-1].any()
