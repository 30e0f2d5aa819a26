"""When a child process is started again, and when it counts as hung. Pure: time is an argument.

Waits double up to a bound and start over once a child has run stably. A child that must give a sign of life
each second and gave none for `SILENT_MS` is hung; while the bus is down nobody can tell, so nobody is blamed.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Final

from core.backoff import Backoff

RETRY: Final = Backoff(first_ms=200, max_ms=10_000)
STABLE_MS: Final = 30_000
SILENT_MS: Final = 5_000
FIRST_SIGN_MS: Final = 20_000  # a role may import, migrate and load before its first sign


@dataclass
class RestartPlan:
    """Of one child, over all its lives."""

    random: Random
    backoff: Backoff = RETRY
    attempt: int = 0
    restarts: int = 0
    _started_ms: int = 0

    def started(self, now_ms: int) -> None:
        self._started_ms = now_ms

    def ended(self, now_ms: int) -> int:
        """It ended unasked: wait this many ms before the next start."""
        if now_ms - self._started_ms >= STABLE_MS:
            self.attempt = 0
        delay_ms = self.backoff.delay_ms(self.attempt, self.random)
        self.attempt += 1
        self.restarts += 1
        return delay_ms


@dataclass
class SignsOfLife:
    """Of one life of a child. `due_ms` is when silence becomes a hang."""

    started_ms: int
    due_ms: int = field(init=False)

    def __post_init__(self) -> None:
        self.due_ms = self.started_ms + FIRST_SIGN_MS

    def seen(self, now_ms: int) -> None:
        self.due_ms = now_ms + SILENT_MS

    def unknown(self, now_ms: int) -> None:
        """Nothing can be heard at the moment, so silence starts to count from here."""
        self.due_ms = max(self.due_ms, now_ms + SILENT_MS)

    def is_hung(self, now_ms: int) -> bool:
        return now_ms >= self.due_ms
