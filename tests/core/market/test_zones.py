"""Times in a zone: whole columns agree with the database row by row, whatever the clocks do."""

import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.market.fields import NULL
from core.market.zones import RowZones, Zone, ZoneError, offset_s, offsets_s

NAMES = (
    "America/New_York", "America/Chicago", "Europe/London", "Africa/Casablanca", "Asia/Kolkata",
    "Asia/Shanghai", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC",
)  # fmt: skip
FIRST_S, LAST_S = -2_208_988_800, 7_258_118_399
VENUES = {
    "GLBX.MDP3": "America/Chicago",
    "XNAS": "America/New_York",
    "BINANCE": "UTC",
    "FXCM": "America/New_York",
}


def told(name: str, at_s: int) -> int:
    offset = datetime.fromtimestamp(at_s, UTC).astimezone(ZoneInfo(name)).utcoffset()
    assert offset is not None
    return round(offset.total_seconds())


@given(st.sampled_from(NAMES), st.lists(st.integers(FIRST_S, LAST_S), max_size=8))
def test_offsets_are_those_of_the_database(name, times):
    assert offsets_s(ZoneInfo(name), np.array(times, np.int64)).tolist() == [told(name, at) for at in times]


@pytest.mark.parametrize("name", NAMES)
def test_offsets_are_right_at_every_quarter_hour_of_two_years(name):
    at_s = np.arange(1_704_067_200, 1_704_067_200 + 700 * 86_400, 900)
    found = offsets_s(ZoneInfo(name), at_s)
    changes = np.flatnonzero(found[1:] != found[:-1])
    for place in {0, *changes.tolist(), *(changes + 1).tolist(), *range(0, len(at_s), 701)}:
        assert found[place] == told(name, int(at_s[place]))
    for place in changes:  # the very second
        edge = next(
            s for s in range(at_s[place], at_s[place + 1] + 1) if offset_s(ZoneInfo(name), s) != found[place]
        )
        assert (told(name, edge - 1), told(name, edge)) == (found[place], found[place + 1])


ROWS = st.tuples(st.sampled_from(sorted(VENUES)), st.integers(1_700_000_000, 1_780_000_000))


@given(st.sampled_from(["exchange", *NAMES]), st.lists(ROWS, min_size=1, max_size=12), st.randoms())
@example("exchange", [("XNAS", 1_710_054_000), ("GLBX.MDP3", 1_710_057_600)], random.Random(1))
def test_every_row_has_the_offset_of_its_venue_at_its_time(choice, rows, order):
    zones = RowZones(Zone(choice), [exchange for exchange, _ in rows])
    places = order.choices(range(len(rows)), k=2 * len(rows))
    event_us = np.array([rows[place][1] * 1_000_000 + 999_999 for place in places], np.int64)
    found = zones.offsets_us(np.array(places, np.intp), event_us)
    for place, offset_us in zip(places, found.tolist(), strict=True):
        exchange, at_s = rows[place]
        name = VENUES[exchange] if choice == "exchange" else choice
        assert offset_us == told(name, at_s) * 1_000_000


def test_times_that_cannot_be_have_an_offset_and_raise_nothing():
    strange = np.array([NULL, 0, np.iinfo(np.int64).max], np.int64)
    found = RowZones(Zone("Asia/Tokyo"), ["XNAS"] * 3).offsets_us(np.arange(3), strange)
    assert found[1] == 9 * 3_600 * 1_000_000
    assert offsets_s(ZoneInfo("Asia/Tokyo"), np.zeros((0,), np.int64)).tolist() == []


def test_a_clock_over_venues_of_one_zone_has_it_and_utc_over_several():
    of_exchange = Zone("exchange")
    assert of_exchange.common(["XNAS", "XNYS", "FXCM"]).key == "America/New_York"
    assert of_exchange.common(["XNAS", "GLBX.MDP3"]).key == "UTC"
    assert of_exchange.common([]).key == "UTC"
    assert Zone("America/New_York").common(["XNAS", "GLBX.MDP3"]).key == "America/New_York"
    assert Zone("local", "Europe/Paris").common([]).key == "Europe/Paris"


@pytest.mark.parametrize("name", ["Nowhere/Land", "", "../UTC", "UTC\x00", "Europe"])
def test_what_is_no_zone_is_named(name):
    with pytest.raises(ZoneError, match="is no time zone: use UTC, local, exchange"):
        Zone(name)
