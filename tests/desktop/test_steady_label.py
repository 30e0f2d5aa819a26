"""A label whose figures run: nothing round it is laid out anew while its text fits its place."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop.paint.theme import number_font
from desktop.steady_label import SteadyLabel


class LayoutsAsked(QObject):
    """Counts how often a widget was asked to lay its children out."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


def row_of(label: QLabel, qtbot) -> QWidget:
    row = QWidget()
    qtbot.addWidget(row)
    line = QHBoxLayout(row)
    label.setFont(number_font(13))
    line.addWidget(label)
    line.addStretch(1)
    row.resize(400, 40)
    row.show()
    qtbot.waitExposed(row)
    return row


def test_figures_run_without_a_layout(qtbot) -> None:
    label = SteadyLabel("00:00:00")
    row = row_of(label, qtbot)
    label.say("14:30:00")
    qtbot.waitUntil(lambda: label.width() == label.maximumWidth())
    asked = LayoutsAsked(row)
    for second in range(60):
        assert label.say(f"14:31:{second:02}")
        assert not label.say(f"14:31:{second:02}"), "the same again is not painted"
        qtbot.wait(0)
    assert asked.count == 0
    assert label.text() == "14:31:59"


def test_a_longer_text_and_a_larger_font_have_room(qtbot) -> None:
    label = SteadyLabel("1")
    _row = row_of(label, qtbot)
    for text in ("9:59", "10:00 UTC", "WWWWWWWWW", "iiiiiiiii"):
        label.say(text)
        needed = label.fontMetrics().horizontalAdvance(text)
        qtbot.waitUntil(lambda needed=needed: label.width() >= needed)
    label.setFont(number_font(26))
    label.say("WWWWWWWWi")
    needed = label.fontMetrics().horizontalAdvance("WWWWWWWWi")
    qtbot.waitUntil(lambda: label.width() >= needed)


def test_its_least_width_holds(qtbot) -> None:
    label = SteadyLabel("1")
    _row = row_of(label, qtbot)
    label.set_least(120)
    label.say("12:00")
    qtbot.waitUntil(lambda: label.width() == 120)
