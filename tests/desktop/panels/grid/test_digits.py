"""The painted digits say exactly what the readable text of the same number says."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.market.fields import NULL
from desktop.paint.glyphs import decode_units
from desktop.panels.grid import digits, text

COUNTS = st.one_of(st.integers(-(2**62), 2**62), st.integers(-2_000_000, 2_000_000), st.just(NULL))


def one(value: int) -> np.ndarray:
    return np.array([value], np.int64)


@given(COUNTS, st.integers(0, 18), st.integers(0, 18), st.booleans())
def test_numbers(value, decimals, more, plus):
    wide = min(18, decimals + more)
    slots = digits.Slots(19, wide, sign=True, plus=plus)
    units = digits.number_units(one(value), one(decimals), slots)
    expected = text.price_text(value, decimals)
    assert decode_units(units[0]) == ("+" + expected if plus and value > 0 else expected)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 6)), min_size=2, max_size=8))
def test_points_stand_in_one_line(numbers):
    values, decimals = np.array(numbers, np.int64).T
    units = digits.number_units(values, decimals, digits.Slots(10, 6))
    point = digits.UNIT_OF["."]
    places = {int(np.flatnonzero(line == point)[0]) for line in units if (line == point).any()}
    assert len(places) <= 1


@given(COUNTS, st.integers(0, 18))
def test_sizes(value, decimals):
    shown, _ = digits.scaled_sizes(one(value), one(decimals))
    places = max(3, len(str(abs(int(shown[0])))))
    slots = digits.Slots(places, 2, sign=True, suffix=True)
    units = digits.size_units(one(value), one(decimals), slots)
    assert decode_units(units[0]) == text.size_text(value, decimals)


@given(st.integers(1, 10**15), st.integers(0, 10))
def test_size_text_rounds_half_away_and_never_shows_zero(value, decimals):
    number = Decimal(value).scaleb(-decimals)
    shown = text.size_text(value, decimals).rstrip("KMB")
    assert Decimal(shown.replace(",", "")) > 0
    if number < 999:
        nearest = number.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert Decimal(shown) == max(nearest, Decimal("0.01"))


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (0, 0, "0.00"), (1, 8, "0.01"), (999_994, 3, "999.99"), (999_995, 3, "1.00K"), (1_175, 0, "1.18K"),
        (999_995_000, 3, "1.00M"), (2_345_678, 0, "2.35M"), (10**9, 0, "1.00B"),
        (1_234_567_890_123, 0, "1,234.57B"), (NULL, 3, ""),
    ],
)  # fmt: skip
def test_size_steps(value, decimals, expected):
    assert text.size_text(value, decimals) == expected


@given(COUNTS, COUNTS)
def test_percent(last, reference):
    exact = text.percent_count(last, reference)
    fast = int(digits.percent_counts(one(last), one(reference))[0])
    if NULL in (last, reference) or abs(last - reference) <= 400_000_000_000_000:
        assert fast == exact
    elif exact and abs(exact) < 8 * 10**17 and abs(last - reference) < 2**63:
        assert abs(fast / exact - 1) < 1e-9


@pytest.mark.parametrize(
    ("last", "reference", "expected"),
    [(10_005, 10_000, "+0.05"), (9_500, 10_000, "−5.00"), (100, 100, "0.00"), (1_000_001, 1_000_000, "0.00"),
     (1, NULL, ""), (5, 0, "")],
)  # fmt: skip
def test_percent_text(last, reference, expected):
    assert text.percent_text(last, reference) == expected


@given(st.one_of(st.integers(0, 2 * 10**15), st.just(NULL)), st.integers(-14, 14))
def test_times(event_us, zone_h):
    offset_us = zone_h * 3_600_000_000
    assert decode_units(digits.time_units(one(event_us), offset_us)[0]) == text.time_text(event_us, offset_us)


@given(st.one_of(st.integers(-(10**6), 10**11), st.just(NULL)))
def test_ages(age_ms):
    assert decode_units(digits.age_units(digits.age_codes(one(age_ms)))[0]) == text.age_text(age_ms)


def test_ages_read_as_the_look_says():
    assert [text.age_text(ms) for ms in (0, 449, 9_999, 12_000, 180_000, 7_200_000)] == [
        "0.0s", "0.4s", "9.9s", "12s", "3m", "2h"
    ]  # fmt: skip
    assert text.age_text(4_200, whole=True) == "4s"


@given(COUNTS, st.integers(0, 18), st.integers(0, 8))
def test_sizes_of_any_number_of_decimals(value, decimals, places):
    shown, level = digits.scaled_sizes(one(value), one(decimals), places)
    slots = digits.Slots(19, places, sign=True)
    number = decode_units(digits.number_units(shown, one(places), slots)[0])
    suffix = "" if value == NULL else text.SUFFIXES[int(level[0])]
    assert number + suffix == text.size_text(value, decimals, places)


@given(st.integers(-(10**15), 10**15), st.integers(0, 10), st.integers(0, 8))
def test_rounded_counts_are_the_nearest_and_never_nought_for_what_is_not(value, decimals, places):
    counts, shown = digits.rounded(one(value), one(decimals), places)
    number = Decimal(value).scaleb(-decimals)
    step = Decimal(1).scaleb(-min(decimals, places))
    nearest = number.quantize(step, ROUND_HALF_UP)
    got = Decimal(int(counts[0])).scaleb(-int(shown[0]))
    assert got == nearest or (nearest == 0 and abs(got) == step)
    assert (got == 0) == (value == 0)


@given(st.floats(-1e9, 1e9), st.integers(0, 8))
def test_floats_become_the_nearest_count_and_what_has_no_place_is_null(value, places):
    count = int(digits.float_counts(np.array([value]), places)[0])
    if count != NULL:
        assert abs(count / 10**places - value) <= 0.5 / 10**places + abs(value) * 1e-15
    for nothing in (np.nan, np.inf, -np.inf, 1e300):
        assert int(digits.float_counts(np.array([nothing]), places)[0]) == NULL


@given(st.floats(0, 1e12), st.integers(0, 4))
def test_short_floats_stay_under_a_thousand_of_their_unit(value, places):
    counts, level = digits.scaled_floats(np.array([value]), places)
    if int(level[0]) < 3:
        assert int(counts[0]) < 1_000 * 10**places
    assert int(counts[0]) / 10**places * 1_000.0 ** int(level[0]) == pytest.approx(
        value, abs=0.51 / 10**places * 1_000.0 ** int(level[0])
    )
