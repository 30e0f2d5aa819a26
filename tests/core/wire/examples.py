"""Messages as the product sends them, for the tests of the codecs: seeded, so a failure repeats."""

import numpy as np
from numpy.typing import NDArray

from core.market.bars import BarColumns
from core.market.fields import (
    FIELD_COUNT,
    NULL,
    PRICE_FIELDS,
    QUOTE_FIELDS,
    SESSION_FIELDS,
    SIZE_FIELDS,
    TRADE_FIELDS,
    Field,
)
from core.market.groups import GroupSpec, group_spec
from core.market.instruments import Instrument, InstrumentKey
from core.market.intervals import seconds
from core.wire.bars import BarBlock
from core.wire.delta import DeltaHeader, encode_delta, fixed_bases
from core.wire.raw import (
    BarEvents,
    DepthEvents,
    QuoteEvents,
    RawBatch,
    RawFlag,
    RawHeader,
    SessionEvents,
    TradeEvents,
    encode_raw,
)
from core.wire.snapshot import Snapshot, encode_snapshot

EVENT_BASE_US = 1_700_000_000_000_000
LAYOUT = 3


def some_values(rng: np.random.Generator, rows: int) -> NDArray[np.int64]:
    """A believable table, int64 (FIELD_COUNT, rows): prices, sizes, some nulls."""
    values = np.full((FIELD_COUNT, rows), NULL, np.int64)
    for field in PRICE_FIELDS:
        values[field] = rng.integers(100_000, 9_000_000, rows)
    for field in SIZE_FIELDS:
        values[field] = rng.integers(1, 5_000, rows)
    values[Field.VOLUME] = rng.integers(10**6, 10**9, rows)
    values[Field.EVENT_US] = EVENT_BASE_US + rng.integers(0, 33_000, rows)
    values[Field.TRADING_STATE] = 0
    values[Field.ASK, rng.random(rows) < 0.05] = NULL
    return values


