"""When the desk warns of itself: limits with hysteresis: nothing flaps, an episode is told once.

Pure: a value a second in, at most one begin or end out. An episode begins after its value was over the limit
for some seconds in a row, ends after it was calm for longer, and the next of its kind waits its turn.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

AGAIN_AFTER_MS: Final = 60_000


class Kind(Enum):
    FRAMES = "frames"
    STALL = "stall"
    OVERFLOW = "overflow"
    SLOW_CONSUMER = "slow consumer"
    MEMORY = "memory"
    FULL_GC = "full gc"


@dataclass(frozen=True, slots=True)
class Limit:
    """`over` begins, at most `calm` ends; both in the unit of the value."""

    over: float
    calm: float
    over_for_ms: int = 0
    calm_for_ms: int = 10_000


LIMITS: Final = {
    Kind.FRAMES: Limit(25.0, 20.0, over_for_ms=3_000),  # frame p99, ms
    Kind.STALL: Limit(50.0, 0.0),  # longest in the second, ms
    Kind.OVERFLOW: Limit(0.0, 0.0),  # messages dropped in the second
    Kind.SLOW_CONSUMER: Limit(0.0, 0.0),  # connections the server has ended in the second
    Kind.MEMORY: Limit(64.0, 48.0, over_for_ms=30_000, calm_for_ms=30_000),  # MB above what it settled at
    Kind.FULL_GC: Limit(0.0, 0.0),  # full passes in the second while prices came
}


class Step(Enum):
    BEGUN = "begun"
    ENDED = "ended"


class Episode:
    """One kind of trouble. `worst` is the highest value since it began."""

    def __init__(self, limit: Limit, again_after_ms: int = AGAIN_AFTER_MS) -> None:
        self._limit = limit
        self._again_after_ms = again_after_ms
        self._over_since_ms: int | None = None
        self._calm_since_ms: int | None = None
        self._next_ms: int | None = None
        self.active = False
        self.begun = self.ended = 0
        self.worst = 0.0

    def take(self, now_ms: int, value: float | None) -> Step | None:
        """The value of this second; None: not measured, which is neither trouble nor calm."""
        if value is None:
            return None
        return self._while_active(now_ms, value) if self.active else self._while_calm(now_ms, value)

    def _while_calm(self, now_ms: int, value: float) -> Step | None:
        if value <= self._limit.over:
            self._over_since_ms = None
            return None
        if self._over_since_ms is None:
            self._over_since_ms = now_ms
        rests = self._next_ms is not None and now_ms < self._next_ms
        if rests or now_ms - self._over_since_ms < self._limit.over_for_ms:
            return None
        self.active, self.worst = True, value
        self.begun += 1
        self._calm_since_ms = None
        self._next_ms = now_ms + self._again_after_ms
        return Step.BEGUN

    def _while_active(self, now_ms: int, value: float) -> Step | None:
        self.worst = max(self.worst, value)
        if value > self._limit.calm:
            self._calm_since_ms = None
            return None
        if self._calm_since_ms is None:
            self._calm_since_ms = now_ms
        if now_ms - self._calm_since_ms < self._limit.calm_for_ms:
            return None
        self.active, self._over_since_ms = False, None
        self.ended += 1
        return Step.ENDED


class Watchman:
    """All kinds at once; `take` once a second."""

    def __init__(self) -> None:
        self.episodes = {kind: Episode(limit) for kind, limit in LIMITS.items()}

    def take(self, now_ms: int, values: "dict[Kind, float | None]") -> list[tuple[Kind, Step]]:
        """What begins and what ends now."""
        told = []
        for kind, value in values.items():
            step = self.episodes[kind].take(now_ms, value)
            if step is not None:
                told.append((kind, step))
        return told

    @property
    def active(self) -> tuple[Kind, ...]:
        return tuple(kind for kind, episode in self.episodes.items() if episode.active)
