"""When the collector runs by hand: idle or grown, never while the desk is busy and small."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from desktop.memory import Memory, resident_mb


@pytest.fixture(autouse=True)
def automatic() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.enable()
    yield
    if not was_on:
        gc.disable()


def test_no_thread_collects_by_itself_after_start_up_and_the_old_rule_holds_after_the_end() -> None:
    memory = Memory()
    try:
        memory.settle(0, 100.0)
        assert not gc.isenabled(), "a worker that allocates would end Qt's objects in its own thread"
    finally:
        memory.restore()
    assert gc.isenabled()


def test_what_is_young_is_collected_at_every_look() -> None:
    class Knot:
        pass

    memory = Memory()
    try:
        memory.settle(0, 100.0)
        knot = Knot()
        knot.itself = knot  # type: ignore[attr-defined]
        gone = weakref.ref(knot)
        del knot
        assert gone() is not None
        assert not memory.tick(500, 100.0, idle=False)
        assert gone() is None
    finally:
        memory.restore()


def test_it_collects_when_idle_for_a_minute_or_grown_by_128_mb() -> None:
    memory = Memory()
    try:
        memory.settle(0, 100.0)
        assert not memory.tick(59_000, 100.0, idle=True)
        assert not memory.tick(120_000, 100.0, idle=False)
        assert not memory.tick(120_500, 100.0, idle=True), "half a second without prices is not idle"
        assert memory.tick(126_000, 100.0, idle=True)
        assert memory.tick(140_000, 240.0, idle=False)
        assert not memory.tick(141_000, 400.0, idle=False), "at most every ten seconds"
        assert memory.collections == 2
    finally:
        memory.restore()


def test_resident_memory_is_that_of_this_process() -> None:
    assert 20 < resident_mb() < 4_000
