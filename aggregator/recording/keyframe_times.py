"""When a tape gets a keyframe: every 10 s of its time, but not before 2,048 more events have come.

So a seek folds at most 10 s of events, or on a quiet tape 2,048 more; a year of minute bars does not get
three million keyframes.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.tape.format import KEYFRAME_INTERVAL_NS

EVENTS_BETWEEN_MIN: Final = 2_048


class KeyframeClock:
    """Told of every row of a tape, in order, it tells where the keyframes are."""

    def __init__(self) -> None:
        self._begin_ns: int | None = None
        self._due_ns = 0
        self._needed_ns: int | None = None  # when enough events have come since the last keyframe
        self._seen = 0
        self._done = 0

    def cut(self, time_ns: NDArray[np.int64]) -> list[tuple[int, int]]:
        """(time, rows of this batch up to it, it included) of each keyframe before the batch's last row."""
        found: list[tuple[int, int]] = []
        if not len(time_ns):
            return found
        if self._begin_ns is None:
            self._begin_ns = int(time_ns[0])
            self._due_ns = self._begin_ns + KEYFRAME_INTERVAL_NS
        while True:
            if self._needed_ns is None:
                place = self._done + EVENTS_BETWEEN_MIN - 1 - self._seen
                if place >= len(time_ns):
                    break
                self._needed_ns = int(time_ns[place])
            intervals = -(-(self._needed_ns - self._begin_ns) // KEYFRAME_INTERVAL_NS)
            keyframe_ns = max(self._due_ns, self._begin_ns + intervals * KEYFRAME_INTERVAL_NS)
            if keyframe_ns >= time_ns[-1]:
                break  # more events of that time may follow
            rows = int(time_ns.searchsorted(keyframe_ns, "right"))
            found.append((keyframe_ns, rows))
            self._done = self._seen + rows
            self._due_ns = keyframe_ns + KEYFRAME_INTERVAL_NS
            self._needed_ns = None
        self._seen += len(time_ns)
        return found
