"""Each figure of the venue model against eight minutes that are added up by hand, down to the artifacts."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.backtest.columns import BARS, QUOTES, write_parquet
from core.backtest.dataset import COMPLETE, MANIFEST, DatasetInstrument, DatasetManifest
from core.backtest.engine.loading import describe
from core.backtest.engine.run import PRECISION, Run
from core.backtest.home import ResearchHome
from core.backtest.planning import plan
from core.backtest.spec import SpecError, VenueModel
from tests.core.backtest.made import made_home

MINUTE_NS = 60_000_000_000
OPEN_NS = 1_709_562_600_000_000_000 + np.arange(8, dtype=np.int64) * MINUTE_NS
CLOSE_NS = (OPEN_NS + MINUTE_NS).tolist()
CLOSES = [100.00, 100.10, 100.30, 100.20, 100.40, 100.50, 100.60, 100.55]
LOWS = [100.00, 100.10, 100.25, 100.15, 100.15, 100.40, 100.10, 100.50]
SPREADS = {0: 0.01, 1: 0.03, 2: 0.05, 4: 0.02, 5: 0.08, 6: 0.06, 7: 0.04}  # the fourth minute has no quotes

# Buys at the close of the second bar and sells at that of the fourth; at the third it rests a limit order.
ORDERS = """
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.trading.config import StrategyConfig
from nautilus_trader.trading.strategy import Strategy


class OrdersConfig(StrategyConfig, frozen=True):
    instrument_id: object
    bar_type: object
    limit: float = 0.0


class Orders(Strategy):
    def on_start(self):
        self.bars = 0
        self.instrument = self.cache.instrument(self.config.instrument_id)
        self.subscribe_bars(self.config.bar_type)

    def on_bar(self, bar):
        self.bars += 1
        named, make, of = self.config.instrument_id, self.order_factory, self.instrument
        if self.config.limit:
            if self.bars == 3:
                px = of.make_price(self.config.limit)
                self.submit_order(make.limit(named, OrderSide.BUY, of.make_qty(40), px))
        elif self.bars in (2, 4):
            side = OrderSide.BUY if self.bars == 2 else OrderSide.SELL
            self.submit_order(make.market(named, side, of.make_qty(40)))
