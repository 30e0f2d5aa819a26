"""What the doctor tells an operator: what is missing, and a command that can be pasted."""

import io
import os
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest
from rich.console import Console

from aggregator import doctor, locked
from aggregator.doctor import Finding
from core import platform
from core.profile import Profile, announce_supervisor

PACKAGES = {"libEGL.so.1": "libegl1", "libxcb-cursor.so.0": "libxcb-cursor0"}


def printed(findings: list[Finding]) -> tuple[int, str]:
    output = io.StringIO()
    code = doctor.show(findings, Console(file=output, width=60))
    return code, output.getvalue()


def test_a_long_remedy_stays_in_one_line_to_be_pasted() -> None:
    command = "sudo apt-get install -y --no-install-recommends " + " ".join(
        f"libnumber{n}" for n in range(20)
    )
    code, text = printed([Finding("Qt", "missing", "not on this system", command)])
    assert code == 1
    assert f"Qt: {command}" in text.splitlines()


def test_square_brackets_of_a_path_are_shown_as_they_are() -> None:
    _, text = printed([Finding("profile", "ok", "/home/[b]/tapedeck")])
    assert "/home/[b]/tapedeck" in text


def test_notes_do_not_fail() -> None:
    code, text = printed([Finding("Python", "ok", "3.11"), Finding("display", "note", "none", "set DISPLAY")])
    assert code == 0
    assert "display: set DISPLAY" in text


@pytest.mark.parametrize(
    ("missing", "error", "state", "remedy"),
    [
        ([], "", "ok", ""),
        (["libEGL.so.1"], "", "missing", "sudo apt-get install -y --no-install-recommends libegl1"),
        (
            ["libEGL.so.1"],
            "libxcb-cursor.so.0: cannot open shared object file: No such file or directory",
            "missing",
            "sudo apt-get install -y --no-install-recommends libegl1 libxcb-cursor0",
        ),
        ([], "libodd.so.3: cannot open shared object file: No such file", "missing", "make demo"),
        ([], "No module named 'PySide6'", "note", "make demo"),
        ([], "undefined symbol: x", "missing", "make demo"),
    ],
)
def test_what_qt_said_becomes_what_to_do(missing: list[str], error: str, state: str, remedy: str) -> None:
    finding = doctor.judge_qt(missing, error, "6.11.2", PACKAGES)
    assert (finding.state, finding.remedy) == (state, remedy)


@pytest.mark.parametrize(
    ("system", "environment", "state", "says"),
    [
        ("linux", {"DISPLAY": ":0"}, "ok", "X11 on :0"),
        ("linux", {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "ok", "Xwayland"),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, "note", "cannot place their windows"),
        ("linux", {}, "note", "offscreen"),
        ("win32", {}, "ok", ""),
    ],
)
def test_the_display(system: str, environment: dict[str, str], state: str, says: str) -> None:
    finding = doctor.check_display(system, environment)
    assert finding.state == state
    assert says in finding.found


@pytest.mark.parametrize(("version", "state"), [((3, 10), "missing"), ((3, 11), "ok"), ((3, 14), "missing")])
def test_the_python(version: tuple[int, int], state: str) -> None:
    assert doctor.check_python(version).state == state


def test_packages_that_differ_from_the_lock_are_named(tmp_path: Path) -> None:
    lock = tmp_path / "run.txt"
    lock.write_text("rich==0.0.1 \\\n    --hash=sha256:00\nno-such-package==3 \\\n    --hash=sha256:00\n")
    finding = doctor.check_packages(lock)
    assert finding.state == "missing"
    assert "the lock names 0.0.1" in finding.found
    assert "no-such-package 3 is not installed" in finding.found


def test_this_environment_is_the_locked_one(repo_root: Path) -> None:
    assert doctor.check_packages(repo_root / "packaging" / "requirements" / "run.txt").state == "ok"
    assert (
        len(locked.locked_versions(repo_root / "packaging" / "requirements" / "run.txt", locked.machine()))
        > 20
    )


def test_an_installation_without_a_lock_is_not_compared(tmp_path: Path) -> None:
    assert doctor.check_packages(tmp_path / "run.txt").state == "note"


def test_qt_and_the_bus_of_this_environment_start() -> None:
    assert doctor.check_qt({}).found.endswith("starts offscreen")
    assert "2.15" in doctor.check_bus({}).found


def test_resources(repo_root: Path, tmp_path: Path) -> None:
    assert doctor.check_resources(repo_root / "resources").state == "ok"
    assert doctor.check_resources(tmp_path).remedy == "git checkout -- resources"


def test_a_profile_yet_to_be_made_is_fine_where_it_can_be_made(tmp_path: Path) -> None:
    finding = doctor.check_profile(tmp_path / "not" / "yet")
    assert finding.state == "ok"
    assert "made at the first start" in finding.found
    assert not (tmp_path / "not").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc takes no files")
def test_a_profile_that_cannot_be_written_says_so() -> None:
    finding = doctor.check_profile(Path("/proc/tapedeck"))
    assert finding.state == "missing"
    assert "/proc" in finding.remedy


@pytest.mark.parametrize(("free_gib", "state"), [(1, "missing"), (3, "ok")])
def test_free_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_gib: int, state: str) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(0, 0, free_gib * 1024**3))
    assert doctor.check_disk(tmp_path).state == state


def test_the_supervisor_of_this_profile(tmp_path: Path) -> None:
    profile = Profile(tmp_path, "desk one")
    platform.private_directory(profile.run_dir)
    assert doctor.check_supervisor(profile).found.startswith("not running")
    announce_supervisor(profile, "nats://127.0.0.1:4222", None)
    running = doctor.check_supervisor(profile).found
    assert running == f"runs as process {os.getpid()} on nats://127.0.0.1:4222"
    left = profile.supervisor_file.read_text().replace(str(os.getpid()), str(2**22 + 1))
    profile.supervisor_file.write_text(left)
    assert "left its file" in doctor.check_supervisor(profile).found


def test_the_examination_looks_at_the_profile_that_a_start_would_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAPEDECK_HOME", str(tmp_path))
    monkeypatch.setenv("TAPEDECK_PROFILE", "other")
    looked_at = doctor.profile_of(os.environ)
    assert list(tmp_path.iterdir()) == []
    assert looked_at == Profile.open()


def test_the_whole_examination_prints_every_check(tmp_path: Path) -> None:
    output = io.StringIO()
    doctor.run(Console(file=output, width=200), Profile(tmp_path, "default"))
    for name in (
        "Python",
        "packages",
        "Qt",
        "nats-server",
        "display",
        "resources",
        "profile",
        "supervisor",
        "disk",
    ):
        assert name in output.getvalue()
