"""Which groups are served, for how long, and how fast.

A group is defined by a request and held for 10 s after the last lease that names it; the fastest lease sets
its spacing. The number of groups and of desks is bounded. `Membership` answers which groups a set of table
rows touches without looking at each group. Pure: no I/O, time is an argument in monotonic nanoseconds.
"""

from collections.abc import Mapping
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aggregator.pipeline.cadence import SPACING_FOCUSED_MS, SPACING_MS
from aggregator.pipeline.instruments import NOBODY
from core.clock import NS_PER_S
from core.market.groups import GroupError
from core.market.quote_table import Rows

GROUPS_MAX: Final = 256
DESKS_MAX: Final = 256
SOURCES_PER_GROUP_MAX: Final = 255  # source numbers are bytes
HOLD_S: Final = 10
_WORD_BITS: Final = 64


class Leases:
    """Who holds which group until when. `desk` is any text that names a desk, its lease subject for one."""

    def __init__(self) -> None:
        self._held_until_ns: dict[str, int] = {}
        self._desks: dict[str, tuple[int, dict[str, int]]] = {}  # desk -> (until, group -> spacing asked for)

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(self._held_until_ns)

    def open(self, group: str, now_ns: int) -> None:
        """A group was defined (again): held as by a lease. Raises `GroupError` when there are too many."""
        if group not in self._held_until_ns and len(self._held_until_ns) >= GROUPS_MAX:
            raise GroupError(f"{GROUPS_MAX} groups are served already: close some windows and ask again")
        self._held_until_ns[group] = now_ns + HOLD_S * NS_PER_S

    def renew(self, desk: str, spacings_ms: Mapping[str, int], now_ns: int) -> bool:
        """A desk's lease: the groups it holds and the spacing it asks for; a group may be defined later.

        False: there are too many desks, and this one holds nothing.
        """
        self._desks = {name: held for name, held in self._desks.items() if held[0] > now_ns}
        if desk not in self._desks and len(self._desks) >= DESKS_MAX:
            return False
        until_ns = now_ns + HOLD_S * NS_PER_S
        self._desks[desk] = (until_ns, dict(islice(spacings_ms.items(), GROUPS_MAX)))
        known = [group for group in spacings_ms if group in self._held_until_ns]
        self._held_until_ns.update(dict.fromkeys(known, until_ns))
        return True

    def spacing_ms(self, group: str, now_ns: int) -> int:
        """16 when any desk asks for 16 or less, else 33."""
        for until_ns, spacings_ms in self._desks.values():
            if until_ns > now_ns and 0 < spacings_ms.get(group, SPACING_MS) <= SPACING_FOCUSED_MS:
                return SPACING_FOCUSED_MS
        return SPACING_MS

    def close_expired(self, now_ns: int) -> list[str]:
        """Forget the groups whose time is up, and name them."""
        expired = [group for group, until_ns in self._held_until_ns.items() if until_ns <= now_ns]
        for group in expired:
            del self._held_until_ns[group]
        return expired


class Membership:
    """Which group slots (0..GROUPS_MAX-1) contain a table row: one bit each."""

    def __init__(self) -> None:
        self._bits = np.zeros((1, GROUPS_MAX // _WORD_BITS), np.uint64)

    def grow(self, row_count: int) -> None:
        if row_count > self._bits.shape[0]:
            wider = np.zeros((max(row_count, 2 * self._bits.shape[0]), self._bits.shape[1]), np.uint64)
            wider[: self._bits.shape[0]] = self._bits
            self._bits = wider

    def put(self, slot: int, rows: Rows) -> None:
        """The rows of a slot, instead of those it had."""
        word, bit = divmod(slot, _WORD_BITS)
        self._bits[:, word] &= ~np.uint64(1 << bit)
        self._bits[rows[rows != NOBODY], word] |= np.uint64(1 << bit)

    def slots_of(self, rows: NDArray[np.intp]) -> list[int]:
        """Slots that contain any of `rows`, ascending."""
        slots = []
        for word, bits in enumerate(np.bitwise_or.reduce(self._bits[rows], axis=0).tolist()):
            while bits:
                lowest = bits & -bits
                slots.append(word * _WORD_BITS + lowest.bit_length() - 1)
                bits ^= lowest
        return slots
