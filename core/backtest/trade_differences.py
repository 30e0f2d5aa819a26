"""Which trades of two runs are not the same: only in A, only in B, or the same entry with another course.

A trade is known by its instrument, side and the time it was opened; several of one key are paired in the
order in which they stand in the files. Prices and sizes that differ in their last bits are the same.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.backtest.columns import Columns
from core.backtest.run_files import RunFiles

_CLOSE: Final = 1e-9
_NUMBERS: Final = ("entry_price", "exit_price", "quantity", "pnl")


class Found(StrEnum):
    ONLY_A = "only in A"
    ONLY_B = "only in B"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class TradeDifference:
    """`a` and `b` are rows of `positions.parquet`, None where there is none; `differs` names columns."""

    found: Found
    instrument: str
    side: int  # +1 long, -1 short
    opened_ns: int
    a: int | None
    b: int | None
    differs: tuple[str, ...] = ()


def trade_differences(a: RunFiles, b: RunFiles) -> list[TradeDifference]:
    """By the time they were opened. Raises `ColumnsError`, `OSError`."""
    return positions_differences(a.read("positions"), b.read("positions"))


def positions_differences(a: Columns, b: Columns) -> list[TradeDifference]:
    """The same of two tables of positions."""
    of_a, of_b = _by_key(a), _by_key(b)
    found: list[TradeDifference] = []
    for key in of_a.keys() | of_b.keys():
        instrument, side, opened_ns = key
        rows_a, rows_b = of_a.get(key, []), of_b.get(key, [])
        paired = min(len(rows_a), len(rows_b))
        for row_a, row_b in zip(rows_a[:paired], rows_b[:paired], strict=True):
            differs = _differs(a, row_a, b, row_b)
            if differs:
                found.append(TradeDifference(Found.OTHER, instrument, side, opened_ns, row_a, row_b, differs))
        found += [TradeDifference(Found.ONLY_A, *key, row, None) for row in rows_a[paired:]]
        found += [TradeDifference(Found.ONLY_B, *key, None, row) for row in rows_b[paired:]]
    return sorted(
        found, key=lambda each: (each.opened_ns, each.instrument, each.found, each.a or 0, each.b or 0)
    )


def _by_key(positions: Columns) -> dict[tuple[str, int, int], list[int]]:
    rows: dict[tuple[str, int, int], list[int]] = defaultdict(list)
    keys = zip(
        positions["instrument"].tolist(),
        positions["side"].tolist(),
        positions["opened_ns"].tolist(),
        strict=True,
    )
    for row, key in enumerate(keys):
        rows[key].append(row)
    return rows


def _differs(a: Columns, row_a: int, b: Columns, row_b: int) -> tuple[str, ...]:
    others = [name for name in _NUMBERS if not _is_same(float(a[name][row_a]), float(b[name][row_b]))]
    return (*others, *(["closed_ns"] if a["closed_ns"][row_a] != b["closed_ns"][row_b] else []))


def _is_same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_CLOSE, abs_tol=_CLOSE) or (math.isnan(one) and math.isnan(other))
