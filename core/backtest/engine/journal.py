"""What happened in a run, as columns: orders, fills with their costs, and what the account said.

Nautilus' events are only collected while the run goes on and turned into columns afterwards. Random ids (of
events, of closed positions) are never kept: what is kept is the same in every run of a spec.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from nautilus_trader.model.enums import OrderSide, order_type_to_str
from nautilus_trader.model.events import (
    AccountState,
    OrderAccepted,
    OrderCanceled,
    OrderDenied,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderSubmitted,
    OrderUpdated,
)

from core.backtest.columns import FILLS, ORDERS, Columns

# A changed order is accepted anew, with its new price.
_WORDS: Final = {
    OrderSubmitted: "SUBMITTED",
    OrderAccepted: "ACCEPTED",
    OrderUpdated: "ACCEPTED",
    OrderFilled: "FILLED",
    OrderCanceled: "CANCELLED",
    OrderDenied: "REJECTED",
    OrderRejected: "REJECTED",
    OrderExpired: "EXPIRED",
}
_REASONED: Final = (OrderDenied, OrderRejected)
_KINDS: Final = {"int64": np.int64, "int8": np.int8, "double": np.float64, "string": object}


class JournalError(RuntimeError):
    """The engine's own books contradict each other: a defect, nothing a person did."""


class _OrderSaid:
    """What the rows of one order say, as it was sent and then as it was changed; `filled` so far.

    `price` is the limit, of a stop without one its trigger. Not asked of the order itself: in the cache it is
    as it was in the end, which nobody knew before.
    """

    __slots__ = ("filled", "has_limit", "id", "price", "quantity", "side", "type")

    def __init__(self, begun: Any) -> None:
        self.id = begun.client_order_id.value
        self.side = 1 if begun.side == OrderSide.BUY else -1
        self.type = order_type_to_str(begun.order_type)
        self.quantity = begun.quantity.as_double()
        limit, trigger = begun.options.get("price"), begun.options.get("trigger_price")
        self.has_limit = limit is not None
        price = trigger if limit is None else limit
        self.price = math.nan if price is None else float(price)
        self.filled = 0.0

    def change(self, event: Any) -> None:
        self.quantity = event.quantity.as_double()
        self.has_limit = self.has_limit or event.price is not None
        price = event.price if self.has_limit else event.trigger_price
        if price is not None:
            self.price = price.as_double()


class Journal:
    """Listens to an engine from before its run on."""

    def __init__(self, engine: Any) -> None:
        self._events: list[Any] = []
        self._cache = engine.kernel.cache
        for topic in ("events.order.*", "events.account.*"):
            engine.kernel.msgbus.subscribe(topic=topic, handler=self._events.append)

    def orders(self, names: dict[Any, str]) -> Columns:
        """Columns of `ORDERS`; `names` gives the product's name of an engine's instrument."""
        said: dict[Any, _OrderSaid] = {}
        rows: list[tuple[Any, ...]] = []
        for event in self._events:
            kind = type(event)
            word = _WORDS.get(kind)
            if word is None:
                continue
            order = said.get(event.client_order_id)
            if order is None:
                begun = self._cache.order(event.client_order_id).init_event
                order = said[event.client_order_id] = _OrderSaid(begun)
            if kind is OrderUpdated:
                order.change(event)
            quantity = order.quantity
            if kind is OrderFilled:
                quantity = event.last_qty.as_double()
                order.filled += quantity
                word = "FILLED" if order.filled >= order.quantity * (1 - 1e-12) else "PARTIAL"
            reason = event.reason if kind in _REASONED else ""
            name = names[event.instrument_id]
            row = (
                event.ts_event,
                order.id,
                name,
                word,
                order.side,
                order.type,
                quantity,
                order.price,
                reason,
            )
            rows.append(row)
        return _columns(rows, ORDERS)

    def fills(self, names: dict[Any, str], booked: Sequence[tuple[float, float]]) -> Columns:
        """Columns of `FILLS`. `booked`: (fee, slippage) in their order. Raises `JournalError`."""
        events = [event for event in self._events if isinstance(event, OrderFilled)]
        if len(events) != len(booked):
            raise JournalError(f"{len(events):,} fills, but costs of {len(booked):,} were booked")
        rows = []
        for event, (fee, slippage) in zip(events, booked, strict=True):
            if not math.isclose(event.commission.as_double(), fee + slippage, abs_tol=1e-9):
                raise JournalError(
                    f"fill at {event.ts_event} was charged {event.commission}, not {fee + slippage}"
                )
            rows.append(
                (
                    event.ts_event,
                    event.client_order_id.value,
                    names[event.instrument_id],
                    1 if event.order_side == OrderSide.BUY else -1,
                    event.last_qty.as_double(),
                    event.last_px.as_double(),
                    fee,
                    slippage,
                )
            )
        return _columns(rows, FILLS)

    def balances(self) -> list[float]:
        """Total of the account after each fill: its last word before the next one."""
        said: list[float] = []
        for event in self._events:
            if isinstance(event, OrderFilled):
                said.append(math.nan)
            elif isinstance(event, AccountState) and said:
                said[-1] = event.balances[0].total.as_double()
        return said


def check_balances(expected: Any, said: Sequence[float], decimals: int) -> None:
    """Both agree at every fill but for roundings, at most one each. Raises `JournalError`."""
    step = 10.0**-decimals
    allowed = step * (0.51 * np.arange(1, len(said) + 1) + 0.51)
    wrong = ~(np.abs(np.asarray(expected) - np.asarray(said, float)) <= allowed)
    if wrong.any():
        row = int(np.argmax(wrong))
        theirs, ours = f"{said[row]:,.{decimals}f}", f"{expected[row]:,.{decimals}f}"
        raise JournalError(f"after fill {row + 1:,} the account says {theirs}, the fills say {ours}")


def _columns(rows: list[tuple[Any, ...]], schema: Any) -> Columns:
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema.names)
    return {
        each.name: np.array(list(column), _KINDS[str(each.type)])
        for each, column in zip(schema, columns, strict=True)
    }
