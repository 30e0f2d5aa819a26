"""When the collector runs by hand: idle or grown, never while the desk is busy and small."""

import gc

from desktop.memory import GEN2_OFF, Memory, resident_mb


def test_no_automatic_gen_2_pass_after_start_up_and_the_old_rule_after_the_end() -> None:
    before = gc.get_threshold()
    memory = Memory()
    try:
        memory.settle(0, 100.0)
        assert gc.get_threshold()[2] == GEN2_OFF
    finally:
        memory.restore()
    assert gc.get_threshold() == before


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
