"""When trades of an exchange may be missing: before the first that was heard, and while messages were lost.

A gap lasts from the newest event before it to the newest of the state that ended it. Bars in whose course one
lies are INCOMPLETE. Bounded: neighbouring gaps grow together. Pure; no time is read here.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from core.market.fields import NULL
from core.market.trades import I64

GAPS_MAX: Final = 256


class Gaps:
    """By exchange, in ns of the market's time, both ends inside."""

    def __init__(self) -> None:
        self._gaps: dict[str, list[tuple[int, int]]] = {}
        self._open: dict[str, int] = {}  # begin of gaps whose end is not known yet

    @property
    def open(self) -> tuple[str, ...]:
        """Exchanges whose gap has no end yet."""
        return tuple(self._open)

    def begin(self, exchange: str, newest_ns: int) -> None:
        """Messages after `newest_ns` (null: of any time) may be missing."""
        self._open.setdefault(exchange, newest_ns)

    def end(self, exchange: str, newest_ns: int) -> int:
        """Nothing after `newest_ns` is missing. Begin of the gap, null if it has none."""
        begin_ns = self._open.pop(exchange)
        known = self._gaps.setdefault(exchange, [])
        known.append((begin_ns, max(begin_ns, newest_ns)))
        if len(known) > GAPS_MAX:
            (first_ns, one_ns), (other_ns, last_ns) = known[:2]
            known[:2] = [(min(first_ns, other_ns), max(one_ns, last_ns))]
        return begin_ns

    def know(self, gaps: Mapping[str, Sequence[tuple[int, int]]]) -> None:
        """Gaps that were there before anything was heard: those of a recording."""
        for exchange, spans in gaps.items():
            for begin_ns, last_ns in spans:
                self.begin(exchange, begin_ns)
                self.end(exchange, last_ns)

    def of(self, exchange: str) -> I64:
        """Shape (gaps, 2): begin and end of each; one without an end lasts for ever."""
        gaps = list(self._gaps.get(exchange, ()))
        if exchange in self._open:
            gaps.append((self._open[exchange], 2**63 - 1))
        return np.array(gaps, np.int64).reshape(-1, 2)

    def clear(self) -> None:
        self._gaps.clear()
        self._open.clear()


def event_ns(event_us: int) -> int:
    """A table's time, which has no ns, as the latest ns it can stand for."""
    return NULL if event_us == NULL else (event_us + 1) * 1_000 - 1
