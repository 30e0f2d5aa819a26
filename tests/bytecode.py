"""Children that import the engine compile it once a checkout, also where Python may not write there."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

DIRECTORY = Path(__file__).resolve().parents[1] / ".pytest_cache" / "bytecode"


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    if "PYTHONDONTWRITEBYTECODE" in os.environ and "PYTHONPYCACHEPREFIX" not in os.environ:
        patch.setenv("PYTHONPYCACHEPREFIX", str(DIRECTORY))
    yield
    patch.undo()
