"""The last log lines of this process, in memory, for reports and diagnostics; bounded.

A line keeps level, topic, words and the traceback it came with. Formatting waits until somebody reads.
"""

import logging
import traceback
from collections import deque
from datetime import UTC, datetime
from typing import Final

LINES_MAX: Final = 200
WORDS_MAX: Final = 2_000  # of one line


class LogTail(logging.Handler):
    """`install` on the root logger, `remove` at the end."""

    def __init__(self, lines_max: int = LINES_MAX) -> None:
        super().__init__(logging.INFO)
        self._records: deque[str] = deque(maxlen=lines_max)

    def install(self) -> None:
        logging.getLogger().addHandler(self)

    def remove(self) -> None:
        logging.getLogger().removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        said = record.msg
        if isinstance(said, dict):  # of structlog, before its formatter
            details = " ".join(
                f"{key}={value}"
                for key, value in said.items()
                if key not in ("event", "level", "timestamp", "topic", "exc_info")
            )
            words = f"{said.get('event', '')} {details}".rstrip()
            error = said.get("exc_info")
        else:
            words, error = record.getMessage(), record.exc_info
        if isinstance(error, tuple):
            error = error[1]
        if isinstance(error, BaseException):
            words += f" [{''.join(traceback.format_exception_only(error)).strip()}]"
        at = datetime.fromtimestamp(record.created, UTC)
        line = f"{at:%H:%M:%S.%f}"[:12] + f" {record.levelname.lower()} {record.name}: {words}"
        self._records.append(line[:WORDS_MAX])

    @property
    def lines(self) -> tuple[str, ...]:
        """Oldest first; times are UTC."""
        return tuple(self._records)
