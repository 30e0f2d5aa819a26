"""Groups live as long as somebody leases them and run as fast as the fastest asks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.pipeline.groups import GROUPS_MAX, HOLD_S, Leases, Membership
from core.clock import NS_PER_S
from core.market.groups import GroupError


def test_a_group_is_held_for_ten_seconds_after_its_last_lease() -> None:
    leases = Leases()
    leases.open("a", 0)
    leases.renew("desk", {"a": 33}, 5 * NS_PER_S)
    assert leases.close_expired(5 * NS_PER_S + HOLD_S * NS_PER_S - 1) == []
    assert leases.close_expired(5 * NS_PER_S + HOLD_S * NS_PER_S) == ["a"]
    assert leases.groups == ()


def test_the_fastest_lease_sets_the_spacing_until_it_asks_for_less() -> None:
    leases = Leases()
    leases.open("a", 0)
    leases.renew("slow", {"a": 33}, 0)
    assert leases.spacing_ms("a", 0) == 33
    leases.renew("focused", {"a": 16}, 0)
    assert leases.spacing_ms("a", 0) == 16
    leases.renew("focused", {"a": 33}, 1)
    assert leases.spacing_ms("a", 1) == 33


def test_a_desk_that_is_gone_no_longer_asks_for_speed() -> None:
    leases = Leases()
    leases.open("a", 0)
    leases.renew("focused", {"a": 16}, 0)
    assert leases.spacing_ms("a", HOLD_S * NS_PER_S) == 33


def test_leases_on_unknown_groups_hold_nothing() -> None:
    leases = Leases()
    leases.renew("desk", {"nobody": 16}, 0)
    assert leases.groups == ()
    leases.open("nobody", 1)
    assert leases.spacing_ms("nobody", 1) == 16


def test_too_many_groups_are_refused_in_words() -> None:
    leases = Leases()
    for number in range(GROUPS_MAX):
        leases.open(str(number), 0)
    with pytest.raises(GroupError, match="close some windows"):
        leases.open("one more", 0)
    leases.open("0", 0)


@given(
    st.dictionaries(st.integers(0, GROUPS_MAX - 1), st.sets(st.integers(1, 40), min_size=1), max_size=8),
    st.sets(st.integers(0, 40), min_size=1),
)
def test_membership_names_exactly_the_groups_that_contain_a_row(
    groups: dict[int, set[int]], changed: set[int]
) -> None:
    membership = Membership()
    membership.grow(41)
    for slot, rows in groups.items():
        membership.put(slot, np.array([0, *range(1, 5)]))
        membership.put(slot, np.array(sorted(rows)))
    expected = sorted(slot for slot, rows in groups.items() if rows & changed)
    assert membership.slots_of(np.array(sorted(changed))) == expected
