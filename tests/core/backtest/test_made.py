"""What tests stand on is itself sound: a made run's equity is its fills and closes."""

from pathlib import Path

import numpy as np
import pytest

from core.backtest.dataset import Dataset
from core.backtest.run_files import RunFiles
from tests.core.backtest.made import made_dataset, made_home, made_run


def test_a_year_of_minutes_is_opened_again_as_it_was_made(tmp_path: Path) -> None:
    home = made_home(tmp_path)
    made = made_run(home, made_dataset(home, sessions=252))
    run = RunFiles.open(home, made.manifest.run_id)
    dataset = Dataset.open(home, run.spec.dataset_id)
    (instrument,) = dataset.manifest.instruments
    bars = dataset.bars(instrument)
    assert run.manifest.bars == instrument.bars == len(bars["close"]) == 98_280
    assert (np.diff(bars["open_ns"]) > 0).all()
    assert (bars["low"] <= np.minimum(bars["open"], bars["close"])).all()
    assert not bars["close"].flags.writeable


@pytest.mark.parametrize("instruments", [("XNAS:AAA",), ("XNAS:AAA", "ARCX:BBB", "BINANCE:C.D")])
def test_the_equity_is_what_fills_and_closes_make(tmp_path: Path, instruments: tuple[str, ...]) -> None:
    home = made_home(tmp_path)
    dataset = made_dataset(home, instruments, sessions=4, quiet=0.1)
    run = made_run(home, dataset)
    equity, fills, positions = run.read("equity"), run.read("fills"), run.read("positions")
    held = dict.fromkeys(instruments, 0.0)
    cash = run.spec.venue.starting_cash
    for index in range(len(fills["ts_ns"])):
        signed = fills["side"][index] * fills["quantity"][index]
        held[fills["instrument"][index]] += signed
        cash -= signed * fills["price"][index] + fills["fee"][index] + fills["slippage"][index]
    value = sum(
        held[str(each.key)] * dataset.bars(each)["close"][-1] / 100 for each in dataset.manifest.instruments
    )
    assert equity["equity"][-1] == pytest.approx(cash + value)
    still = positions["closed_ns"] == 0
    assert still.sum() == len(instruments)
    assert np.isnan(positions["pnl"][still]).all()
    open_pnl = equity["equity"][-1] - run.spec.venue.starting_cash - positions["pnl"][~still].sum()
    assert abs(open_pnl) < 2_000
    assert len(run.read("recorded")["value"]) > 0
