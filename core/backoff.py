"""How long to wait before trying again: doubling, bounded, with jitter so that many do not return at once.

Pure: the attempt number and the random source are arguments.
"""

from dataclasses import dataclass
from random import Random

DOUBLINGS_MAX = 20  # 2**20 times any first delay is past every bound used here


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delays of first, 2 x first, 4 x first ... up to `max_ms`, each shortened at random by up to half."""

    first_ms: int
    max_ms: int

    def __post_init__(self) -> None:
        if not 0 < self.first_ms <= self.max_ms:
            raise ValueError(f"first_ms {self.first_ms} must be above 0 and at most max_ms {self.max_ms}")

    def delay_ms(self, attempt: int, random: Random) -> int:
        """Wait before attempt number `attempt` (0: the first try after a failure)."""
        full_ms = min(self.max_ms, self.first_ms << min(max(attempt, 0), DOUBLINGS_MAX))
        return int(full_ms * random.uniform(0.5, 1.0))
