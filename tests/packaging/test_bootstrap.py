"""What a newcomer meets: clear lines where something is missing, one set-up, a quick second start."""

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Debian's ways")


@pytest.fixture
def bootstrap(repo_root: Path) -> Any:
    """The script as a module; `Any`, as it is no part of an import package."""
    spec = importlib.util.spec_from_file_location("bootstrap", repo_root / "packaging" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def in_copy(bootstrap: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script looking at an empty project with two locks and no `.venv`."""
    requirements = tmp_path / "packaging" / "requirements"
    requirements.mkdir(parents=True)
    for path in (requirements / "run.txt", requirements / "dev.txt", tmp_path / "pyproject.toml"):
        path.write_text("# empty\n")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", python)
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".venv" / "tapedeck-setup.json")
    monkeypatch.setattr(bootstrap, "REQUIREMENTS", requirements)
    return bootstrap


def write_stamp(bootstrap: Any, environment: str) -> None:
    stamp = {
        "environment": environment,
        "fingerprint": bootstrap.fingerprint(),
        "python": sys.version,
        "root": str(bootstrap.ROOT),
    }
    bootstrap.STAMP.write_text(json.dumps(stamp))


def ready(bootstrap: Any, environment: str) -> bool:
    return bool(bootstrap.is_ready(environment, bootstrap.read_stamp()))


def test_an_interrupted_set_up_is_not_taken_for_a_whole_one(in_copy: Any) -> None:
    assert not ready(in_copy, "run")
    in_copy.STAMP.write_text('{"environment": "ru')
    assert not ready(in_copy, "run")
    write_stamp(in_copy, "run")
    assert ready(in_copy, "run")
    in_copy.VENV_PYTHON.unlink()
    assert not ready(in_copy, "run")


def test_the_development_environment_serves_the_demo_but_not_the_other_way_round(in_copy: Any) -> None:
    write_stamp(in_copy, "dev")
    assert ready(in_copy, "run")
    write_stamp(in_copy, "run")
    assert not ready(in_copy, "dev")


@pytest.mark.parametrize("changed", ["packaging/requirements/run.txt", "pyproject.toml"])
def test_a_new_lock_brings_the_environment_up_to_date(in_copy: Any, changed: str) -> None:
    write_stamp(in_copy, "dev")
    (in_copy.ROOT / changed).write_text("# another version\n")
    assert not ready(in_copy, "run")


def test_a_moved_project_makes_its_environment_anew(
    in_copy: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_stamp(in_copy, "run")
    assert in_copy.can_be_updated(in_copy.read_stamp())
    (tmp_path / "moved").mkdir()
    shutil.copy(tmp_path / "pyproject.toml", tmp_path / "moved")
    monkeypatch.setattr(in_copy, "ROOT", tmp_path / "moved")
    assert not ready(in_copy, "run")
    assert not in_copy.can_be_updated(in_copy.read_stamp())


def test_debians_python_without_ensurepip_names_its_package(bootstrap: Any) -> None:
    assert bootstrap.venv_package(True, (3, 11)) == []
    assert bootstrap.venv_package(False, (3, 11)) == ["python3.11-venv"]


@on_linux
def test_only_libraries_that_do_not_load_are_missing(bootstrap: Any) -> None:
    libraries = {"libc.so.6": "libc6", "libtapedeck-has-none.so.9": "libnone9"}
    assert bootstrap.missing_libraries(libraries) == ["libtapedeck-has-none.so.9"]


@pytest.fixture
def fake_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An apt-get that writes its arguments to a file and says what the test put beside it."""
    directory = tmp_path / "fake bin"
    directory.mkdir()
    script = directory / "apt-get"
    script.write_text(f'#!/bin/sh\necho "$@" >>"{directory}/asked"\n. "{directory}/says"\n')
    script.chmod(0o755)
    (directory / "says").write_text("exit 0\n")
    monkeypatch.setenv("PATH", str(directory), prepend=os.pathsep)
    return directory


@on_linux
def test_without_root_the_exact_command_is_named(
    bootstrap: Any, fake_apt: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(bootstrap.SetupError) as caught:
        bootstrap.install_packages(["libegl1", "libgl1"])
    assert "sudo apt-get install -y --no-install-recommends libegl1 libgl1\n" in str(caught.value)
    assert not (fake_apt / "asked").exists()


@on_linux
def test_another_system_is_told_what_to_look_for(
    bootstrap: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(bootstrap.SetupError, match="libegl1"):
        bootstrap.install_packages(["libegl1"])


@on_linux
def test_as_root_the_packages_are_installed(
    bootstrap: Any, fake_apt: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    bootstrap.install_packages(["libegl1"])
    asked = (fake_apt / "asked").read_text().splitlines()
    assert asked == ["-q update", "-q install -y --no-install-recommends libegl1"]


@on_linux
@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("E: Failed to fetch x  Temporary failure resolving 'y'", "Is this machine online?"),
        ("E: Unable to locate package libegl1", "E: Unable to locate package libegl1"),
        ("E: Could not get lock /var/lib/dpkg/lock-frontend.", "another program has held apt's lock for 0 s"),
    ],
)
def test_a_failing_apt_is_explained_in_one_line(
    bootstrap: Any, fake_apt: Path, monkeypatch: pytest.MonkeyPatch, output: str, line: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(bootstrap, "APT_LOCK_WAIT_S", 0)
    monkeypatch.setattr(bootstrap, "APT_LOCK_POLL_S", 0)
    (fake_apt / "says").write_text(f'echo "{output}"\nexit 100\n')
    with pytest.raises(bootstrap.SetupError) as caught:
        bootstrap.install_packages(["libegl1"])
    assert str(caught.value).splitlines()[1].strip().startswith(line) or line in str(caught.value)


@on_linux
def test_apts_lock_is_waited_for(
    bootstrap: Any, fake_apt: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(bootstrap, "APT_LOCK_POLL_S", 0)
    held = fake_apt / "held"
    (fake_apt / "says").write_text(
        f'if [ ! -e "{held}" ]; then touch "{held}"; echo "E: Could not get lock x"; exit 100; fi\n'
    )
    bootstrap.install_packages(["libegl1"])
    assert "apt is in use by another program: waiting" in capsys.readouterr().out


@on_linux
@pytest.mark.parametrize(("in_ci", "raises"), [("true", True), ("", False)])
def test_only_a_ci_run_must_have_the_schema_compiler(
    bootstrap: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_ci: str, raises: bool
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", in_ci)
    if raises:
        with pytest.raises(bootstrap.SetupError, match="flatbuffers-compiler"):
            bootstrap.want_test_programs()
    else:
        bootstrap.want_test_programs()


def test_another_python_is_told_so(repo_root: Path) -> None:
    script = repo_root / "packaging" / "bootstrap.py"
    pretend = f"import runpy, sys; sys.version_info = (3, 10, 13); runpy.run_path({str(script)!r})"
    child = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True)
    assert child.returncode == 1
    assert "tapedeck: needs Python 3.11 to 3.13, this is 3.10" in child.stderr
    assert "Traceback" not in child.stderr


def test_an_old_python_can_read_the_script_at_all(repo_root: Path) -> None:
    ast.parse((repo_root / "packaging" / "bootstrap.py").read_text(), feature_version=(3, 7))


def test_no_command_shows_what_there_is(repo_root: Path) -> None:
    script = repo_root / "packaging" / "bootstrap.py"
    child = subprocess.run([sys.executable, str(script), "dmeo"], capture_output=True, text=True)
    assert child.returncode == 2
    assert "bootstrap.py demo" in child.stderr


@pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")
@pytest.mark.parametrize("target", ["demo", "test"])
def test_make_passes_arguments_on(repo_root: Path, target: str) -> None:
    command = ["make", "-n", target, "ARGS=--duration 5", "PYTHON=python3.12"]
    # Under `make test` these would hand the outer make's arguments on.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    shown = subprocess.run(
        command, cwd=repo_root, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert shown.splitlines() == [f"python3.12 packaging/bootstrap.py {target} --duration 5"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_fresh_copy_sets_itself_up_once(repo_root: Path, tmp_path: Path) -> None:
    """In a path with a space and a letter that is not ASCII, with the package cache of this machine."""
    project = tmp_path / "Börse und mehr" / "tapedeck"
    project.mkdir(parents=True)
    for name in ("pyproject.toml", "LICENSE", "README.md"):
        if (repo_root / name).exists():
            shutil.copy(repo_root / name, project)
    for name in ("packaging", "core", "aggregator", "desktop", "resources"):
        shutil.copytree(repo_root / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    python = getattr(sys, "_base_executable", sys.executable)
    command = [python, "packaging/bootstrap.py", "run"]

    first = subprocess.run(command, cwd=project, capture_output=True, text=True)
    started_s = time.monotonic()
    second = subprocess.run(command, cwd=project, capture_output=True, text=True)
    second_took_s = time.monotonic() - started_s

    assert first.returncode == 0, first.stdout + first.stderr
    assert "the environment is whole" in first.stdout
    assert second.returncode == 0, second.stderr
    assert "making" not in second.stdout
    assert second_took_s < 2
    scripts = project / ".venv" / ("Scripts" if sys.platform == "win32" else "bin")
    linked = "import core.subjects as s; print(s.__file__)"
    child = subprocess.run(
        [str(next(scripts.glob("python*"))), "-c", linked], cwd=tmp_path, capture_output=True
    )
    assert Path(os.fsdecode(child.stdout).strip()).is_relative_to(project)
    for name in ("tapedeck", "tapedeckd", "nats-server"):
        assert list(scripts.glob(f"{name}*"))


def test_peers_that_are_as_the_lock_says_are_left_alone(
    in_copy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(in_copy, "PEERS_VENV", tmp_path / ".venv-peers")
    lock = in_copy.REQUIREMENTS / "peers.txt"
    lock.write_text("# none\n")
    asked: list[list[str]] = []

    def call(command: list[str], failure: str) -> None:
        asked.append(list(command))
        (tmp_path / ".venv-peers").mkdir(exist_ok=True)

    monkeypatch.setattr(in_copy, "call", call)
    in_copy.make_peers()
    assert "making .venv-peers from" in capsys.readouterr().out
    assert len(asked) == 2
    assert str(lock) in asked[1]
    assert "--require-hashes" in asked[1]
    in_copy.make_peers()
    assert len(asked) == 2
    lock.write_text("# another\n")
    in_copy.make_peers()
    assert len(asked) == 4
    # It is nothing that .venv is made from.
    write_stamp(in_copy, "dev")
    lock.write_text("# a third\n")
    assert ready(in_copy, "dev")
