"""Tasks that fail are heard of at once; closing leaves none."""

import asyncio

import pytest

import core.tasks
from core.tasks import TaskSet
from tests.waiting import wait_for


async def test_a_failure_is_told_by_name_and_the_others_go_on() -> None:
    told: list[tuple[str, BaseException]] = []
    tasks = TaskSet(on_failure=lambda name, error: told.append((name, error)))

    async def fail() -> None:
        raise ValueError("no price")

    tasks.start(asyncio.Event().wait(), "patient")
    tasks.start(fail(), "fragile")
    await wait_for(lambda: told)
    assert told[0][0] == "fragile"
    assert str(told[0][1]) == "no price"
    assert tasks.failures == 1
    assert tasks.running == ("patient",)
    await tasks.close()
    assert tasks.running == ()
    assert tasks.failures == 1  # being cancelled is no failure


async def test_a_task_may_close_the_set_it_is_in() -> None:
    tasks = TaskSet()
    other = tasks.start(asyncio.Event().wait(), "other")
    await tasks.start(tasks.close(), "closer")
    assert other.cancelled()


async def test_a_task_that_swallows_its_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(core.tasks, "CANCEL_AGAIN_S", 0.01)
    tasks, swallowed = TaskSet(), []

    async def stubborn() -> None:
        while len(swallowed) < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed.append(1)

    tasks.start(stubborn(), "stubborn")
    await asyncio.sleep(0)
    await asyncio.wait_for(tasks.close(), 5)
    assert tasks.running == ()
    assert len(swallowed) == 2
