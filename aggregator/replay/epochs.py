"""Epochs of one session: numbers that only grow, also from one run of it to the next, without a disk write
at each seek.

A minute of numbers ahead is stored at a time, so a seek nearly never waits for the disk, and the next run
begins above all that this one may have used.
"""

from collections.abc import Callable
from typing import Final

from aggregator.pipeline.epochs import EpochStore
from core.clock import NS_PER_S, wall_ns

AHEAD_NS: Final = 60 * NS_PER_S


class SessionEpochs:
    """`next` is above every earlier answer of this and of earlier runs that used the same store and line."""

    def __init__(self, store: EpochStore, line: str, wall: Callable[[], int] = wall_ns) -> None:
        self._store = store
        self._line = line
        self._wall = wall
        self._newest = self._stored = store.next_epoch(line, wall())

    def next(self) -> int:
        """May raise what the store raises."""
        self._newest = max(self._newest + 1, self._wall())
        if self._newest > self._stored:
            self._stored = self._store.next_epoch(self._line, self._newest + AHEAD_NS)
        return self._newest
