"""A walk through a played run as a researcher takes it: by keys alone, then by mouse alone."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog

from core.backtest.run_files import RunFiles
from desktop.desk import ClockPhase
from desktop.panels.player.deck import Command
from desktop.panels.player.panel import PlayerPanel
from tests.desktop.conftest import Play
from tests.desktop.film.film_stage import FilmStage, play_film, test_run
from tests.desktop.hand import move

Key = Qt.Key


@pytest.fixture(scope="module")
def run() -> RunFiles:
    return test_run(instruments=("XNAS:AAA",), sessions=4, seed=41)


def player_of(on: FilmStage) -> PlayerPanel:
    player = on.window.contents.player
    assert player is not None
    return player


def test_by_keys_alone(play: Play, run: RunFiles) -> None:
    async def scene(on: FilmStage) -> None:
        player, deck, closes = player_of(on), on.deck, on.film.pace.close_ns
        # From any panel: the keys are the window's, not those of the player alone.
        table = on.panel("trades").table
        table.setFocus()

        def press(key: Qt.Key, many: bool = False) -> None:
            keys = Qt.KeyboardModifier.ShiftModifier if many else Qt.KeyboardModifier.NoModifier
            QTest.keyClick(on.window.focusWidget() or on.window, key, keys)

        press(Key.Key_Right)
        press(Key.Key_Right, many=True)
        assert on.now_ns == closes[10]
        press(Key.Key_Left)
        assert on.now_ns == closes[9]
        press(Key.Key_B)
        first_ns = on.now_ns
        press(Key.Key_Right, many=True)
        press(Key.Key_B)
        second_ns = on.now_ns
        assert [mark.name for mark in deck.reading(0).bookmarks] == ["Bookmark 1", "Bookmark 2"]
        # Where one is, the key asks for its name, and does not lose the one it has.
        press(Key.Key_B)
        dialog = player.findChild(QInputDialog)
        assert dialog is not None
        assert dialog.textValue() == "Bookmark 2"
        dialog.setTextValue("Turn")
        dialog.accept()
        assert [mark.name for mark in deck.reading(0).bookmarks] == ["Bookmark 1", "Turn"]
        table.setFocus()
        press(Key.Key_End)
        assert on.now_ns == on.film.end_ns
        press(Key.Key_Comma)
        assert on.now_ns == second_ns
        press(Key.Key_Comma)
        assert on.now_ns == first_ns
        press(Key.Key_Comma)
        assert on.now_ns == first_ns, "there is none before it"
        press(Key.Key_Period)
        assert on.now_ns == second_ns
        press(Key.Key_Period)
        assert on.now_ns == second_ns
        press(Key.Key_Home)
        press(Key.Key_7)
        press(Key.Key_Space)
        await on.until(lambda: on.now_ns == on.film.end_ns, "the end")
        assert deck.reading(0).phase is ClockPhase.PAUSED
        press(Key.Key_Space)
        assert on.now_ns < on.film.end_ns, "from the begin again"
        press(Key.Key_Left)
        assert deck.reading(0).phase is ClockPhase.PAUSED, "a step stands"
        press(Key.Key_L)
        assert deck.reading(0).is_looped
        for number, speed in enumerate(deck.speeds):
            press(Qt.Key(Key.Key_1.value + number))
            assert deck.reading(0).speed_milli == speed.milli
        await on.painted()
        for mark in deck.reading(0).bookmarks:
            deck.remove_bookmark(mark.tape_ns)

    play_film(play, run.manifest.run_id, scene)


def test_by_mouse_alone(play: Play, run: RunFiles) -> None:
    async def scene(on: FilmStage) -> None:
        player, deck = player_of(on), on.deck
        line, controls = player.line, player.controls
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        await on.seek(on.film.begin_ns + (on.film.end_ns - on.film.begin_ns) // 2)

        def at(share: float) -> QPoint:
            return QPoint(round(line.width() * share), line.height() // 2)

        # Scrubbing while it plays: it waits under the hand, and goes on from there.
        deck.set_speed(deck.speeds[1].milli)
        deck.play()
        await on.until(lambda: player._reading.phase is ClockPhase.PLAYING, "playing")
        QTest.mousePress(line, left, none, at(0.25))
        held_ns = on.now_ns
        assert deck.reading(0).phase is ClockPhase.PAUSED
        move(line, at(0.75), left)
        move(line, at(0.30), left)
        await on.until(lambda: on.now_ns != held_ns, "the time under the hand")
        under_ns = on.now_ns
        share = (under_ns - on.film.begin_ns) / (on.film.end_ns - on.film.begin_ns)
        assert share == pytest.approx(0.30, abs=0.01), "back as well as forth"
        QTest.mouseRelease(line, left, none, at(0.30))
        assert deck.reading(0).phase is ClockPhase.PLAYING
        await on.until(lambda: on.now_ns > under_ns, "it goes on")
        # A key under the hand decides, whatever went before.
        QTest.mousePress(line, left, none, at(0.30))
        QTest.keyClick(player, Qt.Key.Key_Space)
        QTest.keyClick(player, Qt.Key.Key_Space)
        QTest.mouseRelease(line, left, none, at(0.30))
        assert deck.reading(0).phase is ClockPhase.PAUSED
        # A release that never came is forgotten with the next press.
        deck.play()
        QTest.mousePress(line, left, none, at(0.4))
        line._hand.is_scrubbing = False
        # A click that scrubs a run that stands leaves it standing.
        QTest.mouseClick(line, left, none, at(0.6))
        assert deck.reading(0).phase is ClockPhase.PAUSED
        await on.painted()
        # A bookmark by its button; its flag says time as the clock does, and goes back there.
        QTest.mouseClick(controls._mark, left)
        await on.until(lambda: len(line.picture.bookmarks) == 1, "the flag")
        (mark,) = line.picture.bookmarks
        assert line.flag_words(mark).startswith("Bookmark 1  ")
        assert ".000" not in line.flag_words(mark)
        assert controls.clock.text() in line.flag_words(mark)
        QTest.mouseClick(line, left, none, at(0.9))
        await on.painted()
        line.grab()  # flags are found where they were painted last
        QTest.mouseClick(line, left, none, QPoint(round(line.scale.x(mark.tape_ns)), 4))
        assert on.now_ns == mark.tape_ns
        acts = {act.text(): act for act in player.flag_menu(mark).actions()}
        acts["Remove"].trigger()
        assert not deck.reading(0).bookmarks
        # Steps by the unit of the menu.
        menu = controls._units.menu()
        menu.aboutToShow.emit()  # as it is opened
        {act.text(): act for act in menu.actions()}["1 session"].trigger()
        QTest.mouseClick(controls._buttons[Command.FORWARD], left)
        rows = [int(on.film.pace.next_close_ns(int(open_ns))) for open_ns in on.film.pace.session_ns]
        assert on.now_ns in rows
        await on.painted()

    play_film(play, run.manifest.run_id, scene)
