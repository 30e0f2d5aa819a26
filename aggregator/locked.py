"""What the lock names for this machine, compared with what is installed.

It reads hashed requirements files as packaging/requirements/ holds them: `name==version [; marker]`. Markers
are comparisons joined by `and`, as far as a lock for CPython needs them; another marker is refused by name.
"""

import operator
import platform
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def machine() -> dict[str, str]:
    """The marker variables of this interpreter."""
    return {
        "implementation_name": sys.implementation.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_system": platform.system(),
        "python_full_version": platform.python_version(),
        "sys_platform": sys.platform,
    }


def locked_versions(lock: Path, variables: dict[str, str]) -> dict[str, str]:
    """Package name -> version the lock names for a machine with these marker variables."""
    versions = {}
    for line in lock.read_text(encoding="utf-8").splitlines():
        requirement, _, marker = line.removesuffix("\\").partition(" ; ")
        name, separator, version = requirement.strip().partition("==")
        if separator and not line.startswith((" ", "#")) and applies(marker.strip(), variables):
            versions[name] = version
    return versions


def applies(marker: str, variables: dict[str, str]) -> bool:
    """Whether a marker holds. Raises `ValueError` for one this reader does not know."""
    return all(_holds(comparison, variables) for comparison in marker.split(" and ") if comparison)


def _holds(comparison: str, variables: dict[str, str]) -> bool:
    words = comparison.split()
    if len(words) != 3 or words[0] not in variables or words[1] not in COMPARISONS:
        raise ValueError(f"unknown marker in the lock: {comparison}")
    name, compare, value = words[0], COMPARISONS[words[1]], words[2].strip("'\"")
    if name == "python_full_version":
        return compare(_release(variables[name]), _release(value))
    return compare(variables[name], value)


def _release(version: str) -> tuple[int, ...]:
    """3.12 -> (3, 12, 0); a suffix such as rc1 is dropped."""
    parts = [int("".join(filter(str.isdigit, part[:2])) or 0) for part in version.split(".")[:3]]
    return tuple([*parts, 0, 0][:3])


def differences(versions: dict[str, str]) -> list[str]:
    """One text for each package that is not installed in exactly that version."""
    texts = []
    for name, version in versions.items():
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            texts.append(f"{name} {version} is not installed")
            continue
        if installed != version:
            texts.append(f"{name} is {installed}, the lock names {version}")
    return texts
