"""Crash reports on the disk: plain text, one a failure, the newest `REPORTS_KEPT` of them.

A report is whole or not there: written beside, flushed, then renamed. `write` blocks and belongs in a thread.
Knows nothing of what a report says.
"""

from datetime import datetime
from pathlib import Path
from typing import Final

from core import platform
from core.clock import NS_PER_S

REPORTS_KEPT: Final = 20
_GLOB: Final = "crash-*.txt"


class CrashReports:
    """Of one directory, which is made when the first report is written."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._named = 0

    def new_path(self, at_ns: int) -> Path:
        """Where the report of a failure at that wall time goes; sorted by name is sorted by time."""
        self._named += 1
        at = datetime.fromtimestamp(at_ns / NS_PER_S).astimezone()
        return self.directory / f"crash-{at:%Y%m%d-%H%M%S-%f}-{self._named:03}.txt"

    def write(self, path: Path, text: str) -> None:
        """Put the report there and let go of the oldest. Raises `OSError`."""
        platform.private_directory(self.directory)
        platform.write_private(path, text)
        for old in self.all()[REPORTS_KEPT:]:
            old.unlink(missing_ok=True)

    def all(self) -> list[Path]:
        """Newest first."""
        return sorted(self.directory.glob(_GLOB), reverse=True)
