"""Make the environment Tapedeck runs in, once, then run what was asked for.

    python3 packaging/bootstrap.py demo [arguments]     run the demo
    python3 packaging/bootstrap.py test [arguments]     run the tests (pytest's arguments)
    python3 packaging/bootstrap.py lint                 style, formatting, types, import rules
    python3 packaging/bootstrap.py run | env            only make the environment: to run, or to develop
    python3 packaging/bootstrap.py peers                make .venv-peers: a chart that the bench races against

It needs Python's standard library only and says what it does. `.venv` holds exactly what the hashed lock
names. The stamp in it is written last: a set-up that was interrupted is never taken for a whole one.
"""

import contextlib
import ctypes
import hashlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

PYTHON_FROM, PYTHON_BELOW = (3, 11), (3, 14)
# Nothing above this check may need a newer Python than the one that is to be told so.
if not PYTHON_FROM <= sys.version_info[:2] < PYTHON_BELOW:
    _minors = range(PYTHON_BELOW[1] - 1, PYTHON_FROM[1] - 1, -1)
    _names = [name for name in (shutil.which(f"python3.{minor}") for minor in _minors) if name]
    # A version manager leaves commands on PATH that only complain: those that run are named.
    _found = [
        name for name in _names if subprocess.run([name, "-c", ""], stderr=subprocess.DEVNULL).returncode == 0
    ]
    sys.exit(
        f"tapedeck: needs Python 3.{PYTHON_FROM[1]} to 3.{PYTHON_BELOW[1] - 1},"
        f" this is {sys.version_info[0]}.{sys.version_info[1]} ({sys.executable}).\n"
        + (f"  Try: make demo PYTHON={_found[0]}" if _found else "  Install one of these and run again.")
    )

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
ON_WINDOWS = sys.platform == "win32"
BIN = VENV / ("Scripts" if ON_WINDOWS else "bin")
VENV_PYTHON = BIN / ("python.exe" if ON_WINDOWS else "python")
STAMP = VENV / "tapedeck-setup.json"
PEERS_VENV = ROOT / ".venv-peers"
REQUIREMENTS = ROOT / "packaging" / "requirements"
QT_LIBRARIES = ROOT / "aggregator" / "qt_libraries.txt"
IMPORT_PACKAGES = ("core", "aggregator", "desktop", "resources")
# The development environment holds all of the run environment, so it serves for both.
SERVES = {"run": ("run", "dev"), "dev": ("dev",)}
ENVIRONMENT_OF = {"demo": "run", "run": "run", "peers": "run", "test": "dev", "lint": "dev", "env": "dev"}
# The packages without a wheel (peewee comes with the oracle of the metrics, for tests only). They are built
# with the locked setuptools, not with one fetched for them.
BUILT_FROM_SOURCE = ("nkeys", "peewee")
# A fresh machine updates itself in the background right after boot and holds apt's lock meanwhile.
APT_LOCK_WAIT_S = 120
APT_LOCK_POLL_S = 3
TEST_PROGRAMS = {"flatc": "flatbuffers-compiler", "Xvfb": "xvfb", "openbox": "openbox"}
STARTED_S = time.monotonic()


class SetupError(Exception):
    """What is missing and what to do, for a person. Shown without a traceback."""


def say(text: str) -> None:
    print(f"[{time.monotonic() - STARTED_S:6.1f} s] {text}", flush=True)


def fingerprint() -> str:
    """Changes with everything the environment is made from, and with the place it was made for."""
    digest = hashlib.sha256(f"{sys.version}\0{ROOT}".encode())
    digest.update(repr([name for name in IMPORT_PACKAGES if (ROOT / name).is_dir()]).encode())
    for path in [ROOT / "pyproject.toml", Path(__file__), *sorted(REQUIREMENTS.glob("*.txt"))]:
        if path.name != "peers.txt":  # of an environment of its own
            digest.update(path.read_bytes())
    return digest.hexdigest()


def read_stamp() -> dict[str, str]:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and VENV_PYTHON.exists() else {}


def is_ready(environment: str, stamp: dict[str, str]) -> bool:
    return stamp.get("environment") in SERVES[environment] and stamp.get("fingerprint") == fingerprint()


def can_be_updated(stamp: dict[str, str]) -> bool:
    """Finished once, by this Python, at this place: the scripts in it name the place they were made for."""
    return stamp.get("python") == sys.version and stamp.get("root") == str(ROOT)


# --- what the system must bring ----------------------------------------------------------------


def qt_libraries() -> dict[str, str]:
    """Library name as the loader asks for it -> Debian package."""
    lines = QT_LIBRARIES.read_text(encoding="utf-8").splitlines()
    pairs = [line.split() for line in lines if line and not line.startswith("#")]
    return dict(pairs)


def missing_libraries(libraries: dict[str, str]) -> list[str]:
    """Those of the libraries that the loader cannot load."""
    missing = []
    for name in libraries:
        try:
            ctypes.CDLL(name)
        except OSError:
            missing.append(name)
    return missing


