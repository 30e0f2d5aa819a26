"""Waiting for a condition instead of sleeping.

Both calls poll every 2 ms and return as soon as the condition holds; past the time limit they raise
`AssertionError` naming what was waited for. They never sleep longer than one poll after it became true.
"""

import asyncio
import time
from collections.abc import Callable

POLL_INTERVAL_S = 0.002


def wait_for_sync(condition: Callable[[], object], timeout_s: float = 5.0, what: str = "") -> None:
    """Block until `condition()` is true. For plain tests and for threads and child processes."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline_s:
            raise AssertionError(f"waited {timeout_s:g} s in vain for {what or condition}")
        time.sleep(POLL_INTERVAL_S)


async def wait_for(condition: Callable[[], object], timeout_s: float = 5.0, what: str = "") -> None:
    """Let the loop run until `condition()` is true."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline_s:
            raise AssertionError(f"waited {timeout_s:g} s in vain for {what or condition}")
        await asyncio.sleep(POLL_INTERVAL_S)
