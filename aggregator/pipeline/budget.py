"""Which changed rows go into this delta.

Half of the places go to the rows that wait longest, half to the most active: what moves is fresh and nothing
starves. A token bucket bounds a group's bytes to 2 Mbit/s, snapshots included. Pure: time is an argument.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.clock import NS_PER_S
from core.market.quote_table import Rows

GROUP_BITS_PER_S: Final = 2_000_000
BURST_BYTES: Final = 25_000  # a tenth of a second's worth may go at once after quiet
ROWS_FLOOR: Final = 16  # even an empty bucket lets this many rows go, or a slow group would stop altogether


class TokenBucket:
    """Bytes that may be sent now. May go below zero: what was sent is charged in full."""

    __slots__ = ("_bytes", "_filled_ns", "_per_s")

    def __init__(self, now_ns: int, bits_per_s: int = GROUP_BITS_PER_S) -> None:
        self._per_s = bits_per_s // 8
        self._bytes = float(BURST_BYTES)
        self._filled_ns = now_ns

    def available(self, now_ns: int) -> int:
        self._bytes = min(BURST_BYTES, self._bytes + (now_ns - self._filled_ns) * self._per_s / NS_PER_S)
        self._filled_ns = now_ns
        return int(self._bytes)

    def charge(self, sent_bytes: int) -> None:
        self._bytes -= sent_bytes


class RowCost:
    """Estimates what a row costs from what rows have cost; the first guess is the widest a row can be."""

    HEADER_BYTES: Final = 300  # header, block tables and field lists; measured
    _WEIGHT: Final = 0.2

    __slots__ = ("row_bytes",)

    def __init__(self) -> None:
        self.row_bytes = 100.0

    def rows_within(self, available_bytes: int) -> int:
        return max(ROWS_FLOOR, math.floor((available_bytes - self.HEADER_BYTES) / self.row_bytes))

    def on_sent(self, rows: int, sent_bytes: int) -> None:
        if rows:
            cost = max(1.0, (sent_bytes - self.HEADER_BYTES) / rows)
            # Dearer rows count at once, cheaper ones slowly: too low an estimate overdraws the bucket.
            self.row_bytes = max(cost, self.row_bytes + self._WEIGHT * (cost - self.row_bytes))


def pick_rows(
    changed: Rows, activity: NDArray[np.int64], waiting_since: NDArray[np.int64], places: int
) -> Rows:
    """At most `places` of `changed`, ascending.

    `activity` (changes since last sent) and `waiting_since` (any growing stamp of the first change not sent
    yet) are parallel to `changed`. Half of the places are first in, first out, so a row waits for at most
    ceil(rows / (places / 2)) deltas.
    """
    if changed.shape[0] <= places:
        return changed
    by_age = np.lexsort((-activity, waiting_since))
    old = by_age[: max(1, places - places // 2)]
    rest = by_age[old.shape[0] :]
    busy = rest[np.argsort(-activity[rest], kind="stable")[: places - old.shape[0]]]
    chosen: Rows = np.sort(changed[np.concatenate((old, busy))])
    return chosen
