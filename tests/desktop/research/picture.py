"""Run by tests/screenshots.py: the desk with its list of runs, a comparison and a tear sheet, as one picture.

`python -m tests.desktop.research.picture FILE.png`. Runs are made without an engine, their figures are the
product's own. A profile of its own, gone after it.
"""

import asyncio
import gc
import os
import sys
import tempfile
from pathlib import Path

import qasync
from PySide6.QtWidgets import QApplication

from core.backtest.catalog import Catalog
from core.backtest.compare import figures_of
from core.backtest.home import ResearchHome
from core.backtest.run_files import RunFiles
from core.profile import HOME_VARIABLE, Profile
from desktop.app import DeskApp
from desktop.options import DeskOptions
from desktop.paint.stylesheet import dress
from desktop.paint.theme import Theme
from desktop.workspace import panel_kinds
from tests.core.backtest.made import made_dataset, made_run
from tests.nats_process import running_nats_server
from tests.waiting import wait_for

SIZE_PX = (1_600, 1_000)
SESSIONS = 120
PAIRS = ((20, 80), (120, 480), (240, 960), (60, 240), (180, 720), (10, 40), (90, 360), (30, 120))
SHOWN = 1  # of them, in the tear sheet and as a film
COMPARED = 4
SETTLE_S = 1.5


def shelve(home: ResearchHome) -> list[RunFiles]:
    """Runs over one dataset, the newest last."""
    dataset = made_dataset(home, ("XNAS:AAPL",), SESSIONS, seed=1, name="AAPL 2023", start=13_000)
    catalog = Catalog(home)
    catalog.add_dataset(dataset.manifest)
    runs = [made_run(home, dataset, fast=fast, slow=slow) for fast, slow in PAIRS]
    for run in runs:
        catalog.queue(run.spec)
        catalog.started(run.spec.run_id)
        catalog.finished(run.spec.run_id, figures_of(home, run))
    ids = [run.spec.run_id for run in runs]
    catalog.set_star(ids[SHOWN])
    catalog.set_tags(ids[SHOWN], ["best", "to check"])
    return runs


async def show(app: DeskApp, ids: list[str], file: Path) -> None:
    window, research = app.windows[0], app.research
    window.resize(*SIZE_PX)
    for panel in tuple(window.panels):
        window.contents.remove(panel)
    runs = window.contents.add(panel_kinds.RUNS)
    compare = window.contents.add(panel_kinds.COMPARE)
    sheet = window.contents.add(panel_kinds.TEAR_SHEET)
    window.contents.add(panel_kinds.DATA, over=runs)
    research.panel(window, "runs")
    await wait_for(lambda: len(runs.model.rows) == len(ids), 20, "the runs")
    runs.restore({"sort": ["return", True]})
    runs.select(ids[SHOWN])
    runs.table.setFocus()
    compare.show_runs(ids[SHOWN : SHOWN + COMPARED])
    sheet.show_run(ids[SHOWN])
    await wait_for(lambda: compare.sides is not None and sheet.sheet is not None, 60, "what is read")
    await asyncio.sleep(SETTLE_S)
    window.grab().save(str(file))


async def run(app: DeskApp, ids: list[str], file: Path) -> None:
    running = asyncio.get_running_loop().create_task(app.run(), name="desk")
    try:
        await wait_for(lambda: app.desk is not None, 20, "the desk")
        await show(app, ids, file)
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
        home = ResearchHome.of(Profile.open())
        home.make()
        ids = [run.spec.run_id for run in shelve(home)]
        desk_dir = Path(directory) / "desk"
        options = DeskOptions(server=server.url, desk_dir=desk_dir, layout="desk", watch=False)
        app = DeskApp(options, qt, loop)
        with loop:
            loop.run_until_complete(run(app, ids, Path(sys.argv[1])))


if __name__ == "__main__":
    main()