def venv_package(has_ensurepip: bool, version: tuple[int, int]) -> list[str]:
    """Debian cuts ensurepip, which puts pip into a new environment, out of its python3."""
    return [] if has_ensurepip else [f"python{version[0]}.{version[1]}-venv"]


def system_packages() -> list[str]:
    """Debian packages this machine still needs before the environment can be made."""
    packages = venv_package(importlib.util.find_spec("ensurepip") is not None, sys.version_info[:2])
    if sys.platform == "linux":
        libraries = qt_libraries()
        packages += sorted({libraries[name] for name in missing_libraries(libraries)})
    return packages


def install_packages(packages: Sequence[str]) -> None:
    """Install them where that is allowed, else say exactly how. Raises `SetupError`."""
    names = " ".join(packages)
    if shutil.which("apt-get") is None:
        raise SetupError(
            f"missing on this system (Debian's package names): {names}\n"
            "  Install what holds them here, then run the same command again."
        )
    if os.geteuid() != 0:
        raise SetupError(
            f"missing on this system: {names}\n"
            f"  Install with:  sudo apt-get install -y --no-install-recommends {names}\n"
            "  then run the same command again."
        )
    say(f"installing with apt-get: {names}")
    # Its result is not asked: one broken source of many is no reason to stop; what is missing shows below.
    apt_get("update")
    done = apt_get("install", "-y", "--no-install-recommends", *packages)
    if done.returncode != 0:
        raise SetupError(f"apt-get could not install {names}:\n  {explain_apt(done.stdout)}")


