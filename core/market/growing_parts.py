"""An array of bar parts that grows at its end, doubling, and is cut at its beginning."""

import numpy as np
from numpy.typing import NDArray

from core.market.partial_bars import PART_FIELDS, Part, Parts
from core.market.trades import I64

_ROOM_MIN = 64


class GrowingParts:
    def __init__(self) -> None:
        self._array: Parts = np.zeros((PART_FIELDS, _ROOM_MIN), np.int64)
        self.count = 0

    @property
    def values(self) -> Parts:
        """Shape (PART_FIELDS, count): a view that may be written to, valid until the next change."""
        return self._array[:, : self.count]

    @property
    def keys(self) -> I64:
        """Shape (count,): a view."""
        keys: I64 = self._array[Part.KEY, : self.count]
        return keys

    def replace_from(self, first: int, parts: Parts) -> None:
        """`parts` instead of everything from `first` on."""
        self._fit(first + parts.shape[1])
        self.count = first + parts.shape[1]
        self._array[:, first : self.count] = parts

    def insert(self, at: NDArray[np.intp], parts: Parts) -> None:
        """Put `parts` before the places `at`."""
        self.replace_from(0, np.insert(self.values, at, parts, axis=1))

    def keep(self, count: int) -> None:
        """All but the newest `count` go."""
        if self.count > count:
            self.replace_from(0, self._array[:, self.count - count : self.count].copy())

    def _fit(self, count: int) -> None:
        if count > self._array.shape[1]:
            array = np.zeros((PART_FIELDS, max(count, 2 * self._array.shape[1])), np.int64)
            array[:, : self.count] = self.values
            self._array = array
