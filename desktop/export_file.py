"""Files that a person takes out of the desk: whole or not there, and one line for what goes wrong."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path


class ExportError(Exception):
    """Which file, what was wrong, what to do."""


def write_text(path: Path, text: str) -> None:
    """As UTF-8. Raises `ExportError`."""
    write_whole(path, lambda unfinished: unfinished.write_text(text, encoding="utf-8"))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make the file beside its place (or raise `OSError`), then move it. Raises `ExportError`."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        write(unfinished)
        unfinished.replace(path)
    except OSError as error:
        raise ExportError(
            f"{path} was not written: {error.strerror or error}; choose another place"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
