"""DBN files of every version and schema become the events that a trader would have seen."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import databento_dbn as dbn
import numpy as np
import pytest

from core.market import dbn_layout
from core.market.fields import TradingState
from core.market.instruments import Instrument, InstrumentKey
from core.wire.raw_events import DepthFlag, TradeFlag
from tests.aggregator.feeds.dbn_files import T0, UNDEFINED, book, definition_v2, order, top, trade, write
from tests.aggregator.feeds.played import FOUR, events, load, only

SECOND = 1_000_000_000
NANO = 1_000_000_000
LAST, SNAPSHOT = dbn.F_LAST, dbn.F_SNAPSHOT


def _of(path: Path, kind: str) -> list[dict[str, Any]]:
    return [event for name, _, event in events(only(load(path))) if name == kind]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_version_reads_the_same(tmp_path: Path, version: int) -> None:
    prices = [100_250_000_000, 100_500_000_000, 99_750_000_000]
    records = [trade(price, T0 + i * SECOND) for i, price in enumerate(prices)]
    path = write(tmp_path / "t.dbn.zst", records, version=version, schema=dbn.Schema.TRADES)
    found = _of(path, "trades")
    assert [event["price"] for event in found] == [Decimal("100.25"), Decimal("100.5"), Decimal("99.75")]
    assert [event["recv_ns"] for event in found] == [T0, T0 + SECOND, T0 + 2 * SECOND]
    assert [event["event_ns"] for event in found] == [
        T0 - 1_000,
        T0 + SECOND - 1_000,
        T0 + 2 * SECOND - 1_000,
    ]
    assert all(event["flags"] == TradeFlag.BUYER_TAKES for event in found)


def test_version_2_definition_gives_symbol_and_increment(tmp_path: Path) -> None:
    definitions = write(
        tmp_path / "d.dbn", [definition_v2(7, "ESZ9", 250_000_000)], version=2, compressed=False
    )
    trades = write(tmp_path / "t.dbn", [trade(100 * NANO, T0)], version=2, compressed=False)
    tape = load(trades, definitions)
    assert only(tape).instruments == (
        Instrument(InstrumentKey("XTST", "ESZ9"), price_decimals=2, tick_counts=25, inferred=False),
    )
    alone = only(load(trades)).instruments[0]
    assert (str(alone.key), alone.price_decimals, alone.inferred) == ("XTST:#7", 0, True)


def test_a_price_finer_than_the_definition_keeps_the_tick(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.dbn", [definition_v2(7, "ESZ9", 250_000_000), trade(100_125_000_000, T0)], version=2
    )
    instrument = only(load(path)).instruments[0]
    assert (instrument.price_decimals, instrument.tick_counts) == (3, 250)


def test_one_sided_crossed_and_empty_books_stay_as_they_are(tmp_path: Path) -> None:
    path = write(
        tmp_path / "b.dbn.zst",
        [
            top(10 * NANO, UNDEFINED, T0),
            top(UNDEFINED, 11 * NANO, T0 + 1),
            top(12 * NANO, 11 * NANO, T0 + 2),
            top(UNDEFINED, UNDEFINED, T0 + 3),
        ],
        schema=dbn.Schema.MBP_1,
    )
    found = [tuple(event[name] for name in FOUR) for event in _of(path, "quotes")]
    assert found == [(10, 5, None, None), (None, None, 11, 6), (12, 5, 11, 6), (None, None, None, None)]


def test_a_quote_stands_before_the_trade_it_was_printed_with(tmp_path: Path) -> None:
    record = top(10 * NANO, 11 * NANO, T0, action=dbn.Action.TRADE, price=10 * NANO)
    path = write(tmp_path / "b.dbn.zst", [record], schema=dbn.Schema.TBBO)
    found = list(events(only(load(path))))
    assert [kind for kind, _, _ in found] == ["quotes", "trades"]
    assert found[1][2]["flags"] == TradeFlag.SELLER_TAKES
    assert load(path).counts.records == {"tbbo": 1}


def test_a_trade_without_a_price_is_rejected_with_its_record(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.dbn.zst", [trade(NANO, T0), trade(UNDEFINED, T0 + 1)], schema=dbn.Schema.TRADES
    )
    (rejection,) = load(path).counts.rejections
    assert str(rejection) == "t.dbn.zst: 1 rejected, trade without a price (first: row 1)"


def test_halts_and_what_is_of_no_use_by_name(tmp_path: Path) -> None:
    records = [
        dbn.StatusMsg(1, 7, T0, T0, action=dbn.StatusAction.TRADING),
        trade(NANO, T0 + 1),
        dbn.StatusMsg(1, 7, T0 + 2, T0 + 2, action=dbn.StatusAction.HALT),
        dbn.StatusMsg(1, 7, T0 + 3, T0 + 3, action=dbn.StatusAction.QUOTING),
        dbn.SystemMsg(T0 + 4, "heartbeat"),
        dbn.ErrorMsg(T0 + 5, "slow reader"),
        dbn.StatMsg(1, 7, T0 + 6, T0 + 6, T0, NANO, 1, dbn.StatType.SETTLEMENT_PRICE),
    ]
    tape = load(write(tmp_path / "live.dbn.zst", records))
    found = [(kind, event.get("trading_state")) for kind, _, event in events(only(tape))]
    assert found == [("sessions", TradingState.TRADING), ("trades", None), ("sessions", TradingState.HALTED)]
    assert tape.counts.unused == {
        "status without a trading state": 1,
        "system": 1,
        "error": 1,
        "statistics": 1,
    }
    assert sum(tape.counts.records.values()) == len(records)


def test_one_symbol_of_two_publishers_is_two_instruments(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.dbn.zst", [trade(NANO, T0, publisher=41), trade(2 * NANO, T0 + 1, publisher=42)]
    )
    tape = load(path)
    assert [exchange.exchange for exchange in tape.exchanges] == ["XTST-41", "XTST-42"]


def test_orders_make_the_best_price_at_the_end_of_a_venue_message(tmp_path: Path) -> None:
    add, cancel, modify, clear = dbn.Action.ADD, dbn.Action.CANCEL, dbn.Action.MODIFY, dbn.Action.CLEAR
    bid, ask, none = dbn.Side.BID, dbn.Side.ASK, dbn.Side.NONE
    path = write(
        tmp_path / "o.dbn.zst",
        [
            order(clear, none, 0, UNDEFINED, 0, T0, SNAPSHOT),
            order(add, bid, 1, 10 * NANO, 5, T0, SNAPSHOT),
            order(add, ask, 2, 12 * NANO, 7, T0, SNAPSHOT | LAST),
            order(add, bid, 3, 11 * NANO, 1, T0 + 1, 0),  # not the end of its message: no quote yet
            order(cancel, bid, 3, 11 * NANO, 1, T0 + 1, LAST),
            order(add, bid, 4, 10 * NANO, 2, T0 + 2, LAST),
            order(cancel, bid, 1, 10 * NANO, 3, T0 + 3, LAST),
            order(modify, ask, 2, 13 * NANO, 6, T0 + 4, LAST),
        ],
        schema=dbn.Schema.MBO,
    )
    quotes = [tuple(event[name] for name in FOUR) for event in _of(path, "quotes")]
    assert quotes == [(10, 5, 12, 7), (10, 7, 12, 7), (10, 4, 12, 7), (10, 4, 13, 6)]
    depth = _of(path, "depth")
    assert [chr(event["action"]) for event in depth] == ["R", "A", "A", "A", "C", "A", "C", "M"]
    assert [int(event["size"]) for event in depth] == [0, 5, 7, 1, 0, 2, 2, 6]
    assert depth[0]["flags"] == DepthFlag.CLEAR | DepthFlag.SNAPSHOT
    assert depth[1]["flags"] == DepthFlag.BID | DepthFlag.ORDER | DepthFlag.SNAPSHOT
    assert [event["reference"] for event in depth] == [0, 1, 2, 3, 3, 4, 1, 2]


def test_level_changes_rebuild_every_view_of_ten_levels(tmp_path: Path) -> None:
    dice = Random(5)
    views: dict[int, list[Any]] = {7: [], 8: []}
    records = []
    for number in range(400):
        instrument = dice.choice((7, 8))
        bids = sorted(dice.sample(range(80, 100), dice.randrange(11)), reverse=True)
        asks = sorted(dice.sample(range(100, 120), dice.randrange(11)))
        levels = [
            (
                bids[i] * NANO if i < len(bids) else UNDEFINED,
                asks[i] * NANO if i < len(asks) else UNDEFINED,
                dice.randrange(1, 4) if i < len(bids) else 0,
                dice.randrange(1, 4) if i < len(asks) else 0,
            )
            for i in range(max(len(bids), len(asks)))
        ]
        records.append(book(levels, T0 + number, instrument_id=instrument))
        sides = [
            {level[side] // NANO: level[side + 2] for level in levels if level[side] != UNDEFINED}
            for side in (0, 1)
        ]
        views[instrument].append(sides)
    path = write(tmp_path / "b.dbn.zst", records, schema=dbn.Schema.MBP_10)
    rebuilt: dict[str, list[Any]] = {"#7": [], "#8": []}
    sides: dict[str, Any] = {symbol: ({}, {}) for symbol in rebuilt}
    for kind, instrument, event in events(only(load(path))):
        symbol = instrument.key.symbol
        if kind == "quotes":  # stands after the level changes of its record
            rebuilt[symbol].append([dict(side) for side in sides[symbol]])
        elif event["flags"] & DepthFlag.CLEAR:
            sides[symbol] = ({}, {})
        else:
            side = sides[symbol][0 if event["flags"] & DepthFlag.BID else 1]
            side[int(event["price"])] = int(event["size"])
            if not event["size"]:
                del side[int(event["price"])]
    assert rebuilt == {"#7": views[7], "#8": views[8]}


@pytest.mark.parametrize(
    ("layout", "kind", "lists"),
    [
        (dbn_layout.TRADE, dbn.TradeMsg, 0), (dbn_layout.TOP, dbn.MBP1Msg, 1),
        (dbn_layout.TOP, dbn.BBOMsg, 1), (dbn_layout.TOP, dbn.CMBP1Msg, 1),
        (dbn_layout.TOP, dbn.CBBOMsg, 1), (dbn_layout.BOOK, dbn.MBP10Msg, 10),
        (dbn_layout.ORDER, dbn.MBOMsg, 0), (dbn_layout.BAR, dbn.OHLCVMsg, 0),
    ],
)  # fmt: skip
def test_layouts_are_those_of_databento_dbn(layout: Any, kind: Any, lists: int) -> None:
    theirs = np.dtype(kind._dtypes)
    assert layout.itemsize == theirs.itemsize
    for name in theirs.names or ():
        if name in (layout.names or ()):
            ours = layout.fields[name]
            assert ours[1] == theirs.fields[name][1], name
            assert ours[0].itemsize == theirs.fields[name][0].itemsize, name
    for level in range(lists):
        for name in ("bid_px", "ask_px", "bid_sz", "ask_sz"):
            at = layout.fields["levels"][1] + level * 32 + dbn_layout._LEVEL.fields[name][1]
            assert at == theirs.fields[f"{name}_{level:02d}"][1]


def test_a_mixed_file_is_played_in_the_order_of_its_times(shared_data: Path) -> None:
    tape = load(shared_data / "databento-python/tests/data/LIVE/test_data.live.dbn.zst")
    exchange = only(tape)
    assert (np.diff(exchange.time_ns) >= 0).all()
    assert exchange.instruments[0] == Instrument(InstrumentKey("GLBX", "ESZ4"), 2, 0, 25)
    assert tape.counts.unused == {"statistics": 9}
    kinds = Counter(kind for kind, _, _ in events(exchange))
    assert kinds["bars"] == 4
    assert kinds["trades"] == 4


def test_a_bar_is_played_at_its_close(shared_data: Path) -> None:
    (path,) = shared_data.rglob("futures_ohlcv-1m*.dbn.zst")
    (definitions,) = shared_data.rglob("futures_definition.dbn.zst")
    found = [
        event
        for _, instrument, event in events(only(load(definitions, path)))
        if instrument.key.symbol == "ESU4"
    ]
    assert all(event["recv_ns"] == event["event_ns"] + 60 * SECOND for event in found)
    assert len(found) == 30
    assert only(load(definitions, path)).instruments[0].tick_counts == 25
