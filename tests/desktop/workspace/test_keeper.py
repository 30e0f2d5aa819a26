"""Workspaces on the screen: what comes back after a start, what a switch leaves, what can be undone."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.scope import Scope
from core.state.versioned_file import StateError
from desktop.panels.watchlist.lists import WatchChoice
from desktop.workspace import panel_kinds, panel_moves
from desktop.workspace.asking import export_workspace, import_workspace
from desktop.workspaces import templates
from desktop.workspaces.model import ScreenPlace
from desktop.workspaces.screens import Room, set_key
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto
from tests.desktop.test_replay_scope import recording


def kinds(stage: Stage, window: int = 0) -> list[str]:
    return [panel.inspect(0)["kind"] for panel in stage.app.windows[window].panels]


def test_the_first_start_opens_a_chart_beside_a_watchlist_and_keeps_it(play: Play, tmp_path: Path) -> None:
    async def scenario(stage: Stage) -> None:
        assert kinds(stage) == ["watchlist", "chart"]
        assert stage.app.workspaces.store.names == ["Main"]

    play(scenario, keeps=True, layout="desk")
    saved = json.loads((tmp_path / "desk" / "workspaces" / "main.json").read_text())
    assert [panel["kind"] for panel in saved["windows"][0]["panels"]] == ["watchlist", "chart"]
    assert json.loads((tmp_path / "desk" / "desk.json").read_text())["open"] == "main"


def test_windows_and_panels_stand_after_a_restart_as_they_stood(play: Play) -> None:
    boxes: list[tuple[int, int, int, int]] = []
    layouts: list[Any] = []

    async def arrange(stage: Stage) -> None:
        app = stage.app
        first, second = app.windows[0], app.open_window()
        first.setGeometry(20, 40, 700, 500)
        second.setGeometry(90, 110, 640, 420)
        first.add_panel(panel_kinds.CHART)
        first.contents.arrangement.stand(
            {"split": "down", "sizes": [310, 120], "parts": [
                {"tabs": ["watchlist-1", "chart-2"], "active": "chart-2"},
                {"tabs": ["chart-1"], "active": "chart-1"}]}
        )  # fmt: skip
        second.contents.remove(second.panels[0])
        await asyncio.sleep(0)
        await stage.until(lambda: first.saved().layout["sizes"] == [310, 120])  # type: ignore[index]
        boxes.extend(window.geometry().getRect() for window in app.windows)  # type: ignore[misc]
        layouts.extend(window.saved().layout for window in app.windows)

    async def look(stage: Stage) -> None:
        await stage.until(lambda: len(stage.app.windows) == 2)
        assert [window.geometry().getRect() for window in stage.app.windows] == boxes
        assert [window.saved().layout for window in stage.app.windows] == layouts
        assert kinds(stage) == ["watchlist", "chart", "chart"]
        assert stage.app.windows[1].empty.isVisible()

    play(arrange, keeps=True, layout="desk")
    assert layouts[0]["split"] == "down"
    play(look, keeps=True, layout="desk")


def test_switching_shows_the_other_workspace_and_leaves_nothing_of_the_old_one(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(30))
        await stage.until(lambda: stage.words()[0] == "live")
        app, workspaces = stage.app, stage.app.workspaces
        before = len(app.groups_json())
        workspaces.open_template(templates.SIX)
        assert (len(app.windows), workspaces.name) == (6, "Six windows")
        assert all(window.windowTitle().startswith("Tapedeck Six windows") for window in app.windows)
        await stage.until(lambda: stage.words(4)[0] == "live", "the six windows")
        workspaces.switch_to(0)
        assert (len(app.windows), workspaces.name) == (1, "Main")
        await stage.until(lambda: len(app.groups_json()) == before and stage.words()[0] == "live", "Main")
        assert not app.series_json(), "no chart of the other workspace holds bars"
        workspaces.step(1)
        assert len(app.windows) == 6

    play(scenario, keeps=True)


def test_workspaces_are_renamed_copied_deleted_and_brought_back(play: Play, tmp_path: Path) -> None:
    async def scenario(stage: Stage) -> None:
        workspaces = stage.app.workspaces
        with pytest.raises(StateError, match="last workspace"):
            workspaces.delete(workspaces.slug)
        workspaces.rename(workspaces.slug, "Crypto")
        workspaces.duplicate(workspaces.slug)
        assert workspaces.store.names == ["Crypto", "Crypto 2"]
        with pytest.raises(StateError, match="already"):
            workspaces.rename(workspaces.slug, "crypto")
        folder = tmp_path / "desk" / "workspaces"
        await stage.until((folder / "crypto.json").exists)
        workspaces.delete("crypto")
        assert workspaces.store.names == ["Crypto"]
        await stage.until((folder / "deleted" / "crypto.json").exists)
        workspaces.reopen()
        assert workspaces.store.names == ["Crypto", "Crypto 2"]
        workspaces.move(workspaces.slug, 0)
        assert workspaces.store.names == ["Crypto 2", "Crypto"]

    play(scenario, keeps=True)


def test_a_closed_panel_and_a_closed_window_come_back_where_they_stood(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(250))
        await stage.until(lambda: stage.words()[0] == "live")
        app, window = stage.app, stage.app.windows[0]
        list_one = window.panels[0]
        list_one.choose(WatchChoice(page=1))
        layout = window.saved().layout
        panel_moves.close(window, list_one)
        assert kinds(stage) == ["chart"]
        app.workspaces.reopen()
        assert kinds(stage) == ["watchlist", "chart"]
        assert window.saved().layout["parts"] == layout["parts"]  # type: ignore[index]
        other = app.open_window()
        other.setGeometry(33, 44, 555, 444)
        other.close()
        assert len(app.windows) == 1
        app.workspaces.reopen()
        assert app.windows[1].geometry().getRect() == (33, 44, 555, 444)
        assert not app.workspaces.can_reopen

    play(scenario, keeps=True, layout="desk")


def test_a_draft_is_not_written_until_it_is_saved_under_a_name(play: Play, tmp_path: Path) -> None:
    async def scenario(stage: Stage) -> None:
        stage.app.open_window()
        assert stage.app.workspaces.store.is_draft(stage.app.workspaces.slug)

    async def keep(stage: Stage) -> None:
        stage.app.workspaces.save_as("Morning")

    play(scenario)
    assert not (tmp_path / "desk" / "workspaces").exists()
    play(keep)
    assert (tmp_path / "desk" / "workspaces" / "main.json").exists()
    assert json.loads((tmp_path / "desk" / "desk.json").read_text())["order"] == ["main"]


def test_a_damaged_workspace_is_set_aside_and_the_last_good_one_opens(play: Play, tmp_path: Path) -> None:
    folder = tmp_path / "desk" / "workspaces"

    async def twice(stage: Stage) -> None:
        await stage.until((folder / "main.json").exists)
        stage.app.open_window()
        stage.app.workspaces.rename("main", "Desk one")

    async def look(stage: Stage) -> None:
        assert any("was set aside as main.unreadable-1.json" in m.text for m in stage.app.messages.all)
        assert stage.app.workspaces.store.names == ["Main"]
        assert len(stage.app.windows) == 1

    play(twice, keeps=True)
    whole = (folder / "main.json").read_text()
    (folder / "main.json").write_text(whole[: len(whole) // 2])
    play(look, keeps=True)
    assert (folder / "main.unreadable-1.json").read_text() == whole[: len(whole) // 2]


def test_a_layout_of_version_1_opens_on_the_screen_there_is(play: Play, tmp_path: Path) -> None:
    folder = tmp_path / "desk" / "workspaces"
    folder.mkdir(parents=True)
    window = {
        "id": "w1", "session": None, "geometry": {"x": 2_000, "y": 100, "width": 600, "height": 500},
        "maximised": False, "layout": {"tabs": ["watchlist-1"], "active": "watchlist-1"}, "zoomed": "",
        "focus": "", "panels": [{"name": "watchlist-1", "kind": "watchlist", "title": "Majors",
                                 "pinned": True, "link": None, "content": {}}],
    }  # fmt: skip
    (folder / "old.json").write_text(json.dumps({"version": 1, "name": "Old", "windows": [window]}))

    async def look(stage: Stage) -> None:
        await stage.until(lambda: stage.app.windows[0].isVisible())
        window = stage.app.windows[0]
        assert window.screen().geometry().contains(window.geometry())
        assert [(panel.title, panel.is_pinned) for panel in window.saved().panels] == [("Majors", True)]

    play(look, keeps=True, workspace="old")
    saved = json.loads((folder / "old.json").read_text())
    assert saved["version"] == 2
    assert len(saved["windows"][0]["places"]) == 2, "the old place is kept beside that of this screen"


def test_windows_come_back_when_their_screen_is_taken_away(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        workspaces, window = stage.app.workspaces, stage.app.windows[0]
        screen = window.screen().geometry()
        window.setGeometry(20, 60, 500, 400)
        workspaces.close_book()
        workspaces._settled()
        both = workspaces.read_rooms()
        name, width, height = both[0].screen.name, screen.width(), screen.height()
        small = ScreenPlace(name, 0, 0, 600, 600, 1.0)
        window.setGeometry(width - 300, height - 300, 500, 400)
        workspaces.store.put(workspaces.slug, workspaces.capture())  # type: ignore[arg-type]
        workspaces.read_rooms = lambda: [Room(small, 0, 0, small.width, small.height)]
        workspaces.screens.follow()
        box = window.geometry()
        assert box.right() < small.width
        assert box.bottom() < small.height
        workspaces.store.name_monitors(set_key([both[0].screen]), "Office")
        workspaces.read_rooms = lambda: both
        workspaces.screens.follow()
        assert stage.app.messages.all[-1].text == "Monitors: Office"
        assert window.geometry().getRect() == (width - 300, height - 300, 500, 400)

    play(scenario, keeps=True)


def test_an_unknown_workspace_of_the_command_line_is_made_and_told(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        assert stage.app.workspaces.store.names == ["Night desk"]
        assert stage.app.messages.all[-1].text == "There was no workspace “Night desk”: it is a new one"
        assert kinds(stage) == ["watchlist", "chart"]

    play(scenario, keeps=True, workspace="Night desk")


def test_a_panel_goes_to_a_window_of_its_own_and_on_to_another(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(30))
        await stage.until(lambda: stage.words()[0] == "live")
        app, window = stage.app, stage.app.windows[0]
        chart = window.panels[1]
        chart.set_style("line")
        own = panel_moves.to_own_window(window, chart)
        assert (kinds(stage, 0), kinds(stage, 1)) == (["watchlist"], ["chart"])
        assert own.panels[0].style_name == "line"
        assert own.screen().availableGeometry().contains(own.frameGeometry().topLeft())
        panel_moves.to_next_window(own, own.panels[0])
        assert (kinds(stage, 0), kinds(stage, 1)) == (["watchlist", "chart"], [])
        assert app.windows[0].panels[1].style_name == "line"
        copy = panel_moves.duplicate(window, window.panels[0])
        assert kinds(stage) == ["watchlist", "watchlist", "chart"]
        panel_moves.add_as_tab(window, copy, window.panels[0])
        assert window.saved().layout["parts"][0]["tabs"] == ["watchlist-1", "watchlist-2"]  # type: ignore[index]

    play(scenario, keeps=True, layout="desk")


def test_a_panel_fills_its_window_and_goes_back(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(30))
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        grid, chart = window.panels
        layout, width = window.saved().layout, chart.width()
        window.contents.arrangement.zoom(chart)
        await stage.until(lambda: chart.width() > window.width() - 40)
        assert not grid.isVisible()
        assert (window.saved().layout, window.saved().zoomed) == (layout, "chart-1")
        window.contents.arrangement.zoom(None)
        await stage.until(lambda: chart.width() == width and grid.isVisible())
        assert window.saved().layout == layout

    play(scenario, keeps=True, layout="desk")


def test_a_pinned_panel_cannot_be_closed_by_its_action(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        window = stage.app.windows[0]
        window.panels[0].setFocus()
        assert stage.app.commands.run("panel.pin", window)
        assert not stage.app.commands.run("panel.close", window)
        assert stage.app.messages.all[-1].text == "Close panel: The panel is pinned: unpin it first"
        assert stage.app.commands.run("panel.pin", window)
        assert stage.app.commands.run("panel.close", window)
        assert not window.panels

    play(scenario, keeps=True)


def test_a_workspace_is_exported_and_imported_under_a_free_name(play: Play, tmp_path: Path) -> None:
    async def scenario(stage: Stage) -> None:
        window, store = stage.app.windows[0], stage.app.workspaces.store
        path = tmp_path / "mine.json"
        export_workspace(window, stage.app.workspaces.slug, path)
        await stage.until(path.exists)
        import_workspace(window, path)
        await stage.until(lambda: store.names == ["Main", "Main 2"])
        broken = tmp_path / "broken.json"
        broken.write_text('{"version": 2, "name": "X", "screens": {}, "windows": [{"id": 7}]}')
        import_workspace(stage.app.windows[0], broken)
        await stage.until(lambda: "is no workspace: windows[0]" in stage.app.messages.all[-1].text)
        assert store.names == ["Main", "Main 2"]

    play(scenario, keeps=True, layout="desk")


def test_a_click_on_a_tab_shows_its_workspace(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        workspaces = stage.app.workspaces
        workspaces.open_template(templates.QUOTES)
        bar = stage.app.windows[0].bar
        assert [tab.text() for tab in bar.tabs.tabs] == ["Main", "Quotes"]
        assert [tab.isChecked() for tab in bar.tabs.tabs] == [False, True]
        QTest.mouseClick(bar.tabs.tabs[0], Qt.MouseButton.LeftButton)
        await stage.until(lambda: workspaces.name == "Main")
        assert [tab.isChecked() for tab in stage.app.windows[0].bar.tabs.tabs] == [True, False]

    play(scenario, keeps=True)


def test_a_panel_of_a_session_takes_its_frame_along_and_comes_back_in_the_session(play: Play) -> None:
    async def take_out(stage: Stage) -> None:
        await recording(stage)
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        own = panel_moves.to_own_window(window, window.contents.charts[0])
        assert own.scope.session == "eth-0808"
        await stage.until(lambda: own.frame.framed and own.band.isVisible(), "the frame round it")
        assert not stage.app.commands.refusal(stage.app.commands.actions["player.show"], own)

    async def come_back(stage: Stage) -> None:
        assert [window.scope.session for window in stage.app.windows] == ["eth-0808", "eth-0808"]
        await stage.until(lambda: all(window.frame.framed for window in stage.app.windows))

    play(take_out, keeps=True, layout="desk", session="eth-0808")
    play(come_back, keeps=True, layout="desk")


def test_a_session_of_the_command_line_is_shown_for_one_run_and_a_chosen_one_is_kept(play: Play) -> None:
    def sessions(stage: Stage) -> list[str | None]:
        return [window.scope.session for window in stage.app.windows]

    async def two_live(stage: Stage) -> None:
        stage.app.open_window()
        assert sessions(stage) == [None, None]

    async def replay(stage: Stage) -> None:
        assert sessions(stage) == ["eth-0808", "eth-0808"]
        stage.app.windows[0].add_chart()  # so that it is saved

    async def choose(stage: Stage) -> None:
        stage.app.set_scope(Scope("btc-0101"), (stage.app.windows[1],))

    async def live_again(stage: Stage) -> None:
        assert sessions(stage) == [None, None]
        assert len(stage.app.windows[0].contents.charts) == 1

    async def one_chosen(stage: Stage) -> None:
        assert sessions(stage) == [None, "btc-0101"]

    play(two_live, keeps=True)
    play(replay, keeps=True, session="eth-0808")
    play(live_again, keeps=True)
    play(choose, keeps=True, session="eth-0808")
    play(one_chosen, keeps=True)
