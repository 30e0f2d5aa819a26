"""The scope's instruments: which table row, which increments, and how a feed's numbers map onto them.

Row 0 belongs to nobody and stays empty: unknown ids and unknown instruments point there. Rows are appended,
never moved or freed. A row's decimals only get finer; its values are then rescaled exactly, and events that
still count in coarser increments are multiplied on the way in. Nothing is ever rounded.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import NULL, PRICE_FIELDS, SIZE_FIELDS
from core.market.instruments import COUNT_MAX, DECIMALS_MAX, Instrument, InstrumentKey
from core.market.quote_table import QuoteTable, Rows
from core.metrics import Counters

INSTRUMENTS_MAX: Final = 100_000  # a Directory of that many fits one message of the bus, 8 MiB
ID_MAX: Final = 1 << 20
VERSIONS_KEPT: Final = 8  # of a feed's definitions: events under way may refer to an older one
NOBODY: Final = 0

_POWERS: Final = np.array([10**n for n in range(DECIMALS_MAX + 1)], np.int64)


@dataclass(frozen=True, slots=True)
class Definition:
    """One instrument as a feed numbers it."""

    id: int
    instrument: Instrument


@dataclass(frozen=True, slots=True)
class Defined:
    """What definitions changed: rows that are new, rows whose increments or names are not as before."""

    added: Rows
    changed: Rows

    def __bool__(self) -> bool:
        return bool(self.added.shape[0] or self.changed.shape[0])


@dataclass(slots=True)
class IdMap:
    """Rows by id for one version of a feed's definitions. Factors are 1 where the row counts no finer."""

    rows: Rows
    price_decimals: NDArray[np.int8]
    size_decimals: NDArray[np.int8]
    price_factor: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    size_factor: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    is_scaled: bool = False


class FeedIds:
    """A feed's id maps by (epoch, version), the newest last."""

    def __init__(self, exchange: str) -> None:
        self.exchange = exchange
        self.maps: OrderedDict[tuple[int, int], IdMap] = OrderedDict()
        self.rows: set[int] = set()  # every row the feed has ever defined

    def is_known(self, epoch: int, version: int) -> bool:
        return (epoch, version) in self.maps


class InstrumentRows:
    """Instruments by row, and the table that holds their values."""

    def __init__(self, counters: Counters) -> None:
        self.table = QuoteTable(1)
        self.instruments: list[Instrument] = [Instrument(InstrumentKey("", ""), known=False)]
        self.row_of: dict[InstrumentKey, int] = {}
        self.feeds: dict[str, FeedIds] = {}
        self._price_decimals = np.zeros(1, np.int8)
        self._size_decimals = np.zeros(1, np.int8)
        self._rejected = counters.counter("definitions_rejected")
        self._overflows = counters.counter("rescale_overflows")

    def __len__(self) -> int:
        return len(self.row_of)

    def feed(self, exchange: str) -> FeedIds:
        found = self.feeds.get(exchange)
        if found is None:
            found = self.feeds[exchange] = FeedIds(exchange)
        return found

    def define(self, exchange: str, epoch: int, version: int, definitions: Iterable[Definition]) -> Defined:
        """Take a feed's definitions. A version already taken, or an older epoch, changes nothing."""
        feed = self.feed(exchange)
        newest_epoch = max((key[0] for key in feed.maps), default=0)
        if (epoch, version) in feed.maps or epoch < newest_epoch:
            return Defined(np.zeros(0, np.intp), np.zeros(0, np.intp))
        row_count = len(self.instruments)
        accepted: list[Definition] = []
        changed: set[int] = set()
        for each in definitions:
            if self._is_acceptable(exchange, each):
                accepted.append(each)
                row = self._place(each.instrument)
                changed |= set() if row is None else {row}
        self._grow_columns()
        feed.maps[epoch, version] = self._id_map(accepted)
        feed.rows.update(self.row_of[each.instrument.key] for each in accepted)
        while len(feed.maps) > VERSIONS_KEPT:
            feed.maps.popitem(last=False)
        if changed:
            for other in self.feeds.values():
                for ids in other.maps.values():
                    self._rescale_map(ids)
        return Defined(
            np.arange(row_count, len(self.instruments)),
            np.array(sorted(row for row in changed if row < row_count), np.intp),
        )

    def _is_acceptable(self, exchange: str, definition: Definition) -> bool:
        key = definition.instrument.key
        has_room = key in self.row_of or len(self.instruments) <= INSTRUMENTS_MAX
        is_countable = self._refined(definition.instrument).tick_counts <= COUNT_MAX
        if key.exchange == exchange and 0 <= definition.id < ID_MAX and has_room and is_countable:
            return True
        self._rejected.add()
        return False

    def _refined(self, defined: Instrument) -> Instrument:
        """As defined, but counting no coarser than the row that is there."""
        row = self.row_of.get(defined.key)
        if row is None:
            return defined
        before = self.instruments[row]
        return defined.with_decimals(
            max(before.price_decimals, defined.price_decimals),
            max(before.size_decimals, defined.size_decimals),
        )

    def _place(self, defined: Instrument) -> int | None:
        """Append the instrument or refine the one that is there. Its row if anything changed."""
        row = self.row_of.get(defined.key)
        if row is None:
            row = self.row_of[defined.key] = len(self.instruments)
            self.instruments.append(defined)
            return row
        before, finer = self.instruments[row], self._refined(defined)
        if finer == before:
            return None
        self._overflows.add(count_finer(self.table, row, before, finer))
        self.instruments[row] = finer
        return row

    def _grow_columns(self) -> None:
        self.table.grow(len(self.instruments))
        self._price_decimals = np.array([each.price_decimals for each in self.instruments], np.int8)
        self._size_decimals = np.array([each.size_decimals for each in self.instruments], np.int8)

    def _id_map(self, definitions: list[Definition]) -> IdMap:
        length = max((each.id for each in definitions), default=-1) + 1
        ids = IdMap(np.full(length, NOBODY, np.intp), np.zeros(length, np.int8), np.zeros(length, np.int8))
        for each in definitions:
            ids.rows[each.id] = self.row_of[each.instrument.key]
            ids.price_decimals[each.id] = each.instrument.price_decimals
            ids.size_decimals[each.id] = each.instrument.size_decimals
        self._rescale_map(ids)
        return ids

    def _rescale_map(self, ids: IdMap) -> None:
        """Factors from the version's decimals to those of the rows now."""
        is_somebody = ids.rows != NOBODY
        price = np.where(is_somebody, self._price_decimals[ids.rows] - ids.price_decimals, 0)
        size = np.where(is_somebody, self._size_decimals[ids.rows] - ids.size_decimals, 0)
        ids.price_factor, ids.size_factor = _POWERS[price], _POWERS[size]
        ids.is_scaled = bool(price.any() or size.any())


def count_finer(table: QuoteTable, row: int, before: Instrument, now: Instrument) -> int:
    """Multiply the row's values for finer increments; how many did not fit 64 bits and became null."""
    overflows = 0
    for fields, decimals in (
        (PRICE_FIELDS, now.price_decimals - before.price_decimals),
        (SIZE_FIELDS, now.size_decimals - before.size_decimals),
    ):
        assert decimals >= 0, f"{now.key} counts coarser than before"
        for each in fields if decimals and row < table.row_count else ():
            value = int(table.values[each, row])
            if value == NULL:
                continue
            scaled = value * 10**decimals
            is_overflow = abs(scaled) > COUNT_MAX
            overflows += is_overflow
            table.values[each, row] = NULL if is_overflow else scaled
    if row < table.row_count:
        table.touch(np.array([row]))
    return overflows
