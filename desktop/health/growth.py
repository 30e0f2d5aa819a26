"""Whether memory grows though nothing is opened: against what the desk settled at.

The level is the median of the first minute after the last change of what is open. Pure.
"""

import statistics
from collections import deque
from typing import Final

SETTLE_SECONDS: Final = 60
NOW_SECONDS: Final = 30


class Growth:
    """`take` once a second; None until there is a level to compare with."""

    def __init__(self) -> None:
        self._open: object = None
        self._first: list[float] = []
        self._level: float | None = None
        self._now: deque[float] = deque(maxlen=NOW_SECONDS)

    def take(self, memory_mb: float, open_now: object) -> float | None:
        """MB above the level. `open_now` is equal as long as nothing was opened or closed."""
        if open_now != self._open:
            self._open, self._level = open_now, None
            self._first.clear()
            self._now.clear()
        if self._level is None:
            self._first.append(memory_mb)
            if len(self._first) >= SETTLE_SECONDS:
                self._level = statistics.median(self._first)
            return None
        self._now.append(memory_mb)
        return statistics.median(self._now) - self._level
