"""Named asyncio tasks that are kept, surface what they raise, and end together.

A `TaskSet` belongs to whoever starts tasks. It holds a reference (the loop itself keeps only weak ones), logs
and reports every exception at once instead of at garbage collection, and ends all of its tasks in `close`.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from core.logs import logger

CANCEL_AGAIN_S: Final = 2.0  # what cleans up after itself may take so long

_log = logger("tasks")


class TaskSet:
    """`on_failure(name, error)` is called on the loop when a task ends with an exception."""

    def __init__(self, on_failure: Callable[[str, BaseException], None] | None = None) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._on_failure = on_failure
        self.failures = 0

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> "asyncio.Task[Any]":
        """Run `work` as a task of this set."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    @property
    def running(self) -> tuple[str, ...]:
        return tuple(sorted(task.get_name() for task in self._tasks))

    async def close(self) -> None:
        """Cancel every task but the calling one and wait until they have ended."""
        ending = {task for task in self._tasks if task is not asyncio.current_task()}
        while ending:
            for task in ending:
                task.cancel()
            # A library may swallow a cancellation that meets an answer: then once more.
            _, ending = await asyncio.wait(ending, timeout=CANCEL_AGAIN_S)

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        self.failures += 1
        _log.error("task failed", task=task.get_name(), exc_info=error)
        if self._on_failure is not None:
            self._on_failure(task.get_name(), error)