def moved(rng: np.random.Generator, values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The table a moment later."""
    later = values.copy()
    for field in PRICE_FIELDS:
        later[field] += np.where(values[field] == NULL, 0, rng.integers(-300, 301, values.shape[1]))
    for field in SIZE_FIELDS:
        later[field] = rng.integers(1, 5_000, values.shape[1])
    later[Field.VOLUME] = values[Field.VOLUME] + rng.integers(0, 100_000, values.shape[1])
    later[Field.EVENT_US] = EVENT_BASE_US + rng.integers(0, 33_000, values.shape[1])
    later[Field.BID, rng.random(values.shape[1]) < 0.05] = NULL
    return later


def delta_header(**changes: object) -> DeltaHeader:
    header = DeltaHeader(
        group=2**63 + 11, epoch=7, sequence=42, layout=LAYOUT, cadence_ms=33, degradation=0, rows_left=0,
        event_base_us=EVENT_BASE_US, recv_oldest_ns=10**18, recv_newest_ns=10**18 + 9, sent_ns=10**18 + 99,
        source_states=np.array([0, 1, 2], np.uint8), source_late_ms=np.array([0, 2_400, 0], np.uint32),
    )  # fmt: skip
    return header._replace(**changes)


def delta_message(rng: np.random.Generator, rows: int = 100) -> tuple[bytes, NDArray[np.int64]]:
    """(message with a quote, a trade and a session block, the bases it refers to)."""
    before = some_values(rng, rows)
    bases, later = fixed_bases(before), moved(rng, before)
    blocks = []
    for fields in (QUOTE_FIELDS, TRADE_FIELDS, SESSION_FIELDS):
        chosen = np.flatnonzero(rng.random(rows) < 0.6)
        blocks.append((chosen, fields, later[np.ix_(fields, chosen)]))
    return encode_delta(delta_header(), blocks, bases), bases


def some_instruments(rows: int) -> tuple[Instrument, ...]:
    """Sorted as groups are, from two exchanges, of every kind of increment."""
    return tuple(
        Instrument(
            InstrumentKey("BINANCE" if row < rows // 2 else "CME", f"S{row:04d}"),
            price_decimals=row % 19, size_decimals=(row * 7) % 19, tick_counts=1 + row % 25,
            inferred=row % 3 == 0, known=row % 5 != 0,
        )
        for row in range(rows)
    )  # fmt: skip


def spec_of(instruments: tuple[Instrument, ...]) -> GroupSpec:
    return group_spec(instrument.key for instrument in instruments)


def some_snapshot(rng: np.random.Generator, rows: int, **changes: object) -> Snapshot:
    values = some_values(rng, rows)
    instruments = some_instruments(rows)
    given: dict[str, object] = {
        "group": spec_of(instruments).group_hash, "epoch": 7, "sequence": 42, "layout": LAYOUT,
        "instruments": instruments, "sources": ("BINANCE", "CME"),
        "source_states": np.zeros(2, np.uint8), "source_late_ms": np.zeros(2, np.uint32),
        "source_of_row": np.array([i.key.exchange == "CME" for i in instruments], np.uint8),
        "bases": fixed_bases(values), "values": moved(rng, values), "recv_oldest_ns": 5, "sent_ns": 6,
    }  # fmt: skip
    return Snapshot(**(given | changes))  # type: ignore[arg-type]


def snapshot_message(rng: np.random.Generator, rows: int = 20) -> bytes:
    return encode_snapshot(some_snapshot(rng, rows))


def some_batch(rng: np.random.Generator, events: int = 12, sequence: int = 9) -> RawBatch:
    """All five kinds, interleaved."""
    order = rng.permutation(5 * events).astype(np.uint16).reshape(5, events)

    def common(kind: int) -> dict[str, NDArray[np.generic]]:
        return {
            "instrument": rng.integers(0, 100, events).astype(np.uint32),
            "event_ns": 10**18 + rng.integers(0, 10**9, events),
            "recv_ns": 10**18 + rng.integers(0, 10**9, events),
            "position": np.sort(order[kind]),
        }

    def counts() -> NDArray[np.int64]:
        return np.where(rng.random(events) < 0.1, NULL, rng.integers(-(10**12), 10**12, events))

    def codes(top: int) -> NDArray[np.uint8]:
        return rng.integers(0, top, events).astype(np.uint8)

    return RawBatch(
        RawHeader(7, sequence, 2, RawFlag.STATE | RawFlag.FIRST),
        QuoteEvents(**common(0), bid=counts(), bid_size=counts(), ask=counts(), ask_size=counts()),
        TradeEvents(**common(1), price=counts(), size=counts(), flags=codes(8)),
        DepthEvents(
            **common(2), price=counts(), size=counts(), flags=codes(32), action=codes(90),
            reference=rng.integers(0, 2**64, events, dtype=np.uint64),
        ),
        BarEvents(
            **common(3), interval_ns=counts(), open=counts(), high=counts(), low=counts(), close=counts(),
            volume=counts(),
        ),
        SessionEvents(
            **common(4), open=counts(), high=counts(), low=counts(), reference=counts(), volume=counts(),
            trading_state=codes(3),
        ),
    )  # type: ignore[arg-type]  # fmt: skip


def single_quotes(rng: np.random.Generator, events: int) -> QuoteEvents:
    return QuoteEvents(
        rng.integers(0, 100, events).astype(np.uint32),
        *(rng.integers(1, 10**12, events) for _ in range(6)),
    )


def raw_message(rng: np.random.Generator, events: int = 12) -> bytes:
    return encode_raw(some_batch(rng, events))


def some_bars(rng: np.random.Generator, count: int) -> BarColumns:
    """Bars of a minute with holes between them, some without volume."""
    low = rng.integers(1, 10**12, count)
    high = low + rng.integers(0, 10**6, count)
    volume = np.where(rng.random(count) < 0.1, NULL, rng.integers(0, 10**15, count))
    key = 60 * 10**9 * (10**7 + np.cumsum(rng.integers(1, 4, count)))
    return BarColumns(
        key, key + 5, key + 10**9, rng.integers(low, high + 1), high, low, rng.integers(low, high + 1),
        volume, rng.integers(1, 10**6, count), rng.integers(0, 32, count).astype(np.uint8),
    )  # fmt: skip


def some_block(rng: np.random.Generator, count: int, **changes: object) -> BarBlock:
    given: dict[str, object] = {
        "epoch": 10**18 + 7, "version": 3, "sequence": 42, "interval": seconds(60), "price_decimals": 2,
        "size_decimals": 8, "is_history": False, "has_earlier": False, "bars_total": 0, "market_ns": 10**18,
        "recv_oldest_ns": 10**18 - 9, "sent_ns": 10**18 + 9, "error": "", "bars": some_bars(rng, count),
    }  # fmt: skip
    return BarBlock(**(given | changes))  # type: ignore[arg-type]
