"""Market records of DBN as event chunks, one function a family of schemas.

Prices come in as nanos and leave as counts of the instrument's increment; the undefined price is null. Each
function returns chunks in the record's own order: a quote stands before the trade it was printed with.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aggregator.feeds.recorded.builder import Columns, EventChunk, EventKind, FileEvents
from aggregator.feeds.recorded.dbn_book import EMPTY_TOP, OrderBook, Top, level_changes
from core.market.dbn_layout import (
    F_LAST,
    F_SNAPSHOT,
    F_TOB,
    LEVELS_MAX,
    UNDEF_PRICE,
    UNDEF_SIZE,
    UNDEF_TIME,
)
from core.market.exact import COUNT_LIMIT, NANO_DECIMALS, rescale
from core.market.fields import NULL
from core.wire.raw_events import DepthFlag, TradeFlag

Ints = NDArray[np.int64]
# Room between two record numbers for all events of one record: 2 sides x (10 levels gone + 10 changed),
# a clear, a quote and a trade are 43.
EVENTS_PER_RECORD_MAX: Final = 64
# Level changes compare 10 x 10 prices a side and record: 20,000 records at a time keep that near 4 MB.
_LEVEL_RECORDS: Final = 20_000

_BUY: Final = ord("B")
_SELL: Final = ord("A")
_TRADE: Final = ord("T")
_ADD, _CANCEL, _MODIFY, _FILL, _CLEAR = (ord(letter) for letter in "ACMFR")


@dataclass(frozen=True, slots=True)
class Records:
    """Records of one run with their instruments. `price_decimals` is by instrument."""

    rows: NDArray[np.void]
    number: Ints
    instrument: NDArray[np.int64]
    price_decimals: NDArray[np.int8]
    file: FileEvents

    def prices(self, nanos: Ints, instrument: NDArray[np.int64] | None = None) -> Ints:
        """Nano prices of the records as counts; undefined is null. Decimals were chosen to hold them all."""
        at = self.instrument if instrument is None else instrument
        nanos = np.where(nanos == UNDEF_PRICE, NULL, nanos)
        counts, exact = rescale(nanos, np.array(NANO_DECIMALS, np.int8), self.price_decimals[at])
        assert exact.all()
        return counts

    def times(self) -> tuple[Ints, Ints]:
        """(event_ns, playing time): receive time, and the venue's where a record has only one of them."""
        return clean_times(self.rows["ts_event"], self.rows["ts_recv"])

    def chunk(
        self,
        kind: EventKind,
        pick: NDArray[Any],
        columns: Columns,
        time_ns: Ints,
        place: int | Ints,
        unit: Ints | None = None,
    ) -> EventChunk:
        """Events of the records `pick`, at `place` (0..63) among the events of their record."""
        number = self.number[pick]
        return EventChunk(
            kind,
            {"instrument": self.instrument[pick], **columns},
            time_ns[pick],
            number * EVENTS_PER_RECORD_MAX + place,
            number if unit is None else unit[pick],
            number,
        )


def clean_times(event: NDArray[np.uint64], receive: NDArray[np.uint64]) -> tuple[Ints, Ints]:
    """Both times as int64 ns; an undefined one takes the other's value, 0 means that neither is known."""
    event_ok = (event != UNDEF_TIME) & (event > 0)
    receive_ok = (receive != UNDEF_TIME) & (receive > 0)
    event_ns = np.where(event_ok, event, np.where(receive_ok, receive, 0)).astype(np.int64)
    time_ns = np.where(receive_ok, receive, np.where(event_ok, event, 0)).astype(np.int64)
    return event_ns, time_ns


def sizes(raw: NDArray[np.uint32]) -> Ints:
    """Sizes as int64; undefined is null."""
    return np.where(raw == UNDEF_SIZE, NULL, raw.astype(np.int64))


