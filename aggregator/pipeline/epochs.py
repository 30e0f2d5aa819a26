"""Epochs: numbers that only grow, over restarts and clock changes.

`epoch = max(stored + 1, wall ns)`: a process that comes back is newer than anything it has sent before, even
if its clock went back. The number is on disk before it is used.
"""

import json
import os
from pathlib import Path
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


class EpochFile:
    """One small JSON file, replaced whole. An unreadable one is set aside and the clock alone decides."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def next_epoch(self, line: str, wall_ns: int) -> int:
        stored = self._read()
        stored[line] = max(stored.get(line, 0) + 1, wall_ns)
        beside = self._path.with_suffix(f".{os.getpid()}.tmp")
        with beside.open("w", encoding="utf-8") as file:
            json.dump(stored, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        return stored[line]

    def _read(self) -> dict[str, int]:
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            return {str(line): int(epoch) for line, epoch in content.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError):
            self._path.replace(self._path.with_suffix(".unreadable"))
            return {}
