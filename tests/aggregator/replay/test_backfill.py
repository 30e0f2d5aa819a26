"""An instrument's past is exactly its events up to the point sought."""

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.feeds.recorded.tape import RecordedTape
from aggregator.replay.backfill import TapeBackfill
from aggregator.replay.index import TapeIndex
from core.clock import NS_PER_S
from core.market.instruments import InstrumentKey
from tests.aggregator.replay.tapes import KEYS, mixed_tape, tape


def _rows(
    recorded: RecordedTape, key: InstrumentKey, kind: str, names: tuple[str, ...], time_ns: int
) -> list[tuple[int, ...]]:
    """One by one, as they are played."""
    found = []
    for exchange in recorded.exchanges:
        for rank in range(exchange.rank_at(time_ns)):
            events = getattr(exchange.events(rank, rank + 1), kind)
            if events is not None and exchange.instruments[int(events.instrument[0])].key == key:
                found.append(tuple(int(getattr(events, name)[0]) for name in names))
    return found


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 60), st.sampled_from(KEYS), st.integers(-1, 100_001))
def test_what_precedes_a_time(seed: int, count: int, key: InstrumentKey, after_ms: int) -> None:
    recorded = mixed_tape(seed, count)
    time_ns = recorded.begin_ns + after_ms * 1_000_000
    ranks = [exchange.rank_at(time_ns) for exchange in recorded.exchanges]
    backfill = TapeBackfill(TapeIndex(recorded), ranks)
    trades = backfill.trades(key)
    told = [] if trades is None else list(zip(*(c.tolist() for c in _trade_columns(trades)), strict=True))
    assert told == _rows(recorded, key, "trades", ("event_ns", "price", "size", "flags"), time_ns)
    quotes = backfill.quotes(key)
    told = [] if quotes is None else list(zip(*(column.tolist() for column in quotes), strict=True))
    assert told == _rows(recorded, key, "quotes", ("event_ns", "bid", "ask"), time_ns)
    bars = backfill.bars(key)
    names = ("event_ns", "open", "high", "low", "close", "volume")
    expected = {row[0]: row for row in _rows(recorded, key, "bars", names, time_ns)}  # the last of a key
    if bars is None:
        assert not expected
    else:
        interval_ns, columns = bars
        assert interval_ns == 60 * NS_PER_S
        six = (columns.key, columns.open, columns.high, columns.low, columns.close, columns.volume)
        assert list(zip(*(c.tolist() for c in six), strict=True)) == [expected[k] for k in sorted(expected)]


def _trade_columns(trades):  # type: ignore[no-untyped-def]
    return trades.event_ns, trades.price, trades.size, trades.flags


def test_an_unknown_instrument_has_no_past() -> None:
    backfill = TapeBackfill(TapeIndex(tape([(0, 0, 1)])), [1])
    unknown = InstrumentKey("XCCC", "one")
    assert backfill.trades(unknown) is backfill.quotes(unknown) is backfill.bars(unknown) is None
    assert backfill.trades(KEYS[1]) is None
