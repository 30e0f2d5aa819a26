"""Instruments and their increments: the border between decimal text and integer counts.

A price is an int64 count of 10^-price_decimals, a size of 10^-size_decimals. Text is made and read only
here; a number that the increments cannot hold exactly is refused, never rounded.
"""

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Final

from core.market.fields import NULL

DECIMALS_MAX: Final = 18
COUNT_MAX: Final = 2**63 - 1


class IncrementError(ValueError):
    """A number is not a whole count of the instrument's increment, or does not fit 64 bits."""


@dataclass(frozen=True, slots=True, order=True)
class InstrumentKey:
    """The name of an instrument: the same spelling occurs on several exchanges."""

    exchange: str
    symbol: str

    def __str__(self) -> str:
        return f"{self.exchange}:{self.symbol}"


@dataclass(frozen=True, slots=True)
class Instrument:
    """An instrument with its increments.

    `tick_counts` is the venue's price step in price counts (ES: 2 decimals, step 0.25 -> 25), `inferred`
    says that decimals were read off the data and not off a definition, `known` is False for a key that no
    feed has defined yet.
    """

    key: InstrumentKey
    price_decimals: int = 0
    size_decimals: int = 0
    tick_counts: int = 1
    inferred: bool = False
    known: bool = True
    name: str = ""

    def __post_init__(self) -> None:
        for label, decimals in (("price", self.price_decimals), ("size", self.size_decimals)):
            if not 0 <= decimals <= DECIMALS_MAX:
                raise IncrementError(f"{self.key}: {label} decimals {decimals} outside 0..{DECIMALS_MAX}")

    def with_decimals(self, price_decimals: int, size_decimals: int) -> "Instrument":
        """The same instrument with finer increments, its tick kept at the same price."""
        scale = 10 ** max(0, price_decimals - self.price_decimals)
        return replace(
            self,
            price_decimals=price_decimals,
            size_decimals=size_decimals,
            tick_counts=1 if self.inferred else self.tick_counts * scale,
        )

    def price_counts(self, price: Decimal | str | int) -> int:
        """Exact count of price increments; raises `IncrementError` when there is none."""
        return counts(price, self.price_decimals)

    def size_counts(self, size: Decimal | str | int) -> int:
        """Exact count of size increments; raises `IncrementError` when there is none."""
        return counts(size, self.size_decimals)

    def format_price(self, price_counts: int) -> str:
        """Price as text with the instrument's own decimals and thousands commas; empty for null."""
        return format_counts(price_counts, self.price_decimals)

    def format_size(self, size_counts: int) -> str:
        """Exact size as text; empty for null."""
        return format_counts(size_counts, self.size_decimals)


def counts(number: Decimal | str | int, decimals: int) -> int:
    """`number` as a whole count of 10^-decimals. Raises `IncrementError` if it is finer or too large."""
    try:
        scaled = Decimal(number).scaleb(decimals)
        whole = int(scaled)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise IncrementError(f"{number!r} is not a number") from error
    if whole != scaled:
        raise IncrementError(f"{number} is finer than 10^-{decimals}")
    if abs(whole) > COUNT_MAX:
        raise IncrementError(f"{number} does not fit 64 bits at 10^-{decimals}")
    return whole


def format_counts(value: int, decimals: int) -> str:
    """`value` x 10^-decimals as text: thousands commas, U+2212 as minus, empty for null."""
    if value == NULL:
        return ""
    sign = "\u2212" if value < 0 else ""
    whole, part = divmod(abs(value), 10**decimals)
    return f"{sign}{whole:,}.{part:0{decimals}d}" if decimals else f"{sign}{whole:,}"
