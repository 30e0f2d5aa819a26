"""Epochs: numbers that only grow, over restarts and clock changes.

`epoch = max(stored + 1, wall ns)`: a process that comes back is newer than anything it has sent before, even
if its clock went back. Where they are kept is the process's business.
"""

from typing import Protocol


class EpochStore(Protocol):
    def next_epoch(self, line: str, wall_ns: int) -> int:
        """A higher epoch than any before for this line (`market`, a feed's name, a session)."""
        ...


class MemoryEpochs:
    """For tests and for sessions whose subjects end with them."""

    def __init__(self) -> None:
        self._stored: dict[str, int] = {}

    def next_epoch(self, line: str, wall_ns: int) -> int:
        epoch = max(self._stored.get(line, 0) + 1, wall_ns)
        self._stored[line] = epoch
        return epoch
