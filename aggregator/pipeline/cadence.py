"""When a group's next message goes out.

The first change after quiet goes out 2 ms later, then messages keep their spacing; without changes an idle
header goes every 250 ms. Under load every spacing is stretched and comes back. Pure: the clock is an
argument, in monotonic nanoseconds; nothing here sleeps or sends.
"""

from typing import Final

from core.clock import NS_PER_MS

SPACING_MS: Final = 33  # two frames at 60 Hz: slower looks jerky, faster only costs bytes
SPACING_FOCUSED_MS: Final = 16
SPACING_LIMIT_MS: Final = 50
STRETCHED_MS: Final = {SPACING_MS: SPACING_LIMIT_MS, SPACING_FOCUSED_MS: SPACING_MS}
GATHER_MS: Final = 2  # the first change after quiet waits for those that come with it
IDLE_MS: Final = 250
# A message that was late by a timer's grain may be followed that much earlier, else 16 ms would become 17 and
# a window that wants 60 frames a second would get 58.
CATCH_UP_MS: Final = 2


class GroupClock:
    """One group's spacing. `spacing_ms` may change at any time; `due_ns` tells when to act next."""

    __slots__ = ("_changed_ns", "_header_ns", "_next_ns", "spacing_ms")

    def __init__(self, now_ns: int, spacing_ms: int = SPACING_MS) -> None:
        self.spacing_ms = spacing_ms
        self._changed_ns: int | None = None  # the first change not sent yet
        self._next_ns = now_ns  # before this no change is sent
        self._header_ns = now_ns  # the last message of any kind

    @property
    def is_changed(self) -> bool:
        return self._changed_ns is not None

    @property
    def opens_ns(self) -> int:
        """From when on a new change would not have to wait for the spacing."""
        return self._next_ns

    def on_change(self, now_ns: int) -> None:
        """Something of the group changed (again)."""
        if self._changed_ns is None:
            self._changed_ns = now_ns

    def due_ns(self) -> int:
        """When the next message is due: the changes, or an idle header."""
        if self._changed_ns is None:
            return self.idle_due_ns()
        return max(self._changed_ns + GATHER_MS * NS_PER_MS, self._next_ns)

    def idle_due_ns(self) -> int:
        """When a header is due even if changes may not be sent."""
        return self._header_ns + IDLE_MS * NS_PER_MS

    def on_sent(self, now_ns: int, more: bool = False) -> None:
        """Changes were sent; `more` rows are left over, so that the next message is due after the spacing."""
        spacing_ns = self.spacing_ms * NS_PER_MS
        on_schedule_ns = self.due_ns() if self._changed_ns is not None else now_ns
        self._next_ns = max(on_schedule_ns, now_ns - CATCH_UP_MS * NS_PER_MS) + spacing_ns
        self._header_ns = now_ns
        self._changed_ns = now_ns if more else None

    def begin(self, now_ns: int) -> None:
        """Everything was told just now, outside of the spacing: the next change is a leading edge."""
        self._changed_ns = None
        self._next_ns = self._header_ns = now_ns

    def on_header(self, now_ns: int) -> None:
        """A header without changes was sent: it delays no change."""
        self._header_ns = now_ns

    def on_nothing(self) -> None:
        """What had changed is as it was sent, or was told another way."""
        self._changed_ns = None

    def keep_spacing(self, spacing_ms: int, now_ns: int) -> None:
        """Take another spacing; a message already waiting comes forward when the spacing shrinks."""
        if spacing_ms != self.spacing_ms:
            self._next_ns += (spacing_ms - self.spacing_ms) * NS_PER_MS
            self._next_ns = max(self._next_ns, now_ns)
            self.spacing_ms = spacing_ms


class LoadGauge:
    """Whether the loop keeps up: `level` 0, or 1 when spacings are to be stretched.

    Judged in windows of 200 ms. A window lags when most of its messages were late or a backlog was never
    drained in it; two in a row stretch, ten good ones bring back. A single hiccup changes nothing.
    """

    WINDOW_MS: Final = 200
    LATE_MS: Final = 10
    LAGGING_WINDOWS: Final = 2
    CALM_WINDOWS: Final = 10

    def __init__(self) -> None:
        self.level = 0
        self.late_ms = 0.0  # mean of the last window with messages
        self._window_ns: int | None = None
        self._sent = self._late = self._late_sum_ns = 0
        self._turns = self._drained = 0
        self._lagging = self._calm = 0

    def on_sent(self, late_ns: int, now_ns: int) -> None:
        """A message went out `late_ns` after it was due."""
        self._roll(now_ns)
        self._sent += 1
        self._late += late_ns > self.LATE_MS * NS_PER_MS
        self._late_sum_ns += late_ns

    def on_turn(self, is_backlog: bool, now_ns: int) -> None:
        """A turn of the drain ended, with or without messages left."""
        self._roll(now_ns)
        self._turns += 1
        self._drained += not is_backlog

    def tick(self, now_ns: int) -> None:
        """Time passes, also when nothing is sent."""
        self._roll(now_ns)

    def _roll(self, now_ns: int) -> None:
        if self._window_ns is None:
            self._window_ns = now_ns
        if now_ns - self._window_ns < self.WINDOW_MS * NS_PER_MS:
            return
        is_lagging = 2 * self._late > self._sent or (self._turns > 0 and self._drained == 0)
        self._lagging = self._lagging + 1 if is_lagging else 0
        self._calm = 0 if is_lagging else self._calm + 1
        if self._lagging >= self.LAGGING_WINDOWS:
            self.level = 1
        elif self._calm >= self.CALM_WINDOWS:
            self.level = 0
        self.late_ms = self._late_sum_ns / NS_PER_MS / self._sent if self._sent else 0.0
        self._window_ns = now_ns
        self._sent = self._late = self._late_sum_ns = self._turns = self._drained = 0


def stretched_ms(spacing_ms: int, level: int) -> int:
    """The spacing in force at a load level."""
    return STRETCHED_MS[spacing_ms] if level else spacing_ms
