"""The reference itself, against cells worked out by hand: it judges the product, so it is judged first."""

from decimal import Decimal as D

import pytest

from tests.e2e.events import HALTED, TRADING, Listing, Quote, Session, Tape, Trade
from tests.e2e.reference import COLUMNS, cells, differences, painted, replay, signed, size
from tests.e2e.tapes import random_tape

NVDA = Listing("XNAS", "NVDA", 2, 0)


def one_row(*events: Quote | Trade | Session) -> dict[str, str]:
    return painted(Tape((NVDA,), events))["XNAS", "NVDA"]


def test_an_instrument_nobody_traded_has_only_its_name() -> None:
    row = one_row()
    assert (row["Symbol"], row["Venue"]) == ("NVDA", "XNAS")
    assert {row[column] for column in COLUMNS[2:]} == {""}


def test_trades_make_last_change_range_and_volume() -> None:
    row = one_row(
        Session(0, 1, reference=D("1200")),
        Trade(0, 2, D("1190.5"), D(900)),
        Trade(0, 3, D("1210"), D(1_100)),
        Trade(0, 4, D("1206"), D(5)),
    )
    assert row["Last"] == "1,206.00"
    assert row["Change"] == "+6.00"
    assert row["Chg %"] == "+0.50"
    assert (row["High"], row["Low"], row["Volume"]) == ("1,210.00", "1,190.50", "2.01K")


def test_without_a_close_the_change_counts_from_the_first_trade() -> None:
    row = one_row(Trade(0, 1, D("10"), D(1)), Trade(0, 2, D("9.5"), D(1)))
    assert (row["Change"], row["Chg %"]) == ("\u22120.50", "\u22125.00")


def test_trades_of_before_set_the_last_price_and_nothing_else() -> None:
    row = one_row(Trade(0, 1, D("10"), D(1), history=True))
    assert (row["Last"], row["Volume"], row["High"], row["Change"]) == ("10.00", "", "", "")


def test_a_quote_replaces_both_sides_and_an_empty_side_is_empty() -> None:
    row = one_row(Quote(0, 1, D(1), D(2), D(3), D(4)), Quote(0, 2, None, None, D("3.1"), D(1_500)))
    assert (row["Bid"], row["Bid size"], row["Ask"], row["Ask size"]) == ("", "", "3.10", "1.50K")


def test_session_figures_are_absolute_and_leave_out_what_they_do_not_tell() -> None:
    tape = Tape((NVDA,), (Trade(0, 1, D(10), D(7)), Session(0, 2, high=D(12), volume=D(50), state=HALTED)))
    (row,) = replay(tape)
    assert (row.high, row.low, row.volume, row.halted) == (D(12), D(10), D(50), True)
    (row,) = replay(Tape((NVDA,), (*tape.events, Trade(0, 3, D(11), D(1)), Session(0, 4, state=TRADING))))
    assert (row.high, row.volume, row.halted) == (D(12), D(51), False)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0", "0.00"), ("0.00000001", "0.01"), ("0.014", "0.01"), ("0.015", "0.02"), ("12.345", "12.35"),
        ("999.99", "999.99"),
        ("1000", "1.00K"), ("1005", "1.01K"), ("999994", "999.99K"), ("1000000", "1.00M"),
        ("2345678", "2.35M"), ("1e9", "1.00B"), ("1234567890123", "1,234.57B"),
    ],
)  # fmt: skip
def test_sizes(number: str, text: str) -> None:
    assert size(D(number)) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0.004", "0.00"),
        ("-0.004", "0.00"),
        ("0.005", "+0.01"),
        ("-0.005", "\u22120.01"),
        ("1234.5", "+1,234.50"),
    ],
)
def test_percent(number: str, text: str) -> None:
    assert signed(D(number), 2) == text


def test_every_kind_of_difference_is_named() -> None:
    listings = (NVDA, Listing("XNAS", "MSFT", 2, 0))
    expected = painted(Tape(listings, (Trade(0, 1, D(1), D(1)),)))
    row = expected["XNAS", "NVDA"]
    assert differences(expected, list(expected.values())) == []
    assert len(differences(expected, [row])) == 1
    assert len(differences(expected, [*expected.values(), row])) == 1
    assert differences(expected, [{**row, "Last": "2.00"}, expected["XNAS", "MSFT"]]) == [
        "('XNAS', 'NVDA') Last: painted '2.00', true '1.00'"
    ]


def test_the_random_tape_is_the_same_for_all_and_has_every_kind_of_cell() -> None:
    tape = random_tape(7)
    assert tape == random_tape(7)
    assert tape != random_tape(8)
    rows = replay(tape)
    assert len(rows) == 100
    assert any(row.halted for row in rows)
    assert any(row.bid is None for row in rows)
    assert any(row.ask is None for row in rows)
    text = "".join("".join(cells(tape.listings[n], row).values()) for n, row in enumerate(rows))
    assert set("KMB,.+\u2212") <= set(text)
