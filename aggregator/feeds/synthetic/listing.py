"""What the synthetic market lists: venues and instruments, drawn from the seed.

Venue codes begin with SIM and symbols are made of syllables, so nobody takes them for real ones. The listing
is columns: everything the model needs of an instrument, and nothing that changes.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.instruments import Instrument, InstrumentKey

Floats = NDArray[np.float64]

_CONSONANTS: Final = "bdfghjklmnprstvz"
_VOWELS: Final = "aeiou"
_MONTHS: Final = "HMUZ"
# There are 80 words of two letters, 1,280 of three, 6,400 of four, 102,400 of five; drawn until unlike all
# before, so a length must not be used up.
_SHORT_NAMES_MAX: Final = 600
_NAMES_MAX: Final = 3_000
TRADING_SECONDS_PER_YEAR: Final = 252 * 23_400
# Of the log of the common factor, per square root of a second.
FACTOR_VOLATILITY: Final = 0.14 / np.sqrt(TRADING_SECONDS_PER_YEAR)


@dataclass(frozen=True, slots=True)
class VenueKind:
    """What a venue trades; a pair of low and high is a range to draw from."""

    exchange: str
    noun: str
    share: float  # of the instruments
    price_decimals: int
    size_decimals: int
    tick_counts: int
    lot: int  # in size counts
    price_low: float
    price_high: float
    volatility_low: float  # a year
    volatility_high: float
    size_lots: float  # median displayed size
    together: float  # usual correlation with the common factor


VENUES: Final = (
    VenueKind("SIMQ", "share", 0.44, 2, 0, 1, 100, 8.0, 900.0, 0.16, 0.70, 4.0, 0.62),
    VenueKind("SIMF", "future", 0.16, 2, 0, 25, 1, 900.0, 22_000.0, 0.10, 0.35, 18.0, 0.70),
    VenueKind("SIMX", "currency pair", 0.12, 5, 0, 1, 100_000, 0.6, 9.0, 0.05, 0.12, 12.0, 0.25),
    VenueKind("SIMC", "coin", 0.16, 2, 4, 1, 25, 3.0, 70_000.0, 0.45, 1.10, 60.0, 0.55),
    VenueKind("SIMB", "bond", 0.12, 3, 0, 5, 1_000, 86.0, 128.0, 0.03, 0.09, 9.0, -0.35),
)


@dataclass(frozen=True, slots=True)
class VenueListing:
    """One venue's instruments as columns of equal length, in id order."""

    kind: VenueKind
    instruments: tuple[Instrument, ...]
    activity: Floats  # share of all of the market's events
    reference: NDArray[np.int64]  # previous close, counts
    tick: NDArray[np.int64]  # counts
    volatility: Floats  # of the log price, per square root of a second
    beta: Floats  # exposure to the common factor
    spread_ticks: NDArray[np.int64]  # usual width
    size_lots: Floats  # median displayed size

    def __len__(self) -> int:
        return len(self.instruments)


def make_listings(seed: int, instrument_count: int) -> tuple[VenueListing, ...]:
    """Listings of every venue that gets at least one instrument; the same for the same arguments."""
    counts = _split(instrument_count)
    activity = _activity(np.random.default_rng([seed, 1]), instrument_count)
    listings, first = [], 0
    for number, (kind, count) in enumerate(zip(VENUES, counts, strict=True)):
        if count:
            dice = np.random.default_rng([seed, 2, number])
            listings.append(_listing(kind, dice, activity[first : first + count]))
        first += count
    return tuple(listings)


def _split(count: int) -> list[int]:
    """`count` instruments over the venues by their shares, exactly."""
    ends = np.rint(np.cumsum([kind.share for kind in VENUES]) * count).astype(int)
    return [int(each) for each in np.diff(ends, prepend=0)]


def _activity(dice: np.random.Generator, count: int) -> Floats:
    """Few instruments make most of the events: a power law, shuffled over the venues."""
    weights = 1.0 / (np.arange(count) + 4.0) ** 0.9
    dice.shuffle(weights)
    return np.asarray(weights / weights.sum())


def _listing(kind: VenueKind, dice: np.random.Generator, activity: Floats) -> VenueListing:
    count = len(activity)
    price = np.exp(dice.uniform(np.log(kind.price_low), np.log(kind.price_high), count))
    tick = np.full(count, kind.tick_counts, np.int64)
    reference = np.maximum(np.rint(price * 10**kind.price_decimals / tick).astype(np.int64), 100) * tick
    a_second = dice.uniform(kind.volatility_low, kind.volatility_high, count) / np.sqrt(
        TRADING_SECONDS_PER_YEAR
    )
    together = np.clip(dice.normal(kind.together, 0.12, count), -0.9, 0.9)
    # The most active quarter is one tick wide; the quieter, the wider.
    quiet = np.clip(np.log(np.quantile(activity, 0.75) / activity), 0.0, None)
    spread = np.clip(np.rint(1.0 + 2.2 * quiet + dice.exponential(0.3, count)), 1, 40).astype(np.int64)
    symbols = _symbols(kind, dice, count)
    instruments = tuple(
        Instrument(
            InstrumentKey(kind.exchange, symbol),
            kind.price_decimals,
            kind.size_decimals,
            kind.tick_counts,
            name=f"Synthetic {kind.noun} {symbol}",
        )
        for symbol in symbols
    )
    return VenueListing(
        kind,
        instruments,
        activity,
        reference,
        tick,
        a_second,
        together * a_second / FACTOR_VOLATILITY,
        spread,
        kind.size_lots * np.exp(dice.normal(0.0, 0.6, count)),
    )


def _symbols(kind: VenueKind, dice: np.random.Generator, count: int) -> list[str]:
    """Unlike any real ticker, currency or month code: all end their name in Q."""
    found: dict[str, None] = {}
    while len(found) < count:
        letters = 2 + (len(found) >= _SHORT_NAMES_MAX) + (len(found) >= _NAMES_MAX)
        word = _word(dice, letters)
        match kind.noun:
            case "future":
                symbol = f"{word}{_MONTHS[dice.integers(4)]}{dice.integers(10)}"
            case "currency pair":
                symbol = f"{word}/{_word(dice, letters)}"
            case "coin":
                symbol = f"{_word(dice, max(4, letters + 1))}-USDQ"
            case "bond":
                symbol = f"{word} {dice.integers(1, 9)}.{dice.integers(10)} {dice.integers(30, 60)}"
            case _:
                symbol = _word(dice, letters + 1)
        found.setdefault(symbol)
    return list(found)


def _word(dice: np.random.Generator, letters: int) -> str:
    """Consonants and vowels by turns, and a Q."""
    drawn = (
        (_VOWELS if place % 2 else _CONSONANTS)[dice.integers(len(_VOWELS if place % 2 else _CONSONANTS))]
        for place in range(letters)
    )
    return "".join(drawn).upper() + "Q"
