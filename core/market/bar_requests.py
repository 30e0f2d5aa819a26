"""When a subscriber asks for pages of bars, and which.

Asks after a random pause where many may have lost the same message, then again with growing pauses for as
long as it is wanted. Sends nothing and reads no clock.
"""

import random
from dataclasses import dataclass

from core.market.snapshot_requests import ASK_AGAIN_MS, JITTER_MS_MAX


@dataclass(frozen=True, slots=True)
class BarsAsk:
    """A page to ask for: the newest `bars_max` bars, those with keys before `before_key` when it is not 0."""

    before_key: int
    bars_max: int

    @property
    def is_newest(self) -> bool:
        return not self.before_key


class PageRequests:
    """Ask with `is_due` until it is no longer wanted."""

    __slots__ = ("_due_ms", "_jitter", "_tries")

    def __init__(self, jitter: random.Random) -> None:
        self._jitter = jitter
        self._due_ms: int | None = None
        self._tries = 0

    @property
    def tries(self) -> int:
        """Requests sent since it was wanted."""
        return self._tries

    def reset(self) -> None:
        """Something else is wanted: the next one begins without the pauses of the last."""
        self._due_ms = None
        self._tries = 0

    def is_due(self, wanted: bool, at_once: bool, now_ms: int) -> bool:
        """Whether to send a request now. `at_once` skips the first pause."""
        if not wanted:
            self.reset()
            return False
        if self._due_ms is None:
            self._due_ms = now_ms if at_once else now_ms + self._jitter.randint(0, JITTER_MS_MAX)
        if now_ms < self._due_ms:
            return False
        pause_ms = ASK_AGAIN_MS[min(self._tries, len(ASK_AGAIN_MS) - 1)]
        self._due_ms = now_ms + pause_ms + self._jitter.randint(0, JITTER_MS_MAX)
        self._tries += 1
        return True
