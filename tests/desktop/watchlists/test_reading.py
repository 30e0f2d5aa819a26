"""Pasted lists and CSV files: what can be known is taken, the rest is told by name."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.instruments import Instrument, InstrumentKey
from desktop.watchlists.reading import ReadList, read_csv, read_file, read_text
from desktop.watchlists.recents import RecentSymbols
from desktop.watchlists.search import SymbolSearch
from desktop.watchlists.watchlist import WatchlistError

DIRECTORY = tuple(
    Instrument(InstrumentKey(*name.split(":", 1)))
    for name in (
        "BINANCE:BTCUSDT",
        "BYBIT:BTCUSDT",
        "BYBIT:ETHUSDT",
        "KRAKEN:XBT/USD",
        "XCME:ES JUN24",
        "XNAS:AAPL",
    )
)
SEARCH = SymbolSearch(DIRECTORY, RecentSymbols())


def names(found: ReadList) -> list[str]:
    return [str(key) for key in found.keys]


@pytest.mark.parametrize(
    "text",
    [
        "AAPL, ETHUSDT",
        "aapl ethusdt",
        "AAPL\nETHUSDT\n",
        "AAPL;ETHUSDT;;",
        "  XNAS:AAPL |BYBIT:ETHUSDT",
        "# my list\nAAPL\n\nbybt:ethusdt",
        '"AAPL", "ETHUSDT"',
        "AAPL\tXNAS\t182.31\nETHUSDT\tBYBT\t2,301.50",
    ],
)
def test_a_list_may_be_divided_in_any_common_way(text: str) -> None:
    found = read_text(text, SEARCH)
    assert names(found) == ["XNAS:AAPL", "BYBIT:ETHUSDT"]
    assert found.complaints == ""


def test_a_symbol_with_a_space_or_a_slash_is_one_symbol() -> None:
    assert names(read_text("ES JUN24, XBT/USD", SEARCH)) == ["XCME:ES JUN24", "KRAKEN:XBT/USD"]


def test_what_is_not_known_or_not_clear_is_told_by_name_and_the_rest_is_taken() -> None:
    found = read_text("AAPL, NOSUCH, BTCUSDT, BINANCE:BTCUSDT, XNAS:BTCUSDT, NOSUCH", SEARCH)
    assert names(found) == ["XNAS:AAPL", "BINANCE:BTCUSDT"]
    assert found.complaints == (
        "not in this scope: NOSUCH, XNAS:BTCUSDT; "
        "on several venues, write VENUE:SYMBOL: BTCUSDT (BINANCE, BYBIT)"
    )


def test_many_unknown_ones_are_counted_after_the_first() -> None:
    assert read_text(" ".join(f"X{n}" for n in range(9)), SEARCH).complaints == (
        "not in this scope: X0, X1, X2, X3, X4 and 4 more"
    )


def test_rows_copied_from_a_grid_bring_their_venue() -> None:
    assert names(read_text("BTCUSDT\tBYBT\t64,210.5\n", SEARCH)) == ["BYBIT:BTCUSDT"]
    assert names(read_text("Symbol\tVenue\nBTCUSDT\tBINS\n", SEARCH)) == ["BINANCE:BTCUSDT"]


@pytest.mark.parametrize(
    "text",
    [
        "Symbol,Exchange\nBTCUSDT,BYBIT\nAAPL,\n",
        "qty;TICKER;venue\n1;BTCUSDT;BYBT\n2;AAPL;XNAS\n",
        '\ufeffnote,symbol,mic\n"a, b",BTCUSDT,bybit\n,AAPL,xnas\n\n',
    ],
)
def test_the_columns_of_a_csv_are_found_by_their_names(text: str) -> None:
    assert names(read_csv(text, "my.csv", SEARCH)) == ["BYBIT:BTCUSDT", "XNAS:AAPL"]


def test_a_csv_without_a_header_is_a_list() -> None:
    assert names(read_csv("AAPL\nETHUSDT\n", "my.csv", SEARCH)) == ["XNAS:AAPL", "BYBIT:ETHUSDT"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "my.csv is empty"),
        (b"a,b\n1,2\n", "my.csv: there is no column named symbol or ticker in row 1, but a, b"),
        (b"symbol\nAAPL\n,\n\n", None),
        (b"symbol,venue\nAAPL,XNAS\n,XNAS\n", "my.csv, row 3: the symbol is missing"),
        (b'symbol\nAAPL\n"ETH', "my.csv, row 3: unexpected end of data"),
        (b"symbol\n\xff\xfe\xfa", "my.csv is not text: byte 7 cannot be read as UTF-8"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_name_and_row(content: bytes, words: str | None) -> None:
    if words is None:
        assert names(read_file(content, "my.csv", SEARCH)) == ["XNAS:AAPL"]
        return
    with pytest.raises(WatchlistError) as told:
        read_file(content, "my.csv", SEARCH)
    assert str(told.value) == words


def test_a_file_of_a_spreadsheet_in_utf_16_is_read() -> None:
    assert names(read_file("Symbol\tVenue\nAAPL\tXNAS\n".encode("utf-16"), "x.txt", SEARCH)) == ["XNAS:AAPL"]


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    for read in (lambda: read_text(text, SEARCH), lambda: read_csv(text, "f", SEARCH)):
        with contextlib.suppress(WatchlistError):
            found = read()
            assert len(set(found.keys)) == len(found.keys)


@settings(deadline=None)
@given(st.lists(st.sampled_from(DIRECTORY), unique=True), st.sampled_from([", ", "\n", ";", " | "]))
def test_every_list_written_whole_is_read_back_in_its_order(
    instruments: list[Instrument], divider: str
) -> None:
    text = divider.join(str(instrument.key) for instrument in instruments)
    assert read_text(text, SEARCH).keys == [instrument.key for instrument in instruments]