"""


@pytest.fixture
def home(tmp_path: Path) -> ResearchHome:
    home = made_home(tmp_path)
    (home.strategies / "orders.py").write_text(ORDERS, encoding="utf-8")
    closes, lows = (np.round(np.array(each) * 100).astype(np.int64) for each in (CLOSES, LOWS))
    bars = {
        "open_ns": OPEN_NS, "close_ns": OPEN_NS + MINUTE_NS, "session": np.full(8, 19_786, np.int32),
        "open": closes, "high": closes, "low": lows, "close": closes,
        "volume": np.full(8, 1_000), "trades": np.full(8, 1, np.int32),
    }  # fmt: skip
    rows, spread = list(SPREADS), np.array(list(SPREADS.values()))
    middle = closes[rows] / 100
    quotes = {
        "open_ns": OPEN_NS[rows], "bid_mean": middle - spread / 2, "ask_mean": middle + spread / 2,
        "spread_mean": spread, "quotes": np.full(len(rows), 9, np.int32),
    }  # fmt: skip
    said = DatasetInstrument("XNAS", "HAND", 2, 0, 1, "USD", 8, 7, int(OPEN_NS[0]), CLOSE_NS[-1])
    directory, outputs = home.datasets / "hand", {}
    for folder, columns, schema in (("bars", bars, BARS), ("quotes", quotes, QUOTES)):
        (directory / folder).mkdir(parents=True)
        file = f"{folder}/{said.file_name}"
        outputs[file] = write_parquet(directory / file, columns, schema)
    manifest = DatasetManifest(
        id="hand", name="hand", state=COMPLETE, interval="1m", calendar="XNYS", instruments=(said,),
        inputs=(), parameters={}, versions={}, corporate_actions="none", outputs=outputs,
    )  # fmt: skip
    (directory / MANIFEST).write_text(manifest.as_json(), encoding="utf-8")
    return home


def played(home: ResearchHome, limit: float = 0.0, seed: int = 0, **venue: Any) -> Any:
    """The artifacts of a run with this venue."""
    described = describe(home, "file:orders.py")
    spec = plan(
        home, "hand", "file:orders.py", {"limit": limit}, described=described, seed=seed,
        venue=VenueModel(**{"fees_bps": 0.0, "k_spread": 0.0, **venue}),
    )  # fmt: skip
    run = Run(home, spec)
    try:
        run.play(lambda _bars: True)
        return run.outcome().files
    finally:
        run.close()


def rows(columns: Any, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(columns[name].tolist() for name in names), strict=True))


def test_without_costs_orders_fill_at_the_closes_and_nothing_is_charged(home: ResearchHome) -> None:
    files = played(home)
    assert rows(files["fills"], "ts_ns", "side", "quantity", "price", "fee", "slippage") == [
        (CLOSE_NS[1], 1, 40.0, 100.10, 0.0, 0.0),
        (CLOSE_NS[3], -1, 40.0, 100.20, 0.0, 0.0),
    ]
    assert files["positions"]["pnl"].tolist() == pytest.approx([40 * 0.10])
    assert files["equity"]["equity"].tolist() == pytest.approx(
        [100_000, 100_000, 100_000 + 40 * 0.20, *[100_004] * 5]
    )


def test_fees_are_bps_of_what_was_paid_rounded_to_the_cent(home: ResearchHome) -> None:
    files = played(home, fees_bps=2.5)
    # 40 x 100.10 = 4,004 x 2.5 / 10,000 = 1.001; 40 x 100.20 = 4,008: 1.002.
    assert files["fills"]["fee"].tolist() == [1.00, 1.00]
    files = played(home, fees_bps=37.0)
    assert files["fills"]["fee"].tolist() == [14.81, 14.83]  # 14.8148 and 14.8296
    assert files["positions"]["pnl"].tolist() == pytest.approx([40 * 0.10 - 14.81 - 14.83])
    assert files["equity"]["equity"][-1] == pytest.approx(100_004 - 29.64)


def test_slippage_is_k_spread_of_the_spread_of_each_fills_own_minute(home: ResearchHome) -> None:
    fills = played(home, k_spread=0.5)["fills"]
    # Minute 2: 0.5 x 0.03 x 40 = 0.60. Minute 4 has no quotes, so minute 3 speaks: 0.5 x 0.05 x 40 = 1.00.
    assert fills["slippage"].tolist() == [0.60, 1.00]
    assert fills["price"].tolist() == [100.10, 100.20], "it stands beside the price, not in it"
    assert played(home, k_spread=1.5)["fills"]["slippage"].tolist() == [1.80, 3.00]


def test_with_latency_price_and_spread_are_those_of_the_next_minute(home: ResearchHome) -> None:
    fills = played(home, k_spread=0.5, latency_us=1)["fills"]
    assert rows(fills, "ts_ns", "price", "slippage") == [
        (CLOSE_NS[2], 100.30, 1.00),  # 0.5 x 0.05 x 40
        (CLOSE_NS[4], 100.40, 0.40),  # 0.5 x 0.02 x 40
    ]


def test_a_market_order_that_slips_pays_one_tick(home: ResearchHome) -> None:
    assert played(home, prob_slippage=1.0)["fills"]["price"].tolist() == pytest.approx([100.11, 100.19])
    seen = {tuple(played(home, prob_slippage=0.5, seed=n)["fills"]["price"].round(2)) for n in range(12)}
    assert seen <= {(a, b) for a in (100.10, 100.11) for b in (100.19, 100.20)}
    assert len(seen) > 1


@pytest.mark.parametrize(("probability", "bar"), [(1.0, 3), (0.0, 6)], ids=["touched", "traded through"])
def test_a_limit_order_fills_when_touched_or_only_when_traded_through(
    probability: float, bar: int, home: ResearchHome
) -> None:
    files = played(home, limit=100.15, prob_fill_on_limit=probability)
    assert rows(files["fills"], "ts_ns", "price", "quantity") == [(CLOSE_NS[bar], 100.15, 40.0)]


def test_a_run_of_the_other_precision_is_refused_by_name(home: ResearchHome) -> None:
    other = "standard" if PRECISION == "high" else "high"
    spec = plan(home, "hand", "sma_crossover", {}, precision=other)
    assert spec.run_id != plan(home, "hand", "sma_crossover", {}).run_id
    with pytest.raises(SpecError, match=f"precision is '{other}'.* built for '{PRECISION}' alone"):
        Run(home, spec)
