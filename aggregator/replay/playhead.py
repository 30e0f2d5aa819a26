"""Where a replay session is on its tape: market time as a function of the host's monotonic clock.

Pure: time is an argument. Playing at a speed, tape time follows the clock from an anchor; paused or ended it
stands; as fast as possible (speed 0) it is where the player has come to. It never runs past the end.
"""

from core.wire.generated.control_pb2 import SessionClock

State = SessionClock.State
LOADING, PLAYING, PAUSED = SessionClock.LOADING, SessionClock.PLAYING, SessionClock.PAUSED
ENDED, FAILED = SessionClock.ENDED, SessionClock.FAILED

NORMAL_MILLI = 1_000


class Playhead:
    """`speed_milli` is thousandths of the recording's own pace, 0 as fast as possible."""

    def __init__(self, begin_ns: int, end_ns: int, speed_milli: int) -> None:
        assert begin_ns <= end_ns
        assert speed_milli >= 0
        self.begin_ns = begin_ns
        self.end_ns = end_ns
        self.speed_milli = speed_milli
        self.state: State = PAUSED
        self._tape_ns = begin_ns
        self._anchor_ns = 0

    @property
    def is_unpaced(self) -> bool:
        return self.speed_milli == 0

    def tape_ns(self, now_ns: int) -> int:
        """Market time at `now_ns`."""
        if self.state != PLAYING or self.is_unpaced:
            return self._tape_ns
        passed_ns = max(0, now_ns - self._anchor_ns) * self.speed_milli // NORMAL_MILLI
        return min(self.end_ns, self._tape_ns + passed_ns)

    def wait_ns(self, tape_ns: int, now_ns: int) -> int:
        """How long until `tape_ns` is due, while playing; 0 or less: it is."""
        if self.is_unpaced:
            return 0
        # Rounded up: asking again after the wait must find it due.
        ahead_ns = -((self._tape_ns - tape_ns) * NORMAL_MILLI // self.speed_milli)
        return self._anchor_ns + ahead_ns - now_ns

    def span_ns(self, playing_ns: int) -> int:
        """Market time that passes in `playing_ns` of the host's."""
        return playing_ns * max(self.speed_milli, 1) // NORMAL_MILLI

    def play(self, now_ns: int) -> None:
        """Go on from here; from the beginning if the end was reached."""
        if self.state == ENDED:
            self._tape_ns = self.begin_ns
        if self.state != PLAYING:
            self.state = PLAYING
            self._anchor_ns = now_ns

    def pause(self, now_ns: int) -> None:
        """Stand still. An ended tape stays ended."""
        if self.state == PLAYING:
            self._hold(now_ns)
            self.state = PAUSED

    def set_speed(self, speed_milli: int, now_ns: int) -> None:
        """Another pace from here on."""
        assert speed_milli >= 0
        self._hold(now_ns)
        self.speed_milli = speed_milli

    def reached(self, tape_ns: int, now_ns: int) -> None:
        """The player has come to `tape_ns`: unpaced it is there; paced, what it lags behind is given up."""
        self._tape_ns = min(tape_ns, self.end_ns)
        self._anchor_ns = now_ns

    def pause_at(self, tape_ns: int) -> None:
        """Stand still at `tape_ns`, the player's position, which may lag behind the clock."""
        assert tape_ns <= self.end_ns
        self._tape_ns = tape_ns
        self.state = PAUSED

    def move_to(self, tape_ns: int) -> None:
        """Stand at another time, forward or back; paused until played."""
        self._tape_ns = min(tape_ns, self.end_ns)
        self.state = PAUSED

    def end(self) -> None:
        """The last event was played."""
        self._tape_ns = self.end_ns
        self.state = ENDED

    def _hold(self, now_ns: int) -> None:
        self._tape_ns = self.tape_ns(now_ns)
        self._anchor_ns = now_ns
