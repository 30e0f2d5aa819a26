"""What is missing on this machine, and the exact command that mends it: `tapedeckd doctor`.

Each check looks at one thing and returns a `Finding`; none changes anything. Qt is loaded in a child process,
as the headless side has none. A note tells something worth knowing and never makes the exit code 1.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import platformdirs
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aggregator.locked import differences, locked_versions, machine
from core.profile import HOME_VARIABLE, NAME_VARIABLE, Profile, find_supervisor
from core.server_address import ServerAddress

ROOT = Path(__file__).resolve().parents[1]
QT_LIBRARIES = Path(__file__).with_name("qt_libraries.txt")
PYTHON_FROM, PYTHON_BELOW = (3, 11), (3, 14)
CHILD_TIMEOUT_S = 30.0
# The development environment takes 1.5 GB: with less than 2 free it cannot be made anew.
FREE_DISK_WANTED_BYTES = 2 * 1024**3
MEND = "make demo"
STATE_STYLES = {"ok": "green", "missing": "bold red", "note": "yellow"}

# Prints one JSON object. Each library is tried by itself first: Qt's own error names only the first missing.
QT_PROBE = """
import ctypes, json, sys
report = {"missing": [], "error": ""}
for name in sys.argv[1:]:
    try:
        ctypes.CDLL(name)
    except OSError:
        report["missing"].append(name)
try:
    import PySide6.QtWidgets, PySide6QtAds
    report["version"] = PySide6.__version__
    app = PySide6.QtWidgets.QApplication([])
except ImportError as error:
    report["error"] = str(error)
