"""What differs by operating system, and nothing else.

Children that end with their parent, exclusive file locks, private files, termination requests, the age of a
process. On Windows: Job Objects, msvcrt locks, console control events (written from the documentation, tested
only where a Windows runner is available). Callers never ask which system they are on.
"""

import asyncio
import contextlib
import ctypes
import importlib.metadata
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import psutil

PRIVATE_FILE: Final = 0o600
PRIVATE_DIRECTORY: Final = 0o700
_PR_SET_PDEATHSIG: Final = 1
# nautilus_trader's wheels hold 128-bit numbers where the compiler has them: Microsoft's has not.
ENGINE_PRECISION: Final = "standard" if sys.platform == "win32" else "high"


def build() -> str:
    """Version of the installed product."""
    try:
        return importlib.metadata.version("tapedeck")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


# ---- children ----------------------------------------------------------------------------------------
def end_with_parent() -> Callable[[], None] | None:
    """A `preexec_fn` that makes the kernel end the child when the process that starts it is gone.

    None where the system has no such thing; there, call `bind_to_this_process` after the start. Linux means
    the thread, so start such children from a thread that lives as long as the process.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it ended between fork and prctl
            os._exit(1)

    return ask_kernel


def background_flags(*, detached: bool) -> dict[str, Any]:
    """Arguments for Popen: no console window; detached: no signal of our terminal reaches the child."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        return {"creationflags": flags}
    return {"start_new_session": True} if detached else {}


def bind_to_this_process(pid: int) -> None:
    """On Windows: the child ends when this process does, however it ends. Elsewhere nothing."""
    if sys.platform == "win32":
        from core import platform_windows

        platform_windows.bind_to_job(pid)


def process_started_s(pid: int) -> float | None:
    """When a running process began, in seconds since 1970; None when none has that id, or a zombie."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except (psutil.NoSuchProcess, psutil.AccessDenied, ValueError):
        return None


def on_termination(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> Callable[[], None]:
    """Call `callback` on the loop when asked to end (SIGTERM, SIGINT, Ctrl-Break). Returns what undoes it."""
    if sys.platform == "win32":
        numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGBREAK]
        for number in numbers:
            signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(callback))
        return lambda: None
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, callback)

    def undo() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    return undo


# ---- files -------------------------------------------------------------------------------------------
def private_directory(path: Path) -> Path:
    """Make `path` readable by its owner only, with parents."""
    path.mkdir(parents=True, exist_ok=True, mode=PRIVATE_DIRECTORY)
    path.chmod(PRIVATE_DIRECTORY)
    return path


def write_private(path: Path, text: str) -> None:
    """Replace `path` whole by `text`, never readable by others, also not for a moment."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


class FileLock:
    """An exclusive lock that the system releases when the holder ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def acquire(self) -> bool:
        """False when somebody else holds it."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
        try:
            _lock(handle)
        except OSError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def finish(process: "subprocess.Popen[bytes]", patience_s: float) -> int:
    """Ask a child to end, then make it. Returns its exit code."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        return process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
