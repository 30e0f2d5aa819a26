"""What Qt has to say goes into the log, warnings and worse; for a `main`.

The handler runs in whatever thread Qt speaks in and never raises: there is nobody above it to catch.
"""

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from core.clock import NS_PER_MS, monotonic_ns
from core.logs import RateLimit, logger

_log = logger("qt")
# Offscreen has no window manager to tell a minimum size; it says so for every window.
_NOTHING = ("This plugin does not support propagateSizeHints",)
_limits: dict[str, RateLimit] = {}
_LIMITS_MAX = 256


def log_qt_messages() -> None:
    """Until the process ends."""
    qInstallMessageHandler(_take)


def _take(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    if kind in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) or text in _NOTHING:
        return
    if len(_limits) >= _LIMITS_MAX:
        _limits.clear()
    held_back = _limits.setdefault(text, RateLimit()).pass_at(monotonic_ns() // NS_PER_MS)
    if held_back is None:
        return
    tell = _log.warning if kind is QtMsgType.QtWarningMsg else _log.error
    tell(text, category=context.category or "", held_back=held_back)
