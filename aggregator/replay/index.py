"""Which events of a tape are those of one instrument: what history and time line are read from.

Sorted once at load, 4 bytes an event; asking for an instrument's events up to some point then costs only
their number. Keeps no values of its own and changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aggregator.feeds.events import KIND_NAMES
from aggregator.feeds.recorded.tape import ExchangeTape, RecordedTape
from core.market.instruments import InstrumentKey

KINDS: Final = ("quotes", "trades", "bars")
RANK: Final = "rank"
Rows = NDArray[np.uint32] | slice


@dataclass(frozen=True, slots=True)
class _KindIndex:
    """`order[begins[i] : begins[i + 1]]` are the rows of instrument i, ascending; None: it has all rows."""

    order: NDArray[np.uint32] | None
    begins: NDArray[np.int64]
    ranks: NDArray[np.int64]  # of the kind's rows among all events of the exchange

    @classmethod
    def of(cls, instrument: NDArray[np.uint32], count: int, ranks: NDArray[np.int64]) -> "_KindIndex":
        begins = np.concatenate(([0], np.cumsum(np.bincount(instrument, minlength=count))))
        if int(begins[-1]) == int(np.diff(begins).max(initial=0)):
            return cls(None, begins, ranks)
        # Sorting 16-bit numbers takes linear time.
        ids = instrument.astype(np.uint16) if count <= 1 << 16 else instrument
        return cls(np.argsort(ids, kind="stable").astype(np.uint32), begins, ranks)

    def rows(self, instrument: int, begin_rank: int, end_rank: int) -> Rows:
        """Rows of the instrument among the exchange's events of the ranks [begin_rank, end_rank)."""
        begin, end = int(self.begins[instrument]), int(self.begins[instrument + 1])
        first, last = self.ranks.searchsorted((begin_rank, end_rank)).tolist()
        if self.order is None:
            return slice(min(first, end - begin), min(last, end - begin))
        mine = self.order[begin:end]
        first, last = mine.searchsorted(np.array((first, last), np.uint32)).tolist()
        return mine[first:last]


class TapeIndex:
    """Of every exchange's trades, quotes and bars."""

    def __init__(self, tape: RecordedTape) -> None:
        self.tape = tape
        self._places = {
            instrument.key: (number, row)
            for number, exchange in enumerate(tape.exchanges)
            for row, instrument in enumerate(exchange.instruments)
        }
        self._kinds = [_kind_indices(exchange) for exchange in tape.exchanges]

    def place(self, key: InstrumentKey) -> tuple[int, int] | None:
        """(exchange number, instrument id); None: the tape has no such instrument."""
        return self._places.get(key)

    def columns(
        self, place: tuple[int, int], kind: str, names: tuple[str, ...], end_rank: int, begin_rank: int = 0
    ) -> tuple[NDArray[Any], ...] | None:
        """The instrument's columns among events of some ranks; None: the exchange has none of the kind.

        The name `rank` stands for the events' ranks.
        """
        number, row = place
        index = self._kinds[number].get(kind)
        if index is None:
            return None
        events = getattr(self.tape.exchanges[number].block, kind)
        rows = index.rows(row, begin_rank, end_rank)
        return tuple((index.ranks if name == RANK else getattr(events, name))[rows] for name in names)


def _kind_indices(exchange: ExchangeTape) -> Mapping[str, _KindIndex]:
    found: dict[str, _KindIndex] = {}
    for kind in KINDS:
        events, order = getattr(exchange.block, kind), exchange.orders[KIND_NAMES.index(kind)]
        if events is not None and order is not None:
            found[kind] = _KindIndex.of(events.instrument, len(exchange.instruments), order)
    return found
