"""When and where the garbage collector runs: on the GUI thread, and never while it would stop the screen.

Python collects in whichever thread allocates, and one that reads a catalog would end Qt's objects in a thread
that is not theirs: a crash. So automatic passes are off. What is young is collected twice a second; a full
pass takes up to 300 ms (measured with a million objects), so what start-up made is frozen and one is run only
when the desk is idle or has grown.
"""

import gc
import os
from typing import Final

IDLE_COLLECT_EVERY_MS: Final = 60_000
IDLE_AFTER_MS: Final = 5_000  # a starved desk hears nothing for half a second in the middle of a busy market
GROWTH_COLLECT_MB: Final = 128.0  # five windows opened and made larger are 90; a leak of cycles is more
GROWTH_COLLECT_EVERY_MS: Final = 10_000
YOUNG: Final = 1  # generations 0 and 1
_MB: Final = 1 << 20


class Memory:
    """On the GUI thread: `settle` after start-up, `tick` twice a second, `restore` at the end."""

    def __init__(self) -> None:
        self._was_automatic = gc.isenabled()
        self.settled = False
        self._collected_ms = self._busy_ms = 0
        self._collected_mb = 0.0
        self.collections = 0

    def settle(self, now_ms: int, rss_mb: float) -> None:
        gc.collect()
        gc.freeze()
        gc.disable()
        self.settled = True
        self._collected_ms, self._collected_mb = now_ms, rss_mb

    def tick(self, now_ms: int, rss_mb: float, idle: bool) -> bool:
        """Collect what is young; all when it disturbs nobody, or when growth must be stopped: then True."""
        if not idle:
            self._busy_ms = now_ms
        is_calm = idle and now_ms - self._busy_ms >= IDLE_AFTER_MS
        since_ms = now_ms - self._collected_ms
        grown = rss_mb - self._collected_mb > GROWTH_COLLECT_MB and since_ms > GROWTH_COLLECT_EVERY_MS
        if not grown and not (is_calm and since_ms > IDLE_COLLECT_EVERY_MS):
            gc.collect(YOUNG)
            return False
        gc.collect()
        self.collections += 1
        self._collected_ms, self._collected_mb = now_ms, rss_mb
        return True

    def restore(self) -> None:
        if self._was_automatic:
            gc.enable()
        gc.unfreeze()


def resident_mb() -> float:
    """Resident memory of this process."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / _MB
    except OSError:
        import psutil

        return float(psutil.Process().memory_info().rss) / _MB
