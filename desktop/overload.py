"""Whether painting takes more than there is time for: a window with three slow frames in a row.

While it holds, windows that are not in front paint at 10 Hz; the health strip says so. It ends after three
seconds in which no window had three in a row. Time is an argument.
"""

from typing import Final

from core.clock import NS_PER_MS, NS_PER_S

SLOW_FRAME_NS: Final = 12 * NS_PER_MS  # of the 16.7 ms of a frame at 60 Hz, 4 stay for input and the bus
# In a row and of one window: one stall of the machine makes one slow frame in each of five windows.
SLOW_FRAMES: Final = 3
CALM_NS: Final = 3 * NS_PER_S


class Overload:
    """`active` while background windows have to paint less often; `episodes` counts how often it began."""

    def __init__(self) -> None:
        self.active = False
        self.episodes = 0
        self._slow_in_a_row: dict[int, int] = {}
        self._last_ns = 0

    def frame(self, window: int, frame_ns: int, now_ns: int) -> None:
        """One frame of `window` took `frame_ns` from its begin to the end of its paint."""
        if frame_ns <= SLOW_FRAME_NS:
            self._slow_in_a_row[window] = 0
            return
        count = self._slow_in_a_row[window] = self._slow_in_a_row.get(window, 0) + 1
        if count >= SLOW_FRAMES:
            self._last_ns = now_ns
            self.episodes += not self.active
            self.active = True

    def tick(self, now_ns: int) -> None:
        """Ends the episode once it has been calm for long enough."""
        if self.active and now_ns - self._last_ns > CALM_NS:
            self.active = False
            self._slow_in_a_row.clear()
