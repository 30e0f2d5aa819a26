"""Currencies without volume, from their file to fills: orders of any size fill in full at the bar's close."""

from pathlib import Path

import pytest

from core.backtest.dataset import Dataset
from core.backtest.engine.loading import describe
from core.backtest.engine.market import VOLUME_UNKNOWN
from core.backtest.engine.run import Run
from core.backtest.engine.venue import rules
from core.backtest.home import ResearchHome
from core.backtest.importing.importer import ImportOptions, import_dataset
from core.backtest.planning import plan
from core.backtest.spec import VenueModel
from tests.core.backtest.made import made_home

BUYS = """
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.trading.config import StrategyConfig

from core.backtest.engine.recording import RecordingStrategy


class BuysConfig(StrategyConfig, frozen=True):
    instrument_id: object
    bar_type: object
    quantity: float = 1.0


class Buys(RecordingStrategy):
    def on_start(self):
        self.bars = 0
        self.subscribe_bars(self.config.bar_type)

    def on_bar(self, bar):
        self.bars += 1
        self.record(bar.ts_event, volume=bar.volume.as_double())
        if self.bars in (3, 6):
            side = OrderSide.BUY if self.bars == 3 else OrderSide.SELL
            quantity = self.cache.instrument(self.config.instrument_id).make_qty(self.config.quantity)
            self.submit_order(self.order_factory.market(self.config.instrument_id, side, quantity))
"""
CLOSES = [11_012 + 7 * number for number in range(10)]


@pytest.fixture
def home(tmp_path: Path) -> ResearchHome:
    home = made_home(tmp_path)
    (home.strategies / "buys.py").write_text(BUYS, encoding="utf-8")
    return home


def imported(home: ResearchHome, volume: str = "") -> Dataset:
    """Ten minutes of EURUSD as a file of bars; `volume` is the column's text in each row."""
    path = home.directory / "EURUSD.csv"
    head, tail = (",volume", f",{volume}") if volume else ("", "")
    lines = [f"time,open,high,low,close{head}"]
    for number, close in enumerate(CLOSES):
        px = [close / 10_000, (close + 2) / 10_000, (close - 2) / 10_000, close / 10_000]
        lines.append(f"2024-03-11T14:{number:02}:00Z,{','.join(f'{each:.4f}' for each in px)}{tail}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    options = ImportOptions("pairs", calendar="24/7")
    return Dataset.open(home, import_dataset(home, [path], options).manifest.id)


def played(home: ResearchHome, dataset: Dataset, quantity: float) -> Run:
    described = describe(home, "file:buys.py")
    spec = plan(
        home, dataset.manifest.id, "file:buys.py", {"quantity": quantity}, described=described,
        venue=VenueModel(starting_cash=1e12),
    )  # fmt: skip
    run = Run(home, spec)
    run.play(lambda _bars: True)
    return run


@pytest.mark.parametrize("volume", ["", "0"], ids=["no column", "zeros"])
def test_three_hundred_million_euros_fill_in_full_at_the_close(volume: str, home: ResearchHome) -> None:
    run = played(home, imported(home, volume), 300e6)
    files = run.outcome().files
    run.close()
    assert files["fills"]["quantity"].tolist() == [300e6, 300e6]
    assert files["fills"]["price"].tolist() == pytest.approx([CLOSES[2] / 1e4, CLOSES[5] / 1e4])
    assert "PARTIAL" not in set(files["orders"]["event"])
    assert set(files["recorded"]["value"].tolist()) == {VOLUME_UNKNOWN}
    (rule,) = [each for each in rules(run.spec.venue, run.market) if "volume of" in each]
    assert "orders fill in full at the price" in rule


def test_where_bars_have_volume_what_is_more_than_a_quarter_of_it_is_a_tick_worse(home: ResearchHome) -> None:
    run = played(home, imported(home, "1000000000"), 300e6)
    files = run.outcome().files
    run.close()
    assert files["fills"]["quantity"] == pytest.approx([250e6, 50e6] * 2, rel=1e-12)
    tick = 0.0001
    bought, sold = CLOSES[2] / 1e4, CLOSES[5] / 1e4
    assert files["fills"]["price"] == pytest.approx([bought, bought + tick, sold, sold - tick])
    assert files["recorded"]["value"] == pytest.approx([1e9] * len(CLOSES), rel=1e-12)
