"""The dice: which message is struck is decided by pattern, direction, length and a seed, and counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.proxy.faults import Dice, Direction, Fault, Rule, subject_fits
from tests.proxy.nats_frames import Frame


def message(subject: str, length: int = 10) -> Frame:
    return Frame("MSG", b"", subject, "", bytes(length))


@pytest.mark.parametrize(
    ("pattern", "subject", "fits"),
    [
        ("md.agg.33ms.*", "md.agg.33ms.ff00", True), ("md.agg.33ms.*", "md.agg.33ms.ff00.x", False),
        ("md.raw.>", "md.raw.KRAKEN._mix", True), ("md.raw.>", "md.raw", False), (">", "a", True),
        ("*.b", "a.b", True), ("a.b", "a", False), ("a", "a.b", False),
    ],
)  # fmt: skip
def test_patterns_match_as_the_server_matches(pattern: str, subject: str, fits: bool) -> None:
    assert subject_fits(pattern, subject) is fits


@given(st.integers(), st.lists(st.sampled_from(["a.x", "a.y", "b.z"]), max_size=40))
def test_the_same_seed_and_messages_give_the_same_faults(seed: int, subjects: list[str]) -> None:
    rules = [Rule(Fault.DROP, "a.>", probability=0.3), Rule(Fault.DOUBLE, ">", probability=0.5)]
    first, second = Dice(seed, rules), Dice(seed, rules)
    rolls = [first.roll(message(subject), Direction.TO_CLIENT) for subject in subjects]
    assert rolls == [second.roll(message(subject), Direction.TO_CLIENT) for subject in subjects]
    assert sum(first.counts.values()) == len(subjects)


def test_a_rule_leaves_other_directions_short_messages_and_other_clients_alone() -> None:
    dice = Dice(rules=[Rule(Fault.DROP, "a.>", bytes_min=20, client="desk")])
    assert dice.roll(message("a.x", 20), Direction.TO_SERVER, "desk-1") is None
    assert dice.roll(message("a.x", 19), Direction.TO_CLIENT, "desk-1") is None
    assert dice.roll(message("a.x", 20), Direction.TO_CLIENT, "feed") is None
    assert dice.roll(message("a.x", 20), Direction.TO_CLIENT, "desk-1") is not None
    assert dice.counts == {"passed": 3, "drop": 1}


def test_a_limited_rule_strikes_so_often_and_no_more() -> None:
    dice = Dice(rules=[Rule(Fault.DROP, ">", count_max=2)])
    assert [dice.roll(message("a"), Direction.TO_CLIENT) is None for _ in range(4)] == [
        False, False, True, True,
    ]  # fmt: skip


def test_the_last_message_is_lost_and_then_there_is_silence() -> None:
    dice = Dice(rules=[Rule(Fault.LAST, "a.>", bytes_min=20)])
    assert dice.roll(message("a.x", 5), Direction.TO_CLIENT) is None  # an idle header before it
    assert dice.roll(message("a.x", 30), Direction.TO_CLIENT) is not None
    assert dice.roll(message("a.x", 5), Direction.TO_CLIENT) is not None  # and none after it
