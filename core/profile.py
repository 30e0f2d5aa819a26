"""One person's profile on this machine, and the supervisor that runs on it.

A profile is a private directory: `run/` (lock, credentials, server files), `logs/`, `state/`. One supervisor
at most runs on a profile; the system's file lock decides that, and `supervisor.json` tells where it is. The
desktop and the command line find a supervisor here or start one; nothing here ends a process that was not
started for this profile.
"""

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import platformdirs
import psutil

from core import platform
from core.clock import NS_PER_S, monotonic_ns, wall_ns
from core.server_address import ServerAddress, read_address

HOME_VARIABLE: Final = "TAPEDECK_HOME"
NAME_VARIABLE: Final = "TAPEDECK_PROFILE"
START_TIMEOUT_S: Final = 20.0
STOP_TIMEOUT_S: Final = 5.0
# The same process read twice: its start is known to 0.01 s, and moves a little when the wall clock is set.
SAME_START_S: Final = 2.0


class ProfileError(RuntimeError):
    """A profile or its supervisor cannot be used; one line with the remedy."""


@dataclass(frozen=True, slots=True)
class SupervisorInfo:
    """What `supervisor.json` says. `process_started_s` tells it from a later one of that number."""

    pid: int
    url: str
    credentials_file: str  # empty: a foreign server that asks for none
    started_ns: int
    process_started_s: float
    build: str

    def address(self, role: str) -> ServerAddress:
        """Where and as whom to connect. Raises `CredentialsError`."""
        urls = tuple(self.url.split(","))
        return read_address(self.credentials_file, role, urls)

    @property
    def is_running(self) -> bool:
        started_s = platform.process_started_s(self.pid)
        return started_s is not None and abs(started_s - self.process_started_s) < SAME_START_S


