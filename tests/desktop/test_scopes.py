"""Each window in the scope it was put into; what no window shows any more is given back."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from core.scope import LIVE
from desktop.workspace.menus import fill_scopes
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto
from tests.desktop.test_replay_scope import SESSION, recording


async def both(stage: Stage) -> None:
    """A live market of BINF and a recording of KRKN, the desk live in two windows."""
    await stage.market(crypto(8, ("BINF",)))
    await recording(stage)
    await stage.until(lambda: stage.app.sessions() == ("eth-0808",))
    await stage.until(lambda: all(stage.words(number)[0] == "live" for number in range(2)))


def venues(stage: Stage, window: int) -> set[str]:
    return {row["Venue"] for row in stage.cells(window)}


def test_one_window_replays_while_the_other_stays_live(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await both(stage)
        app = stage.app
        app.set_scope(SESSION, (app.windows[1],))
        await stage.until(lambda: venues(stage, 1) == {"KRKN"})
        assert venues(stage, 0) == {"BINF"}
        assert [window.frame.framed for window in app.windows] == [False, True]
        assert [window.bar.scope.word for window in app.windows] == ["Live", "REPLAY"]
        assert app.windows[1].bar.clock_text == "23:58:26 UTC"
        assert app.windows[0].bar.clock_text != "23:58:26 UTC"
        assert len(list(app.desks)) == 2
        app.windows[1].activateWindow()
        await stage.until(app.windows[1].isActiveWindow)
        QTest.keyClick(app.windows[1], Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
        await stage.until(lambda: venues(stage, 1) == {"BINF"})
        assert [desk.scope for desk in app.desks] == [LIVE], "the recording's desk is closed"

    play(scenario, windows=2)


def test_the_scope_menu_changes_this_window_or_all(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await both(stage)
        app, menu = stage.app, QMenu()
        fill_scopes(menu, app, app.windows[0])
        replays = [action for action in menu.actions() if action.text() == "Replay eth-0808"]
        this, everywhere = replays
        this.trigger()
        assert [window.scope for window in app.windows] == [SESSION, LIVE]
        everywhere.trigger()
        assert [window.scope for window in app.windows] == [SESSION, SESSION]
        assert app.open_window().scope == SESSION, "a new window comes up in the scope of all"

    play(scenario, windows=2)


def test_closing_the_last_window_of_a_session_gives_its_groups_back(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await both(stage)
        app = stage.app
        app.set_scope(SESSION, (app.windows[1],))
        await stage.until(lambda: venues(stage, 1) == {"KRKN"})
        market = stage.markets[1]
        await stage.until(lambda: len(market.leases) == 1)
        app.windows[1].close()
        assert [desk.scope for desk in app.desks] == [LIVE]
        assert len(app.groups_json()) == 1

    play(scenario, windows=2)


def test_the_player_comes_with_the_session_and_leaves_with_it(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await both(stage)
        app = stage.app
        kinds = [[panel["kind"] for panel in window.inspect(0)["panels"]] for window in app.windows]
        assert kinds == [["watchlist", "chart"], ["watchlist"]]
        app.set_scope(SESSION)
        players = [window.contents.player is not None for window in app.windows]
        assert players == [True, False], "one player a session"
        area = app.windows[0].docked[-1].area
        await stage.until(lambda: area is not None and area.width() > 0.95 * app.windows[0].width())
        app.windows[0].return_to_live()
        assert app.windows[0].contents.player is None
        assert app.windows[1].contents.player is not None, "the session can still be steered"
        await stage.until(lambda: venues(stage, 0) == {"BINF"})

    play(scenario, windows=2, layout="desk")


def test_charts_can_be_added_to_any_window_and_rows_go_to_those_of_their_group(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(8, ("BINF",)))
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        window.activateWindow()
        await stage.until(window.isActiveWindow)
        both_keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        for count in (1, 2):
            QTest.keyClick(window, Qt.Key.Key_N, both_keys)
            await stage.until(lambda wanted=count: len(window.contents.charts) == wanted)
        grid = window.contents.watchlists[0].grid
        first, second = window.contents.charts
        grid.rows.selection.press(2, Qt.KeyboardModifier.NoModifier)
        before = second.key
        assert first.key == grid.current_instrument().key  # type: ignore[union-attr]
        assert second.key == first.key, "a new chart is in the first group, too"
        QTest.keyClick(window.contents.docked_of(second).chip, Qt.Key.Key_2)
        grid.rows.selection.press(5, Qt.KeyboardModifier.NoModifier)
        assert first.key == grid.current_instrument().key  # type: ignore[union-attr]
        assert (first.key != before, second.key == before) == (True, True)

    play(scenario)


def test_a_chart_whose_symbol_the_scope_does_not_have_shows_one_that_it_has(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await both(stage)
        app = stage.app
        chart = app.windows[0].contents.charts[0]
        await stage.until(lambda: chart.key is not None and chart.key.exchange == "BINF")
        before = chart.key
        app.set_scope(SESSION)
        await stage.until(lambda: chart.key is not None and chart.key.exchange == "KRKN")
        current = app.windows[0].contents.watchlists[0].grid.current_instrument()
        assert current is not None
        assert current.key == chart.key
        assert before != chart.key

    play(scenario, windows=2, layout="desk")
