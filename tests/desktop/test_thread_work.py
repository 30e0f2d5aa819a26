"""Work in threads: answers and errors come back, and whoever gives up waiting leaves no thread behind."""

import asyncio
import threading

import pytest

from desktop.thread_work import THREADS_MAX, ThreadWork
from tests.waiting import wait_for


async def test_an_answer_and_an_error_come_back_from_another_thread() -> None:
    work = ThreadWork()
    assert await work.run(threading.get_ident) != threading.get_ident()
    with pytest.raises(ValueError, match="invalid literal"):
        await work.run(int, "x no number")
    await work.close()


async def test_the_end_waits_for_work_that_nobody_waits_for_any_more() -> None:
    work, let_go, done = ThreadWork(), threading.Event(), threading.Event()

    def slow() -> None:
        let_go.wait(10)
        done.set()

    waiting = asyncio.create_task(work.run(slow))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    closing = asyncio.create_task(work.close())
    await asyncio.sleep(0)
    assert not closing.done()
    let_go.set()
    await closing
    assert done.is_set()


async def test_no_more_threads_run_than_there_may() -> None:
    work, let_go = ThreadWork(), threading.Event()
    running: set[int] = set()

    def hold() -> None:
        running.add(threading.get_ident())
        let_go.wait(10)

    tasks = [asyncio.create_task(work.run(hold)) for _ in range(2 * THREADS_MAX)]
    await wait_for(lambda: len(running) == THREADS_MAX)
    let_go.set()
    await asyncio.gather(*tasks)
    assert len(running) == THREADS_MAX
    await work.close()
