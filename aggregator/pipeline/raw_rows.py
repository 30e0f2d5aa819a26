"""Raw columns with a feed's instrument ids, as fold columns with table rows.

`IdBank` lays the id maps of all feeds and versions end to end, so that one gather maps a drain of many feeds.
`RowMapper` drops what cannot be folded (unknown ids, impossible or unrepresentable numbers), counting each,
and multiplies what counts in coarser increments than its row. Nothing is rounded.
"""

from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from aggregator.pipeline.fold import Bars, Events, Quotes, Sessions, Trades
from aggregator.pipeline.instruments import NOBODY, InstrumentRows
from core.market.fields import NULL
from core.market.instruments import COUNT_MAX
from core.market.quote_table import Rows
from core.metrics import Counters
from core.wire.raw_events import RawColumns

# Columns of each kind that count prices, and sizes.
_PRICES: Final = {
    Quotes: ("bid", "ask"), Trades: ("price",), Bars: ("open", "high", "low", "close"),
    Sessions: ("open", "high", "low", "reference"),
}  # fmt: skip
_SIZES: Final = {
    Quotes: ("bid_size", "ask_size"),
    Trades: ("size",),
    Bars: ("volume",),
    Sessions: ("volume",),
}
_PLAIN: Final = {
    Quotes: ("event_ns", "recv_ns"), Trades: ("event_ns", "recv_ns", "flags"),
    Bars: ("event_ns", "recv_ns", "interval_ns"),
    Sessions: ("event_ns", "recv_ns", "trading_state"),
}  # fmt: skip
_POSITION_BITS: Final = 16

KindT = TypeVar("KindT", Quotes, Trades, Bars, Sessions)


class Places(NamedTuple):
    """Per message: where its id map begins in the bank, and how many ids it has (0: version not at hand)."""

    begin: NDArray[np.int64]
    length: NDArray[np.int64]
    is_scaled: bool


class IdBank:
    """All id maps end to end; place 0 is nobody's. Set `is_stale` after definitions changed."""

    def __init__(self, registry: InstrumentRows) -> None:
        self.is_stale = True
        self.rows: Rows = np.zeros(1, np.intp)
        self.price_factor: NDArray[np.int64] = np.ones(1, np.int64)
        self.size_factor: NDArray[np.int64] = np.ones(1, np.int64)
        self._registry = registry
        self._spans: dict[tuple[str, int, int], tuple[int, int, bool]] = {}

    def places(
        self,
        exchanges: list[str],
        slots: NDArray[np.intp],
        epoch: NDArray[np.uint64],
        version: NDArray[np.uint32],
    ) -> Places:
        """Map spans of messages given their feed's slot (index into `exchanges`, -1 none) and version."""
        if self.is_stale:
            self._lay_out()
        keys = np.stack((slots.astype(np.uint64), epoch, version.astype(np.uint64)))
        if (keys == keys[:, :1]).all():  # one feed, one version: nearly always
            slot, one_epoch, one_version = int(slots[0]), int(epoch[0]), int(version[0])
            begin, length, is_scaled = self._span(exchanges, slot, one_epoch, one_version)
            count = slots.shape[0]
            return Places(np.full(count, begin), np.full(count, length), is_scaled)
        unique, inverse = np.unique(keys, axis=1, return_inverse=True)
        spans = [
            self._span(exchanges, int(np.int64(slot)), int(one_epoch), int(one_version))
            for slot, one_epoch, one_version in unique.T
        ]
        of_message = inverse.reshape(-1)
        begins = np.array([span[0] for span in spans], np.int64)[of_message]
        lengths = np.array([span[1] for span in spans], np.int64)[of_message]
        return Places(begins, lengths, any(span[2] for span in spans))

    def _span(self, exchanges: list[str], slot: int, epoch: int, version: int) -> tuple[int, int, bool]:
        if not 0 <= slot < len(exchanges):
            return 0, 0, False
        return self._spans.get((exchanges[slot], epoch, version), (0, 0, False))

    def _lay_out(self) -> None:
        rows, prices, sizes = [np.zeros(1, np.intp)], [np.ones(1, np.int64)], [np.ones(1, np.int64)]
        self._spans, begin = {}, 1
        for exchange, feed in self._registry.feeds.items():
            for (epoch, version), ids in feed.maps.items():
                length = ids.rows.shape[0]
                self._spans[exchange, epoch, version] = begin, length, ids.is_scaled
                rows.append(ids.rows)
                prices.append(ids.price_factor)
                sizes.append(ids.size_factor)
                begin += length
        self.rows, self.price_factor = np.concatenate(rows), np.concatenate(prices)
        self.size_factor = np.concatenate(sizes)
        self.is_stale = False


