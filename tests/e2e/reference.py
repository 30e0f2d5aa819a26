"""The truth to compare with: a plain replay of a tape in dictionaries and decimals, to the painted strings.

It shares no code with the product. Rules, as the grid documents them: prices in the instrument's own decimals
with thousands commas; change with its sign (minus is U+2212), zero without; percent with two decimals and
sign; sizes and volume with two decimals and K, M or B, at least 0.01 where there is something; what is not
known is empty.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from tests.e2e.events import HALTED, TRADING, Event, Listing, Quote, Session, Tape, Trade

COLUMNS = (
    "Symbol", "Venue", "Last", "Change", "Chg %", "Bid size", "Bid", "Ask", "Ask size", "Volume", "High",
    "Low",
)  # fmt: skip
MINUS = "\u2212"
CENT = Decimal("0.01")
UNITS = ((Decimal(1), ""), (Decimal(10**3), "K"), (Decimal(10**6), "M"), (Decimal(10**9), "B"))


@dataclass(slots=True)
class Row:
    """What is known of one instrument."""

    last: Decimal | None = None
    bid: Decimal | None = None
    bid_size: Decimal | None = None
    ask: Decimal | None = None
    ask_size: Decimal | None = None
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    reference: Decimal | None = None
    volume: Decimal | None = None
    state: str = TRADING

    @property
    def halted(self) -> bool:
        return self.state == HALTED


def replay(tape: Tape) -> list[Row]:
    """The rows after the whole tape, in the order of its listings."""
    rows = [Row() for _ in tape.listings]
    for event in tape.events:
        apply(rows[event.listing], event)
    return rows


def apply(row: Row, event: Event) -> None:
    match event:
        case Quote():
            row.bid, row.bid_size, row.ask, row.ask_size = (
                event.bid,
                event.bid_size,
                event.ask,
                event.ask_size,
            )
        case Trade(history=True):
            row.last = event.price
        case Trade(cancel=True):
            row.volume = (row.volume or Decimal(0)) - event.size  # prices stay as printed
        case Trade():
            row.last = event.price
            row.open = event.price if row.open is None else row.open
            row.reference = event.price if row.reference is None else row.reference
            row.high = event.price if row.high is None else max(row.high, event.price)
            row.low = event.price if row.low is None else min(row.low, event.price)
            row.volume = (row.volume or Decimal(0)) + event.size
        case Session():
            for name in ("open", "high", "low", "reference", "volume", "state"):
                if (told := getattr(event, name)) is not None:
                    setattr(row, name, told)


def painted(tape: Tape) -> dict[tuple[str, str], dict[str, str]]:
    """(exchange, symbol) -> column title -> the text that has to stand in the cell."""
    rows = [cells(listing, row) for listing, row in zip(tape.listings, replay(tape), strict=True)]
    return {(row["Venue"], row["Symbol"]): row for row in rows}


def cells(listing: Listing, row: Row) -> dict[str, str]:
    """One row as text."""
    decimals = listing.price_decimals
    change = None if row.last is None or row.reference is None else row.last - row.reference
    ratio = None if change is None or not row.reference else change / row.reference * 100
    return {
        "Symbol": listing.symbol,
        "Venue": listing.exchange,
        "Last": price(row.last, decimals),
        "Change": signed(change, decimals),
        "Chg %": signed(ratio, 2),
        "Bid size": size(row.bid_size),
        "Bid": price(row.bid, decimals),
        "Ask": price(row.ask, decimals),
        "Ask size": size(row.ask_size),
        "Volume": size(row.volume),
        "High": price(row.high, decimals),
        "Low": price(row.low, decimals),
    }


def price(number: Decimal | None, decimals: int) -> str:
    """Exactly `decimals` places, never rounded: more places would be a fault of the tape."""
    if number is None:
        return ""
    assert number == round(number, decimals), (number, decimals)
    return f"{number:,.{decimals}f}".replace("-", MINUS)


def signed(number: Decimal | None, decimals: int) -> str:
    """Rounded half away from zero; a sign except on what is zero as shown."""
    if number is None:
        return ""
    shown = number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{abs(shown):,.{decimals}f}"
    return text if shown == 0 else ("+" if shown > 0 else MINUS) + text


def size(number: Decimal | None) -> str:
    """Two decimals, rounded half away from zero, in the unit that keeps it under a thousand."""
    if number is None:
        return ""
    if 0 < number < CENT:
        return str(CENT)  # nothing is shown as zero that is not zero
    for scale, suffix in UNITS:
        shown = (number / scale).quantize(CENT, ROUND_HALF_UP)
        if abs(shown) < 1_000 or suffix == UNITS[-1][1]:
            return f"{shown:,.2f}{suffix}".replace("-", MINUS)
    raise AssertionError("the last unit takes every number")


def differences(
    expected: dict[tuple[str, str], dict[str, str]],
    rows: Sequence[dict[str, str]],
    columns: Sequence[str] = COLUMNS,
) -> list[str]:
    """Every painted cell that is not the truth, every row that is missing, doubled or unheard of."""
    found = [(row["Venue"], row["Symbol"]) for row in rows]
    wrong = [f"{key} is painted {found.count(key)} times" for key in set(found) if found.count(key) > 1]
    wrong += [f"{key} is not painted" for key in expected.keys() - set(found)]
    wrong += [f"{key} is painted but not listed" for key in set(found) - expected.keys()]
    for key, row in zip(found, rows, strict=True):
        wrong += [
            f"{key} {column}: painted {row[column]!r}, true {expected[key][column]!r}"
            for column in columns
            if key in expected and row[column] != expected[key][column]
        ]
    return sorted(wrong)
