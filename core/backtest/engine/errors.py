"""What went wrong in a strategy, and on which of its lines.

The line is the innermost one of the traceback that lies in the strategy's own file: that is where a person
looks first. The whole traceback goes into the run's log.
"""

import os
import re
import traceback
from pathlib import Path

TRACEBACK_FRAMES_MAX = 30


class StrategyError(RuntimeError):
    """`path` and `line` say where in the strategy; line 0: the file as a whole."""

    def __init__(self, message: str, path: Path, line: int) -> None:
        super().__init__(message)
        self.path, self.line = path, line


def strategy_error(error: BaseException, path: Path) -> StrategyError:
    """`error` as one line with its place; raise it from `error`."""
    text = str(error).strip().splitlines()
    said = f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
    line = 0
    for frame in traceback.extract_tb(error.__traceback__):
        if _same(frame.filename, path) and frame.lineno:
            line = frame.lineno
    if isinstance(error, SyntaxError) and error.filename and _same(error.filename, path):
        line = error.lineno or 0
        said = f"SyntaxError: {error.msg}"
    return StrategyError(said, path, line)


def traceback_text(error: BaseException) -> str:
    """The whole chain, bounded."""
    return "".join(traceback.format_exception(error, limit=-TRACEBACK_FRAMES_MAX))


def disk_error_text(error: OSError) -> str:
    """In the system's words; pyarrow's errors have them in their text alone."""
    numbered = re.search(r"\[errno (\d+)\]", str(error))
    return os.strerror(int(numbered[1])) if numbered else error.strerror or str(error)


def _same(filename: str, path: Path) -> bool:
    return Path(filename).name == path.name and Path(filename).resolve() == path.resolve()
