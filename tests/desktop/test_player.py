"""The player on the screen: keys and buttons steer the session, and it shows where that is."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.clock import NS_PER_S, NS_PER_US
from core.state.versioned_file import StateError
from core.wire.generated.control_pb2 import ReplayControl, SessionClock
from desktop.desk import StepUnit
from desktop.panels.player.panel import PlayerPanel
from desktop.panels.player.timeline import LABELS_PX
from tests.desktop.conftest import Play, Stage
from tests.desktop.hand import move
from tests.desktop.market import crypto, quote
from tests.desktop.session import BEGIN_NS, END_NS, TestSession
from tests.desktop.test_replay_scope import EPOCH, SESSION, TAPE_NS

Scene = Callable[[Stage, TestSession, PlayerPanel], Coroutine[Any, Any, None]]


def play_session(play: Play, scene: Scene) -> None:
    """A desk with chart and player on a paused session, ready to be steered."""

    async def scenario(stage: Stage) -> None:
        market = await stage.market(crypto(6, ("KRKN",)), SESSION, priced=False, epoch=EPOCH)
        for number, key in enumerate(market.instruments):
            market.set_values(key, quote(50_000 + number, 50_003, 50_001, BEGIN_NS // NS_PER_US))
        session = await TestSession(stage.url).start()
        try:
            window = stage.app.windows[0]
            window.activateWindow()
            await stage.until(lambda: window.contents.player is not None)
            player = window.contents.player
            assert player is not None
            await stage.until(lambda: "566,742" in player.controls.details.text())
            await stage.until(lambda: player.line.picture.volumes)
            await scene(stage, session, player)
        finally:
            await session.close()
        assert market.bus.connected

    play(scenario, session="eth-0808", layout="desk")


def actions(session: TestSession) -> list[str]:
    return [ReplayControl.Action.Name(control.action) for control in session.asked]


def test_it_says_where_the_session_is_and_what_it_plays(play: Play) -> None:
    async def scene(stage: Stage, session: TestSession, player: PlayerPanel) -> None:
        assert player.controls.clock.text() == "23:58:26.000"
        said = "of 23:59:59.880 UTC · 5 min 44 s, 103 instruments, 566,742 events"
        assert player.controls.details.text() == said
        assert player.inspect(0)["tape_ns"] == TAPE_NS

    play_session(play, scene)


def test_keys_play_step_and_change_the_speed_wherever_no_panel_wants_them(play: Play) -> None:
    async def scene(stage: Stage, session: TestSession, player: PlayerPanel) -> None:
        window = stage.app.windows[0]
        window.panels[0].setFocus()
        rows = QApplication.focusWidget()
        assert rows is not None
        QTest.keyClick(rows, Qt.Key.Key_Space)
        await stage.until(lambda: player.controls._is_playing)
        QTest.keyClick(rows, Qt.Key.Key_4)
        await stage.until(lambda: session.clock.speed_milli == 4_000)
        player.setFocus()
        QTest.keyClick(player, Qt.Key.Key_L)
        await stage.until(lambda: session.clock.is_looped)
        QTest.keyClick(player, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
        await stage.until(lambda: len(session.asked) == 4)
        QTest.keyClick(player, Qt.Key.Key_Left)
        await stage.until(lambda: len(session.asked) == 5)
        QTest.keyClick(player, Qt.Key.Key_Home)
        await stage.until(lambda: len(session.asked) == 6)
        assert actions(session) == ["PLAY", "SPEED", "LOOP", "STEP", "STEP", "SEEK"]
        assert [control.steps for control in session.asked[3:5]] == [10, -1]
        assert session.asked[3].step == ReplayControl.BAR
        assert session.asked[3].interval.count == player.deck.interval().count
        assert session.asked[5].tape_ns == BEGIN_NS

    play_session(play, scene)


def test_steps_of_a_key_held_down_are_gathered_while_one_is_on_its_way(play: Play) -> None:
    async def scene(stage: Stage, session: TestSession, player: PlayerPanel) -> None:
        session.free.clear()
        player.setFocus()
        QTest.keyClick(player, Qt.Key.Key_Right)
        await stage.until(lambda: session.asked)
        for _ in range(5):
            QTest.keyClick(player, Qt.Key.Key_Right)
        session.free.set()
        await stage.until(lambda: len(session.asked) == 2)
        assert [control.steps for control in session.asked] == [1, 5]

    play_session(play, scene)


def test_a_typed_speed_is_shown_and_its_digits_reach_nothing_else(play: Play) -> None:
    async def scene(stage: Stage, session: TestSession, player: PlayerPanel) -> None:
        player.type_speed()
        field = player.controls._speed_field
        QTest.keyClicks(field, "abc")
        QTest.keyClick(field, Qt.Key.Key_Return)
        player.refresh(stage.app.now_ms())
        assert "is no speed" in player.controls.details.text(), "also with the next frame"
        QTest.keyClick(field, Qt.Key.Key_Backspace)
        player.refresh(stage.app.now_ms())
        assert player.controls.details.text().startswith("of ")
        QTest.keyClicks(field, "2.5x")
        QTest.keyClick(field, Qt.Key.Key_Return)
        await stage.until(lambda: session.clock.speed_milli == 2_500)
        await stage.until(lambda: player.controls._own_speed.text() == "2.5×")
        assert actions(session) == ["SPEED"]
        assert player.hasFocus(), "the keys go on where they were"

    play_session(play, scene)


def test_dragging_seeks_with_only_the_newest_place_on_its_way(play: Play) -> None:
    async def scene(stage: Stage, session: TestSession, player: PlayerPanel) -> None:
        line = player.line
        session.free.clear()
        y = line.height() - LABELS_PX - 8
        QTest.mousePress(line, Qt.MouseButton.LeftButton, pos=QPoint(10, y))
        await stage.until(lambda: len(session.asked) == 1)
        for x in range(20, 400, 20):
            move(line, QPoint(x, y), Qt.MouseButton.LeftButton)
        QTest.mouseRelease(line, Qt.MouseButton.LeftButton, pos=QPoint(380, y))
        assert len(session.asked) == 1, "the next waits for the answer of the first"
        session.free.set()
        await stage.until(lambda: player.line.picture.tape_ns == line.scale.time_ns(380) // 1_000 * 1_000)
        assert len(session.asked) == 2
        assert actions(session) == ["SEEK", "SEEK"]

    play_session(play, scene)


def test_volume_ends_at_the_clock_also_after_a_seek_back(play: Play) -> None:
    async def scene(stage: Stage, session: TestSession, player: PlayerPanel) -> None:
        whole = len(player.line.picture.volumes)
        assert player.line.drawn_until_ns <= TAPE_NS
        session.clock.tape_ns = BEGIN_NS + (TAPE_NS - BEGIN_NS) // 2
        session.send()  # the line that is kept has buckets of later
        await stage.until(lambda: player.line.picture.tape_ns == session.clock.tape_ns)
        picture = player.line.picture
        assert len(picture.volumes) < whole
        assert player.line.drawn_until_ns <= picture.tape_ns

    play_session(play, scene)


def test_bookmarks_are_set_named_and_removed_and_keep_their_names_after_the_clock(play: Play) -> None:
    async def scene(stage: Stage, session: TestSession, player: PlayerPanel) -> None:
        QTest.keyClick(player, Qt.Key.Key_B)
        await stage.until(lambda: player.bookmarks)
        mark = player.bookmarks[0]
        assert (mark.tape_ns, mark.name) == (TAPE_NS, "Bookmark 1")
        player._name(mark, "Low of the hour")
        await stage.until(lambda: player.bookmarks[0].name == "Low of the hour")
        assert "Low of the hour" in player.line.flag_words(player.bookmarks[0])
        player.seek(BEGIN_NS + NS_PER_S)
        await stage.until(lambda: player.line.picture.tape_ns == BEGIN_NS + NS_PER_S)
        assert "Low of the hour" not in player.line.flag_words(player.bookmarks[0])
        assert "Low of the hour" not in player.mark_words(player.bookmarks[0])
        flag = player.line.grab()
        assert not flag.isNull()
        box, shown = player.line._flags[0]
        QTest.mouseClick(player.line, Qt.MouseButton.LeftButton, pos=box.center().toPoint())
        await stage.until(lambda: player.line.picture.tape_ns == shown.tape_ns)
        player.remove(shown)
        await stage.until(lambda: not player.bookmarks)

    play_session(play, scene)


def test_what_the_session_refuses_or_does_not_answer_is_said(play: Play) -> None:
    async def scene(stage: Stage, session: TestSession, player: PlayerPanel) -> None:
        window = stage.app.windows[0]
        session.refuses = "speed 9 is above 5"
        player.deck.set_speed(9_000)
        await stage.until(lambda: "could not change the speed: speed 9 is above 5" in window.bar.lane.text)
        await session.bus.close()
        player.deck.transport.play()  # type: ignore[union-attr]
        await stage.until(lambda: "did not answer: could not play" in window.bar.lane.text)

    play_session(play, scene)


def test_ended_failed_and_gone_are_told_apart(play: Play) -> None:
    async def scene(stage: Stage, session: TestSession, player: PlayerPanel) -> None:
        session.clock.state, session.clock.tape_ns = SessionClock.ENDED, END_NS
        session.send()
        await stage.until(lambda: "The recording has ended" in player.controls.details.text())
        assert "Space plays it again" in player.controls.details.text()
        session.clock.state, session.clock.error = SessionClock.FAILED, "disk gone"
        session.send()
        await stage.until(lambda: "The session failed: disk gone" in player.controls.details.text())
        assert not player.controls._mark.isEnabled()
        session.clock.state, session.clock.error = SessionClock.PAUSED, ""
        session.send()
        await stage.until(player.controls._mark.isEnabled)
        await stage.until(lambda: "Session gone for" in player.controls.details.text(), "silence to show")

    play_session(play, scene)


def test_a_clicked_row_is_shown_in_the_chart_and_on_the_time_line_and_keeps_the_focus(play: Play) -> None:
    async def scene(stage: Stage, session: TestSession, player: PlayerPanel) -> None:
        window = stage.app.windows[0]
        chart, grid = window.contents.charts[0], window.contents.watchlists[0].grid
        await stage.until(lambda: chart.key is not None, "a symbol to begin with")
        grid.setFocus()
        rows = QApplication.focusWidget()
        grid.rows.selection.press(3, Qt.KeyboardModifier.NoModifier)
        wanted = grid.current_instrument()
        assert wanted is not None
        assert chart.key == wanted.key
        assert QApplication.focusWidget() is rows
        await stage.until(lambda: player.inspect(0)["symbol"] == str(wanted.key))
        await stage.until(lambda: session.timelines[-1].key.symbol == wanted.key.symbol)

    play_session(play, scene)


def test_what_a_step_is_comes_back_and_no_other_word_is_taken(play: Play) -> None:
    async def scene(stage: Stage, session: TestSession, player: PlayerPanel) -> None:
        changes: list[bool] = []
        player.saved_changed.connect(lambda: changes.append(True))
        player.deck.set_unit(StepUnit.SECOND)
        assert changes
        assert player.saved() == {"step": "second"}
        player.restore({"step": "event", "a newer key": 1})
        assert player.saved() == {"step": "event"}
        for bad in ("minute", 3):
            with pytest.raises(StateError, match=r"player.step is .*: use event, bar, second"):
                player.restore({"step": bad})
        player.restore({})
        assert player.saved() == {"step": "event"}
        player.setFocus()
        QTest.keyClick(player, Qt.Key.Key_Right)
        await stage.until(lambda: session.asked)
        assert session.asked[0].step == ReplayControl.EVENT

    play_session(play, scene)


def test_the_keys_stay_with_who_has_them_when_a_player_comes_and_goes(play: Play) -> None:
    async def scene(stage: Stage, session: TestSession, player: PlayerPanel) -> None:
        window = stage.app.windows[0]
        window.panels[0].setFocus()
        rows = window.focusWidget()
        for shown in (False, True):
            window.set_player(shown)
            assert window.focusWidget() is rows
        assert window.contents.player is not None
        window.contents.player.setFocus()
        window.set_player(False)
        assert window.focusWidget() is rows

    play_session(play, scene)