def taker_flags(side: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """DBN gives the side of the order that took liquidity."""
    buyer = np.where(side == _BUY, int(TradeFlag.BUYER_TAKES), 0)
    return np.where(side == _SELL, int(TradeFlag.SELLER_TAKES), buyer).astype(np.uint8)


def trade_events(records: Records, place: int = 0) -> list[EventChunk]:
    """Trades of a trades file, and the rows with action T of books."""
    rows = records.rows
    is_trade = rows["action"] == _TRADE
    priced = rows["price"] != UNDEF_PRICE
    records.file.reject("trade without a price", records.number[is_trade & ~priced])
    pick = is_trade & priced
    if not pick.any():
        return []
    event_ns, time_ns = records.times()
    columns: Columns = {
        "event_ns": event_ns[pick],
        "price": records.prices(rows["price"])[pick],
        "size": sizes(rows["size"])[pick],
        "flags": taker_flags(rows["side"])[pick],
    }
    return [records.chunk(EventKind.TRADE, pick, columns, time_ns, place)]


def plain_trade_events(records: Records) -> list[EventChunk]:
    """The trades schema."""
    others = int((records.rows["action"] != _TRADE).sum())
    if others:
        records.file.unused["trades records that are no trade"] += others
    return trade_events(records)


def quote_events(records: Records, event_ns: Ints, time_ns: Ints, place: int) -> EventChunk:
    """Best prices from level 0, one-sided and crossed ones as they are."""
    top = records.rows["levels"][:, 0]
    columns: Columns = {"event_ns": event_ns}
    for side, price, size in (("bid", "bid_px", "bid_sz"), ("ask", "ask_px", "ask_sz")):
        columns[side] = records.prices(top[price])
        columns[f"{side}_size"] = np.where(columns[side] == NULL, NULL, sizes(top[size]))
    return records.chunk(EventKind.QUOTE, np.ones(len(records.rows), np.bool_), columns, time_ns, place)


def top_events(records: Records) -> list[EventChunk]:
    """mbp-1, tbbo, cmbp-1, tcbbo: the book that stands with the event, then the trade if it is one."""
    event_ns, time_ns = records.times()
    return [quote_events(records, event_ns, time_ns, 0), *trade_events(records, 1)]


def sampled_top_events(records: Records) -> list[EventChunk]:
    """bbo, cbbo: the book at the end of an interval; its last trade is history, not a new trade."""
    event_ns, time_ns = records.times()
    rows = records.rows
    chunks = []
    pick = rows["price"] != UNDEF_PRICE
    if pick.any():
        columns: Columns = {
            "event_ns": event_ns[pick],
            "price": records.prices(rows["price"])[pick],
            "size": sizes(rows["size"])[pick],
            "flags": taker_flags(rows["side"])[pick] | np.uint8(TradeFlag.HISTORY),
        }
        chunks.append(records.chunk(EventKind.TRADE, pick, columns, time_ns, 0))
    # ts_event is the last trade's time here; the book is of ts_recv.
    return [*chunks, quote_events(records, time_ns, time_ns, 1)]


def book_events(records: Records) -> list[EventChunk]:
    """mbp-10: level changes since the instrument's previous view, best prices, and the trade if it is one."""
    event_ns, time_ns = records.times()
    order = np.argsort(records.instrument, kind="stable")  # views of one instrument follow each other
    chunks = []
    for first in range(0, len(order), _LEVEL_RECORDS):
        begin = max(0, first - 1)  # with the view before the first one
        chunks += _depth_of_views(
            records, order[begin : first + _LEVEL_RECORDS], first - begin, event_ns, time_ns
        )
    chunks.append(quote_events(records, event_ns, time_ns, EVENTS_PER_RECORD_MAX - 2))
    return [*chunks, *trade_events(records, EVENTS_PER_RECORD_MAX - 1)]


def _depth_of_views(
    records: Records, order: NDArray[np.intp], skip: int, event_ns: Ints, time_ns: Ints
) -> list[EventChunk]:
    """Depth events of the views `order[skip:]`: the clears, and a side's gone and changed levels."""
    levels = records.rows["levels"][order]
    instrument = records.instrument[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = instrument[1:] != instrument[:-1]
    wanted = np.arange(len(order)) >= skip
    chunks = []
    clears = order[first & wanted]
    none = np.full(len(clears), NULL)
    mark = int(DepthFlag.CLEAR | DepthFlag.SNAPSHOT)
    chunks.append(_depth_chunk(records, clears, none, none * 0, mark, clears * 0, event_ns, time_ns, 0))
    for side, (is_bid, flag) in enumerate(((True, DepthFlag.BID), (False, DepthFlag.ASK))):
        price_name, size_name = ("bid_px", "bid_sz") if is_bid else ("ask_px", "ask_sz")
        flat = levels[price_name].reshape(-1).astype(np.int64)
        price = records.prices(flat, np.repeat(instrument, LEVELS_MAX)).reshape(-1, LEVELS_MAX)
        size = sizes(levels[size_name])
        before_price = np.roll(price, 1, axis=0)
        before_price[first] = NULL
        before_size = np.roll(size, 1, axis=0)
        gone, changed = level_changes(before_price, before_size, price, size)
        for mask, values, new_size, snapshot, base in (
            (gone, before_price, np.zeros_like(size), False, 1 + side * 20),
            (changed, price, size, True, 11 + side * 20),
        ):
            view, level = np.nonzero(mask & wanted[:, None])
            flags = np.full(len(view), int(flag), np.uint8)
            if snapshot:
                flags |= np.where(first[view], np.uint8(DepthFlag.SNAPSHOT), np.uint8(0))
            at = order[view]
            place = base + level
            chunks.append(
                _depth_chunk(
                    records,
                    at,
                    values[view, level],
                    new_size[view, level],
                    flags,
                    level,
                    event_ns,
                    time_ns,
                    place,
                )
            )
    return [chunk for chunk in chunks if len(chunk.time_ns)]


def _depth_chunk(
    records: Records,
    at: NDArray[np.intp],
    price: Ints,
    size: Ints,
    flags: int | NDArray[np.uint8],
    reference: NDArray[np.integer],
    event_ns: Ints,
    time_ns: Ints,
    place: int | Ints,
) -> EventChunk:
    columns: Columns = {
        "event_ns": event_ns[at],
        "price": price,
        "size": size,
        "flags": np.broadcast_to(np.asarray(flags, np.uint8), price.shape).copy(),
        "action": np.zeros(len(at), np.uint8),
        "reference": reference.astype(np.uint64),
    }
    return records.chunk(EventKind.DEPTH, at, columns, time_ns, place)


def order_events(records: Records) -> list[EventChunk]:
    """mbo: every order action with the order's size after it, trades, best prices per venue message."""
    rows = records.rows
    event_ns, time_ns = records.times()
    action = rows["action"]
    last = (rows["flags"] & F_LAST) != 0
    starts = np.concatenate(([True], last[:-1]))
    unit = np.maximum.accumulate(np.where(starts, records.number, 0))
    is_order = np.isin(action, (_ADD, _CANCEL, _MODIFY, _FILL, _CLEAR))
    nothing = int((~is_order & (action != _TRADE)).sum())
    if nothing:
        records.file.unused["mbo records without an action"] += nothing
    price = records.prices(rows["price"])
    left, quotes = _run_books(records, price)
    snapshot = np.where((rows["flags"] & F_SNAPSHOT) != 0, int(DepthFlag.SNAPSHOT), 0)
    side = np.where(rows["side"] == _BUY, int(DepthFlag.BID), 0)
    side = np.where(rows["side"] == _SELL, int(DepthFlag.ASK), side)
    clear = np.where(action == _CLEAR, int(DepthFlag.CLEAR), int(DepthFlag.ORDER))
    columns: Columns = {
        "event_ns": event_ns[is_order],
        "price": price[is_order],
        "size": left[is_order],
        "flags": (snapshot | side | clear).astype(np.uint8)[is_order],
        "action": action[is_order],
        "reference": rows["order_id"][is_order],
    }
    chunks = [records.chunk(EventKind.DEPTH, is_order, columns, time_ns, 0, unit)]
    trades = trade_events(records)
    for chunk in trades:
        at = np.searchsorted(records.number, chunk.row)
        chunks.append(
            EventChunk(chunk.kind, chunk.columns, chunk.time_ns, chunk.sequence, unit[at], chunk.row)
        )
    if quotes:
        at = np.array([row for row, _ in quotes], np.intp)
        tops = np.array([top for _, top in quotes], np.int64)
        names = ("bid", "bid_size", "ask", "ask_size")
        best: Columns = {"event_ns": event_ns[at], **{name: tops[:, i] for i, name in enumerate(names)}}
        chunks.append(records.chunk(EventKind.QUOTE, at, best, time_ns, 1, unit))
    return chunks


def _run_books(records: Records, price: Ints) -> tuple[Ints, list[tuple[int, Top]]]:
    """Each order's size after its record, and (row, best prices) wherever a venue message changed them."""
    rows = records.rows
    books: dict[int, OrderBook] = {}
    told: dict[int, Top] = {}
    left: list[int] = []
    quotes: list[tuple[int, Top]] = []
    columns = (
        records.instrument.tolist(),
        rows["action"].tolist(),
        rows["side"].tolist(),
        rows["flags"].tolist(),
        rows["order_id"].tolist(),
        price.tolist(),
        rows["size"].tolist(),
    )
    for row, (instrument, action, side, flags, order, at, size) in enumerate(zip(*columns, strict=True)):
        book = books.get(instrument)
        if book is None:
            book = books[instrument] = OrderBook()
        remaining = 0
        if flags & F_TOB and action in (_ADD, _CLEAR):
            book.set_side(side == _BUY, None if at == NULL else at, size)
            remaining = size
        elif action in (_ADD, _MODIFY) and at != NULL:
            remaining = book.add(order, side == _BUY, at, size)
        elif action == _CANCEL:
            remaining = book.reduce(order, size)
        elif action == _FILL:  # tells who was filled; the cancel or modify that follows changes the book
            remaining = book.size_of(order)
        elif action == _CLEAR:
            book.clear()
        left.append(remaining)
        if flags & F_LAST:
            top = book.top()
            if top != told.get(instrument, EMPTY_TOP):
                told[instrument] = top
                quotes.append((row, top))
    return np.array(left, np.int64), quotes


def bar_events(interval_ns: int) -> Callable[[Records], list[EventChunk]]:
    """ohlcv: bars keep the open of their interval as event time and are played at its close."""

    def convert(records: Records) -> list[EventChunk]:
        rows = records.rows
        pick = rows["volume"] < COUNT_LIMIT
        for name in ("open", "high", "low", "close"):
            pick &= rows[name] != UNDEF_PRICE
        records.file.reject("bar without all its prices or with an impossible volume", records.number[~pick])
        event_ns, _ = clean_times(rows["ts_event"], rows["ts_event"])
        columns: Columns = {
            "event_ns": event_ns[pick],
            "interval_ns": np.full(int(pick.sum()), interval_ns),
            "volume": rows["volume"][pick].astype(np.int64),
        }
        for name in ("open", "high", "low", "close"):
            columns[name] = records.prices(rows[name])[pick]
        return [records.chunk(EventKind.BAR, pick, columns, event_ns + interval_ns, 0)]

    return convert
