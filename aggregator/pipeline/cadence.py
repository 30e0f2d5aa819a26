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

    Goes up when messages are late (smoothed) or a backlog stays, comes back after `calm_ms` of keeping up.
    """

    LATE_MS: Final = 10
    CALM_LATE_MS: Final = 4
    BACKLOG_MS: Final = 40
    CALM_MS: Final = 2_000
    _WEIGHT: Final = 0.1  # about the last ten messages

    def __init__(self) -> None:
        self.level = 0
        self.late_ms = 0.0  # smoothed
        self._backlog_ns: int | None = None  # since when
        self._calm_ns: int | None = None

    def on_sent(self, late_ns: int, now_ns: int) -> None:
        """A message went out `late_ns` after it was due."""
        self.late_ms += self._WEIGHT * (late_ns / NS_PER_MS - self.late_ms)
        self._judge(now_ns)

    def on_turn(self, is_backlog: bool, now_ns: int) -> None:
        """A turn of the drain ended, with or without messages left."""
        if not is_backlog:
            self._backlog_ns = None
        elif self._backlog_ns is None:
            self._backlog_ns = now_ns
        self._judge(now_ns)

    def _judge(self, now_ns: int) -> None:
        is_backlogged = (
            self._backlog_ns is not None and now_ns - self._backlog_ns > self.BACKLOG_MS * NS_PER_MS
        )
        if self.late_ms > self.LATE_MS or is_backlogged:
            self.level = 1
            self._calm_ns = None
        elif self.level and self.late_ms < self.CALM_LATE_MS:
            if self._calm_ns is None:
                self._calm_ns = now_ns
            elif now_ns - self._calm_ns > self.CALM_MS * NS_PER_MS:
                self.level = 0
                self._calm_ns = None
        else:
            self._calm_ns = None


def stretched_ms(spacing_ms: int, level: int) -> int:
    """The spacing in force at a load level."""
    return STRETCHED_MS[spacing_ms] if level else spacing_ms
