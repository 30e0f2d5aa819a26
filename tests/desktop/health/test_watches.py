"""The loop's standstills are seen with what held it; collections are counted by generation."""

import gc
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from desktop.health.gc_watch import GcWatch
from desktop.health.loop_watch import LIMIT_MS, LoopWatch, Stall, place_of
from tests.waiting import wait_for_sync


@pytest.fixture
def watch(qapp: QApplication) -> Iterator[LoopWatch]:
    watch = LoopWatch()
    watch.start()
    yield watch
    watch.close()


def hold_the_loop(seconds: float) -> None:
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        sum(range(200))


def test_what_holds_the_loop_is_named(watch: LoopWatch) -> None:
    found: list[Stall] = []
    hold_the_loop(0.4)

    def seen() -> bool:
        QCoreApplication.processEvents()
        found.extend(watch.take())
        return bool(found)

    wait_for_sync(seen, 5)
    assert found[0].lasted_ms >= LIMIT_MS
    assert "in hold_the_loop" in found[0].place
    assert found[0].is_ours


def test_a_watch_that_is_closed_between_two_questions_ends(qapp: QApplication) -> None:
    watch = LoopWatch()

    class ClosedJustBefore(threading.Event):
        def clear(self) -> None:
            watch._ended.set()
            self.set()
            super().clear()

    watch._answered = ClosedJustBefore()
    watch.start()
    thread = watch._thread
    assert thread is not None
    thread.join(5)
    assert not thread.is_alive(), "a desk would wait for it for ever when it ends"


def test_a_collection_that_holds_the_loop_is_called_so() -> None:
    places: list[str] = []

    class Looking(list[int]):
        def __setitem__(self, at: Any, value: Any) -> None:
            looking = threading.Thread(target=lambda: places.append(place_of(watched)))
            looking.start()
            looking.join()
            super().__setitem__(at, value)

    watched = threading.get_ident()
    watch = GcWatch()
    watch._counts = Looking(watch._counts)
    watch.start()
    try:
        gc.collect(1)
    finally:
        watch.close()
    assert places == ["garbage collection"]


def test_a_loop_that_answers_stands_never_still(watch: LoopWatch) -> None:
    end_s = time.monotonic() + 0.3
    wait_for_sync(lambda: QCoreApplication.processEvents() or time.monotonic() > end_s, 5)
    assert all(stall.lasted_ms < 300 for stall in watch.take()), "a busy machine may hold it up, we do not"


def test_waiting_for_the_processor_is_not_the_desks_fault() -> None:
    assert not Stall(80.0, 3.0, "Qt").is_ours
    assert Stall(80.0, 70.0, "Qt").is_ours
    assert Stall(80.0, 1.0, "saver.py line 80, in flush").is_ours, "it waited for a disk"


def test_collections_are_counted_by_generation_with_the_longest_pause() -> None:
    watch = GcWatch()
    watch.start()
    try:
        gc.collect(0)
        gc.collect(1)
        gc.collect(2)
        passes = watch.take()
    finally:
        watch.close()
    assert (passes.middle, passes.full) == (1, 1)
    assert passes.young >= 1
    assert passes.longest_ms > 0
    gc.collect(2)
    assert watch.take().full == 0, "after close nothing is counted"
