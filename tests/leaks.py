"""What a test must not leave behind: asyncio tasks, child processes, running QTimers, top-level widgets.

Loaded by tests/conftest.py. Every check compares before with after, names what is left, and ends what it can
so that one careless test does not fail its neighbours. Unraisable errors and thread errors fail by way
of `filterwarnings = error`.
"""

import asyncio
import gc
import sys
import time
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any

import psutil
import pytest

# A child that was told to end may need this long until the kernel says so.
CHILD_GRACE_S = 2.0
# A cancelled task needs one turn of the loop for every `finally` that awaits; one that runs on is a leak.
TASK_GRACE_S, TASK_LOOK_S = 1.0, 0.005


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the task check first on each coroutine test, so that it is torn down last."""
    for item in items:
        if isinstance(item, pytest.Function) and item.get_closest_marker("asyncio") is not None:
            item.fixturenames.insert(0, "no_leaked_tasks")


@pytest.fixture
async def no_leaked_tasks() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    deadline_s = time.monotonic() + TASK_GRACE_S
    while left := asyncio.all_tasks() - before - {asyncio.current_task()}:
        if time.monotonic() > deadline_s:
            break
        await asyncio.sleep(TASK_LOOK_S)
    else:
        return
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    pytest.fail(f"left {len(left)} asyncio tasks running: {sorted(str(task) for task in left)}")


@pytest.fixture(autouse=True)
def no_leaked_children() -> Iterator[None]:
    before = {child.pid for child in psutil.Process().children()}
    yield
    new = [child for child in psutil.Process().children() if child.pid not in before]
    left = [child for child in new if _is_running(child)]
    if not left:
        return
    _, left = psutil.wait_procs(left, timeout=CHILD_GRACE_S)
    if left:
        said = [_describe(child) for child in left]
        for child in left:
            child.kill()
        psutil.wait_procs(left, timeout=CHILD_GRACE_S)
        pytest.fail(f"left child processes running: {said}")


def _is_running(child: psutil.Process) -> bool:
    try:
        if child.status() == psutil.STATUS_ZOMBIE:
            return False
        # Python's own helper of multiprocessing; one a session, ends with it.
        return not any("multiprocessing.resource_tracker" in part for part in child.cmdline())
    except psutil.NoSuchProcess:
        return False


def _describe(child: psutil.Process) -> str:
    try:
        return f"{child.pid}: {' '.join(child.cmdline())}"
    except psutil.NoSuchProcess:
        return f"{child.pid}: ended just now"


@pytest.fixture(autouse=True)
def no_leaked_qt(request: pytest.FixtureRequest) -> Iterator[None]:
    """Only for tests that ask for `qtbot` or `qapp`, directly or by another fixture."""
    if not {"qtbot", "qapp"} & set(request.fixturenames):
        yield
        return
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    widgets_before = {id(widget) for widget in QApplication.topLevelWidgets()}
    started: list[weakref.ref[QTimer]] = []
    plain_start: Any = QTimer.start

    def start(timer: QTimer, *args: Any) -> None:
        started.append(weakref.ref(timer))
        plain_start(timer, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QTimer, "start", start)
        yield
    _delete_deferred()
    if _left_timers(started) or _left_widgets(widgets_before):
        gc.collect()  # a cycle may still hold one that nobody can reach
        _delete_deferred()
    timers, widgets = _left_timers(started), _left_widgets(widgets_before)
    said = [f"running {timer} ({timer.interval()} ms)" for timer in timers] + [
        f"{widget}" for widget in widgets
    ]
    for timer in timers:
        timer.stop()
    for widget in widgets:
        widget.close()
        widget.deleteLater()
    _delete_deferred()
    if said:
        pytest.fail(f"left Qt objects behind: {said}")


def _delete_deferred() -> None:
    from PySide6.QtCore import QCoreApplication, QEvent

    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _left_timers(started: "list[weakref.ref[Any]]") -> list[Any]:
    import shiboken6

    alive = {id(timer): timer for ref in started if (timer := ref()) is not None}
    return [timer for timer in alive.values() if shiboken6.isValid(timer) and timer.isActive()]


def _left_widgets(before: set[int]) -> list[Any]:
    if "PySide6.QtWidgets" not in sys.modules:
        return []
    from PySide6.QtWidgets import QApplication

    return [widget for widget in QApplication.topLevelWidgets() if id(widget) not in before]
