"""How every exchange's feed is doing, as desks are told: OK, LATE, DOWN or HALTED.

Keeps the state of each feed with the time it began. `version` grows when any state changes, not when only a
delay does. Pure: time is an argument.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from aggregator.pipeline.ingest import Feed
from aggregator.pipeline.publish import SourceColumns
from core.market.fields import SourceState

COLUMNS_CACHED_MAX: Final = 512


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """`since_ns` is this host's wall clock."""

    state: SourceState
    late_ms: int
    since_ns: int


class SourceBoard:
    """An exchange that no feed serves is DOWN."""

    def __init__(self) -> None:
        self.version = 0
        self.figures: dict[str, SourceFigures] = {}
        self._columns: dict[tuple[str, ...], SourceColumns] = {}

    def refresh(self, feeds: dict[str, Feed], now_ns: int, wall_ns: int) -> list[str]:
        """Look at every feed; returns the exchanges whose state changed."""
        changed = []
        for exchange, feed in feeds.items():
            state, late_ms = feed.gate.status(now_ns)
            before = self.figures.get(exchange)
            if before is not None and before.state is state:
                if before.late_ms != late_ms:
                    self.figures[exchange] = SourceFigures(state, late_ms, before.since_ns)
                    self._columns.clear()
                continue
            self.figures[exchange] = SourceFigures(state, late_ms, wall_ns)
            if before is not None or state is not SourceState.DOWN:
                changed.append(exchange)
        if changed:
            self.version += 1
            self._columns.clear()
        return changed

    def columns(self, exchanges: tuple[str, ...]) -> SourceColumns:
        """States and delays in the order of a group's sources."""
        found = self._columns.get(exchanges)
        if found is None:
            if len(self._columns) >= COLUMNS_CACHED_MAX:
                self._columns.clear()
            known = [self.figures.get(exchange) for exchange in exchanges]
            found = self._columns[exchanges] = SourceColumns(
                np.array([each.state if each else SourceState.DOWN for each in known], np.uint8),
                np.array([each.late_ms if each else 0 for each in known], np.uint32),
            )
        return found
