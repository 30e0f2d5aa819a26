"""Opens recordings: starts a replay session of the file as a child, and ends it with the desk.

The child is the same `tapedeckd replay` that anybody may start. It holds the other end of a pipe that only
this process has, so it ends with the desk, also when that is killed. What it cannot read it says in one line;
that line becomes a message, and nothing is left running.
"""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core import platform
from core.logs import logger
from core.profile import Profile
from core.scope import Scope
from core.session_names import NAME_LENGTH_MAX, session_name
from desktop.messages import Level, MessageLink
from desktop.settings.complaints import holds_login
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.app import DeskApp
    from desktop.workspace.window import DeskWindow

# What a session plays, by the end of the name: tapes are folders, the rest are files.
SUFFIXES: Final = (".tape", ".dbn", ".dbn.zst", ".parquet", ".csv")
LOOK_EVERY_S: Final = 0.1
END_PATIENCE_S: Final = 3.0

_log = logger("recordings")


@dataclass(slots=True)
class _Child:
    name: str
    process: "subprocess.Popen[bytes]"
    complaints: Path


@dataclass(slots=True)
class Recordings:
    """Those that this desk has opened."""

    app: "DeskApp"
    children: dict[str, _Child] = field(default_factory=dict)

    def open(self, path: Path, window: "DeskWindow | None" = None) -> bool:
        """Play it, in `window` or in the first one; False, with a message, where that is plainly no use."""
        wrong = complaint(path) or self._server_complaint()
        if wrong:
            self._fail(wrong)
            return False
        self.app.start_task(self._play(path, window), f"open-{path.name}")
        return True

    async def _play(self, path: Path, window: "DeskWindow | None") -> None:
        name = self._free_name(path)
        self.app.messages.add(Level.INFO, tr("Opening {file}", file=path.name), self.app.now_ms())
        try:
            child = await asyncio.to_thread(self._start, path, name)
        except OSError as error:
            self._fail(tr("{file} was not opened: {reason}", file=path, reason=error.strerror or error))
            return
        self.children[name] = child
        shown = False
        while child.process.poll() is None:
            if not shown and name in self.app.sessions():
                shown = True
                self._show(Scope(name), window)
            await asyncio.sleep(LOOK_EVERY_S)
        if self.children.pop(name, None) is None:  # the desk has ended it
            return
        if child.process.stdin is not None:
            child.process.stdin.close()
        if child.process.returncode:
            said = await asyncio.to_thread(_last_line, child.complaints)
            self._fail(said or tr("{file} could not be played: see {log}", file=path, log=child.complaints))

    def _show(self, scope: Scope, window: "DeskWindow | None") -> None:
        """In the window that asked; where that has gone no other one, which may be live, is turned over."""
        app = self.app
        windows = app.windows[:1] if window is None else [each for each in app.windows if each is window]
        if windows:
            app.set_scope(scope, windows)
            return
        app.messages.add(
            Level.INFO,
            tr("{session} plays, the window that opened it was closed", session=scope.session),
            app.now_ms(),
            MessageLink(tr("Show it"), lambda: app.open_window(scope)),
        )

    def _start(self, path: Path, name: str) -> _Child:
        profile = Profile.open()
        complaints = profile.logs_dir / f"replay-{name}.stderr"
        command = [sys.executable, "-m", "aggregator", "replay", str(path.absolute())]
        command += ["--session", name, "--tie-to-stdin", *self._server()]
        with complaints.open("wb") as stderr:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                cwd=profile.directory,
                env=profile.environment(),
                **platform.background_flags(detached=False),
            )
        return _Child(name, process, complaints)

    def _server(self) -> list[str]:
        """Where the desk itself is; of the profile's own supervisor the session finds that by itself."""
        place = self.app.start.place
        arguments = ["--server", place.server] if place.server else []
        return arguments + (["--creds", str(place.credentials_file)] if place.credentials_file else [])

    def _server_complaint(self) -> str:
        """A command line is for everybody on this computer to read: no login goes there."""
        if holds_login(self.app.start.place.server or ""):
            return tr(
                "Recordings are not played while the server's address holds a login: start the desk with"
                " --creds and a credentials file"
            )
        return ""

    def _free_name(self, path: Path) -> str:
        """That of the file, numbered while another session has it."""
        taken = {*self.app.sessions(), *self.children}
        name, number = session_name([path]), 1
        while (numbered := name if number == 1 else f"{name[: NAME_LENGTH_MAX - 4]}-{number}") in taken:
            number += 1
        return numbered

    def _fail(self, text: str) -> None:
        _log.error("recording not opened", reason=text)
        self.app.messages.add(Level.ERROR, text, self.app.now_ms())

    async def close(self) -> None:
        """End what was opened here."""
        children = tuple(self.children.values())
        self.children.clear()  # first: what ends from now on was ended
        for child in children:
            await asyncio.to_thread(platform.finish, child.process, END_PATIENCE_S)
            if child.process.stdin is not None:
                child.process.stdin.close()


def complaint(path: Path) -> str:
    """Why this can be no recording, empty when it may be one."""
    if not path.exists():
        return tr("{file} is not there: choose another file", file=path)
    if not path.name.lower().endswith(SUFFIXES):
        kinds = ", ".join(SUFFIXES)
        return tr(
            "{file} is no recording: choose a file or folder that ends with {kinds}", file=path, kinds=kinds
        )
    return ""


def recordings_in(paths: Sequence[Path]) -> list[Path]:
    """Those of dropped files that may be recordings."""
    return [path for path in paths if not complaint(path)]


def _last_line(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1].removeprefix("tapedeckd: ") if lines else ""
