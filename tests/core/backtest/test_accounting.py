"""Equity and round trips against a plain loop over the same fills, for any fills."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backtest.accounting import Closes, account_balances, equity_columns
from core.backtest.columns import Columns

CASH = 1_000.0
NAMES = ("X:A", "X:B")
# (minutes since the fill before, instrument, side, quantity, price in cents)
fill = st.tuples(
    st.integers(0, 3), st.integers(0, 1), st.sampled_from([-1, 1]), st.integers(1, 50), st.integers(100, 900)
)


def columns_of(fills: list[tuple[int, int, int, int, int]]) -> Columns:
    minutes = np.cumsum([each[0] for each in fills], dtype=np.int64) + 1  # 0 would say: not yet
    quantity = np.array([each[3] for each in fills], float)
    price = np.array([each[4] for each in fills], float) / 100
    return {
        "ts_ns": minutes,
        "instrument": np.array([NAMES[each[1]] for each in fills], object),
        "side": np.array([each[2] for each in fills], np.int8),
        "quantity": quantity,
        "price": price,
        "fee": quantity * price * 0.001,
        "slippage": quantity * 0.01,
    }


def closes_of(fills: Columns, seed: int) -> list[Closes]:
    """One instrument has a bar every minute, the other every second one."""
    rng = np.random.default_rng(seed)
    last = int(fills["ts_ns"][-1]) + 3 if len(fills["ts_ns"]) else 3
    return [
        Closes(name, np.arange(0, last, step, dtype=np.int64), rng.integers(100, 900, -(-last // step)) / 100)
        for name, step in zip(NAMES, (1, 2), strict=True)
    ]


@settings(max_examples=60, deadline=None)
@given(fills=st.lists(fill, max_size=25), seed=st.integers(0, 99))
def test_equity_is_what_a_plain_loop_makes_of_the_same_fills(fills: list[Any], seed: int) -> None:
    columns = columns_of(fills)
    closes = closes_of(columns, seed)
    equity = equity_columns(columns, closes, CASH)
    for row, now in enumerate(equity["close_ns"].tolist()):
        cash, held = CASH, dict.fromkeys(NAMES, 0.0)
        for at in range(len(fills)):
            if columns["ts_ns"][at] <= now:
                signed = columns["side"][at] * columns["quantity"][at]
                held[columns["instrument"][at]] += signed
                cash -= signed * columns["price"][at] + columns["fee"][at] + columns["slippage"][at]
        worth = {
            each.instrument: held[each.instrument] * each.close[each.close_ns <= now][-1] for each in closes
        }
        assert equity["cash"][row] == pytest.approx(cash, abs=1e-9)
        assert equity["equity"][row] == pytest.approx(cash + sum(worth.values()), abs=1e-9)
        assert equity["exposure"][row] == pytest.approx(sum(map(abs, worth.values())), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(fills=st.lists(fill, min_size=1, max_size=25))
def test_round_trips_account_for_every_fill_and_every_cent(fills: list[Any]) -> None:
    columns = columns_of(fills)
    margin, trips = account_balances(columns, CASH, is_margin=True)
    cash, same = account_balances(columns, CASH, is_margin=False)
    assert all(
        np.array_equal(trips[name], same[name], equal_nan=name in ("exit_price", "pnl")) for name in trips
    )
    # What was spent on what is still held is the whole difference between the two accounts.
    is_open = trips["closed_ns"] == 0
    assert np.array_equal(np.isnan(trips["pnl"]), is_open)
    assert (
        len(set(zip(trips["instrument"][is_open], strict=True))) == is_open.sum()
    )  # one an instrument at most
    for name in ("fee", "slippage"):
        total = {"fee": "fees", "slippage": "slippage"}[name]
        assert trips[total].sum() == pytest.approx(columns[name].sum(), abs=1e-9)
    if not is_open.any():
        assert trips["pnl"].sum() == pytest.approx(margin[-1] - CASH, abs=1e-9)
        assert margin[-1] == pytest.approx(cash[-1], abs=1e-9)
    assert np.all(np.diff(trips["opened_ns"]) >= 0)
    assert np.all((trips["closed_ns"] >= trips["opened_ns"]) | is_open)


def test_a_fill_that_turns_a_position_round_ends_one_trip_and_begins_the_next() -> None:
    columns = columns_of([(0, 0, 1, 10, 500), (1, 0, -1, 25, 600), (1, 0, 1, 15, 550)])
    _, trips = account_balances(columns, CASH, is_margin=True)
    assert trips["side"].tolist() == [1, -1]
    assert trips["quantity"].tolist() == [10.0, 15.0]
    assert trips["entry_price"].tolist() == [5.0, 6.0]
    assert trips["exit_price"].tolist() == [6.0, 5.5]
    # 10 of the 25 sold close the first trip: two fifths of what that fill cost are its.
    fees = [10 * 5 * 0.001 + 25 * 6 * 0.001 * 0.4, 25 * 6 * 0.001 * 0.6 + 15 * 5.5 * 0.001]
    slippage = [0.1 + 0.1, 0.15 + 0.15]
    assert trips["fees"] == pytest.approx(fees)
    assert trips["slippage"] == pytest.approx(slippage)
    assert trips["pnl"] == pytest.approx([10.0 - fees[0] - slippage[0], 7.5 - fees[1] - slippage[1]])


def test_the_balance_of_a_margin_account_moves_by_what_is_realised() -> None:
    columns = columns_of([(0, 0, 1, 10, 500), (1, 0, 1, 10, 700), (1, 0, -1, 5, 800)])
    balances, trips = account_balances(columns, CASH, is_margin=True)
    costs = np.cumsum(columns["fee"] + columns["slippage"])
    assert balances == pytest.approx(CASH - costs + np.array([0.0, 0.0, 5 * (8.0 - 6.0)]))
    assert (trips["closed_ns"][0], trips["quantity"][0]) == (0, 20.0)
    assert math.isnan(trips["pnl"][0])
