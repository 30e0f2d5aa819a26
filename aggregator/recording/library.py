"""The tapes of a profile: where they lie, how they are named, what each one is.

A tape is a directory `NAME.tape` in `<profile>/tapes`. Reading what a tape is decodes none of its events.
"""

import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from core import platform
from core.profile import Profile
from core.tape.format import LOCK, SUFFIX, TapeFormatError
from core.tape.manifest import Manifest
from core.tape.reader import TapeReader
from core.tape.writer import tape_directory

NAME_PATTERN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class TapeNameError(ValueError):
    """A name that no tape can have; the text says what can."""


class TapeState(Enum):
    """What a person sees of a tape."""

    COMPLETE = "complete"
    RECORDING = "recording"  # somebody writes it now
    INTERRUPTED = "interrupted"  # readable to its last whole batch
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class ListedTape:
    """One line of `data list`. Spans and counts are those that can be read."""

    name: str
    path: Path
    state: TapeState
    bytes: int
    begin_ns: int = 0
    end_ns: int = 0
    events: int = 0
    gaps: int = 0
    instruments: int = 0
    note: str = ""


def tapes_directory(profile: Profile) -> Path:
    """Where the profile's tapes lie; made private when it is not there."""
    return platform.private_directory(profile.directory / "tapes")


def tape_path(directory: Path, name: str) -> Path:
    """Where the tape `name` lies in `directory`. Raises `TapeNameError`."""
    plain = name.removesuffix(SUFFIX)
    if not NAME_PATTERN.fullmatch(plain):
        raise TapeNameError(
            f"tape name {name!r}: use 1 to 64 letters, digits, '-', '_' and '.', a letter or digit first"
        )
    return tape_directory(directory, plain)


def tapes_in(directory: Path) -> list[Path]:
    """Every tape there, by name."""
    found = [entry for entry in directory.glob(f"*{SUFFIX}") if entry.is_dir()]
    return sorted(entry for entry in found if not entry.name.startswith("."))


def describe_tape(path: Path) -> ListedTape:
    """What `data list` says of a tape; never raises for a damaged one."""
    name = path.name.removesuffix(SUFFIX)
    try:
        size = sum(entry.stat().st_size for entry in path.iterdir())
        with TapeReader(path) as reader:
            manifest, notes = reader.manifest, reader.notes
            keys = {instrument.key for instrument in manifest.instruments}
            state = TapeState.COMPLETE if reader.is_whole else TapeState.INTERRUPTED
            if state is TapeState.INTERRUPTED and is_recording(path):
                state, notes = TapeState.RECORDING, []
            gaps = manifest.events.get("gaps", 0)
            return ListedTape(
                name, path, state, size, reader.begin_ns, reader.end_ns, reader.event_count - gaps, gaps,
                len(keys), _note(manifest, notes),
            )  # fmt: skip
    except TapeFormatError as error:
        return ListedTape(name, path, TapeState.UNREADABLE, size, note=str(error))
    except OSError as error:
        return ListedTape(name, path, TapeState.UNREADABLE, 0, note=error.strerror or str(error))


def is_recording(path: Path) -> bool:
    """Whether a recorder holds the tape now."""
    if not (path / LOCK).exists():
        return False
    lock = platform.FileLock(path / LOCK)
    is_free = lock.acquire()
    lock.release()
    return not is_free


def _note(manifest: Manifest, notes: list[str]) -> str:
    return "; ".join([*([manifest.stopped] if manifest.stopped else []), *notes])
