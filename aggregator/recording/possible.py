"""Which rows a quote table can hold: the pipeline's own rules, for rows of a tape.

What fails them is left out of a recording and counted, as the pipeline leaves it out. Nothing is rounded.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import NULL
from core.market.instruments import COUNT_MAX
from core.tape.format import VALUES_OF, TapeKind
from core.tape.rows import TapeRows

_SIZES: Final = frozenset(("bid_size", "ask_size", "size", "volume"))
_COUNTED: Final = {
    kind: tuple(place for place, name in enumerate(names) if name != "interval_ns")
    for kind, names in VALUES_OF.items()
}
_NEEDS_PRICES: Final = frozenset((TapeKind.TRADE, TapeKind.BAR))

Factors = tuple[NDArray[np.int64], NDArray[np.int64]]


def possible_rows(rows: TapeRows, factors: Factors | None) -> NDArray[np.bool_]:
    """A mask. `factors` (of prices, of sizes, by row) multiply the counts in place, exactly or not at all."""
    possible = np.asarray(rows.event_ns >= 0)
    for kind, places in _COUNTED.items():
        at = np.flatnonzero(rows.kind == kind)
        if not at.size:
            continue
        for place in places:
            is_size = VALUES_OF[kind][place] in _SIZES
            column = rows.values[place, at]
            is_null = column == NULL
            if is_size:
                possible[at[(column < 0) & ~is_null]] = False
            elif kind in _NEEDS_PRICES:
                possible[at[is_null]] = False
            if factors is not None:
                factor = factors[is_size][at]
                fits = is_null | (np.abs(np.where(is_null, 0, column)) <= COUNT_MAX // factor)
                possible[at[~fits]] = False
                rows.values[place, at] = np.where(is_null | ~fits, column, column * np.where(fits, factor, 1))
    return possible
