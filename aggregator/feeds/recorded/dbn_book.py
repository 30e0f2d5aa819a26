"""Books out of DBN records: an order book for market-by-order data, level changes between 10-level views.

The order book keeps what the venue told, order by order, and gives the best price of each side. It is a
reader's book: it never trades, never repairs a crossed market, and forgets an order that it never saw.
"""

from heapq import heapify, heappop, heappush
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import NULL

Top = tuple[int, int, int, int]  # bid, bid size, ask, ask size; NULL where a side is empty
EMPTY_TOP: Final[Top] = (NULL, NULL, NULL, NULL)


class _Side:
    """Price levels of one side with a lazily cleaned heap of prices; `sign` is -1 for bids."""

    __slots__ = ("heap", "sign", "sizes")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.sizes: dict[int, int] = {}
        self.heap: list[int] = []

    def change(self, price: int, size: int) -> None:
        have = self.sizes.get(price)
        if have is None:
            if size > 0:
                self.sizes[price] = size
                heappush(self.heap, self.sign * price)
        elif have + size > 0:
            self.sizes[price] = have + size
        else:
            del self.sizes[price]

    def best(self) -> tuple[int, int]:
        heap, sizes, sign = self.heap, self.sizes, self.sign
        while heap and sign * heap[0] not in sizes:
            heappop(heap)
        if len(heap) > 2 * len(sizes) + 64:  # prices that came and went leave copies behind
            self.heap = heap = [sign * price for price in sizes]
            heapify(heap)
        if not heap:
            return NULL, NULL
        price = sign * heap[0]
        return price, sizes[price]

    def clear(self) -> None:
        self.sizes.clear()
        self.heap.clear()


class OrderBook:
    """Working orders of one instrument by id. Prices and sizes are the caller's integers."""

    __slots__ = ("_orders", "_sides")

    def __init__(self) -> None:
        self._orders: dict[int, tuple[bool, int, int]] = {}  # id -> (is bid, price, size)
        self._sides = (_Side(1), _Side(-1))  # asks, bids

    def add(self, order: int, is_bid: bool, price: int, size: int) -> int:
        """A new order; an id that is there already is replaced. Returns the order's size."""
        self.remove(order)
        self._orders[order] = (is_bid, price, size)
        self._sides[is_bid].change(price, size)
        return size

    def reduce(self, order: int, size: int) -> int:
        """Cancel `size` of an order; returns what is left of it, 0 for an unknown one."""
        known = self._orders.get(order)
        if known is None:
            return 0
        is_bid, price, have = known
        left = max(0, have - size)
        if left:
            self._orders[order] = (is_bid, price, left)
            self._sides[is_bid].change(price, left - have)
        else:
            self.remove(order)
        return left

    def remove(self, order: int) -> None:
        """Forget an order, if it is known."""
        known = self._orders.pop(order, None)
        if known is not None:
            self._sides[known[0]].change(known[1], -known[2])

    def size_of(self, order: int) -> int:
        """Working size of an order; 0 when unknown."""
        known = self._orders.get(order)
        return 0 if known is None else known[2]

    def set_side(self, is_bid: bool, price: int | None, size: int) -> None:
        """A whole side becomes this one level, or empty: how top-of-book venues tell their best price."""
        for order in [order for order, known in self._orders.items() if known[0] is is_bid]:
            del self._orders[order]
        self._sides[is_bid].clear()
        if price is not None and size > 0:
            self._sides[is_bid].change(price, size)

    def clear(self) -> None:
        """Empty both sides."""
        self._orders.clear()
        for side in self._sides:
            side.clear()

    def top(self) -> Top:
        """Best prices with the sum of the sizes at them."""
        (ask, ask_size), (bid, bid_size) = self._sides[0].best(), self._sides[1].best()
        return bid, bid_size, ask, ask_size


def level_changes(
    before_price: NDArray[np.int64],
    before_size: NDArray[np.int64],
    price: NDArray[np.int64],
    size: NDArray[np.int64],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """What differs between two views of one side, each of shape (records, levels), `NULL` where empty.

    Returns masks: levels of the earlier view whose price is gone, and levels of the later view that are new
    or have another size.
    """
    same = (before_price[:, :, None] == price[:, None, :]) & (price != NULL)[:, None, :]
    gone = (before_price != NULL) & ~same.any(axis=2)
    kept = same & (before_size[:, :, None] == size[:, None, :])
    changed = (price != NULL) & ~kept.any(axis=1)
    return gone, changed
