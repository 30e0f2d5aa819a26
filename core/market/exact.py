"""From the numbers in files to whole counts of an increment, exactly or not at all.

Files hold prices as nanos (DBN), as floats (Parquet) or as text (CSV). Each is turned into an int64 count
and the decimals that count needs. Nothing here rounds: what no count can hold is told apart, so that the
reader can reject and count it.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import NULL
from core.market.instruments import DECIMALS_MAX

NANO_DECIMALS: Final = 9
UNFIT: Final = 127  # decimals of a number that no count can hold
# Below this a product with a power of ten is at most a quarter off, so rounding it finds the right integer,
# and at most one decimal of that length lies nearest to the float.
_VECTOR_COUNT_MAX: Final = float(2**50)
# Counts stay under this, so that sums of a session's sizes and differences of prices fit 64 bits too.
COUNT_LIMIT: Final = 2**62

Ints = NDArray[np.int64]


def float_counts(values: NDArray[np.float64]) -> tuple[Ints, NDArray[np.int8]]:
    """The shortest decimal of every float as (count, decimals): 0.07 -> (7, 2).

    The decimal is the one that `repr` prints. NaN and infinities, more than 18 decimals and counts past
    2^62 give decimals `UNFIT` and count 0.
    """
    counts = np.zeros(values.shape, np.int64)
    decimals = np.full(values.shape, UNFIT, np.int8)
    left = np.flatnonzero(np.abs(values) <= float(COUNT_LIMIT))  # neither NaN nor infinite either
    for places in range(DECIMALS_MAX + 1):
        if not left.size:
            break
        rest = values[left]
        scaled = np.rint(rest * 10.0**places)
        # Both operands are exact here, so the quotient is the float nearest to that decimal.
        fits = (np.abs(scaled) < _VECTOR_COUNT_MAX) & (scaled / 10.0**places == rest)
        done = left[fits]
        counts[done] = scaled[fits].astype(np.int64)
        decimals[done] = places
        left = left[~fits]
    for index in left:  # 16 and 17 digit numbers: rare, and exact only in decimal arithmetic
        found = text_count(repr(float(values[index])))
        if found is not None:
            counts[index], decimals[index] = found
    return counts, decimals


def text_count(text: str) -> tuple[int, int] | None:
    """A decimal text as (count, decimals) without trailing zeros: "1.0500" -> (105, 2); None: unfit."""
    try:
        sign, digits, exponent = Decimal(text).normalize().as_tuple()
    except InvalidOperation:
        return None
    if not isinstance(exponent, int) or exponent < -DECIMALS_MAX or exponent > DECIMALS_MAX:
        return None
    count = int("".join(map(str, digits)) or "0") * 10 ** max(0, exponent)
    if count > COUNT_LIMIT:
        return None
    return (-count if sign else count), max(0, -exponent)


def text_counts(texts: Sequence[str | None]) -> tuple[Ints, NDArray[np.int8]]:
    """`text_count` of every text; None and empty text give `NULL` with 0 decimals, nonsense gives `UNFIT`."""
    counts = np.zeros(len(texts), np.int64)
    decimals = np.zeros(len(texts), np.int8)
    for index, text in enumerate(texts):
        if not text:
            counts[index] = NULL
            continue
        found = text_count(text.strip())
        if found is None:
            decimals[index] = UNFIT
        else:
            counts[index], decimals[index] = found
    return counts, decimals


def nano_decimals(nanos: Ints, instrument: NDArray[np.integer], instrument_count: int) -> NDArray[np.int8]:
    """Fewest decimals (0..9) per instrument that hold all of its nano prices; `NULL` is passed over."""
    needed = np.zeros(instrument_count, np.int8)
    keep = nanos != NULL
    nanos, instrument = nanos[keep], instrument[keep]
    for places in range(NANO_DECIMALS):
        finer = nanos % 10 ** (NANO_DECIMALS - places) != 0
        nanos, instrument = nanos[finer], instrument[finer]
        if not nanos.size:
            break
        needed[instrument] = places + 1
    return needed


def group_decimals(
    counts: Ints,
    decimals: NDArray[np.int8],
    group: NDArray[np.integer],
    group_count: int,
    totals: NDArray[np.float64] | None = None,
) -> NDArray[np.int8]:
    """Decimals per group (instrument) that hold every number of it, as far as its largest fits 64 bits.

    `totals` are sums per group that must fit as well (a session's volume). Numbers marked `UNFIT` and `NULL`
    do not count. `rescale` then tells which single numbers are finer.
    """
    keep = (decimals != UNFIT) & (counts != NULL)
    counts, decimals, group = counts[keep], decimals[keep], group[keep]
    needed = np.zeros(group_count, np.int8)
    np.maximum.at(needed, group, decimals)
    largest = np.zeros(group_count) if totals is None else totals.copy()
    np.maximum.at(largest, group, np.abs(counts) / 10.0**decimals)
    while (too_fine := (largest * 10.0**needed >= COUNT_LIMIT) & (needed > 0)).any():
        needed[too_fine] -= 1
    return needed


def rescale(
    counts: Ints, decimals: NDArray[np.integer], wanted: NDArray[np.integer]
) -> tuple[Ints, NDArray[np.bool_]]:
    """Counts of 10^-decimals as counts of 10^-wanted, with a mask of those that are exact and fit.

    `NULL` stays `NULL` and is exact. Where the mask is False the count is 0.
    """
    null = counts == NULL
    shift = wanted.astype(np.int64) - decimals
    exact = null | (decimals != UNFIT)
    up = np.power(10, np.clip(shift, 0, DECIMALS_MAX), dtype=np.int64)
    down = np.power(10, np.clip(-shift, 0, DECIMALS_MAX), dtype=np.int64)
    safe = np.where(null | ~exact, 0, counts)
    exact &= null | ((np.abs(safe) // down <= COUNT_LIMIT // up) & (safe % down == 0))
    scaled = np.where(exact, safe, 0) * up // down
    return np.where(null, NULL, scaled), exact
