"""Fixtures every test may use; the ground they stand on is set before anything imports Qt.

Tests run offscreen, in their own configuration and data directories, with every stray warning an error.
"""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

# TAPEDECK_TEST_PLATFORM=xcb lets a developer watch; the caller's own QT_QPA_PLATFORM is not trusted.
os.environ["QT_QPA_PLATFORM"] = os.environ.get("TAPEDECK_TEST_PLATFORM", "offscreen")
os.environ["QT_API"] = "pyside6"
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"
# Nothing a test starts may read or write the profile of the person who runs it.
_home = tempfile.mkdtemp(prefix="tapedeck-tests-")
for _name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
    os.environ[_name] = str(Path(_home, _name.removeprefix("XDG_").lower()))
    Path(os.environ[_name]).mkdir(mode=0o700)
os.environ["TAPEDECK_HOME"] = str(Path(_home, "tapedeck"))

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

from tests import waiting  # noqa: E402
from tests.nats_process import NatsServer, running_nats_server  # noqa: E402

pytest_plugins = ["tests.leaks"]

# The check run judges a change, not the dice: the same examples each time. Elsewhere they are drawn anew. How
# long an example takes says how busy the machine is.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("suite", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "suite")

REPO_ROOT = Path(__file__).resolve().parents[1]


LONG_TIMEOUT_S = 400  # what takes 20 s alone takes minutes beside other work, and is right all the same


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("long") is not None and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(LONG_TIMEOUT_S))


def pytest_sessionfinish() -> None:
    shutil.rmtree(_home, ignore_errors=True)


@pytest.fixture(scope="session")
def repo_root() -> Path:
    return REPO_ROOT


@pytest.fixture(scope="session")
def shared_data(repo_root: Path) -> Path:
    """Real recordings, kept beside the repository and never in it."""
    path = repo_root.parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip("no recordings: they are looked for in ../shared/data beside the repository")
    return path


@pytest.fixture(scope="session")
def qapp_cls() -> type:
    """The desk's own application object; Qt is loaded by the tests that need it."""
    from desktop.qt_app import DeskQt

    return DeskQt


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[NatsServer]:
    """A real nats-server of this test alone, ready: `.url`, `.port`, `.pid`. Starts in well under 0.1 s."""
    with running_nats_server(tmp_path / "nats") as server:
        yield server


@pytest.fixture
def wait_for() -> object:
    """`await wait_for(condition, timeout_s)`: let the loop run until the condition holds."""
    return waiting.wait_for


@pytest.fixture
def wait_for_sync() -> object:
    """`wait_for_sync(condition, timeout_s)`: block until the condition holds."""
    return waiting.wait_for_sync


@pytest.fixture
def plain_logging() -> Iterator[None]:
    """Take away the handlers that a `main` under test leaves on the root logger."""
    root = logging.getLogger()
    level, before = root.level, list(root.handlers)
    yield
    for handler in [handler for handler in root.handlers if handler not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
