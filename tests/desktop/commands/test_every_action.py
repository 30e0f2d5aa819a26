"""Every action of the desk, run in real windows on a real bus: each does something a person can see, or says
why it cannot be done. None raises, none stops the loop, none leaves a widget behind.
"""

from collections.abc import Iterable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from core.market.instruments import Instrument, InstrumentKey
from desktop.actions import Action, ActionContext
from desktop.app import DeskApp
from desktop.workspace.window import DeskWindow
from tests.core.market.bar_publisher import KEY, MINUTE
from tests.desktop.bar_market import BarMarket
from tests.desktop.conftest import Play, Stage
from tests.desktop.session import BEGIN_NS, TestSession
from tests.desktop.test_player import play_session

# Without a screen there is nothing to grab or raise.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
LAST = ("window.close", "desk.quit")  # each ends what the others need
COMMON = ("clock", "banner", "rows", "legend", "tape_ns", "volume", "series")
NOT_LIVE = {"chart.gaps", "chart.recorded"}  # a live chart has no closed hours and no recorded values


def ordered(actions: Iterable[Action]) -> list[Action]:
    """As registered, those that end something last."""
    listed = [action for action in actions if action.id not in LAST]
    return [*listed, *(action for action in actions if action.id in LAST)]


def panel_state(panel: Any) -> Any:
    """What a hand can change of a panel, without what the market moves."""
    said = {name: value for name, value in panel.inspect(0).items() if name not in COMMON}
    grid = getattr(panel, "grid", None)
    if grid is not None:
        said["rows"] = (list(grid.rows.selection.rows()), str(grid.sort), grid.filter_words)
    if said.get("kind") == "chart":
        said["entry"] = panel.entry.isVisible()
        said["prices"] = str(panel.sight.window)
    return said


def desk_state(app: DeskApp) -> str:
    """Everything an action may change, as one text to compare."""
    return repr(
        (
            app.theme,
            app.settings.current,
            app.zone_choice,
            len(app.messages.all),
            app._closing.is_set(),
            app.commands.keys.saved(),
            app.links.saved(),
            (app.workspaces.slug, app.workspaces.store.names),
            QGuiApplication.clipboard().text(),
            id(QApplication.focusWidget()),
            id(QApplication.activeWindow()),
            [id(widget) for widget in shown_extras(app)],
            [
                (
                    window.number,
                    window.scope,
                    window.windowState(),
                    window.commands.palette.isVisible(),
                    window.commands.messages.isVisible(),
                    [panel_state(panel) for panel in window.panels],
                    [(docked.title, docked.is_pinned, docked.dock.isClosed()) for docked in window.docked],
                    window.saved(),
                    window.contents.arrangement.zoomed_name,
                    [docked.link.saved() for docked in window.docked if docked.link is not None],
                )
                for window in app.windows
            ],
        )
    )


def shown_extras(app: DeskApp) -> list[QWidget]:
    """Dialogs and menus that stand beside the windows."""
    inside = [child for window in app.windows for child in window.findChildren(QWidget) if child.isWindow()]
    found = {*QApplication.topLevelWidgets(), *inside}
    return [
        widget
        for widget in found
        if widget.isVisible() and not isinstance(widget, DeskWindow) and not is_tip(widget)
    ]


def is_tip(widget: QWidget) -> bool:
    return widget.windowType() is Qt.WindowType.ToolTip


def put_away(app: DeskApp) -> None:
    """Close what an action has opened over the windows."""
    for widget in shown_extras(app):
        widget.close()
        if isinstance(widget, QMenu):
            widget.deleteLater()
    for window in app.windows:
        window.commands.palette.close_palette()
        window.commands.messages.close_messages()


async def with_bars(stage: Stage, window: DeskWindow) -> None:
    """Rows chosen and charts added by the actions before may have led the first chart elsewhere."""
    chart = window.contents.charts[0]
    if not window.contents.instruments:
        return
    chart.show(KEY)
    chart.set_interval(MINUTE)
    await stage.until(lambda: chart.sight.count and chart.sight.scale is not None, "bars")
    chart.setFocus()


async def run_all(stage: Stage, skipped: tuple[str, ...] = ()) -> dict[str, str]:
    """Run every action in the first window; gives what refused, with the reason."""
    app, refused = stage.app, {}
    for action in ordered(app.commands.actions):
        if action.id in skipped:
            continue
        window = app.windows[0]
        window.activateWindow()
        await stage.until(window.isActiveWindow)
        if window.panels and window.panel_in_use is None:
            window.panels[0].setFocus()
        if action.id.startswith("chart.") and window.contents.charts:
            await with_bars(stage, window)
        at = app.commands.context(window)
        was_on = action.checked is not None and action.checked(at)
        reason = action.refusal(at)
        before = desk_state(app)
        done = app.commands.run(action.id, window)
        if reason:
            assert not done
            assert app.messages.all[-1].text.startswith(f"{action.title}: {reason}"), action.id
            refused[action.id] = reason
        elif not was_on:
            await stage.until(lambda before=before: desk_state(app) != before, f"{action.id} to do something")
        assert app.failures.count == 0, (action.id, [message.text for message in app.messages.all])
        put_away(app)
    return refused


def instruments() -> tuple[Instrument, ...]:
    return (Instrument(KEY, 2, 3), *(Instrument(InstrumentKey("BYBT", f"S{n}USDT"), 2, 3) for n in range(8)))


def test_every_action_does_something_or_says_why_not_while_live(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(instruments())
        bars = await BarMarket(stage.url).start()
        try:
            app = stage.app
            await stage.until(lambda: stage.words()[0] == "live")
            window = app.windows[0]
            (chart,) = window.contents.charts
            chart.choose(KEY)
            chart.set_interval(MINUTE)
            await stage.until(lambda: chart.sight.count and chart.sight.scale is not None, "bars")
            app.open_window()  # so that closing one does not end the desk
            window.panels[0].setFocus()
            refused = await run_all(stage)
            assert app._closing.is_set(), "the last one was to quit"
            said = {name.partition(".")[0] for name in refused}
            assert "player" in said, "nobody plays a live market"
            assert not {name for name in refused if name.startswith("chart.")} - NOT_LIVE, refused
        finally:
            await bars.close()

    play(scenario, layout="desk")


def test_every_action_of_the_player_reaches_its_session(play: Play) -> None:
    async def scene(stage: Stage, session: TestSession, _player: Any) -> None:
        app = stage.app
        window = app.windows[0]
        session.clock.bookmarks.add(tape_ns=BEGIN_NS + 1_000_000, name="First")  # one to go back to
        session.send()
        for action in app.commands.actions:
            if action.id.startswith("player.") and action.id != "player.show":
                await stage.until(lambda act=action: not act.refusal(ActionContext(window)), action.id)
                asked = len(session.asked)
                assert app.commands.run(action.id, window), action.id
                await stage.until(lambda asked=asked: len(session.asked) > asked, action.id)
        assert app.commands.run("scope.live", window)
        await stage.until(lambda: window.scope.is_live)

    play_session(play, scene)


def test_in_an_empty_desk_whatever_needs_something_says_so(play: Play) -> None:
    """No market, no chart, no rows: nothing may fail for want of them."""

    async def scenario(stage: Stage) -> None:
        stage.app.open_window()
        refused = await run_all(stage)
        assert refused["grid.copy"] == "No row is selected"
        assert refused["grid.select_all"] == "There are no rows"

    play(scenario)
