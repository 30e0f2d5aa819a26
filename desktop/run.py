"""Starts Qt and the loop, runs one desk in them, and ends both: what the command line and the demo call.

One desk runs on a person's choices: a second one asks the first to show itself and ends.
"""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import qasync
from PySide6.QtWidgets import QApplication

from core.logs import set_up
from core.profile import Profile
from desktop.app import DeskApp
from desktop.crash.qt_log import log_qt_messages
from desktop.instance import Instance, InstanceError
from desktop.options import DeskOptions
from desktop.platform import prepare_platform
from desktop.qt_app import DeskQt


def run_desk(
    options: DeskOptions, beside: Callable[[DeskApp], Coroutine[Any, Any, None]] | None = None
) -> int:
    """Start Qt and the loop, run the desk, end both. `beside` runs next to it (the demo's measuring)."""
    prepare_platform()
    set_up("desk", Profile.open().logs_dir, in_thread=True)
    log_qt_messages()
    qt = QApplication.instance() or DeskQt(["tapedeck"])
    assert isinstance(qt, QApplication)
    qt.setApplicationName("Tapedeck")
    qt.setQuitOnLastWindowClosed(False)  # we close the bus first
    instance = Instance(options.desk_dir or Profile.open().state_dir / "desk")
    if not instance.claim():
        return _show_other(instance, options.workspace)
    loop = qasync.QEventLoop(qt)
    asyncio.set_event_loop(loop)
    try:
        with loop:
            return int(loop.run_until_complete(_run(options, qt, loop, beside, instance)))
    finally:
        instance.release()


def _show_other(instance: Instance, workspace: str) -> int:
    """A desk runs on these choices already: have it show itself."""
    try:
        instance.show_other(workspace)
    except InstanceError as error:
        sys.stderr.write(f"tapedeck: {error}\n")
        return 1
    sys.stdout.write("tapedeck: a desk is running here already, its window was brought to the front\n")
    return 0


async def _run(
    options: DeskOptions,
    qt: QApplication,
    loop: asyncio.AbstractEventLoop,
    beside: Callable[[DeskApp], Coroutine[Any, Any, None]] | None,
    instance: Instance,
) -> int:
    app = DeskApp(options, qt, loop)
    instance.on_show = app.workspaces.bring_up
    app.crash.catch_signals()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Python runs the handler between two bytecodes: at the latest with the next housekeeping tick.
        signal.signal(number, lambda *_: app.quit())
    if beside is not None:
        app.start_task(beside(app), "beside")
    return await app.run()
