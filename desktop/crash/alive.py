"""The mark of a desk that lives: one small file that only a clean end removes.

Beside it lies what Python can still write when the process is hit by a signal it cannot survive. A mark whose
process runs is another desk and is left alone. Reading and writing block: at the start, at the end, and from
a thread in between.
"""

import contextlib
import faulthandler
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from core import platform
from core.clock import NS_PER_S, wall_ns

SAME_START_S: Final = 2.0  # a process's start is known to 0.01 s and moves when the wall clock is set
LAST_WORDS_MAX: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Ended:
    """A desk that did not end by itself: when it was last seen, and its last words (empty: none)."""

    pid: int
    started_ns: int
    seen_ns: int
    last_words: str


class AliveMark:
    """`begin`, then `touch` every few seconds, then `end`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = directory / f"alive-{os.getpid()}.json"
        self._words_path = directory / f"native-{os.getpid()}.txt"
        self._words: TextIO | None = None

    def begin(self) -> None:
        """Say that this process lives. Raises `OSError`."""
        platform.private_directory(self._directory)
        said = {"started_ns": wall_ns(), "process_started_s": platform.process_started_s(os.getpid())}
        platform.write_private(self._path, json.dumps(said))

    def catch_signals(self) -> None:
        """Let Python write every thread's stack when the process is hit; for a `main`. Raises `OSError`."""
        platform.private_directory(self._directory)
        self._words = self._words_path.open("w", encoding="utf-8")
        faulthandler.enable(self._words, all_threads=True)

    def touch(self) -> None:
        """It still lives."""
        with contextlib.suppress(FileNotFoundError):  # it has ended meanwhile
            os.utime(self._path)

    def end(self) -> None:
        """A clean end: nothing will be told of it."""
        if self._words is not None:
            faulthandler.disable()
            self._words.close()
            self._words = None
            self._words_path.unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)

    def take_ended(self) -> list[Ended]:
        """Desks that ended in any other way, oldest first; each is told once."""
        found = []
        for path in self._directory.glob("alive-*.json"):
            ended = _read(path)
            if ended is not None:
                found.append(ended)
                path.unlink(missing_ok=True)
                path.with_name(f"native-{ended.pid}.txt").unlink(missing_ok=True)
        return sorted(found, key=lambda ended: ended.seen_ns)


def _read(path: Path) -> Ended | None:
    """None while its process runs, and for a file that is no mark."""
    try:
        pid = int(path.stem.removeprefix("alive-"))
        said = json.loads(path.read_text(encoding="utf-8"))
        started_ns, process_started_s = int(said["started_ns"]), float(said["process_started_s"])
        seen_s = path.stat().st_mtime
    except (OSError, ValueError, KeyError, TypeError):
        return None
    running_s = platform.process_started_s(pid)
    if running_s is not None and abs(running_s - process_started_s) < SAME_START_S:
        return None
    words = path.with_name(f"native-{pid}.txt")
    said_last = ""
    with contextlib.suppress(OSError):
        said_last = words.read_text(encoding="utf-8", errors="replace")[:LAST_WORDS_MAX].strip()
        if said_last:
            seen_s = max(seen_s, words.stat().st_mtime)
    return Ended(pid, started_ns, int(seen_s * NS_PER_S), said_last)
