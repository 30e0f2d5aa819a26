"""Run by test_fits.py at a scale factor: a desk, its panels, dialogs and pages, and what is cut of them.

Prints the pixel ratio and one line for each text that does not fit.
"""

import asyncio
import gc
import os
import sys
import tempfile
from pathlib import Path

import qasync
from PySide6.QtWidgets import QApplication, QWidget

from core.backtest.home import ResearchHome
from core.profile import HOME_VARIABLE, Profile
from desktop.app import DeskApp
from desktop.options import DeskOptions
from desktop.paint.stylesheet import dress
from desktop.paint.theme import DENSITIES, Theme
from desktop.workspace.window import DeskWindow
from tests.desktop.fits import misfits
from tests.desktop.market import TestMarket, crypto, quote
from tests.desktop.research.surfaces import film_surfaces, shelve, surfaces
from tests.nats_process import running_nats_server
from tests.waiting import wait_for

SIZES_PX = ((1600, 1000), (900, 640))
RESEARCH_SIZES_PX = ((1600, 1000), (1100, 700))
SETTLE_S = 0.3
OPENS = (
    "palette.open", "settings.open", "keys.edit", "keys.sheet", "messages.show", "health.open",
    "grid.columns", "start.page",
)  # fmt: skip


def shown() -> list[QWidget]:
    """Every window that stands on the screen."""
    return [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]


async def look(app: DeskApp, where: str) -> list[str]:
    await asyncio.sleep(SETTLE_S)  # not processEvents: it would step into tasks from within one
    return [f"{where}: {line}" for widget in shown() for line in misfits(widget)]


async def walk(app: DeskApp, url: str) -> list[str]:
    market = TestMarket(url, crypto())
    for number, key in enumerate(market.instruments):
        market.set_values(key, quote(10_000 + number, 10_003 + number, 10_001 + number))
    await market.start()
    found: list[str] = []
    try:
        window = app.windows[0]
        await wait_for(lambda: app.first_value_ns, 20, "the first price")
        for density in DENSITIES:
            app.set_theme(app.theme.with_(density=density))
            for size in SIZES_PX:
                window.resize(*size)
                found += await look(app, f"{density} {size}")
        for action_id in OPENS:
            app.commands.run(action_id, window)
            found += await look(app, action_id)
            for widget in shown():
                if not isinstance(widget, DeskWindow):
                    widget.close()
    finally:
        await market.close()
    return found


async def walk_research(app: DeskApp, files: Path) -> list[str]:
    """Every surface of research, in the first window beside its watchlist and chart; then a run's film."""
    home = ResearchHome.of(Profile.open())
    home.make()
    runs = shelve(home)
    window = app.windows[0]
    found: list[str] = []
    for size in RESEARCH_SIZES_PX:
        window.resize(*size)
        async for words in surfaces(app, window, runs, files):
            found += await look(app, f"{words}, {size}")
    for panel in tuple(window.panels):
        window.contents.remove(panel)
    window.resize(*SIZES_PX[0])
    async for words in film_surfaces(app, window, runs[1]):
        found += await look(app, words)
    return found


async def run(app: DeskApp, url: str, files: Path) -> list[str]:
    running = asyncio.get_running_loop().create_task(app.run(), name="desk")
    try:
        await wait_for(lambda: app.desk is not None, 20, "the desk")
        return [*await walk(app, url), *await walk_research(app, files)]
    finally:
        app.quit()
        await running


def main() -> None:
    gc.disable()  # as in the desk: Qt's objects end in the GUI's thread
    qt = QApplication([])
    dress(qt, Theme())
    qt.setQuitOnLastWindowClosed(False)
    loop = qasync.QEventLoop(qt)
    with tempfile.TemporaryDirectory() as directory, running_nats_server(Path(directory) / "nats") as server:
        os.environ[HOME_VARIABLE] = str(Path(directory) / "home")
        options = DeskOptions(server=server.url, desk_dir=Path(directory) / "desk", layout="desk")
        app = DeskApp(options, qt, loop)
        ratio = app.qt.primaryScreen().devicePixelRatio()
        with loop:
            found = loop.run_until_complete(run(app, server.url, Path(directory)))
    sys.stdout.write("\n".join([f"ratio {ratio}", *dict.fromkeys(found)]) + "\n")


if __name__ == "__main__":
    main()
