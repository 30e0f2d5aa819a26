"""Recordings of others to a tape of our own: read whole, written whole, or nothing."""

from collections.abc import Sequence
from pathlib import Path

from aggregator.feeds.recorded.load import expand, load_tape
from aggregator.recording.write_tape import write_tape
from core.clock import wall_ns
from core.tape.format import EVENTS
from core.tape.manifest import Manifest, TapeSource
from core.tape.writer import file_sha256


def import_files(paths: Sequence[Path], directory: Path, title: str | None = None) -> Manifest:
    """Make the tape `directory` of the files. Raises `TapeError`, `OSError` (`FileExistsError`: taken)."""
    if directory.exists():
        raise FileExistsError(directory)
    files = expand(paths)
    sources = [_source(path) for path in files]
    return write_tape(load_tape(files, title), directory, sources=sources, recorded_ns=wall_ns())


def _source(path: Path) -> TapeSource:
    """A tape is told by its events."""
    file = path / EVENTS if path.is_dir() else path
    return TapeSource(path.name, file.stat().st_size, file_sha256(file))
