"""When a session has been sought: which epoch is shown, and whether its parts are all there.

A seek begins a new epoch. Its clock, its snapshots and its bars arrive one after the other; what is painted
stays as it was until the last of them is there, then everything flips at once. Pure: epochs and times in,
decisions out. It keeps no message and reads no clock.
"""

from collections.abc import Iterable
from enum import Enum, auto
from typing import Final

TURN_MS_MAX: Final = 500  # then what has come is shown, and what has not is loading


class TurnStep(Enum):
    """What `settle` found."""

    STANDING = auto()  # no turn is under way
    WAITING = auto()
    COMPLETE = auto()  # everything is of the newest epoch: flip
    OVERDUE = auto()  # flip all the same; what is of another epoch must not be painted


class EpochTurn:
    """`shown`: the epoch of what is painted. `newest`: the newest heard of. 0 while there is none."""

    def __init__(self) -> None:
        self.shown = 0
        self.newest = 0
        self._since_ms: int | None = None

    @property
    def is_turning(self) -> bool:
        return self._since_ms is not None

    @property
    def due_ms(self) -> int | None:
        """When the turn under way is overdue."""
        return None if self._since_ms is None else self._since_ms + TURN_MS_MAX

    def hear(self, epoch: int, now_ms: int) -> bool:
        """A clock, snapshot or bars of `epoch` have come; True when a turn begins with it.

        Before anything was shown there is nothing to keep, and no turn. A seek during a turn does not prolong
        it: a person who scrubs must see where.
        """
        if epoch <= self.newest:
            return False
        self.newest = epoch
        if not self.shown:
            self.shown = epoch
        elif self._since_ms is None:
            self._since_ms = now_ms
            return True
        return False

    def settle(self, epochs: Iterable[int], now_ms: int) -> TurnStep:
        """`epochs` of the clock and of everything held; 0 for what has not come at all."""
        if self._since_ms is None:
            return TurnStep.STANDING
        if all(epoch == self.newest for epoch in epochs):
            step = TurnStep.COMPLETE
        elif now_ms - self._since_ms >= TURN_MS_MAX:
            step = TurnStep.OVERDUE
        else:
            return TurnStep.WAITING
        self.shown, self._since_ms = self.newest, None
        return step
