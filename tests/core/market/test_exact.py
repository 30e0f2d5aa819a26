"""Numbers of files become counts without ever being rounded."""

from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.market.exact import (
    COUNT_LIMIT,
    UNFIT,
    float_counts,
    group_decimals,
    nano_decimals,
    rescale,
    text_count,
    text_counts,
)
from core.market.fields import NULL

# What venues send: decimals of some length, read as the nearest float.
venue_numbers = st.builds(
    lambda count, places: float(Decimal(count).scaleb(-places)),
    st.integers(-(10**17), 10**17),
    st.integers(0, 18),
)
any_floats = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(venue_numbers | any_floats, max_size=30))
def test_a_float_becomes_the_decimal_it_prints_as(values: list[float]) -> None:
    counts, decimals = float_counts(np.array(values, np.float64))
    for value, count, places in zip(values, counts.tolist(), decimals.tolist(), strict=True):
        if places == UNFIT:
            printed = Decimal(repr(value))
            assert (
                not printed.is_finite()
                or abs(printed) * 10**18 > COUNT_LIMIT
                or int(printed.normalize().as_tuple().exponent) < -18
            )
        else:
            assert Decimal(count).scaleb(-places) == Decimal(repr(value))
            assert float(Decimal(count).scaleb(-places)) == value
            assert places == 0 or count % 10 != 0


@given(st.lists(venue_numbers, min_size=1, max_size=30), st.data())
def test_what_an_instrument_cannot_hold_is_told_apart_not_rounded(
    values: list[float], data: st.DataObject
) -> None:
    counts, decimals = float_counts(np.array(values, np.float64))
    group = np.array([data.draw(st.integers(0, 2)) for _ in values])
    chosen = group_decimals(counts, decimals, group, 3)
    scaled, exact = rescale(counts, decimals, chosen[group])
    for index, value in enumerate(values):
        if exact[index]:
            assert Decimal(int(scaled[index])).scaleb(-int(chosen[group[index]])) == Decimal(repr(value))
        else:
            assert scaled[index] == 0
            assert decimals[index] == UNFIT or decimals[index] > chosen[group[index]]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-(2**60), 2**60)), max_size=40))
def test_fewest_decimals_of_nanos(rows: list[tuple[int, int]]) -> None:
    nanos = np.array([*(nano for _, nano in rows), NULL], np.int64)
    instrument = np.array([*(number for number, _ in rows), 0], np.int64)
    found = nano_decimals(nanos, instrument, 4)
    for number in range(4):
        mine = [nano for each, nano in rows if each == number]
        fewest = next(d for d in range(10) if all(nano % 10 ** (9 - d) == 0 for nano in mine))
        assert found[number] == fewest


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6))
def test_text_keeps_every_digit(number: Decimal) -> None:
    found = text_count(str(number))
    assert found is not None
    assert Decimal(found[0]).scaleb(-found[1]) == number


def test_text_that_is_no_number() -> None:
    counts, decimals = text_counts(["1.50", "", None, "abc", "1e-19", "NaN"])
    assert counts.tolist() == [15, NULL, NULL, 0, 0, 0]
    assert decimals.tolist() == [1, 0, 0, UNFIT, UNFIT, UNFIT]


def test_a_sum_that_would_not_fit_takes_decimals_away() -> None:
    counts, decimals = float_counts(np.array([1e11, 0.12345678901]))
    both = np.zeros(2, np.int64)
    assert group_decimals(counts, decimals, both, 1).tolist() == [7]
    assert group_decimals(counts, decimals, both, 1, np.array([1e15])).tolist() == [3]


def test_null_stays_null_at_every_increment() -> None:
    scaled, exact = rescale(np.array([NULL, 5]), np.array([0, 0]), np.array([18, 2]))
    assert scaled.tolist() == [NULL, 500]
    assert exact.all()
