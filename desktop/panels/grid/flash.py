"""Which cells are lit, since when, and when the next one goes dark.

One step, no fade: a lit cell is cleared by the first frame after its deadline; a new change restarts it.
Knows nothing of prices or pixels; time is an argument.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from desktop.panels.grid.columns import FLASH_COLS

UP, DOWN, NEUTRAL = 1, 2, 3
_NEVER: Final = np.iinfo(np.int64).max


class FlashBoard:
    """`kind[i, row]` is 0 (dark), UP, DOWN or NEUTRAL for `FLASH_COLS[i]`; rows are those of the table.

    `flash_ms` may change at any time and holds for what is lit from then on; with 0 nothing is.
    """

    def __init__(self, row_count: int, flash_ms: int) -> None:
        self.flash_ms = flash_ms
        self.kind: NDArray[np.uint8] = np.zeros((len(FLASH_COLS), row_count), np.uint8)
        self._until_ms = np.full((len(FLASH_COLS), row_count), _NEVER, np.int64)
        self._first_ms = _NEVER

    def light(
        self, cols: NDArray[np.intp], rows: NDArray[np.intp], kinds: NDArray[np.uint8], now_ms: int
    ) -> None:
        """Light the cells (cols[i], rows[i]), or light them again, until flash_ms from now."""
        if not len(rows) or not self.flash_ms:
            return
        self.kind[cols, rows] = kinds
        self._until_ms[cols, rows] = now_ms + self.flash_ms
        self._first_ms = min(self._first_ms, now_ms + self.flash_ms)

    def sweep(self, now_ms: int) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
        """Darken what is due; its (columns, rows), or None when nothing is."""
        if now_ms < self._first_ms:
            return None
        cols, rows = np.nonzero(self._until_ms <= now_ms)
        self.kind[cols, rows] = 0
        self._until_ms[cols, rows] = _NEVER
        self._first_ms = int(self._until_ms.min(initial=_NEVER))
        return (cols, rows) if len(cols) else None

    def darken(self, rows: NDArray[np.intp]) -> None:
        """Put out whole rows at once."""
        self.kind[:, rows] = 0
        self._until_ms[:, rows] = _NEVER

    def next_deadline_ms(self) -> int | None:
        """When the next cell goes dark; None while nothing is lit."""
        return None if self._first_ms == _NEVER else self._first_ms
