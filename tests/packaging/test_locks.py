"""The locks: every package pinned and hashed, no address of an index, one version for both environments."""

import re
import tomllib
from pathlib import Path

import pytest

from aggregator.locked import applies, locked_versions

REQUIREMENT = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
MACHINES = [
    {
        "python_full_version": version,
        "sys_platform": system,
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }
    for version in ("3.11.2", "3.12.1", "3.13.0")
    for system in ("linux", "win32", "darwin")
]


def lock(repo_root: Path, name: str) -> Path:
    return repo_root / "packaging" / "requirements" / f"{name}.txt"


@pytest.mark.parametrize("name", ["run", "dev", "uv", "peers"])
def test_every_package_has_hashes_and_none_names_an_index(repo_root: Path, name: str) -> None:
    text = lock(repo_root, name).read_text()
    assert "://" not in text
    assert "index-url" not in text
    starts = [match.start() for match in REQUIREMENT.finditer(text)]
    assert starts
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        assert "--hash=sha256:" in text[start:end]


@pytest.mark.parametrize(
    "machine", MACHINES, ids=lambda machine: f"{machine['python_full_version']} {machine['sys_platform']}"
)
def test_the_development_environment_holds_all_of_the_run_environment(
    repo_root: Path, machine: dict[str, str]
) -> None:
    run = locked_versions(lock(repo_root, "run"), machine)
    dev = locked_versions(lock(repo_root, "dev"), machine)
    assert run.items() <= dev.items()


def test_the_lock_names_what_the_project_file_asks_for(repo_root: Path) -> None:
    project = tomllib.loads((repo_root / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    locked = set(locked_versions(lock(repo_root, "dev"), MACHINES[0]))
    for requirement in [*project["dependencies"], *extras["dev"], *extras["peers"]]:
        name = re.split(r"[<>=!~\[ ]", requirement)[0].lower()
        assert name in locked


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("", True),
        ("python_full_version < '3.12'", True),
        ("python_full_version >= '3.12'", False),
        ("sys_platform == 'win32'", False),
        ("implementation_name != 'PyPy' and platform_python_implementation != 'PyPy'", True),
        ("implementation_name != 'PyPy' and sys_platform == 'win32'", False),
    ],
)
def test_markers_choose_by_machine(marker: str, holds: bool) -> None:
    assert applies(marker, MACHINES[0]) is holds


def test_an_unknown_marker_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="os_name"):
        applies("os_name == 'nt'", MACHINES[0])