@dataclass(frozen=True, slots=True)
class Profile:
    """`home` holds the profiles, `directory` is this one."""

    home: Path
    name: str

    @classmethod
    def open(cls, name: str | None = None) -> "Profile":
        """The profile `name`, else that of TAPEDECK_PROFILE, else `default`; its directories are made."""
        name = name or os.environ.get(NAME_VARIABLE) or "default"
        if Path(name).name != name or name in (".", ".."):
            raise ProfileError(f"profile name {name!r} must be a plain name without slashes")
        home = os.environ.get(HOME_VARIABLE)
        own = Path(platformdirs.user_data_path("tapedeck", appauthor=False))
        profile = cls(Path(home).absolute() if home else own, name)
        try:
            for path in (profile.directory, profile.run_dir, profile.logs_dir, profile.state_dir):
                platform.private_directory(path)
        except OSError as error:
            raise ProfileError(
                f"cannot use {profile.directory}: {error.strerror}; set {HOME_VARIABLE} to another directory"
            ) from error
        return profile

    @property
    def directory(self) -> Path:
        return self.home / self.name

    @property
    def run_dir(self) -> Path:
        return self.directory / "run"

    @property
    def logs_dir(self) -> Path:
        return self.directory / "logs"

    @property
    def state_dir(self) -> Path:
        return self.directory / "state"

    @property
    def supervisor_file(self) -> Path:
        return self.run_dir / "supervisor.json"

    @property
    def credentials_file(self) -> Path:
        return self.run_dir / "credentials.json"

    def lock(self) -> platform.FileLock:
        """The lock that the one supervisor of this profile holds."""
        return platform.FileLock(self.run_dir / "supervisor.lock")

    def environment(self) -> dict[str, str]:
        """The environment for a child that is to use this profile and this source tree."""
        sources = str(Path(__file__).resolve().parents[1])
        paths = [sources, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        return {
            **os.environ,
            HOME_VARIABLE: str(self.home),
            NAME_VARIABLE: self.name,
            "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        }


def announce_supervisor(profile: Profile, url: str, credentials_file: Path | None) -> SupervisorInfo:
    """Write `supervisor.json` for this process."""
    started_s = platform.process_started_s(os.getpid())
    assert started_s is not None
    info = SupervisorInfo(
        pid=os.getpid(),
        url=url,
        credentials_file=str(credentials_file or ""),
        started_ns=wall_ns(),
        process_started_s=started_s,
        build=platform.build(),
    )
    platform.write_private(profile.supervisor_file, json.dumps(asdict(info), indent=2))
    return info


def find_supervisor(profile: Profile) -> SupervisorInfo | None:
    """The running supervisor; None also for one that died and left its file, and for an unreadable file."""
    try:
        content: dict[str, Any] = json.loads(profile.supervisor_file.read_text(encoding="utf-8"))
        info = SupervisorInfo(
            pid=int(content["pid"]),
            url=str(content["url"]),
            credentials_file=str(content["credentials_file"]),
            started_ns=int(content["started_ns"]),
            process_started_s=float(content["process_started_s"]),
            build=str(content["build"]),
        )
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return None
    return info if info.is_running else None


def start_supervisor(
    profile: Profile,
    *,
    tie_to_parent: bool = False,
    config: Path | None = None,
    timeout_s: float = START_TIMEOUT_S,
) -> SupervisorInfo:
    """The running supervisor, else a new one, ready: its bus answers. Blocks; raises `ProfileError`.

    Detached it outlives us. With `tie_to_parent` it ends with us, also when we are killed: it holds the other
    end of a pipe that only this process has.
    """
    found = find_supervisor(profile)
    if found is not None:
        return found
    command = [sys.executable, "-m", "aggregator", "run"]
    command += ["--config", str(config.absolute())] if config else []
    command += ["--tie-to-stdin"] if tie_to_parent else []
    complaints = profile.logs_dir / "supervisor.stderr"
    with complaints.open("wb") as stderr:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if tie_to_parent else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            cwd=profile.directory,
            env=profile.environment(),
            **platform.background_flags(detached=True),
        )
    # Keeps the pipe open for as long as we live, and takes note of the end, so that no zombie stays.
    threading.Thread(target=_see_end, args=(process,), name=f"supervisor-{process.pid}", daemon=True).start()
    return _wait_ready(profile, process, complaints, timeout_s)


def _see_end(process: "subprocess.Popen[bytes]") -> None:
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


def stop_supervisor(info: SupervisorInfo, timeout_s: float = STOP_TIMEOUT_S) -> bool:
    """Ask it to end and wait. False when it still runs after `timeout_s`."""
    if not info.is_running:
        return True
    process = psutil.Process(info.pid)
    try:
        process.terminate()
        process.wait(timeout_s)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return not info.is_running
    return True


def _is_ours(info: SupervisorInfo, process: "subprocess.Popen[bytes]") -> bool:
    """On Windows the interpreter of an environment starts the real one as its child."""
    try:
        return info.pid == process.pid or info.pid in {
            child.pid for child in psutil.Process(process.pid).children(recursive=True)
        }
    except psutil.NoSuchProcess:
        return False


def _is_locked(profile: Profile) -> bool:
    """Somebody else's supervisor is starting, and will be ready soon."""
    lock = profile.lock()
    is_free = lock.acquire()
    lock.release()
    return not is_free


def _wait_ready(
    profile: Profile, process: "subprocess.Popen[bytes]", complaints: Path, timeout_s: float
) -> SupervisorInfo:
    deadline_ns = monotonic_ns() + int(timeout_s * NS_PER_S)
    while monotonic_ns() < deadline_ns:
        found = find_supervisor(profile)
        if found is not None:
            if not _is_ours(found, process):  # somebody was faster: do not leave ours waiting for its chance
                platform.finish(process, STOP_TIMEOUT_S)
            return found
        if process.returncode is not None and not _is_locked(profile):
            lines = complaints.read_text(errors="replace").strip().splitlines()
            raise ProfileError(lines[-1] if lines else f"the supervisor ended with code {process.returncode}")
        time.sleep(0.01)
    platform.finish(process, STOP_TIMEOUT_S)
    raise ProfileError(f"the supervisor was not ready after {timeout_s:g} s: see {profile.logs_dir}")
