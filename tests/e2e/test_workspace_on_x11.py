"""A window manager has its own mind about where windows go: the desk still comes back to the pixel."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.stack import Stack
from tests.e2e.test_workspace_restart import started
from tests.waiting import wait_for, wait_for_sync

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.skipif(
        shutil.which("Xvfb") is None or shutil.which("openbox") is None,
        reason="needs Xvfb and openbox: apt-get install xvfb openbox",
    ),
]


@contextmanager
def x11_with_window_manager(directory: Path) -> Iterator[str]:
    """A display of its own, of 1600 x 1200, with openbox on it."""
    read, write = os.pipe()
    log = (directory / "x11.log").open("wb")
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"],
        pass_fds=(write,), stdout=log, stderr=log,
    )  # fmt: skip
    os.close(write)
    said = b""
    while not said.endswith(b"\n"):
        more = os.read(read, 16)
        if not more:
            break
        said += more
    os.close(read)
    display = f":{said.decode().strip()}"
    environment = {**os.environ, "DISPLAY": display, "HOME": str(directory)}
    manager = subprocess.Popen(["openbox", "--sm-disable"], env=environment, stdout=log, stderr=log)
    try:
        yield display
    finally:
        for process in (manager, server):
            process.terminate()
            process.wait(10)
        log.close()


def test_the_display_ends_with_its_block(tmp_path: Path) -> None:
    with x11_with_window_manager(tmp_path) as display:
        wait_for_sync(lambda: Path(f"/tmp/.X11-unix/X{display[1:]}").exists(), 10, "the display's socket")


async def test_windows_stand_where_they_stood_under_a_window_manager(tmp_path: Path) -> None:
    with x11_with_window_manager(tmp_path) as display:
        async with Stack(tmp_path) as stack:
            stack.environment |= {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display}
            await stack.supervise()
            bus, desk_dir = await stack.connect(), tmp_path / "choices"
            desk = await started(stack, bus, desk_dir)
            await desk.inspect(do=[{"windows": 2}], cells=False)
            answer = await desk.inspect(cells=False)
            first, second = (window["number"] for window in answer["windows"])
            boxes = [[40, 90, 700, 520], [760, 240, 640, 480]]
            await desk.inspect(
                do=[{"window": first, "geometry": boxes[0]}, {"window": second, "geometry": boxes[1]}]
            )
            await desk.until(
                lambda said: [window["geometry"] for window in said["windows"]] == boxes, "both places"
            )
            file = desk_dir / "workspaces" / "main.json"
            await wait_for(
                lambda: file.exists() and '"x": 760' in file.read_text(encoding="utf-8"), 20, "the save"
            )
            desk.child.send_signal(signal.SIGKILL)
            desk.child.process.wait()
            again = await started(stack, bus, desk_dir)
            await again.until(
                lambda said: [window["geometry"] for window in said["windows"]] == boxes, "the same places"
            )
