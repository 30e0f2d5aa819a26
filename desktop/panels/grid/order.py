"""In what order rows stand: sort keys typed by column, several at once, stable.

Numbers sort as numbers, names in natural order (BTC2 before BTC10), what is unknown is last either way, ties
stand as in the list. Pure functions over arrays; when to rank again is decided elsewhere.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.expressions.kinds import Values
from core.market.fields import Field
from core.market.instruments import Instrument
from desktop.panels.grid.columns import Col
from desktop.panels.grid.values import QuoteValues
from desktop.panels.grid.venues import venue_code

Rows = NDArray[np.intp]

SORT_KEYS_MAX: Final = 4
DIGITS_MAX: Final = 30  # of a number in a name that is compared as one
_DIGITS: Final = re.compile(r"[0-9]+")
# Columns whose values go by another name in expressions.
_VALUES_OF: Final[dict[str, str]] = {
    Col.PERCENT: "change_pct",
    Col.TREND: "change_pct",
    Col.DEPTH: "depth_pct",
    Col.RANGE: "range_pct",
}


@dataclass(frozen=True, slots=True)
class SortKey:
    """A sorted column."""

    col: str
    descending: bool = False


# The first key decides, the next ones among what is equal in it; none is the order of the list.
Sort: TypeAlias = tuple[SortKey, ...]


def next_sort(sort: Sort, col: str, first_descending: bool, add: bool) -> Sort:
    """The sort after a click on a title: one way, the other way, not at all; `add` keeps the other keys."""
    own = next((key for key in sort if key.col == col), None)
    if own is None or (not add and len(sort) > 1):
        turned: Sort = (SortKey(col, first_descending),)
    elif own.descending is first_descending:
        turned = (SortKey(col, not first_descending),)
    else:
        turned = ()
    if not add:
        return turned
    if own is None:
        return (sort + turned)[:SORT_KEYS_MAX]
    return tuple(changed for key in sort for changed in (turned if key.col == col else (key,)))


def write_sort(sort: Sort) -> list[dict[str, Any]]:
    """As plain data for a workspace file."""
    return [{"col": key.col, "descending": key.descending} for key in sort]


def read_sort(data: Any, known: Collection[str]) -> Sort:
    """What `write_sort` gave, or the single key of older files; columns not `known` are left out.

    Raises `ValueError` for anything else.
    """
    entries = [] if data is None else data if isinstance(data, list) else [data]
    keys: list[SortKey] = []
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("col"), str):
            raise ValueError(f"sort: {entry!r} names no column")
        if entry["col"] in known and entry["col"] not in {key.col for key in keys}:
            keys.append(SortKey(entry["col"], bool(entry.get("descending", False))))
    return tuple(keys[:SORT_KEYS_MAX])


class Ranking:
    """Sort keys of one list of instruments. Those of names are made when they are first sorted by."""

    def __init__(self, instruments: Sequence[Instrument], values: QuoteValues) -> None:
        self._instruments = instruments
        self._values = values
        self._ranks: dict[str, NDArray[np.float64]] = {}

    def _name_ranks(self, col: str) -> NDArray[np.float64]:
        if col not in self._ranks:
            keys = [instrument.key for instrument in self._instruments]
            names = [key.symbol if col == Col.SYMBOL else venue_code(key.exchange) for key in keys]
            self._ranks[col] = natural_ranks(names)
        return self._ranks[col]

    def order(self, rows: Rows, sort: Sort) -> Rows:
        """`rows`, which are in list order, sorted."""
        if not sort:
            return rows
        keys = []
        for key in reversed(sort):
            values = self.keys(key.col)[rows]
            keys.append(-values if key.descending else values)  # NaN sorts last, also negated
        return rows[np.lexsort(keys)]

    def keys(self, col: str) -> NDArray[np.float64]:
        """One number a row to sort by; NaN for unknown."""
        values = self._values
        match col:
            case Col.SYMBOL | Col.VENUE:
                return self._name_ranks(col)
            case Col.TIME:
                return values.counts(Field.EVENT_US)
            case Col.AGE:
                return -values.counts(Field.EVENT_US)
        name = _VALUES_OF.get(col, col)
        if name not in values.names:
            return np.zeros(len(self._instruments))
        column: Values = values[name]
        if column.dtype.kind == "U":
            return natural_ranks(column.tolist())
        return column.astype(np.float64)


def natural_ranks(texts: Sequence[str]) -> NDArray[np.float64]:
    """Place of each text in natural order, without regard to case; equal texts share one, none has NaN."""
    folded = [text.casefold() for text in texts]
    place = {text: float(index) for index, text in enumerate(sorted(set(folded), key=_natural))}
    return np.array([place[text] if text else np.nan for text in folded], np.float64)


def _natural(text: str) -> tuple[str, str]:
    """Numbers with their length before them: as text, 10 then comes after 2, and both before any letter."""
    return _DIGITS.sub(_measured, text), text


def _measured(digits: re.Match[str]) -> str:
    number = digits[0].lstrip("0")
    return f"{chr(min(len(number), DIGITS_MAX) + 1)}{number}"
