"""The one place that reads the time.

Three times, never mixed: `wall_ns` stamps events at our host (latency across processes), `monotonic_ns`
measures durations, the market's own `event_ns` comes with the data and is never read from a clock.
"""

import time

NS_PER_US = 1_000
NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000


def wall_ns() -> int:
    """Nanoseconds since 1970 on this host."""
    return time.time_ns()


def monotonic_ns() -> int:
    """Nanoseconds that never go back, for durations and deadlines."""
    return time.monotonic_ns()
