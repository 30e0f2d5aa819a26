"""One event through every part, before the market's first.

NumPy and the codecs load and cache what they need at their first call: together some 100 ms, which would be
the first deltas' delay. Works on its own throwaway table; nothing of it is kept or sent.
"""

from random import Random

import numpy as np

from aggregator.pipeline.bars.served import BarsAsked, ServedBars
from aggregator.pipeline.bars.store import BarStore
from aggregator.pipeline.ingest import Ingest
from aggregator.pipeline.instruments import Definition, InstrumentRows
from aggregator.pipeline.publish import GroupStream, SourceColumns
from core import subjects
from core.clock import NS_PER_S
from core.market.groups import group_spec
from core.market.instruments import Instrument, InstrumentKey
from core.market.intervals import parse_interval
from core.metrics import Counters
from core.scope import LIVE
from core.wire.raw import QuoteEvents, RawBatch, RawHeader, TradeEvents, encode_raw

_MESSAGES = 8  # enough for the vectorised decode of equal layouts


def warm_up() -> None:
    """Decode, fold, encode."""
    key = InstrumentKey("warm-up", "warm-up")
    counters = Counters()
    registry = InstrumentRows(counters)
    registry.define(key.exchange, 1, 1, [Definition(0, Instrument(key))])
    ingest = Ingest(LIVE, registry, counters, Random(0))
    store = BarStore(registry, counters)
    ingest.listen(store)
    bars = ServedBars(LIVE, registry, store, counters, 1, lambda subject, data: None, lambda: 1, lambda: 1)
    for text in ("1m", "10t"):
        bars.page(BarsAsked(key, parse_interval(text), 0, 10), 1)
    stream = GroupStream(group_spec([key]), epoch=1)
    stream.lay_out(registry)
    instrument, number = np.zeros(1, np.uint32), np.ones(1, np.int64)
    quotes = QuoteEvents(instrument, number, number, number, number, number, number)
    trades = TradeEvents(instrument, number, number, number, number, np.zeros(1, np.uint8))
    messages = [
        encode_raw(
            RawBatch(RawHeader(1, sequence, 1), quotes=quotes if sequence % 2 else None, trades=trades)
        )
        for sequence in range(1, _MESSAGES + 1)
    ]
    for changes in ingest.drain([subjects.raw_mix(LIVE, key.exchange)] * _MESSAGES, messages, 1, 1):
        stream.absorb(changes)
    bars.on_drained(1, 1)
    bars.send_due(NS_PER_S, 2 * NS_PER_S, lambda: NS_PER_S)
    sources = SourceColumns(np.zeros(1, np.uint8), np.zeros(1, np.uint32))
    stream.delta(registry, 1, sources, 33, 0, 1)
    stream.wants_new_bases()
    stream.snapshot(sources, 1)
