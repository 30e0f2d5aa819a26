"""Whether the desk has more to paint than there is time for: the GUI thread worked most of a whole second.

While it holds, windows that are not in front paint at 10 Hz; the health strip says so. It ends after three
seconds below the limit. CPU time counts and not the clock on the wall, nor slow frames: when other programs
hold up the machine frames are slow though little is painted, and painting less would not help. Time is an
argument.
"""

from collections import deque
from typing import Final

from core.clock import NS_PER_S

BUSY_SHARE: Final = 0.8  # the rest is for input
STRETCH_NS: Final = NS_PER_S
MARKS_MAX: Final = 64  # one a tick: four or five cover the stretch
CALM_NS: Final = 3 * NS_PER_S


class Overload:
    """`active` while background windows have to paint less often; `episodes` counts how often it began."""

    def __init__(self) -> None:
        self.active = False
        self.episodes = 0
        self._busy_ns = 0
        self._marks: deque[tuple[int, int]] = deque(maxlen=MARKS_MAX)  # when, busy until then
        self._busy_until_ns = 0

    def worked(self, cpu_ns: int) -> None:
        """The GUI thread used `cpu_ns` of CPU since the last call."""
        self._busy_ns += cpu_ns

    def tick(self, now_ns: int) -> None:
        """Judge the last second; several times a second."""
        marks = self._marks
        marks.append((now_ns, self._busy_ns))
        while len(marks) > 1 and marks[1][0] <= now_ns - STRETCH_NS:
            marks.popleft()
        elapsed_ns = now_ns - marks[0][0]
        if elapsed_ns >= STRETCH_NS and self._busy_ns - marks[0][1] > BUSY_SHARE * elapsed_ns:
            self._busy_until_ns = now_ns
            self.episodes += not self.active
            self.active = True
        elif self.active and now_ns - self._busy_until_ns > CALM_NS:
            self.active = False
