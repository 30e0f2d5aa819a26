"""Where a profile keeps its research: datasets, runs, their catalog, and what is derived of them.

Only paths; nothing is read or made here but the directories. Everything below `cache` may be deleted at any
time and is made again from what it was derived of.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core import platform
from core.profile import Profile

MAKING: Final = "making"  # in the cache: what a killed import leaves there may go, once it was mended
DAMAGED: Final = ".damaged"  # how a dataset ends there that is being made anew


@dataclass(frozen=True, slots=True)
class ResearchHome:
    """`directory` holds everything of this kind of one profile."""

    directory: Path

    @classmethod
    def of(cls, profile: Profile) -> "ResearchHome":
        """The research of a profile; its directories are made. Raises `OSError`."""
        home = cls(profile.directory / "research")
        home.make()
        return home

    def make(self) -> None:
        """Make the directories, readable by their owner only."""
        for path in (self.directory, self.datasets, self.runs, self.cache, self.strategies):
            platform.private_directory(path)

    @property
    def datasets(self) -> Path:
        return self.directory / "datasets"

    @property
    def runs(self) -> Path:
        return self.directory / "runs"

    @property
    def cache(self) -> Path:
        """Uncompressed Arrow IPC copies of Parquet columns, named by the hash of their source."""
        return self.directory / "cache"

    @property
    def strategies(self) -> Path:
        """The user's own strategy files, one a file; never on `sys.path`."""
        return self.directory / "strategies"

    @property
    def catalog_file(self) -> Path:
        return self.directory / "catalog.sqlite"
