"""The check that every text fits finds what a person would see cut, and nothing else."""

import os
import subprocess
import sys

import pytest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
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


def test_a_cut_cell_and_a_cut_header_are_found(qtbot: QtBot) -> None:
    table = QTableWidget(1, 2)
    qtbot.addWidget(table)
    table.setItem(0, 0, QTableWidgetItem(LONG))
    table.setItem(0, 1, QTableWidgetItem("Fits"))
    table.setHorizontalHeaderLabels(["Fits", LONG])
    table.resize(400, 200)
    table.show()
    header, cell = misfits(table)
    assert "header" in header
    assert LONG in cell
    table.item(0, 0).setToolTip(LONG)
    table.horizontalHeaderItem(1).setToolTip(LONG)
    assert_fits(table)


def test_what_fits_is_left_alone(qtbot: QtBot) -> None:
    window = QWidget()
    column = QVBoxLayout(window)
    icon_only = QToolButton()
    for widget in (QLabel("Fits"), QPushButton("Fits"), QCheckBox("Fits"), QLineEdit(LONG), icon_only):
        column.addWidget(widget)
    qtbot.addWidget(window)
    window.show()
    assert_fits(window)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(330)
@pytest.mark.parametrize("scale", ["1", "1.25", "1.5", "2", "3"])
def test_every_text_of_the_desk_fits_at_every_scale(scale: str) -> None:
    """Apart, for a scale is of a process: two sizes, three densities, palette, dialogs and pages."""
    environment = os.environ | {"QT_SCALE_FACTOR": scale, "QT_SCALE_FACTOR_ROUNDING_POLICY": "PassThrough"}
    command = [sys.executable, "-m", "tests.desktop.fitting_desk"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"ratio {float(scale)}"]
