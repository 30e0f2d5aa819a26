"""The words beside times."""

from zoneinfo import ZoneInfo

from desktop.zones import local_zone_name, zone_complaint, zone_of, zone_tag, zone_words, zones_words

AT_S = 1_723_075_200  # 8 Aug 2024
NEW_YORK, CHICAGO = ZoneInfo("America/New_York"), ZoneInfo("America/Chicago")


def test_a_zone_is_named_with_its_offset_of_that_day():
    assert zone_words(NEW_YORK, AT_S) == "New York (UTC−4)"
    assert zone_words(NEW_YORK, AT_S + 150 * 86_400) == "New York (UTC−5)"
    assert zone_words(ZoneInfo("Asia/Kolkata"), AT_S) == "Kolkata (UTC+5:30)"
    assert zone_words(ZoneInfo("UTC"), AT_S) == "UTC"
    assert zone_words(NEW_YORK, None) == "New York"
    assert [zone_tag(zone, AT_S) for zone in (NEW_YORK, ZoneInfo("Etc/UTC"))] == ["UTC−4", "UTC"]


def test_a_column_of_several_venues_says_so():
    assert zones_words((CHICAGO,), AT_S) == "Chicago (UTC−5)"
    said = zones_words((CHICAGO, NEW_YORK), AT_S)
    assert said == "each in its exchange's zone: Chicago (UTC−5), New York (UTC−4)"
    assert zones_words((), None) == "UTC"


def test_choices():
    assert ZoneInfo(local_zone_name())
    assert zone_of("exchange").is_of_exchange
    assert zone_complaint("Asia/Tokyo") == zone_complaint("local") == ""
    assert "“Mars”" in zone_complaint("Mars")