class RowMapper:
    def __init__(self, bank: IdBank, counters: Counters) -> None:
        self._bank = bank
        self._ticks = counters.counter("ticks")
        self._depth = counters.counter("depth_events")
        self._unknown = counters.counter("unknown_instruments")
        self._impossible = counters.counter("events_rejected")

    def events(
        self, columns: RawColumns, mask: NDArray[np.bool_] | None, places: Places
    ) -> tuple[Events, NDArray[np.intp]]:
        """Events of the messages in `mask` (None: all), and the messages that name unknown instruments."""
        if columns.depth is not None:
            self._depth.add(columns.depth.instrument.shape[0])
        missing: list[NDArray[np.intp]] = []
        events = Events(
            self._kind(columns.quotes, Quotes, mask, places, missing),
            self._kind(columns.trades, Trades, mask, places, missing),
            self._kind(columns.bars, Bars, mask, places, missing),
            self._kind(columns.sessions, Sessions, mask, places, missing),
        )
        return events, np.concatenate(missing) if missing else np.zeros(0, np.intp)

    def _kind(
        self,
        raw: Any,
        kind: type[KindT],
        mask: NDArray[np.bool_] | None,
        places: Places,
        missing: list[NDArray[np.intp]],
    ) -> KindT | None:
        if raw is None:
            return None
        message, ids = raw.message, raw.instrument
        kept = None if mask is None else np.flatnonzero(mask[message])
        if kept is not None:
            if not kept.shape[0]:
                return None
            message, ids = message[kept], ids[kept]
        place = places.begin[message] + ids
        place[ids >= places.length[message]] = NOBODY
        rows = self._bank.rows[place]
        if not rows.all():
            nobody = rows == NOBODY
            self._unknown.add(int(np.count_nonzero(nobody)))
            missing.append(np.unique(message[nobody]).astype(np.intp))
            somebody = np.flatnonzero(~nobody)
            kept = somebody if kept is None else kept[somebody]
            message, rows, place = message[somebody], rows[somebody], place[somebody]
        columns: dict[str, Any] = {"rows": rows}
        for name in (*_PRICES[kind], *_SIZES[kind], *_PLAIN[kind]):
            column = getattr(raw, name)
            columns[name] = column if kept is None else column[kept]
        if kind is not Quotes:
            position = raw.position if kept is None else raw.position[kept]
            columns["order"] = (message.astype(np.int64) << _POSITION_BITS) | position
        columns = self._only_possible(columns, kind, place, places.is_scaled)
        if not columns["rows"].shape[0]:
            return None
        self._ticks.add(columns["rows"].shape[0])
        return kind(**columns)

    def _only_possible(
        self, columns: dict[str, Any], kind: type[KindT], place: NDArray[np.int64], is_scaled: bool
    ) -> dict[str, Any]:
        """Without events that no table can hold: counted, never rounded."""
        wrong = np.zeros(0, np.bool_)
        event_ns = columns["event_ns"]
        if event_ns.shape[0] and int(event_ns.min()) < 0:  # null too: every event has the market's time
            wrong = event_ns < 0
        if kind in (Trades, Bars):
            for name in _PRICES[kind]:
                if columns[name].shape[0] and int(columns[name].min()) == NULL:
                    wrong = _or(wrong, columns[name] == NULL)
        for name in _SIZES[kind]:
            column = columns[name]
            if column.shape[0] and int(column.min()) < 0:
                wrong = _or(wrong, (column < 0) & (column != NULL))
        if is_scaled:
            for names, factors in (
                (_PRICES[kind], self._bank.price_factor),
                (_SIZES[kind], self._bank.size_factor),
            ):
                factor = factors[place]
                for name in names:
                    column = columns[name]
                    is_null = column == NULL
                    wrong = _or(wrong, (np.abs(np.where(is_null, 0, column)) > COUNT_MAX // factor))
                    columns[name] = np.where(is_null, NULL, column * factor)
        if not wrong.any():
            return columns
        self._impossible.add(int(np.count_nonzero(wrong)))
        possible = ~wrong
        return {name: column[possible] for name, column in columns.items()}


def _or(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return second if not first.shape[0] else first | second
