"""The check that every text fits finds what a person would see cut, and nothing else."""

import pytest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.desktop.fits import assert_fits, misfits

LONG = "A text that is far too long for a widget of sixty pixels"


def cut_line() -> QLineEdit:
    field = QLineEdit()
    field.setPlaceholderText(LONG)
    return field


def cut_box() -> QComboBox:
    box = QComboBox()
    box.addItem(LONG)
    return box


def wrapped() -> QLabel:
    label = QLabel(LONG)
    label.setWordWrap(True)
    label.setFixedHeight(14)
    return label


@pytest.mark.parametrize(
    "make",
    [lambda: QLabel(LONG), lambda: QPushButton(LONG), lambda: QCheckBox(LONG), cut_line, cut_box, wrapped],
)
def test_what_is_cut_is_found_and_a_tooltip_with_all_of_it_is_enough(qtbot: QtBot, make) -> None:
    window, widget = QWidget(), make()
    qtbot.addWidget(window)
    widget.setParent(window)
    widget.setFixedWidth(60)
    window.show()
    (found,) = misfits(window)
    assert LONG in found
    widget.setToolTip(LONG)
    assert_fits(window)
    widget.setToolTip("")
    widget.hide()
    assert_fits(window)


def test_what_fits_is_left_alone(qtbot: QtBot) -> None:
    window = QWidget()
    column = QVBoxLayout(window)
    icon_only = QToolButton()
    for widget in (QLabel("Fits"), QPushButton("Fits"), QCheckBox("Fits"), QLineEdit(LONG), icon_only):
        column.addWidget(widget)
    qtbot.addWidget(window)
    window.show()
    assert_fits(window)
