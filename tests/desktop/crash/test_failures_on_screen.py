"""A panel, a slot, a task or a thread fails: what the trader sees, and that everything else goes on."""

import threading
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget

from desktop.panels.grid.states import StatePage
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto, quote


def page_of(panel: QWidget) -> StatePage:
    """The page that lies over all of it."""
    return next(child for child in panel.children() if isinstance(child, StatePage) and child.isVisible())


def press(place: QWidget, label: str) -> None:
    next(button for button in place.findChildren(QPushButton) if button.text() == label).click()


def last(panel: Any) -> str:
    said: str = panel.grid.painted_cells()[0]["Last"]
    return said


def test_a_panel_that_fails_says_so_once_and_the_others_get_their_frames(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market(crypto(8))
        app = stage.app
        await stage.until(lambda: all(stage.words(number)[0] == "live" for number in range(2)))
        window, other = app.windows
        beside = window.add_watchlist(window.panels[0].choice)
        broken: Any = window.panels[0]
        broken.prepare_frame = lambda now_ms, clock_us: 1 // 0
        key = next(iter(market.instruments))
        for price in (11_100, 11_200, 11_300):
            market.set_values(key, quote(price, price + 3, price))
            market.send(key)
            said = f"{price / 100:.2f}"
            await stage.until(lambda said=said: last(beside) == said and last(other.panels[0]) == said)
        page = page_of(broken)
        assert page.accessibleName().startswith("This panel failed, the rest goes on. ZeroDivisionError")
        assert page.geometry() == broken.rect()
        assert app.failures.count == 1, "not once a frame"
        assert "A watchlist failed: ZeroDivisionError" in window.bar.lane.text

        del broken.prepare_frame
        press(page, "Restart panel")
        await stage.until(lambda: last(broken) == "113.00" and stage.words()[0] == "live")
        assert not page.isVisible()
        app.failures.count = 0

    play(scenario, windows=2)


def test_a_panel_that_fails_again_after_its_restart_says_so_again(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(4))
        await stage.until(lambda: stage.words()[0] == "live")
        panel: Any = stage.app.windows[0].panels[0]
        panel.tick = lambda now_ms: [][1]
        await stage.until(lambda: stage.app.failures.count == 1)
        press(page_of(panel), "Restart panel")
        await stage.until(lambda: stage.app.failures.count == 2)
        assert page_of(panel).isVisible()
        stage.app.failures.count = 0

    play(scenario)


def test_a_widget_that_cannot_paint_takes_down_its_own_panel_only(play: Play) -> None:
    class Broken(QWidget):
        def paintEvent(self, _event: QPaintEvent) -> None:
            raise KeyError("colour")

    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(4))
        await stage.until(lambda: stage.words()[0] == "live")
        app = stage.app
        panel: Any = app.windows[0].panels[0]
        widget = Broken(panel)
        widget.resize(40, 40)
        widget.show()
        await stage.until(lambda: app.windows[0].contents.guards.has_failed(panel))
        assert page_of(panel).geometry() == panel.rect()
        assert app.failures.count == 1
        app.failures.count = 0

    play(scenario)


def test_a_report_lies_on_the_disk_and_can_be_read_beside_the_desk(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(4))
        await stage.until(lambda: stage.words()[0] == "live")
        app = stage.app

        def slot() -> None:
            raise ValueError("no such column")

        QTimer.singleShot(0, slot)
        await stage.until(app.crash.reports.all, "a report")
        text = app.crash.reports.all()[0].read_text()
        assert "ValueError: no such column" in text
        assert "in slot" in text
        assert "== Versions" in text
        message = app.messages.all[-1]
        assert message.text == "An action failed: ValueError: no such column. The rest of the desk goes on."
        assert message.link is not None
        assert message.link.words == "Show report"
        message.link.run()
        (dialog,) = app.crash.dialogs
        assert not dialog.isModal()
        assert dialog.isVisible()
        assert dialog.words.what == "ValueError: no such column"
        press(dialog, "Copy report")
        assert "no such column" in app.qt.clipboard().text()
        press(dialog, "Close")
        assert app.crash.dialogs == ()
        app.failures.count = 0

    play(scenario)


def test_a_failure_that_repeats_is_counted_and_not_repeated(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        app = stage.app

        def slot() -> None:
            raise ValueError("again")

        for _ in range(50):
            QTimer.singleShot(0, slot)
        await stage.until(lambda: app.failures.count == 50)
        assert [message.text for message in app.messages.all if "again" in message.text] == [
            "An action failed: ValueError: again. The rest of the desk goes on."
        ]
        await stage.until(lambda: len(app.crash.reports.all()) == 1)
        app.failures.count = 0

    play(scenario)


def test_a_thread_that_fails_is_told_and_the_desk_goes_on(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        app = stage.app

        def work() -> None:
            raise OSError("disk gone")

        thread = threading.Thread(target=work, name="saver")
        thread.start()
        thread.join()
        await stage.until(lambda: app.failures.count == 1)
        assert "Thread saver failed: OSError: disk gone" in app.messages.all[-1].text
        app.failures.count = 0

    play(scenario)
