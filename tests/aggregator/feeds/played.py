"""A tape as its readers get it: cut into batches, encoded, decoded again, and read back as Decimals."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from aggregator.feeds.events import EventBlock
from aggregator.feeds.recorded.load import load_tape
from aggregator.feeds.recorded.tape import ExchangeTape, RecordedTape
from core.market.fields import NULL
from core.market.instruments import Instrument
from core.wire.raw import RawBatch, RawHeader, decode_raw, encode_raw

FOUR = ("bid", "bid_size", "ask", "ask_size")
_PRICES = {"bid", "ask", "price", "open", "high", "low", "close"}
_SIZES = {"bid_size", "ask_size", "size", "volume"}


@cache
def decimal(count: int, decimals: int) -> Decimal | None:
    return None if count == NULL else Decimal(count).scaleb(-decimals)


def batches(tape: ExchangeTape, events_max: int = 256) -> Iterator[RawBatch]:
    """The exchange's batches as decoded from their bytes."""
    begin, sequence = 0, 0
    while begin < tape.event_count:
        end = tape.cut(begin, tape.event_count, events_max)
        sequence += 1
        kinds = dict(tape.events(begin, end).kinds())
        yield decode_raw(encode_raw(RawBatch(RawHeader(1, sequence, 1), **kinds)))
        begin = end


def events(tape: ExchangeTape, events_max: int = 256) -> Iterator[tuple[str, Instrument, dict[str, Any]]]:
    """(kind, instrument, columns) of every event in order; prices and sizes as Decimal, None for null."""
    for batch in batches(tape, events_max):
        placed: list[tuple[int, str, Instrument, dict[str, Any]]] = []
        block = EventBlock(batch.quotes, batch.trades, batch.depth, batch.bars, batch.sessions)
        for kind, columns in block.kinds():
            lists = {
                name: getattr(columns, name).tolist()
                for name in columns.__slots__
                if name not in ("position", "message")
            }
            count = len(columns.instrument)
            places = range(count) if columns.position is None else columns.position.tolist()
            for row, place in enumerate(places):
                instrument = tape.instruments[lists["instrument"][row]]
                placed.append((place, kind, instrument, _event(lists, row, instrument)))
        placed.sort(key=lambda event: event[0])
        assert [event[0] for event in placed] == list(range(len(placed)))
        yield from (event[1:] for event in placed)


def _event(lists: dict[str, list[int]], row: int, instrument: Instrument) -> dict[str, Any]:
    event: dict[str, Any] = {}
    for name, values in lists.items():
        if name in _PRICES:
            event[name] = decimal(values[row], instrument.price_decimals)
        elif name in _SIZES:
            event[name] = decimal(values[row], instrument.size_decimals)
        else:
            event[name] = values[row]
    return event


def load(*paths: Path) -> RecordedTape:
    return load_tape(paths)


def only(tape: RecordedTape) -> ExchangeTape:
    """The one exchange of a tape."""
    (exchange,) = tape.exchanges
    return exchange
