"""The plain fold: one event after the other, in Python numbers. What the pipeline must equal.

Nothing here is shared with the product but the field numbers.
"""

from dataclasses import dataclass

from core.market.fields import FIELD_COUNT, NULL, Field
from core.market.instruments import COUNT_MAX


@dataclass(frozen=True)
class Quote:
    row: int
    event_ns: int
    recv_ns: int
    bid: int
    bid_size: int
    ask: int
    ask_size: int


@dataclass(frozen=True)
class Trade:
    row: int
    event_ns: int
    recv_ns: int
    price: int
    size: int
    history: bool = False
    cancel: bool = False


@dataclass(frozen=True)
class Bar:
    row: int
    event_ns: int
    recv_ns: int
    open: int
    high: int
    low: int
    close: int
    volume: int


@dataclass(frozen=True)
class Session:
    row: int
    event_ns: int
    recv_ns: int
    open: int
    high: int
    low: int
    reference: int
    volume: int
    trading_state: int


Event = Quote | Trade | Bar | Session


class ReferenceTable:
    """`rows[row][field]`: lists of plain integers."""

    def __init__(self, row_count: int) -> None:
        self.rows = [[NULL] * FIELD_COUNT for _ in range(row_count)]

    def fold(self, event: Event) -> None:
        row = self.rows[event.row]
        row[Field.EVENT_US] = max(row[Field.EVENT_US], event.event_ns // 1_000)
        match event:
            case Quote():
                row[Field.BID], row[Field.BID_SIZE] = event.bid, event.bid_size
                row[Field.ASK], row[Field.ASK_SIZE] = event.ask, event.ask_size
            case Trade(cancel=True):
                if not event.history and event.size != NULL and row[Field.VOLUME] != NULL:
                    row[Field.VOLUME] = max(0, row[Field.VOLUME] - event.size)
            case Trade(history=True):
                row[Field.LAST], row[Field.LAST_SIZE] = event.price, event.size
            case Trade():
                row[Field.LAST], row[Field.LAST_SIZE] = event.price, event.size
                _count(row, event.price, event.price, event.price, event.size)
            case Bar():
                row[Field.LAST] = event.close
                _count(row, event.open, event.high, event.low, event.volume)
            case Session():
                for field, figure in (
                    (Field.OPEN, event.open), (Field.HIGH, event.high), (Field.LOW, event.low),
                    (Field.REFERENCE, event.reference), (Field.VOLUME, event.volume),
                ):  # fmt: skip
                    if figure != NULL:
                        row[field] = figure
                if event.trading_state != 255:
                    row[Field.TRADING_STATE] = event.trading_state


def _count(row: list[int], first: int, high: int, low: int, volume: int) -> None:
    if row[Field.OPEN] == NULL:
        row[Field.OPEN] = first
    if row[Field.REFERENCE] == NULL:
        row[Field.REFERENCE] = first
    row[Field.HIGH] = max(row[Field.HIGH], high)
    row[Field.LOW] = low if row[Field.LOW] == NULL else min(row[Field.LOW], low)
    so_far = 0 if row[Field.VOLUME] == NULL else row[Field.VOLUME]
    row[Field.VOLUME] = min(COUNT_MAX, so_far + (0 if volume == NULL else volume))