print(json.dumps(report))
"""


@dataclass(frozen=True)
class Finding:
    """`remedy` is a command or a sentence; empty where nothing needs mending."""

    name: str
    state: Literal["ok", "missing", "note"]
    found: str
    remedy: str = ""


def check_python(version: tuple[int, int]) -> Finding:
    found = f"{platform.python_version()} ({sys.executable})"
    if PYTHON_FROM <= version < PYTHON_BELOW:
        return Finding("Python", "ok", found)
    return Finding("Python", "missing", found, f"{MEND} PYTHON=python3.{PYTHON_FROM[1]}")


def check_packages(lock: Path) -> Finding:
    if not lock.exists():
        return Finding("packages", "note", "no lock beside this installation: not compared")
    versions = locked_versions(lock, machine())
    wrong = differences(versions)
    if not wrong:
        return Finding("packages", "ok", f"{len(versions)} as the lock names them")
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    return Finding("packages", "missing", "; ".join(wrong[:3]) + more, MEND)


def qt_packages() -> dict[str, str]:
    """Library as the loader asks for it -> Debian package that holds it."""
    lines = QT_LIBRARIES.read_text(encoding="utf-8").splitlines()
    return dict(line.split() for line in lines if line and not line.startswith("#"))


def check_qt(environment: Mapping[str, str]) -> Finding:
    """Start Qt offscreen in a child, after trying the system libraries it needs one by one."""
    packages = qt_packages() if sys.platform == "linux" else {}
    try:
        child = subprocess.run(
            [sys.executable, "-c", QT_PROBE, *packages],
            env={**environment, "QT_QPA_PLATFORM": "offscreen"},
            capture_output=True,
            timeout=CHILD_TIMEOUT_S,
            encoding="utf-8",
            check=True,
        )
        report = json.loads(child.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return Finding("Qt", "missing", f"Qt does not start: {error}", MEND)
    return judge_qt(report["missing"], report["error"], report.get("version", ""), packages)


def judge_qt(missing: Sequence[str], error: str, version: str, packages: Mapping[str, str]) -> Finding:
    """From what the child saw to what a person must do."""
    named = re.match(r"(lib\S+\.so[.\d]*): cannot open shared object", error)
    absent = {*missing, *([named[1]] if named else [])}
    known = sorted({packages[name] for name in absent if name in packages})
    if absent:
        remedy = f"sudo apt-get install -y --no-install-recommends {' '.join(known)}"
        return Finding(
            "Qt", "missing", f"not on this system: {', '.join(sorted(absent))}", remedy if known else MEND
        )
    if "No module named" in error:
        return Finding("Qt", "note", "desktop not installed: the headless side runs without it", MEND)
    if error:
        return Finding("Qt", "missing", error, MEND)
    return Finding("Qt", "ok", f"{version} starts offscreen")


def check_bus(environment: Mapping[str, str]) -> Finding:
    name = "nats-server.exe" if sys.platform == "win32" else "nats-server"
    beside = Path(sys.executable).parent / name
    binary = str(beside) if beside.exists() else shutil.which(name, path=environment.get("PATH"))
    if binary is None:
        return Finding("nats-server", "missing", "not in this environment nor on PATH", MEND)
    try:
        child = subprocess.run(
            [binary, "-v"], capture_output=True, timeout=CHILD_TIMEOUT_S, encoding="utf-8", check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("nats-server", "missing", f"does not run: {error}", MEND)
    return Finding("nats-server", "ok", f"{child.stdout.strip().removeprefix('nats-server: ')} ({binary})")


def check_display(system: str, environment: Mapping[str, str]) -> Finding:
    if not system.startswith("linux"):
        return Finding("display", "ok", "the system's own")
    if environment.get("DISPLAY"):
        by_wayland = " (Xwayland)" if environment.get("WAYLAND_DISPLAY") else ""
        return Finding("display", "ok", f"X11 on {environment['DISPLAY']}{by_wayland}")
    if environment.get("WAYLAND_DISPLAY"):
        text = "Wayland only: its clients cannot place their windows, so layouts open where the system likes"
        return Finding("display", "note", text, "sudo apt-get install -y xwayland")
    text = "none: the demo renders offscreen and leaves screenshots"
    return Finding("display", "note", text, "log in to a desktop, or set DISPLAY")


def check_resources(resources: Path) -> Finding:
    fonts = [path for path in resources.glob("fonts/**/*") if path.suffix in {".ttf", ".otf", ".woff2"}]
    lacking = [] if fonts else ["fonts"]
    lacking += [] if any(resources.glob("icons/*.svg")) else ["icons"]
    try:
        json.loads((resources / "themes" / "tokens.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        lacking.append(f"themes ({error})")
    if lacking:
        return Finding(
            "resources", "missing", f"in {resources}: {', '.join(lacking)}", "git checkout -- resources"
        )
    return Finding("resources", "ok", f"{len(fonts)} fonts, icons, themes")


def check_profile(directory: Path) -> Finding:
    """The directory may not exist yet: then the nearest one that does must let us make it."""
    there = next(path for path in (directory, *directory.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        remedy = f"sudo chown -R $(id -un) {there}" if sys.platform != "win32" else f"make {there} writable"
        return Finding("profile", "missing", f"{there} is not writable: {error.strerror}", remedy)
    return Finding(
        "profile", "ok", str(directory) if there == directory else f"{directory} (made at the first start)"
    )


def check_supervisor(profile: Profile) -> Finding:
    running = find_supervisor(profile)
    if running is not None:
        server = ServerAddress(tuple(running.url.split(",")))  # its label leaves passwords out
        return Finding("supervisor", "ok", f"runs as process {running.pid} on {server.label}")
    if profile.supervisor_file.exists():
        return Finding("supervisor", "ok", "not running; one that ended without a word left its file")
    return Finding("supervisor", "ok", "not running; the desk starts one")


def check_disk(directory: Path) -> Finding:
    there = next(path for path in (directory, *directory.parents) if path.exists())
    free_bytes = shutil.disk_usage(there).free
    found = f"{free_bytes / 1024**3:,.1f} GB free at {there}"
    if free_bytes >= FREE_DISK_WANTED_BYTES:
        return Finding("disk", "ok", found)
    return Finding("disk", "missing", found, f"have {FREE_DISK_WANTED_BYTES // 1024**3} GB free there")


def profile_of(environment: Mapping[str, str]) -> Profile:
    """As `Profile.open` finds it, but nothing is made."""
    own = platformdirs.user_data_path("tapedeck", appauthor=False)
    return Profile(Path(environment.get(HOME_VARIABLE) or own), environment.get(NAME_VARIABLE) or "default")


def examine(profile: Profile, environment: Mapping[str, str] = os.environ) -> list[Finding]:
    """All checks, in the order in which a person would mend what they find."""
    checks: list[Callable[[], Finding]] = [
        lambda: check_python(sys.version_info[:2]),
        lambda: check_packages(ROOT / "packaging" / "requirements" / "run.txt"),
        lambda: check_qt(environment),
        lambda: check_bus(environment),
        lambda: check_display(sys.platform, environment),
        lambda: check_resources(ROOT / "resources"),
        lambda: check_profile(profile.directory),
        lambda: check_supervisor(profile),
        lambda: check_disk(profile.directory),
    ]
    return [check() for check in checks]


def show(findings: Sequence[Finding], console: Console) -> int:
    """Print the table and below it what to do, unwrapped to be copied; 0 if nothing is missing, else 1."""
    table = Table("check", "", "found", box=None, pad_edge=False)
    for finding in findings:
        table.add_row(finding.name, Text(finding.state, STATE_STYLES[finding.state]), Text(finding.found))
    console.print(table)
    for finding in findings:
        if finding.remedy:
            remedy = Text.assemble((f"{finding.name}: ", STATE_STYLES[finding.state]), finding.remedy)
            console.print(remedy, soft_wrap=True)
    return 1 if any(finding.state == "missing" for finding in findings) else 0


def run(console: Console, profile: Profile | None = None) -> int:
    """Look at everything, print it, return the exit code."""
    return show(examine(profile or profile_of(os.environ)), console)
