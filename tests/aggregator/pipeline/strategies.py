"""Hypothesis strategies for market events on a few rows, and their columns."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from aggregator.pipeline.fold import CANCEL, HISTORY, Bars, Events, Quotes, Sessions, Trades
from core.market.fields import NULL
from tests.aggregator.pipeline.reference import Bar, Event, Quote, Session, Trade

ROW_COUNT = 5

prices = st.one_of(st.integers(-50, 50), st.integers(-(2**62), 2**62))
sizes = st.one_of(st.integers(0, 100), st.integers(0, 2**62))
times = st.integers(1, 2**62)
rows = st.integers(0, ROW_COUNT - 1)


def or_null(strategy: st.SearchStrategy[int]) -> st.SearchStrategy[int]:
    return st.one_of(st.just(NULL), strategy)


quotes = st.builds(
    Quote, rows, times, times, or_null(prices), or_null(sizes), or_null(prices), or_null(sizes)
)
trades = st.builds(
    Trade, rows, times, times, prices, or_null(sizes), st.booleans(), st.sampled_from((False, False, True))
)
bars = st.builds(Bar, rows, times, times, prices, prices, prices, prices, or_null(sizes))
sessions = st.builds(
    Session, rows, times, times, or_null(prices), or_null(prices), or_null(prices), or_null(prices),
    or_null(sizes), st.sampled_from((0, 1, 2, 255)),
)  # fmt: skip
events = st.one_of(quotes, trades, bars, sessions)


def as_events(batch: Sequence[Event]) -> Events:
    """The events as the columns that `Folder` takes; their order is their index."""
    return Events(
        quotes=_columns(batch, Quote, Quotes, with_order=False),
        trades=_columns(batch, Trade, Trades),
        bars=_columns(batch, Bar, Bars),
        sessions=_columns(batch, Session, Sessions),
    )


def _columns(batch: Sequence[Event], event_type: type, columns_type: type, with_order: bool = True):  # type: ignore[no-untyped-def]
    chosen = [(order, event) for order, event in enumerate(batch) if isinstance(event, event_type)]
    if not chosen:
        return None
    columns = {}
    for name in columns_type.__dataclass_fields__:
        if name == "order":
            columns[name] = np.array([order for order, _ in chosen], np.int64)
        elif name == "flags":
            flags = [HISTORY * event.history | CANCEL * event.cancel for _, event in chosen]
            columns[name] = np.array(flags, np.uint8)
        elif name == "interval_ns":
            columns[name] = np.full(len(chosen), 60_000_000_000, np.int64)
        else:
            kind = {"rows": np.intp, "trading_state": np.uint8}.get(name, np.int64)
            source = "row" if name == "rows" else name
            columns[name] = np.array([getattr(event, source) for _, event in chosen], kind)
    return columns_type(**columns)
