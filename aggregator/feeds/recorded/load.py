"""Files of any known format to one tape: `load_tape` is what replay sessions and checks call.

The format is told by a file's first bytes, not by its name. A folder stands for the recordings in it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from aggregator.feeds.recorded.builder import FileEvents, build_tape
from aggregator.feeds.recorded.csv_bars import read_csv
from aggregator.feeds.recorded.dbn import DBN_MAGIC, ZSTD_MAGIC, DbnFile, open_dbn, read_datasets, read_events
from aggregator.feeds.recorded.parquet import PARQUET_MAGIC, read_parquet
from aggregator.feeds.recorded.tape import RecordedTape, TapeError

GZIP_MAGIC: Final = b"\x1f\x8b"
SUFFIXES: Final = (".dbn", ".dbn.zst", ".parquet", ".csv", ".csv.gz")
FILES_MAX: Final = 1_000
_TITLE_FILES: Final = 2


def load_tape(paths: Sequence[Path], title: str | None = None) -> RecordedTape:
    """Read files (or folders of them) into one tape, merged by time.

    Raises `TapeError`, one line, for the first file that cannot be read whole: nothing is played then.
    """
    files = _expand(paths)
    opened: list[DbnFile | FileEvents] = []
    for path in files:
        opened.append(_open(path))
    datasets = read_datasets([file for file in opened if isinstance(file, DbnFile)])
    events = [
        read_events(file, datasets[file.dataset]) if isinstance(file, DbnFile) else file for file in opened
    ]
    return build_tape(events, title or _title(files))


def _expand(paths: Sequence[Path]) -> list[Path]:
    if not paths:
        raise TapeError("no file given: name recordings or a folder of them")
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(entry for entry in path.rglob("*") if entry.name.endswith(SUFFIXES))
            if not inside:
                raise TapeError(f"{path}: no recordings in this folder: they end in {', '.join(SUFFIXES)}")
            files += inside
        elif path.exists():
            files.append(path)
        else:
            raise TapeError(f"{path}: no such file: check the path")
    if len(files) > FILES_MAX:
        raise TapeError(f"{len(files):,} files, at most {FILES_MAX:,} are played at once: give fewer")
    return files


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
