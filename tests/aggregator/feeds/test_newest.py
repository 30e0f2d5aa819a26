"""A feed's state rebuilds the table of whoever has seen every event: property-tested on random blocks."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aggregator.feeds.events import EventBlock
from aggregator.feeds.newest import NewestValues
from core.market.fields import NULL
from core.wire.raw_events import (
    UNTOLD,
    BarEvents,
    DepthEvents,
    QuoteEvents,
    SessionEvents,
    TradeEvents,
)

ROWS = 4
values = st.integers(-50, 50) | st.just(NULL)
amounts = st.integers(0, 50) | st.just(NULL)
prices = st.integers(-50, 50)
codes = st.sampled_from([0, 1, 2, UNTOLD])
quotes = st.tuples(st.just("quotes"), values, amounts, values, amounts)
trades = st.tuples(st.just("trades"), prices, amounts, st.sampled_from([0, 1, 2, 4]))
depth = st.tuples(st.just("depth"))
bars = st.tuples(st.just("bars"), prices, prices, prices, prices, amounts)
sessions = st.tuples(st.just("sessions"), values, values, values, values, amounts, codes)
events = st.tuples(
    st.integers(0, ROWS - 1), st.integers(1, 10**12), quotes | trades | depth | bars | sessions
)


def _block(listed: list[Any]) -> EventBlock:
    kinds: dict[str, Any] = {}
    for name in ("quotes", "trades", "depth", "bars", "sessions"):
        mine = [(place, *event) for place, event in enumerate(listed) if event[2][0] == name]
        if not mine:
            continue
        instrument = np.array([event[1] for event in mine], np.uint32)
        times = np.array([event[2] for event in mine], np.int64)
        places = np.array([event[0] for event in mine], np.uint16)
        columns = [
            np.array(column, np.int64) for column in zip(*(event[3][1:] for event in mine), strict=True)
        ]
        match name:
            case "quotes":
                kinds[name] = QuoteEvents(instrument, times, times, *columns, places)
            case "trades":
                flags = columns[2].astype(np.uint8)
                kinds[name] = TradeEvents(instrument, times, times, *columns[:2], flags, places)
            case "depth":
                none = np.zeros(len(mine), np.int64)
                codes = none.astype(np.uint8)
                kinds[name] = DepthEvents(
                    instrument, times, times, none, none, codes, codes, none.astype(np.uint64), places
                )
            case "bars":
                kinds[name] = BarEvents(instrument, times, times, times, *columns, places)
            case _:
                states = columns[5].astype(np.uint8)
                kinds[name] = SessionEvents(instrument, times, times, *columns[:5], states, places)
    return EventBlock(**kinds)


@given(st.lists(st.lists(events, max_size=8), max_size=8))
def test_state_and_every_event_give_one_table(blocks: list[list[Any]]) -> None:
    saw_all, joined_late = NewestValues(ROWS), NewestValues(ROWS)
    for listed in blocks:
        saw_all.note(_block(listed))
    for block in saw_all.state(recv_ns=1):
        joined_late.note(block)
    assert (joined_late.table.values == saw_all.table.values).all()


@given(st.lists(st.lists(events, max_size=8), max_size=8))
def test_folding_block_by_block_is_folding_them_at_once(blocks: list[list[Any]]) -> None:
    at_once, one_by_one = NewestValues(ROWS), NewestValues(ROWS)
    for listed in blocks:
        at_once.note(_block(listed))
        one_by_one.note(_block(listed))
        _ = one_by_one.table
    assert (at_once.table.values == one_by_one.table.values).all()


def test_a_long_list_is_several_blocks_each_a_message() -> None:
    newest = NewestValues(1_000)
    every = np.arange(1_000, dtype=np.uint32)
    column = every.astype(np.int64) + 1
    newest.note(EventBlock(quotes=QuoteEvents(every, column, column, column, column, column, column)))
    blocks = newest.state(1)
    assert len(blocks) == 4
    assert sum(len(block.quotes.instrument) for block in blocks if block.quotes is not None) == 1_000
