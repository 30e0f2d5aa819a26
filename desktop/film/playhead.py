"""Where a film is and how fast it goes: times in, times out, no timer and no clock of its own.

Playing is a line from an anchor: so much pace has passed by then, so much passes in a second. Whatever
moves the film otherwise begins a new epoch. At the end it stands, or begins again when it is looped.
"""

from typing import Final

from core.backtest.film.pace import Pace
from core.clock import NS_PER_S, NS_PER_US

FRAMES_A_SECOND: Final = 60
SPEED_MILLI_MIN: Final = 10
SPEED_START_MILLI: Final = 600_000
SECONDS_BELOW_MILLI: Final = 60_000  # from here on a second is shorter than a frame: only minutes are said
SHOWN_NS: Final = NS_PER_S
MINUTE_NS: Final = 60 * NS_PER_S


class Playhead:
    """`advance` to a monotonic time, then read `time_ns`, a whole number of microseconds of the film."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self.time_ns = pace.begin_ns
        self.epoch = 1
        self.is_playing = False
        self.is_looped = False
        self.speed_milli = SPEED_START_MILLI
        self._anchor_ns = 0
        self._anchor_passed_ns = 0

    @property
    def is_at_end(self) -> bool:
        return self.time_ns >= self._pace.end_ns

    @property
    def pace_milli(self) -> int:
        """Of as fast as possible: a session a frame."""
        return self.speed_milli or self.speed_milli_max

    @property
    def speed_milli_max(self) -> int:
        return max(self._pace.day_ns * FRAMES_A_SECOND * 1_000 // NS_PER_S, 1_000_000)

    @property
    def has_seconds(self) -> bool:
        """A second is long enough to be read."""
        return 0 < self.speed_milli < SECONDS_BELOW_MILLI

    # ---- playing ---------------------------------------------------------------------------------
    def play(self, now_ns: int) -> None:
        """From the begin when it stands at the end."""
        if self.is_playing:
            return
        if self.is_at_end:
            self._jump(self._pace.begin_ns)
        self.is_playing = True
        self._anchor(now_ns)

    def pause(self, now_ns: int) -> None:
        self.advance(now_ns)
        self.is_playing = False

    def set_speed(self, speed_milli: int, now_ns: int) -> None:
        """From now on. 0 is as fast as possible."""
        self.advance(now_ns)
        self.speed_milli = min(max(speed_milli, SPEED_MILLI_MIN), self.speed_milli_max) if speed_milli else 0
        self._anchor(now_ns)

    def seek(self, time_ns: int, now_ns: int) -> None:
        """To a time of the film, the nearest one for those outside; goes on as it did."""
        self._jump(min(max(time_ns, self._pace.begin_ns), self._pace.end_ns))
        self._anchor(now_ns)

    def advance(self, now_ns: int) -> None:
        """Let the film be where it is at `now_ns`."""
        if not self.is_playing:
            return
        passed_ns = self._anchor_passed_ns + (now_ns - self._anchor_ns) * self.pace_milli // 1_000
        whole_ns = int(self._pace.pace_ns[-1])
        if passed_ns < whole_ns:
            self.time_ns = max(self.time_ns, _whole_us(self._pace.time_ns(passed_ns)))
        elif self.is_looped:
            self._jump(self._pace.begin_ns)
            self._anchor(now_ns)
        else:
            self.time_ns, self.is_playing = self._pace.end_ns, False

    def wait_ns(self, now_ns: int) -> int:
        """Until something is another: the next bar, or the next second or minute that is said."""
        if not self.is_playing:
            return 0
        unit_ns = SHOWN_NS if self.has_seconds else MINUTE_NS
        said_ns = (self.time_ns // unit_ns + 1) * unit_ns
        next_ns = min(said_ns, self._pace.next_close_ns(self.time_ns))
        remaining_ns = self._pace.passed_ns(next_ns) - self._anchor_passed_ns
        # A microsecond more: the film's times are whole ones, rounded down.
        due_ns = self._anchor_ns + (remaining_ns + NS_PER_US) * 1_000 // self.pace_milli
        return max(0, due_ns - now_ns)

    def _jump(self, time_ns: int) -> None:
        self.time_ns = _whole_us(time_ns)
        self.epoch += 1

    def _anchor(self, now_ns: int) -> None:
        self._anchor_ns = now_ns
        self._anchor_passed_ns = self._pace.passed_ns(self.time_ns)


def _whole_us(time_ns: int) -> int:
    return time_ns // NS_PER_US * NS_PER_US
