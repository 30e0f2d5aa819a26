"""What is said of a run's settings, in the room there is, and that a form gives back what it was given."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from core.backtest.run_files import RunState
from desktop.research.form import FormField
from desktop.research.rows import RunRow, in_order, settings_words, value_words

ROW = RunRow("0" * 16, RunState.DONE, "sma_crossover", {}, "made", "made", ("XNAS:AAA",))
KEPT = {"allow_short": False, "fast": 120, "quantity": 100_000.0, "slow": 1_200}  # as a spec keeps them


def test_settings_stand_as_the_strategy_lists_them_and_say_nothing_of_what_is_off() -> None:
    assert settings_words("sma_crossover", KEPT) == "sma_crossover fast 120, slow 1200, quantity 100,000"
    assert list(in_order("sma_crossover", KEPT)) == ["fast", "slow", "quantity", "allow_short"]
    assert settings_words("file:mine.py", {"b": True, "a": -0.5}) == "mine.py b yes, a −0.5"


def test_settings_get_shorter_with_the_room_and_keep_what_tells_runs_apart() -> None:
    row = replace(ROW, parameters=in_order("sma_crossover", KEPT))
    assert replace(row, telling=2).parameter_variants == (
        "fast 120, slow 1200, quantity 100,000, allow_short no",
        "fast 120, slow 1200",
        "120 / 1200",
    )
    assert row.parameter_variants[2] == "120 / 1200 / 100,000"


@pytest.mark.parametrize("value", [0.1, 1_234_567.5, 1e12, -1_000.0, 2.5e-7])
def test_a_number_in_a_form_is_the_number_it_was_filled_with(qtbot: QtBot, value: float) -> None:
    control = QLineEdit()
    qtbot.addWidget(control)
    field = FormField("cash", "Cash", control, read=float)
    field.set_value(value)
    assert field.value() == value
    assert float(value_words(value).replace("−", "-").replace(",", "")) == value
