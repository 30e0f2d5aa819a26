"""How processes log: one JSON line an event into a rotated file, one short line for a person on stderr.

`RateLimit` keeps a fault that happens a thousand times a second from becoming a thousand lines, and says how
many it held back. Nothing here is global but structlog's own configuration, set once by `set_up` in a `main`.
"""

import atexit
import logging
import queue
import sys
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from typing import Any, Final, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

FILE_BYTES_MAX: Final = 10 << 20
FILES_KEPT: Final = 3
QUEUED_MAX: Final = 10_000  # lines that wait for a slow disk; more are dropped, logging says so on stderr
_HANDLER_NAME: Final = "tapedeck"
_BEFORE: Final[list[structlog.typing.Processor]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
# At import, so that a process or test that never calls `set_up` gets the standard library's behaviour:
# warnings on stderr, nothing on stdout.
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_BEFORE,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=False,
)


class RateLimit:
    """Lets one event through every `interval_ms`, counting those held back."""

    def __init__(self, interval_ms: int = 5_000) -> None:
        self._interval_ms = interval_ms
        self._next_ms = 0
        self._held_back = 0

    def pass_at(self, now_ms: int) -> int | None:
        """None: hold this one back. Else how many were held back since the last that passed."""
        if now_ms < self._next_ms:
            self._held_back += 1
            return None
        self._next_ms = now_ms + self._interval_ms
        held_back, self._held_back = self._held_back, 0
        return held_back


def logger(topic: str) -> FilteringBoundLogger:
    """A logger of one topic (`bus`, `supervisor`, `feed` ...), not of one file."""
    return cast(FilteringBoundLogger, structlog.stdlib.get_logger(topic, topic=topic))


def set_up(
    process: str, log_dir: Path | None, *, stderr_level: int = logging.INFO, in_thread: bool = False
) -> None:
    """Send everything to `log_dir/<process>.log` and short lines to stderr. For a `main`, once.

    `in_thread`: the file is written by a thread of its own, for a loop that may not wait for a disk.
    """
    handlers: list[logging.Handler] = [_stderr(process, stderr_level)]
    if log_dir is not None:
        log_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = _file(log_dir / f"{process}.log")
        handlers.append(_Queued(file) if in_thread else file)
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if handler.get_name() == _HANDLER_NAME]:
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        handler.set_name(_HANDLER_NAME)
        root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("asyncio").setLevel(logging.WARNING)


class _Queued(QueueHandler):
    """Hands records as they are to a thread that writes them; what is left is written at the exit."""

    def __init__(self, target: logging.Handler) -> None:
        waiting: queue.Queue[Any] = queue.Queue(QUEUED_MAX)
        super().__init__(waiting)
        self._listener = QueueListener(waiting, target)
        self._listener.start()
        self._target: logging.Handler | None = target
        atexit.register(self.close)

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record  # its formatter wants the event as it was, and the thread is ours

    def close(self) -> None:
        if self._target is not None:
            target, self._target = self._target, None
            self._listener.stop()
            target.close()
        super().close()


def _stderr(process: str, level: int) -> logging.Handler:
    def short(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
        time = str(event.pop("timestamp", ""))[11:23]
        error = event.pop("exception", None)
        said = event.pop("event", "")
        kept = {key: value for key, value in event.items() if key not in ("level", "topic")}
        details = " ".join(f"{key}={value}" for key, value in kept.items())
        line = f"{time} {process} {event.get('level', '')}: {said} {details}".rstrip()
        return line if error is None else f"{line} [{str(error).strip().splitlines()[-1]}]"

    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(level)
    handler.setFormatter(_formatter(structlog.processors.format_exc_info, short))
    return handler


def _file(path: Path) -> logging.Handler:
    handler = RotatingFileHandler(path, maxBytes=FILE_BYTES_MAX, backupCount=FILES_KEPT, encoding="utf-8")
    render = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    handler.setFormatter(_formatter(structlog.processors.format_exc_info, render))
    return handler


def _formatter(*renderers: structlog.typing.Processor) -> structlog.stdlib.ProcessorFormatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_BEFORE,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
    )
