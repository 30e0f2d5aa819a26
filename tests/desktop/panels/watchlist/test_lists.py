"""Which instruments a window opens with, and how one is found."""

from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.instruments import Instrument, InstrumentKey
from desktop.panels.watchlist.lists import (
    WatchChoice,
    all_pages,
    choice_label,
    choice_with,
    exchange_pages,
    find,
    first_choice,
    page_of,
)


def directory(**counts: int) -> tuple[Instrument, ...]:
    keys = [
        InstrumentKey(exchange, f"S{number:04}") for exchange in counts for number in range(counts[exchange])
    ]
    return tuple(Instrument(key) for key in sorted(keys))


def test_windows_open_disjoint_pages_that_keep_an_exchange_together() -> None:
    instruments = directory(BINF=250, BYBT=150)
    pages = [page_of(first_choice(window, instruments), instruments) for window in range(4)]
    assert [len(page) for page in pages] == [100, 100, 100, 100]
    assert len({instrument.key for page in pages for instrument in page}) == 400
    assert {instrument.key.exchange for instrument in pages[0]} == {"BINF"}


def test_more_windows_than_pages_begin_again() -> None:
    assert first_choice(3, directory(BINF=180)) == WatchChoice(page=1)
    assert first_choice(2, ()) == WatchChoice(page=0)


def test_a_recording_of_a_little_more_than_a_page_is_shown_whole() -> None:
    instruments = directory(BINF=100, BYBT=17)
    for window in range(2):
        assert len(page_of(first_choice(window, instruments), instruments)) == 117
    assert choice_label(first_choice(0, instruments), instruments) == "All"


def test_lists_are_named_by_what_they_hold() -> None:
    instruments = directory(BINF=250, BYBT=30)
    assert [choice_label(choice, instruments) for choice in all_pages(instruments)] == [
        "All",
        "All 1–100",
        "All 101–200",
        "All 201–280",
    ]
    assert [choice_label(choice, instruments) for choice in exchange_pages(instruments)] == ["BINF", "BYBT"]


def test_a_symbol_is_found_whole_before_its_beginning_before_its_middle() -> None:
    keys = (("BINF", "ETHUSDT"), ("BINF", "WETHUSDT"), ("BYBT", "ETHUSDT"), ("BYBT", "ETHUSDTM"))
    instruments = [Instrument(InstrumentKey(*key)) for key in keys]
    assert find("ethusdt", instruments) == InstrumentKey("BINF", "ETHUSDT")
    assert find("bybt:ethusdt", instruments) == InstrumentKey("BYBT", "ETHUSDT")
    assert find("weth", instruments) == InstrumentKey("BINF", "WETHUSDT")
    assert find("SDTM", instruments) == InstrumentKey("BYBT", "ETHUSDTM")
    assert find("nothing", instruments) is None
    assert find("  ", instruments) is None


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["BINF", "BYBT", "KRKN"]), st.integers(0, 1_300), max_size=3))
def test_every_instrument_stands_on_exactly_one_page(counts: dict[str, int]) -> None:
    instruments = directory(**counts)
    for choices in (
        [WatchChoice(page=page) for page in range(-(-len(instruments) // 100))],
        exchange_pages(instruments),
    ):
        shown = [instrument for choice in choices for instrument in page_of(choice, instruments)]
        assert shown == list(instruments)
    for instrument in instruments[::97]:
        choice = choice_with(instrument.key, instruments)
        assert choice is not None
        assert instrument in page_of(choice, instruments)
