"""Fixed NumPy columns of the latest values, with change stamps.

One class on both sides: the aggregator folds raw events into it, the desktop folds deltas into it. It
keeps the newest value of every field of every row and says which rows changed after a given version. It
never formats, paints or sends.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import FIELD_COUNT, NULL, Field

Rows = NDArray[np.intp]
ROWS_MIN: Final = 16


class QuoteTable:
    """`values[field, row]` int64 and `stamp[row]`, the version at which the row last changed.

    `values` is C-contiguous, shape (FIELD_COUNT, row_count). `version` grows by one with every change
    that is stamped; a reader keeps the version it has seen and asks `changed_since(version)`.
    """

    __slots__ = ("_stamp", "_values", "row_count", "version")

    def __init__(self, row_count: int = 0) -> None:
        self._values = np.full((FIELD_COUNT, max(row_count, 1)), NULL, np.int64)
        self._stamp = np.zeros(max(row_count, 1), np.int64)
        self.row_count = row_count
        self.version = 0

    @property
    def values(self) -> NDArray[np.int64]:
        """Shape (FIELD_COUNT, row_count); a view, valid until the table grows."""
        return self._values[:, : self.row_count]

    @property
    def stamp(self) -> NDArray[np.int64]:
        """Shape (row_count,): version of the row's last change."""
        return self._stamp[: self.row_count]

    @property
    def capacity(self) -> int:
        """Rows that fit before the table moves: field f, row r lies at `flat[f * capacity + r]`."""
        return self._stamp.shape[0]

    @property
    def flat(self) -> NDArray[np.int64]:
        """Shape (FIELD_COUNT * capacity,): a view for scattered writes of many fields in one go."""
        return self._values.reshape(-1)

    def column(self, field: Field) -> NDArray[np.int64]:
        """Shape (row_count,): a view of one field."""
        return self._values[field, : self.row_count]

    def grow(self, row_count: int) -> None:
        """Add empty rows up to `row_count`; capacity doubles, so views taken before may be detached."""
        if row_count > self._stamp.shape[0]:
            capacity = max(ROWS_MIN, row_count, 2 * self._stamp.shape[0])
            values = np.full((FIELD_COUNT, capacity), NULL, np.int64)
            values[:, : self.row_count] = self._values[:, : self.row_count]
            stamp = np.zeros(capacity, np.int64)
            stamp[: self.row_count] = self._stamp[: self.row_count]
            self._values, self._stamp = values, stamp
        self.row_count = max(row_count, self.row_count)

    def touch(self, rows: NDArray[np.integer]) -> None:
        """Stamp `rows` as changed now."""
        self.version += 1
        self._stamp[rows] = self.version

    def replace(self, values: NDArray[np.int64]) -> None:
        """Take a whole snapshot, shape (FIELD_COUNT, row_count); every row counts as changed."""
        assert values.shape == (FIELD_COUNT, self.row_count)
        self._values[:, : self.row_count] = values
        self.version += 1
        self._stamp[: self.row_count] = self.version

    def changed_since(self, version: int) -> Rows:
        """Rows stamped after `version`, ascending."""
        return np.flatnonzero(self.stamp > version)
