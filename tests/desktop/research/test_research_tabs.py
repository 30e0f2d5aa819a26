"""Panels of research stand in tabs together, and a title bar has the tools of the tab in front alone."""

from core.backtest.home import ResearchHome
from desktop.research.research import FAMILY
from desktop.workspace.window import DeskWindow
from tests.desktop.conftest import Play, Stage


def tools_on_screen(window: DeskWindow) -> list[str]:
    """Kinds of research panels whose tools are shown."""
    shown = [docked for docked in window.contents.docked if docked.tools.isVisible()]
    return [kind for docked in shown if (kind := getattr(docked.content, "kind", "")) in FAMILY]


def test_what_is_opened_of_research_is_a_tab_and_shows_its_own_tools(
    play: Play, research_home: ResearchHome
) -> None:
    async def scenario(stage: Stage) -> None:
        window, research = stage.app.windows[0], stage.app.research
        panels = [research.panel(window, kind) for kind in FAMILY]
        areas = {id(window.contents.docked_of(panel).area) for panel in panels}
        assert len(areas) == 1, "one column for all of them"
        for kind in (*FAMILY, *reversed(FAMILY)):
            panel = research.panel(window, kind)
            assert panel.isVisible()
            assert tools_on_screen(window) == [kind]
        window.contents.remove(panels[0])
        research.panel(window, FAMILY[1])
        assert tools_on_screen(window) == [FAMILY[1]]

    play(scenario)
