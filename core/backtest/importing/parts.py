"""What one file came to, kept on disk until its dataset is whole: minutes, groups, findings.

A part is made of a file's content and of what decides how it is read, and named by both: an import that was
killed takes up the parts it finds. The description is written last, so a part is whole or not there.
"""

import contextlib
import functools
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.backtest.importing.chunks import Group, Increments
from core.backtest.importing.findings import Finding
from core.backtest.importing.minutes import Parts

PART_VERSION: Final = 3
PARTS: Final = "parts"  # where they lie in the cache


@dataclass(frozen=True, slots=True)
class Part:
    """`bars` and `means` ascend by group and key; `definitions`, `mapped`: what a DBN file says of ids."""

    file: str
    groups: tuple[Group, ...]
    increments: Increments
    bars: Parts
    means: Parts
    findings: tuple[Finding, ...]
    rows: dict[str, int]
    schema: str
    dataset: str
    definitions: tuple[dict[str, Any], ...]
    mapped: dict[int, str]
    is_partial: bool
    currency: str


class PartStore:
    """Parts below a directory. Every call may raise `OSError`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    @staticmethod
    def key(sha256: str, how: dict[str, Any]) -> str:
        """Name of the part of a file with this content, read so."""
        said = json.dumps({"version": PART_VERSION, "sha256": sha256, "how": how}, sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:32]

    def find(self, key: str) -> Part | None:
        """A part that is whole."""
        try:
            data = json.loads((self._directory / f"{key}.json").read_text(encoding="utf-8"))
            bars, means = (
                np.load(self._directory / f"{key}.{name}.npy", mmap_mode="r") for name in ("bars", "means")
            )
            if [bars.shape[1], means.shape[1]] != data.pop("lengths"):
                return None
            data["groups"] = tuple(Group(**each) for each in data["groups"])
            data["findings"] = tuple(Finding(**each) for each in data["findings"])
            data["increments"] = Increments(**data["increments"])
            data["definitions"] = tuple(data["definitions"])
            data["mapped"] = {int(number): name for number, name in data["mapped"].items()}
            return Part(bars=bars, means=means, **data)
        except (FileNotFoundError, ValueError, KeyError, TypeError, EOFError):
            return None

    def write(self, key: str, part: Part) -> Part:
        """Keep it; the same part, mapped from the disk."""
        for name, parts in (("bars", part.bars), ("means", part.means)):
            self._whole(f"{key}.{name}.npy", functools.partial(_save, parts))
        data = {
            **{
                each.name: getattr(part, each.name)
                for each in fields(part)
                if each.name not in ("bars", "means")
            },
            "groups": [asdict(each) for each in part.groups],
            "findings": [asdict(each) for each in part.findings],
            "increments": asdict(part.increments),
            "lengths": [part.bars.shape[1], part.means.shape[1]],
        }
        text = json.dumps(data).encode()
        self._whole(f"{key}.json", lambda file: file.write(text))
        kept = self.find(key)
        assert kept is not None
        return kept

    def drop(self, key: str) -> None:
        for name in (f"{key}.json", f"{key}.bars.npy", f"{key}.means.npy"):
            with contextlib.suppress(OSError):  # what still maps it keeps it; `data prune` takes it later
                (self._directory / name).unlink(missing_ok=True)

    def clear(self) -> int:
        """Everything goes; how many bytes that were."""
        freed = 0
        for path in sorted(self._directory.iterdir()):
            freed += path.stat().st_size
            path.unlink(missing_ok=True)
        return freed

    def _whole(self, name: str, write: Callable[[Any], object]) -> None:
        handle, beside = tempfile.mkstemp(dir=self._directory, prefix=f".{name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                write(file)
                file.flush()
            os.replace(beside, self._directory / name)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise


def _save(parts: Parts, file: Any) -> None:
    """As `np.save`, which loses why a disk refuses."""
    parts = np.ascontiguousarray(parts)
    np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(parts))
    file.write(parts.data)