def apt_get(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run apt-get quietly; wait for whoever holds its lock. Output of both streams is in `stdout`."""
    deadline_s = time.monotonic() + APT_LOCK_WAIT_S
    while True:
        done = subprocess.run(
            ["apt-get", "-q", *arguments],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        if "Could not get lock" not in done.stdout or time.monotonic() > deadline_s:
            return done
        say("apt is in use by another program: waiting")
        time.sleep(APT_LOCK_POLL_S)


def explain_apt(output: str) -> str:
    """The one line a person needs out of apt's many."""
    if "Could not get lock" in output:
        return f"another program has held apt's lock for {APT_LOCK_WAIT_S} s; try again when it is done."
    offline = ("Temporary failure resolving", "Could not resolve", "Could not connect", "Failed to fetch")
    if any(sign in output for sign in offline):
        return "Debian's package servers were not reached. Is this machine online?"
    errors = [line for line in output.splitlines() if line.startswith("E:")]
    return "\n  ".join(errors or output.splitlines()[-3:]) or "apt-get said nothing"


def want_test_programs() -> None:
    """The tests compile the schemas again, and place windows under a window manager. Only a CI run must."""
    packages = [package for program, package in TEST_PROGRAMS.items() if not shutil.which(program)]
    if sys.platform != "linux" or not packages:
        return
    try:
        install_packages(packages)
    except SetupError as error:
        if os.environ.get("CI") == "true":
            raise
        say(f"going on without {' '.join(packages)}, tests that need them are skipped: {error}")


# --- the environment ---------------------------------------------------------------------------


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Two set-ups at the same time would write into each other's files: the second one waits."""
    path = ROOT / ".venv.lock"
    with path.open("a+b") as file:
        if ON_WINDOWS:
            import msvcrt

            while True:
                try:  # gives up after 10 s by itself
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined, unused-ignore]
                    break
                except OSError:
                    say("another set-up is at work here: waiting for it")
        else:
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                say("another set-up is at work here: waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def prepare(environment: str) -> None:
    """Return with a whole environment, or raise `SetupError`."""
    if is_ready(environment, read_stamp()):
        return
    with alone():
        stamp = read_stamp()
        if is_ready(environment, stamp):
            return
        packages = system_packages()
        if packages:
            install_packages(packages)
        # Once asked for, the development tools stay.
        kept = "dev" if stamp.get("environment") == "dev" else environment
        make_environment(kept, is_whole=can_be_updated(stamp))


def make_environment(environment: str, is_whole: bool) -> None:
    """Fill `.venv` from the lock; anew unless it `is_whole` and is to be brought up to date."""
    STAMP.unlink(missing_ok=True)
    pip = [str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    if is_whole:
        say("bringing .venv up to date")
    else:
        python = getattr(sys, "_base_executable", "") or sys.executable
        say(f"making .venv with Python {sys.version.split()[0]} ({python})")
        call([python, "-m", "venv", "--clear", str(VENV)], "Python could not make .venv")
    call(
        [*pip, "--only-binary", ":all:", "--require-hashes", "-r", str(REQUIREMENTS / "uv.txt")],
        "the installer could not be fetched from the package index. Is this machine online?",
    )
    say(f"installing what packaging/requirements/{environment}.txt names")
    uv = [str(BIN / "uv"), "pip"]
    quiet = [] if sys.stderr.isatty() else ["--quiet"]
    sources = ["--only-binary", ":all:", "--no-build-isolation"]
    sources += [f"--no-binary={name}" for name in BUILT_FROM_SOURCE]
    locks = [str(REQUIREMENTS / f"{name}.txt") for name in ("uv", environment)]
    into = ["--python", str(VENV_PYTHON)]
    call(
        [*uv, "sync", *quiet, *into, "--system-certs", "--require-hashes", *sources, *locks],
        "the packages could not be installed; what was downloaded is kept. Run the same command again.",
    )
    link = ["--quiet", *into, "--no-deps", "--no-build-isolation", "--no-index", "--offline"]
    call([*uv, "install", *link, "-e", str(ROOT)], "the working tree could not be linked into .venv")
    check_qt()
    stamp = {
        "environment": environment,
        "fingerprint": fingerprint(),
        "python": sys.version,
        "root": str(ROOT),
    }
    unfinished = STAMP.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    unfinished.replace(STAMP)
    say(f"the environment is whole: {VENV}")


def make_peers() -> None:
    """Fill `.venv-peers` from its own lock: finplot draws with PyQt6, which cannot live beside PySide6."""
    lock = REQUIREMENTS / "peers.txt"
    stamp = PEERS_VENV / "tapedeck-setup"
    wanted = hashlib.sha256(sys.version.encode() + lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    say(f"making .venv-peers from {lock.relative_to(ROOT)}")
    with alone():
        call([str(VENV_PYTHON), "-m", "venv", "--clear", "--without-pip", str(PEERS_VENV)], "no .venv-peers")
        python = PEERS_VENV / BIN.name / VENV_PYTHON.name
        strict = ["--system-certs", "--require-hashes", "--only-binary", ":all:"]
        call(
            [str(BIN / "uv"), "pip", "sync", "--quiet", "--python", str(python), *strict, str(lock)],
            "the peers could not be installed; the bench will do without. Run the same command again.",
        )
        stamp.write_text(wanted, encoding="utf-8")


def call(command: Sequence[str], failure: str) -> None:
    """Run it to its end; its own words go to the terminal. Raises `SetupError` with `failure`."""
    if subprocess.run(command, cwd=ROOT, env=child_environment(), stdin=subprocess.DEVNULL).returncode != 0:
        raise SetupError(failure)


def child_environment() -> dict[str, str]:
    """Ours without what would point Python or uv at another environment."""
    strangers = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PIP_USER", "PIP_TARGET", "__PYVENV_LAUNCHER__")
    return {name: value for name, value in os.environ.items() if name not in strangers}


def check_qt() -> None:
    """Load Qt and its platforms as the desk will: a library missed by name above shows here by name."""
    script = (
        "import ctypes, pathlib, sys, PySide6, PySide6.QtWidgets, PySide6.QtNetwork, PySide6QtAds\n"
        "platforms = pathlib.Path(PySide6.__file__).parent / 'Qt' / 'plugins' / 'platforms'\n"
        "if sys.platform == 'linux':\n"
        "    for name in ('libqxcb.so', 'libqoffscreen.so'): ctypes.CDLL(str(platforms / name))\n"
    )
    done = subprocess.run(
        [str(VENV_PYTHON), "-c", script], env=child_environment(), capture_output=True, encoding="utf-8"
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SetupError(f"Qt does not load on this machine: {last}")


# --- what was asked for ------------------------------------------------------------------------


def hand_over(program: str, *arguments: str) -> int:
    """Become that program of the environment (on Windows, which cannot: run it) and return its exit code."""
    path = BIN / (f"{program}.exe" if ON_WINDOWS else program)
    if not path.exists():
        raise SetupError(
            f"{path} is missing although .venv is whole; remove .venv and run the same command again."
        )
    sys.stdout.flush()
    command = [str(path), *arguments]
    if ON_WINDOWS:
        return subprocess.run(command, env=child_environment()).returncode
    os.execve(path, command, child_environment())


def lint() -> int:
    """Every check runs, whatever the one before said; the exit code is 1 if one of them complained."""
    checks = {
        "style": ["ruff", "check"],
        "formatting": ["ruff", "format", "--check"],
        "types": ["mypy"],
        "types of this script": ["mypy", "--strict", "packaging/bootstrap.py"],
        "import rules": ["lint-imports"],
    }
    failed = []
    for name, (program, *arguments) in checks.items():
        command = [str(BIN / program), *arguments]
        if subprocess.run(command, cwd=ROOT, env=child_environment()).returncode != 0:
            failed.append(name)
    say(f"complaints about: {', '.join(failed)}" if failed else "no complaints")
    return 1 if failed else 0


def main(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] not in ENVIRONMENT_OF:
        print(__doc__, file=sys.stderr)
        return 2
    command, *rest = arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a path may hold letters that a Windows pipe cannot show
            stream.reconfigure(errors="backslashreplace")
    try:
        prepare(ENVIRONMENT_OF[command])
        if command == "demo":
            return hand_over("tapedeck", "demo", *rest)
        if command == "lint":
            return lint()
        if command == "test":
            want_test_programs()
            os.chdir(ROOT)
            return hand_over("python", "-m", "pytest", *rest)
        if command == "peers":
            make_peers()
        say(f"ready: {PEERS_VENV if command == 'peers' else VENV}")
        return 0
    except SetupError as error:
        print(f"tapedeck: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("tapedeck: stopped. The next start makes what is missing.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
