"""What a person types over the list of runs, and which runs are left."""

from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backtest.run_files import RunState
from desktop.panels.runs.columns import COLUMNS, NAMES, sorted_rows
from desktop.panels.runs.filtering import FilterError, parse_filter
from desktop.research.rows import RunError, RunRow


def row(run_id: str, **said: Any) -> RunRow:
    kept: dict[str, Any] = {
        "state": RunState.DONE,
        "strategy": "sma_crossover",
        "parameters": {"fast": 20, "slow": 80},
        "dataset_id": "d1",
        "dataset_name": "EURUSD 2017",
        "instruments": ("HISTDATA:EURUSD",),
        **said,
    }
    return RunRow(run_id, **kept)


ROWS = [
    row("aa11", figures={"total_return": 0.0116, "sharpe": 1.72, "max_drawdown": -0.02, "trades": 96.0}),
    row("bb22", figures={"total_return": -0.0466, "sharpe": -4.78, "max_drawdown": -0.06, "trades": 186.0},
        tags=("best", "to check"), is_starred=True, parameters={"fast": 60, "slow": 240}),
    row("cc33", state=RunState.ERROR, strategy="file:mean.py", parameters={"kind": "zscore"},
        error=RunError("ZeroDivisionError: division by zero", "/s/mean.py", 31)),
    row("dd44", figures={"total_return": 0.002, "sharpe": None}, note="look at the fees", dataset_name="ES",
        instruments=("GLBX:ESU4",)),
]  # fmt: skip


def left(text: str) -> list[str]:
    keeps = parse_filter(text)
    return [each.id for each in ROWS if keeps(each)]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", ["aa11", "bb22", "cc33", "dd44"]),
        ("eurusd SMA", ["aa11", "bb22"]),
        ("fees", ["dd44"]),
        ("#be", ["bb22"]),
        ("is:starred", ["bb22"]),
        ("is:err", ["cc33"]),
        ("zerodivision", ["cc33"]),
        ("return>0", ["aa11", "dd44"]),
        ("return>1", ["aa11"]),
        ("sharpe<0", ["bb22"]),
        ("drawdown<−5", ["bb22"]),
        ("total_return>=0.0116", ["aa11"]),
        ("fast<=20 trades>50", ["aa11"]),
        ("fast=60", ["bb22"]),
        ("kind=ZSCORE", ["cc33"]),
        ("sharpe>", ["aa11", "bb22", "cc33", "dd44"]),
        ("esu4", ["dd44"]),
    ],
)
def test_each_term_keeps_the_runs_it_names(text: str, ids: list[str]) -> None:
    assert left(text) == ids


def test_a_bound_that_is_no_number_is_named() -> None:
    with pytest.raises(FilterError, match="“sharpe>high”: “high” is no number"):
        parse_filter("sma sharpe>high")


@given(st.sampled_from(NAMES), st.booleans(), st.permutations(ROWS))
def test_a_run_without_a_figure_stands_last_whichever_way_and_order(
    name: str, is_descending: bool, rows: list[RunRow]
) -> None:
    key = COLUMNS[NAMES.index(name)].key
    shown = sorted_rows(list(rows), name, is_descending)
    keys = [key(each) for each in shown]
    told = [each for each in keys if each is not None]
    assert keys == told + [None] * (len(keys) - len(told))
    assert told == sorted(told, reverse=is_descending)  # type: ignore[type-var]
    assert shown == sorted_rows(list(ROWS), name, is_descending), (
        "the order that was there before is no matter"
    )


def test_figures_read_with_their_sign_and_a_real_minus() -> None:
    texts = {column.name: column.text(ROWS[1], UTC) for column in COLUMNS}
    assert [texts[name] for name in ("return", "sharpe", "drawdown", "trades")] == [
        "−4.66",
        "−4.78",
        "−6.00",
        "186",
    ]
    assert texts["parameters"] == "fast 60, slow 240"
    assert COLUMNS[NAMES.index("sharpe")].text(ROWS[3], UTC) == "", "unknown is an empty cell, never 0"
