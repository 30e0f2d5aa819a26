"""Work in plain threads, looked after from the loop: none touches anything of Qt, none is left behind.

The loop asks whether a piece of work is done; a thread never calls into the loop, which may be gone by then.
Who waits may be cancelled; the work itself goes on, and the desk does not end before it.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

THREADS_MAX: Final = 4
LOOK_S: Final = 0.004  # at first; then more seldom
LOOK_S_MAX: Final = 0.03
END_PATIENCE_S: Final = 10.0

Answer = TypeVar("Answer")


class ThreadWork:
    """`await work.run(function)` instead of `asyncio.to_thread`; `close` at the end."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="desk-work")
        self._going: set[Future[Any]] = set()

    async def run(self, function: Callable[..., Answer], *arguments: Any, **named: Any) -> Answer:
        """What the function answers or raises."""
        future = self._pool.submit(function, *arguments, **named)
        self._going.add(future)
        future.add_done_callback(self._going.discard)  # also of one that nobody waits for any more
        wait_s = LOOK_S
        while not future.done():
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 1.5, LOOK_S_MAX)
        return future.result()

    async def close(self) -> None:
        """Until every thread has come back, or patience is at its end."""
        for _look in range(round(END_PATIENCE_S / LOOK_S)):
            if all(future.done() for future in tuple(self._going)):
                break
            await asyncio.sleep(LOOK_S)
        self._pool.shutdown(wait=False, cancel_futures=True)
