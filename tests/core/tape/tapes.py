"""Tapes for tests: rows of every kind, written as a file in a few batches."""

from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from core.market.fields import NULL
from core.market.instruments import Instrument, InstrumentKey
from core.tape.format import NARROW_OF, UNIT_END, VALUES_OF, TapeKind
from core.tape.manifest import Manifest, TapeSource
from core.tape.rows import TapeRows, columns_of
from core.tape.writer import TapeWriter

INSTRUMENTS = tuple(
    Instrument(InstrumentKey(exchange, symbol), price_decimals=place % 5, size_decimals=place % 3, name="née")
    for place, (exchange, symbol) in enumerate((("XA", "one"), ("XA", "two.B"), ("XB", "one"), ("X B", "三")))
)
EXCHANGES = ("XA", "XB", "X B")
_INT64 = st.one_of(st.just(NULL), st.integers(-(2**63), 2**63 - 1), st.integers(-9, 9))


def manifest(**changes: object) -> Manifest:
    given: dict[str, object] = {
        "title": "hand made",
        "instruments": INSTRUMENTS,
        "exchanges": EXCHANGES,
        "sources": (TapeSource("day.dbn", 12, "ab" * 32),),
        "records": {"trade": 3},
        "unused": {"status": 1},
        "rejections": ({"file": "day.dbn", "reason": "no price", "count": 2, "first_row": 7},),
        "notes": ("day.csv: taken as New York's",),
        "recorded_ns": 1_700_000_000_000_000_000,
    }
    return Manifest(**(given | changes))  # type: ignore[arg-type]


@st.composite
def blocks(draw: st.DrawFn, events_max: int = 40) -> TapeRows:
    """Events of all kinds in any order, with any values, at times that never go back."""
    count = draw(st.integers(1, events_max))
    rows = TapeRows.empty(count)
    steps = draw(st.lists(st.integers(0, 2**40), min_size=count, max_size=count))
    rows.time_ns[:] = np.cumsum(steps)
    kinds = draw(st.lists(st.sampled_from(list(TapeKind)[:5]), min_size=count, max_size=count))
    dice = np.random.default_rng(draw(st.integers(0, 2**32)))
    for row, kind in enumerate(kinds):
        rows.kind[row] = kind
        rows.instrument[row] = dice.integers(len(INSTRUMENTS))
        rows.event_ns[row], rows.recv_ns[row] = draw(_INT64), draw(_INT64)
        for place in range(len(VALUES_OF[kind])):
            rows.values[place, row] = draw(_INT64) if row < 3 else dice.integers(-(2**63), 2**63 - 1)
        for column in NARROW_OF[kind].values():
            array = getattr(rows, column)
            array[row] = dice.integers(0, np.iinfo(array.dtype).max, dtype=array.dtype, endpoint=True)
        rows.unit[row] = UNIT_END * int(dice.integers(2))
    return rows


def some_rows(count: int, first_ns: int = 0, seed: int = 1) -> TapeRows:
    """Quotes and trades a millisecond apart, as a market makes them."""
    dice = np.random.default_rng(seed)
    rows = TapeRows.empty(count)
    rows.time_ns[:] = rows.recv_ns[:] = first_ns + np.arange(count) * 1_000_000
    rows.event_ns[:] = rows.time_ns - 5
    rows.kind[:] = dice.integers(0, 2, count)
    rows.instrument[:] = dice.integers(0, len(INSTRUMENTS), count)
    rows.values[:2] = dice.integers(1, 10**6, (2, count))
    rows.unit[:] = UNIT_END
    return rows


def write(directory: Path, batches: list[TapeRows], *, is_complete: bool = True) -> TapeWriter:
    """A tape of these batches; without `is_complete`, as an interrupted recorder leaves it."""
    writer = TapeWriter(directory, manifest())
    for rows in batches:
        writer.append(rows)
    if is_complete:
        writer.complete()
    writer.close()
    return writer


def same(found: TapeRows, expected: TapeRows) -> bool:
    """Equal values and types in every column."""
    pairs = zip(columns_of(found), columns_of(expected), strict=True)
    return all(one.dtype == other.dtype and np.array_equal(one, other) for one, other in pairs)
