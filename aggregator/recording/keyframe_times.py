"""When a tape gets a keyframe: every 10 s of its time, but not before 2,048 more events have come.

So a seek folds at most 10 s of events, or on a quiet tape 2,048 more; a year of minute bars does not get
three million keyframes.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.tape.format import KEYFRAME_INTERVAL_NS

EVENTS_BETWEEN_MIN: Final = 2_048


def keyframe_times(time_ns: NDArray[np.int64]) -> list[tuple[int, int]]:
    """(time, events up to and including it) of each keyframe for ascending playing times."""
    found: list[tuple[int, int]] = []
    if not len(time_ns):
        return found
    begin_ns, end_ns = int(time_ns[0]), int(time_ns[-1])
    due_ns, done = begin_ns + KEYFRAME_INTERVAL_NS, 0
    while done + EVENTS_BETWEEN_MIN <= len(time_ns):
        needed_ns = int(time_ns[done + EVENTS_BETWEEN_MIN - 1])
        intervals = -(-(needed_ns - begin_ns) // KEYFRAME_INTERVAL_NS)
        due_ns = max(due_ns, begin_ns + intervals * KEYFRAME_INTERVAL_NS)
        if due_ns > end_ns:
            break
        done = int(time_ns.searchsorted(due_ns, "right"))
        found.append((due_ns, done))
        due_ns += KEYFRAME_INTERVAL_NS
    return found
