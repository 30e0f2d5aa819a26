"""Panels of a window: any or none of each kind, and the same ones again from what was kept of them."""

from typing import Any

from PySide6.QtWidgets import QPushButton

from desktop.panels.watchlist.lists import WatchChoice
from desktop.workspace import panel_kinds
from desktop.workspace.dock_tree import names_of, read_tree, split, tabs
from desktop.workspaces.model import PANELS_MAX, SavedPanel, SavedWindow
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto


def test_a_window_without_panels_offers_them(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(5))
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        window.contents.remove(window.contents.watchlists[0])
        assert window.empty.isVisible()
        assert not window.manager.isVisible()
        assert window.focusWidget() is window.empty.buttons[0]
        window.go_to("S000")  # nothing to show it in, and no failure
        window.focus_next_panel()
        assert [button.text() for button in window.empty.buttons][:2] == ["Watchlist", "Chart"]
        chart: QPushButton = window.empty.buttons[1]
        chart.click()
        assert [panel.inspect(0)["kind"] for panel in window.panels] == ["chart"]
        assert window.manager.isVisible()
        assert not window.empty.isVisible()
        await stage.until(lambda: not stage.app.groups_json())
        window.add_panel(panel_kinds.WATCHLIST)
        await stage.until(lambda: len(window.panels[0].grid.painted_cells()) == 5)

    play(scenario)


def test_what_was_kept_of_a_window_is_the_same_window_again(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(30))
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        window.resize(1500, 900)
        panels = (
            SavedPanel("watchlist-1", "watchlist"),
            SavedPanel("watchlist-4", "watchlist", "Majors", is_pinned=True),
            SavedPanel("chart-2", "chart"),
            SavedPanel("chart-3", "chart"),
        )
        right = split("down", tabs("chart-2", "watchlist-4", active="watchlist-4"), tabs("chart-3"),
                      sizes=(300, 500))  # fmt: skip
        layout = split("across", tabs("watchlist-1"), right, sizes=(500, 980))
        for panel in tuple(window.panels):
            window.contents.remove(panel)
        assert window.contents.arrangement.restore(panels, layout) == []
        window._panels_changed()
        await stage.until(window.is_on_screen)
        window.contents.arrangement.settle()
        saved = window.saved()
        assert {panel.name for panel in saved.panels} == {panel.name for panel in panels}
        majors = next(panel for panel in saved.panels if panel.name == "watchlist-4")
        assert (majors.title, majors.is_pinned) == ("Majors", True)
        assert names_of(saved.layout) == ["watchlist-1", "chart-2", "watchlist-4", "chart-3"]
        assert saved.layout is not None
        assert saved.layout["parts"][1]["parts"][0]["active"] == "watchlist-4"
        assert saved.layout["sizes"][0] / sum(saved.layout["sizes"]) - 500 / 1480 < 0.02
        again = read_tree(window.manager, names_of(saved.layout))
        assert again == saved.layout

    play(scenario)


def test_a_panel_of_an_unknown_kind_is_left_out_named_and_kept_for_who_has_it(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(5))
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        window.contents.remove(window.panels[0])
        radar = SavedPanel("radar-1", "radar", content={"range_km": 30})
        said = window.contents.arrangement.restore(
            (radar, SavedPanel("watchlist-1", "watchlist")),
            split("across", tabs("radar-1"), tabs("watchlist-1")),
        )
        assert said == ["radar-1: this Tapedeck has no panel “radar”"]
        assert [docked.name for docked in window.docked] == ["watchlist-1"]
        kept = window.saved().panels
        assert [panel.name for panel in kept] == ["watchlist-1", "radar-1"]
        assert kept[1] == radar

    play(scenario)


def test_a_window_takes_no_more_panels_than_can_be_opened_again(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(5))
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        spare = tuple(SavedPanel(f"radar-{number}", "radar") for number in range(PANELS_MAX - 2))
        window.contents.arrangement.restore(spare, None)
        assert stage.app.commands.run("watchlist.new", window)
        assert not stage.app.commands.run("watchlist.new", window)
        assert f"{PANELS_MAX} panels at most" in stage.app.messages.all[-1].text
        assert len(window.contents.watchlists) == 2
        assert not stage.app.commands.run("panel.duplicate", window, window.panels[0])
        assert len(window.saved().panels) == PANELS_MAX

    play(scenario)


def test_a_window_says_what_it_would_be_again(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(250))
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        window.panels[0].choose(WatchChoice(page=1))
        saved = window.saved()
        assert isinstance(saved, SavedWindow)
        assert (saved.session, saved.focus) == (None, "watchlist-1")
        assert saved.layout == tabs("watchlist-1")

    play(scenario)


def test_a_panel_that_cannot_be_saved_keeps_what_it_had_and_the_others_are_saved(play: Play) -> None:
    async def break_one(stage: Stage) -> None:
        app = stage.app
        window = app.windows[0]
        broken: Any = window.panels[0]
        was = window.saved().panels[0].content
        broken.saved = lambda: {}["no key"]
        window.add_watchlist()
        now = window.saved()
        assert now.panels[0].content == was
        assert len(now.panels) == 2
        window.saved()
        assert app.failures.count == 1, "told once"
        assert any("cannot be saved" in message.text for message in app.messages.all)
        app.failures.count = 0

    async def look(stage: Stage) -> None:
        assert len(stage.app.windows[0].saved().panels) == 2

    play(break_one, keeps=True)
    play(look, keeps=True)
