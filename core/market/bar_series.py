"""A growing series of bars: fixed int64 columns, and where they changed.

Filled from pages of history and from updates, read by charts between frames. Bars are by ascending key; a key
occurs once. A reader keeps the `version` it has seen and asks from which row on things are different: nearly
always the last one. It never formats, draws or asks for anything.
"""

from bisect import bisect_right
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.bars import COLUMNS, BarColumns

ROWS_MIN: Final = 256
CHANGES_MAX: Final = 64


class BarField(IntEnum):
    """Columns of `BarSeries.values`, in the order of `BarColumns`."""

    KEY = 0
    FIRST_NS = 1
    LAST_NS = 2
    OPEN = 3
    HIGH = 4
    LOW = 5
    CLOSE = 6
    VOLUME = 7
    TRADES = 8
    FLAGS = 9


BAR_FIELD_COUNT: Final = len(BarField)
assert tuple(field.name.lower() for field in BarField) == COLUMNS


class BarSeries:
    """`values[BarField, row]`, counts of the decimals. `layout` changes when everything is another series."""

    def __init__(self) -> None:
        self._values = np.zeros((BAR_FIELD_COUNT, ROWS_MIN), np.int64)
        self._begin = 0  # pages of history come in front: there is room on both sides
        self.count = 0
        self.version = 0
        self.layout = 0
        self.price_decimals = 0
        self.size_decimals = 0
        self.has_earlier = False  # the publisher has bars before the first one
        # What changed since `_known_from`: rows and the versions that changed them, both ascending. A change
        # at or before the row of an earlier one makes that one superfluous, so a growing bar needs one entry.
        self._changed_rows: list[int] = []
        self._changed_at: list[int] = []
        self._known_from = 0

    @property
    def values(self) -> NDArray[np.int64]:
        """Shape (BAR_FIELD_COUNT, count); a view, valid until the series changes."""
        return self._values[:, self._begin : self._begin + self.count]

    def column(self, field: BarField) -> NDArray[np.int64]:
        """Shape (count,): a view of one field."""
        return self._values[field, self._begin : self._begin + self.count]

    @property
    def columns(self) -> BarColumns:
        """Every bar, as views but for the flags."""
        key, first, last, opened, high, low, close, volume, trades, flags = self.values
        return BarColumns(key, first, last, opened, high, low, close, volume, trades, flags.astype(np.uint8))

    def changed_from(self, version: int) -> int:
        """The first row that may differ from what a reader saw at `version`; `count` when none does."""
        if version >= self.version:
            return self.count
        if version < self._known_from:
            return 0
        return self._changed_rows[bisect_right(self._changed_at, version)]

    # ---- writing -----------------------------------------------------------------------------------------
    def replace(self, bars: BarColumns, price_decimals: int, size_decimals: int) -> None:
        """Another series: nothing of the old one stays."""
        self.layout += 1
        self.price_decimals, self.size_decimals = price_decimals, size_decimals
        self.count = self._begin = 0
        self._make_room(0, len(bars))
        self._write(0, bars)
        self.count = len(bars)
        self._note(0)

    def cut(self, count: int) -> None:
        """Only the first `count` bars stay, at least one of them: time has gone back."""
        if count < self.count:
            assert count > 0, "an empty series is replaced"
            self.count = count
            self._note(count - 1)

    def prepend(self, bars: BarColumns) -> None:
        """An earlier page; bars whose keys are not before the first one are left out."""
        if self.count:
            bars = bars.take(bars.key < self.column(BarField.KEY)[0])
        if not len(bars):
            return
        self._make_room(len(bars), 0)
        self._begin -= len(bars)
        self.count += len(bars)
        self._write(0, bars)
        self._note(0)

    def merge(self, bars: BarColumns) -> None:
        """Put bars in: those with a known key replace it, others go where their key belongs.

        Of many bars the first ones may be as they are here, as in a page that is read again: no change.
        """
        if not len(bars):
            return
        keys = self.column(BarField.KEY)
        places = keys.searchsorted(bars.key)
        if len(bars) > 1 and self.count:
            alike = self._alike(bars, places)
            if alike == len(bars):
                return
            if alike:
                bars, places = bars.take(slice(alike, None)), places[alike:]
        first = int(places[0])
        tail = keys[first:]
        if len(tail) <= len(bars) and (tail == bars.key[: len(tail)]).all():
            self._make_room(0, first + len(bars) - self.count)
            self._write(first, bars)
            self.count = first + len(bars)
        elif places[-1] < self.count and (keys[places] == bars.key).all():
            for field, column in enumerate(COLUMNS):
                self.values[field, places] = getattr(bars, column)
        else:
            self._merge_within(first, bars)
        self._note(first)

    def _alike(self, bars: BarColumns, places: NDArray[np.intp]) -> int:
        """How many of the first bars are here just as they are."""
        rows = np.minimum(places, self.count - 1)
        same = self.column(BarField.KEY)[rows] == bars.key
        for field, column in enumerate(COLUMNS):
            if not same[0]:
                return 0
            same &= self.values[field, rows] == getattr(bars, column)
        return len(bars) if same.all() else int(same.argmin())

    def _merge_within(self, first: int, bars: BarColumns) -> None:
        kept = self.values[:, first:]
        kept = kept[:, ~np.isin(kept[BarField.KEY], bars.key)]
        incoming = np.stack([getattr(bars, column).astype(np.int64) for column in COLUMNS])
        both = np.concatenate((kept, incoming), axis=1)
        both = both[:, np.argsort(both[BarField.KEY], kind="stable")]
        self._make_room(0, first + both.shape[1] - self.count)
        self.count = first + both.shape[1]
        self.values[:, first:] = both

    def _write(self, first: int, bars: BarColumns) -> None:
        begin = self._begin + first
        for place, column in enumerate(COLUMNS):
            self._values[place, begin : begin + len(bars)] = getattr(bars, column)

    def _make_room(self, before: int, after: int) -> None:
        """Room in front of the first bar and behind the last; in proportion, to move bars rarely."""
        front, back = self._begin, self._values.shape[1] - self._begin - self.count
        if before <= front and after <= back:
            return
        if before > front:
            front = 2 * before + self.count // 2
        if after > back:
            back = max(ROWS_MIN, 2 * after + self.count)
        grown = np.zeros((BAR_FIELD_COUNT, front + self.count + back), np.int64)
        grown[:, front : front + self.count] = self.values
        self._values, self._begin = grown, front

    def _note(self, row: int) -> None:
        self.version += 1
        rows, at = self._changed_rows, self._changed_at
        while rows and rows[-1] >= row:
            rows.pop()
            at.pop()
        rows.append(row)
        at.append(self.version)
        if len(rows) > CHANGES_MAX:
            self._known_from = at.pop(0)
            rows.pop(0)
