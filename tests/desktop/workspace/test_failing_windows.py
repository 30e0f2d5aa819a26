"""A window that fails while it comes or goes: the desk tells of it and goes on with the others."""

from typing import Any

import pytest

from desktop.panels.chart.panel import ChartPanel
from desktop.workspaces import templates
from tests.desktop.conftest import Play, Stage


def fail(*_: Any) -> None:
    raise RuntimeError("torn")


def told(stage: Stage) -> int:
    """Failures told to the person since the last time; they are what the test wants."""
    failures = stage.app.failures
    count, failures.count = failures.count, 0
    return count


def test_a_panel_that_fails_as_its_window_goes_keeps_neither_the_window_nor_the_switch(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(stage: Stage) -> None:
        app, workspaces = stage.app, stage.app.workspaces
        app.open_window()
        first = app.windows[0]
        monkeypatch.setattr(first.panels[0], "let_go", fail)
        workspaces.open_template(templates.QUOTES)
        assert told(stage) == 1
        assert first not in app.windows
        assert {window.windowTitle().split()[1] for window in app.windows} == {"Quotes"}
        assert workspaces.is_settled
        workspaces.switch_to(0)
        assert workspaces.name == "Main"
        assert len(app.windows) == 2

    play(scenario, keeps=True)


def test_a_reset_that_cannot_be_shown_leaves_the_workspace_as_it_was(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(stage: Stage) -> None:
        app, workspaces = stage.app, stage.app.workspaces
        app.open_window()
        windows = list(app.windows)
        with monkeypatch.context() as broken:
            broken.setattr(ChartPanel, "set_desk", fail)
            with pytest.raises(RuntimeError, match="torn"):
                workspaces.reset()
        told(stage)
        assert app.windows == windows
        assert workspaces.is_settled
        assert len(workspaces.store[workspaces.slug].windows) == 2
        assert not workspaces.can_reopen

    play(scenario, keeps=True)
