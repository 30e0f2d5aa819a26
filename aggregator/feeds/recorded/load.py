"""Files of any known format to one tape: `load_tape` is what replay sessions and checks call.

The format is told by a file's first bytes, not by its name. A folder stands for the recordings in it, a
`.tape` folder for the tape it is; a plain name for the tape of that name in `tapes_dir`.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from aggregator.feeds.recorded.builder import FileEvents, build_tape
from aggregator.feeds.recorded.csv_bars import read_csv
from aggregator.feeds.recorded.dbn import DBN_MAGIC, ZSTD_MAGIC, DbnFile, open_dbn, read_datasets, read_events
from aggregator.feeds.recorded.parquet import PARQUET_MAGIC, read_parquet
from aggregator.feeds.recorded.tape import Gap, RecordedTape, TapeError
from aggregator.feeds.recorded.tape_file import TapeFile, is_tape
from core.tape.format import SUFFIX as TAPE_SUFFIX
from core.tape.writer import tape_directory

GZIP_MAGIC: Final = b"\x1f\x8b"
SUFFIXES: Final = (".dbn", ".dbn.zst", ".parquet", ".csv", ".csv.gz", TAPE_SUFFIX)
FILES_MAX: Final = 1_000
_TITLE_FILES: Final = 2


def load_tape(
    paths: Sequence[Path], title: str | None = None, *, tapes_dir: Path | None = None
) -> RecordedTape:
    """Read files, tapes (or folders of them) into one tape, merged by time.

    Raises `TapeError`, one line, for the first file that cannot be read whole: nothing is played then. An
    interrupted recording is whole to its last batch; its `RecordedTape.counts` are of what is there.
    """
    files = expand(paths, tapes_dir)
    if len(files) == 1 and is_tape(files[0]):
        tape = TapeFile(files[0])
        if tape.is_plain:
            return tape.recorded(title or tape.manifest.title)
    opened: list[DbnFile | FileEvents] = []
    gaps: list[Gap] = []
    notes: list[str] = []
    for path in files:
        if is_tape(path):
            tape = TapeFile(path)
            opened.append(tape.file_events())
            gaps += tape.gaps
            notes += tape.notes
        else:
            file = _open(path)
            opened.append(file)
            notes += file.notes if isinstance(file, FileEvents) else []
    datasets = read_datasets([file for file in opened if isinstance(file, DbnFile)])
    events = [
        read_events(file, datasets[file.dataset]) if isinstance(file, DbnFile) else file for file in opened
    ]
    return replace(build_tape(events, title or _title(files)), notes=tuple(notes), gaps=tuple(gaps))


def find_tape(path: Path, tapes_dir: Path | None) -> Path | None:
    """`path` itself when it is there, else the tape of that plain name in `tapes_dir`."""
    if path.exists():
        return path
    if tapes_dir is None or path.name != str(path):
        return None
    kept = tape_directory(tapes_dir, path.name)
    return kept if kept.is_dir() else None


def expand(paths: Sequence[Path], tapes_dir: Path | None = None) -> list[Path]:
    """The files and tapes that `paths` stand for. Raises `TapeError`."""
    if not paths:
        raise TapeError("no file given: name recordings or a folder of them")
    files: list[Path] = []
    for named in paths:
        path = find_tape(named, tapes_dir)
        if path is None:
            kind = "file" if tapes_dir is None else "file or tape"
            raise TapeError(f"{named}: no such {kind}: check the path")
        if path.is_dir() and not is_tape(path):
            inside = sorted(entry for entry in path.rglob("*") if _is_recording(entry))
            if not inside:
                raise TapeError(f"{path}: no recordings in this folder: they end in {', '.join(SUFFIXES)}")
            files += inside
        else:
            files.append(path)
    if len(files) > FILES_MAX:
        raise TapeError(f"{len(files):,} files, at most {FILES_MAX:,} are played at once: give fewer")
    return files


def _is_recording(entry: Path) -> bool:
    """Whether a folder's entry is played with it; a hidden one is a tape that is being imported."""
    hidden = entry.name.startswith(".")
    return is_tape(entry) and not hidden if entry.is_dir() else entry.name.endswith(SUFFIXES)


def _open(path: Path) -> DbnFile | FileEvents:
    try:
        with path.open("rb") as file:
            magic = file.read(4)
        if not magic:
            raise TapeError(f"{path.name}: empty file: get it again")
        if magic.startswith(DBN_MAGIC) or magic == ZSTD_MAGIC:
            return open_dbn(path)
        if magic == PARQUET_MAGIC:
            return read_parquet(path)
        if magic.startswith(GZIP_MAGIC) or path.name.endswith((".csv", ".csv.gz")):
            return read_csv(path)
    except OSError as error:
        raise TapeError(
            f"{path.name}: cannot be read ({error.strerror or error}): check its permissions"
        ) from error
    raise TapeError(f"{path.name}: neither DBN, Parquet nor CSV (begins with {magic!r}): see docs/data.md")


def _title(files: Sequence[Path]) -> str:
    named = ", ".join(file.name for file in files[:_TITLE_FILES])
    return named if len(files) <= _TITLE_FILES else f"{named} and {len(files) - _TITLE_FILES} more"
