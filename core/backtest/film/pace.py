"""The pace of a film: market time in which something was traded, without the nights between.

A film plays at so many times this pace. A stretch without a bar that is longer than half an hour takes no
longer than one bar. Pure: times in ns since 1970 in and out.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from core.clock import NS_PER_S
from core.market.intervals import Interval

I64 = NDArray[np.int64]
PAUSE_KEPT_NS: Final = 1_800 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Pace:
    """`close_ns` of every bar of the film, ascending and distinct, and how much pace had passed by then."""

    close_ns: I64
    pace_ns: I64
    begin_ns: int
    session_ns: I64  # first open of each session, ascending
    day_ns: int  # pace of a usual session

    @classmethod
    def of(cls, close_ns: I64, begin_ns: int, interval_ns: int, session_ns: I64) -> Self:
        """`close_ns` of at least one bar; `begin_ns` where the first of them opened."""
        pauses = np.diff(close_ns, prepend=begin_ns)
        kept = np.where(pauses > max(PAUSE_KEPT_NS, 2 * interval_ns), interval_ns, pauses)
        pace_ns = np.cumsum(kept)
        at = np.searchsorted(close_ns, session_ns, side="right")
        by_session = np.diff(np.concatenate((np.concatenate(([0], pace_ns))[at], pace_ns[-1:])))
        day_ns = int(np.median(by_session)) if len(by_session) else int(pace_ns[-1])
        return cls(close_ns, pace_ns, begin_ns, session_ns, max(day_ns, interval_ns))

    @property
    def end_ns(self) -> int:
        return int(self.close_ns[-1])

    def passed_ns(self, time_ns: int) -> int:
        """Pace from the begin to a time of the film."""
        row = int(np.searchsorted(self.close_ns, time_ns, side="right"))
        if row == len(self.close_ns):
            return int(self.pace_ns[-1])
        before_ns = int(self.pace_ns[row - 1]) if row else 0
        remaining_ns = int(self.close_ns[row]) - time_ns
        return max(int(self.pace_ns[row]) - remaining_ns, before_ns)

    def time_ns(self, passed_ns: int) -> int:
        """The time at which so much pace has passed; never outside the film."""
        if passed_ns <= 0:
            return self.begin_ns
        row = int(np.searchsorted(self.pace_ns, passed_ns, side="left"))
        if row == len(self.pace_ns):
            return self.end_ns
        return int(self.close_ns[row]) - (int(self.pace_ns[row]) - passed_ns)

    def closes(self, time_ns: int) -> int:
        """How many distinct closes there were by then."""
        return int(np.searchsorted(self.close_ns, time_ns, side="right"))

    def next_close_ns(self, time_ns: int) -> int:
        """Of the next bar after `time_ns`; the end where there is none."""
        return int(self.close_ns[min(self.closes(time_ns), len(self.close_ns) - 1)])

    def bar_ends(self, interval: Interval) -> I64:
        """Last close of each bar of a longer interval, ascending; a day's is that of its session."""
        if interval.is_day:
            keys = np.searchsorted(self.session_ns, self.close_ns - 1, side="right")
        else:
            keys = (self.close_ns - 1) // interval.span_ns
        return self.close_ns[np.flatnonzero(np.diff(keys, append=keys[-1:] + 1))]

    def stepped(self, marks_ns: I64, time_ns: int, steps: int) -> int:
        """The `steps`th of the ascending `marks_ns` after `time_ns`, before it when negative."""
        if steps > 0:
            row = int(np.searchsorted(marks_ns, time_ns, side="right")) + steps - 1
            return int(marks_ns[row]) if row < len(marks_ns) else self.end_ns
        row = int(np.searchsorted(marks_ns, time_ns, side="left")) + steps
        return int(marks_ns[row]) if row >= 0 else self.begin_ns
