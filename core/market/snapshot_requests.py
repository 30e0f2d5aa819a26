"""When a subscriber asks for a snapshot, and when it must announce its group anew.

Asks after a random pause, so that a loss seen by a thousand desks is not a thousand requests at once, then
again with growing pauses for as long as it is wanted. Sends nothing and reads no clock.
"""

import random
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

JITTER_MS_MAX: Final = 200
ASK_AGAIN_MS: Final = (250, 500, 1_000, 2_000)
# A group that was just announced gets its first snapshot within a few cadences.
AFTER_DEFINE_MS: Final = 100
# The aggregator may have been restarted and have forgotten the group.
UNANSWERED_MAX: Final = 2


class RequestKind(Enum):
    """What to send."""

    SNAPSHOT = auto()  # md.snapshot.get.<group>
    DEFINE = auto()  # group.update


@dataclass(frozen=True, slots=True)
class Request:
    """A request to send now."""

    kind: RequestKind


class SnapshotRequests:
    """Ask with `poll` until it is no longer wanted."""

    __slots__ = ("_due_ms", "_jitter", "_tries", "_unanswered")

    def __init__(self, jitter: random.Random) -> None:
        self._jitter = jitter
        self._due_ms: int | None = None
        self._tries = 0
        # Nobody can answer for a group that was never heard of: begin by announcing it.
        self._unanswered = UNANSWERED_MAX

    def answered(self) -> None:
        """Somebody serves this group."""
        self._unanswered = 0

    def poll(self, wanted: bool, at_once: bool, now_ms: int) -> Request | None:
        """The request to send now. `at_once` skips the first pause: only who starts is surely alone."""
        if not wanted:
            self._due_ms = None
            self._tries = 0
            return None
        if self._due_ms is None:
            self._due_ms = now_ms if at_once else now_ms + self._jitter.randint(0, JITTER_MS_MAX)
        if now_ms < self._due_ms:
            return None
        if self._unanswered >= UNANSWERED_MAX:
            self._unanswered = 0
            self._due_ms = now_ms + AFTER_DEFINE_MS
            return Request(RequestKind.DEFINE)
        pause_ms = ASK_AGAIN_MS[min(self._tries, len(ASK_AGAIN_MS) - 1)]
        self._due_ms = now_ms + pause_ms + self._jitter.randint(0, JITTER_MS_MAX)
        self._tries += 1
        self._unanswered += 1
        return Request(RequestKind.SNAPSHOT)
