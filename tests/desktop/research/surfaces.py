"""Every panel and dialog of research, one after the other, with what a real profile has in them.

For whoever looks at all of them: the check that every text fits, and a person. `shelve` fills a home with
runs in every state; `surfaces` shows each surface in a window and names it, and takes dialogs away again.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from core.backtest.catalog import Catalog
from core.backtest.home import ResearchHome
from core.backtest.run_files import RunFiles
from desktop.app import DeskApp
from desktop.panels.data.import_dialog import ImportDialog
from desktop.panels.data.mapping_dialog import MappingDialog
from desktop.panels.runs.columns import FIGURES, NAMES
from desktop.panels.runs.new_run.dialog import NewRunDialog
from desktop.research.dialogs import ResearchDialog
from desktop.research.research import FAMILY
from desktop.workspace.window import DeskWindow
from tests.core.backtest.made import made_dataset, made_run
from tests.desktop.research.shelf import enter, failed_run
from tests.waiting import wait_for

PAIRS = ((20, 80), (10, 40), (30, 120), (60, 240), (120, 480), (15, 60))
WAIT_S = 30
OWN = '''"""A strategy of one's own."""
from nautilus_trader.trading.strategy import Strategy

class Mean(Strategy)
    pass
'''
ODD = "when|first|top|bottom|final|remarks of the vendor\n" + "".join(
    f"2023-01-03 15:{minute:02}:00|100.{minute:02}|101.00|99.00|100.50|regular\n" for minute in range(30)
)
DOUBTFUL = "date,time,open,high,low,close,volume\n" + "".join(
    f"2023-01-{3 + minute // 200:02},15:{minute % 60:02},100.{minute % 100:02},101.00,99.00,100.50,12\n"
    for minute in (*range(40), 12, 12, *range(200, 240))
)
BAD = "time,open,high,low,close,volume\n2023-01-03T15:00,100,101,99,100,5\n2023-01-03T15:01,100,x1,99,100,5\n"


def shelve(home: ResearchHome) -> list[RunFiles]:
    """Runs of half a year in every state that a list may show; the first ones have a past."""
    first = made_dataset(
        home, ("XNAS:AAPL", "XNAS:GOOGL"), 90, "5m", name="Nasdaq, two of a hundred", start=15_000
    )
    second = made_dataset(
        home, ("HISTDATA:EURUSD",), 10, seed=7, name="EURUSD", price_decimals=5, start=107_394
    )
    many = made_dataset(home, tuple(f"XNYS:SYM{n}" for n in range(12)), 2, seed=9, name="NYSE basket 2023")
    catalog = Catalog(home)
    for each in (first, second, many):
        catalog.add_dataset(each.manifest)
    runs = [made_run(home, first, fast=fast, slow=slow) for fast, slow in PAIRS]
    runs.append(made_run(home, second, strategy="donchian_breakout", quantity=100_000.0))
    for run in runs:
        enter(catalog, run)
    ids = [run.spec.run_id for run in runs]
    catalog.set_star(ids[1])
    catalog.set_name(ids[1], "Candidate of the spring")
    catalog.set_tags(ids[1], ["best so far", "to check", "nasdaq"])
    catalog.set_note(
        ids[1], "Fees at half of what the broker takes.\nLook at the week of the rate decision again."
    )
    failed_run(home, runs[0].spec)
    cancelled = replace(runs[0].spec, seed=11)
    catalog.queue(cancelled)
    catalog.cancelled(cancelled.run_id)
    (home.strategies / "mean.py").write_text(OWN, encoding="utf-8")
    return runs


def unfinished(home: ResearchHome, like: RunFiles) -> None:
    """One that waits and one that runs, as another process would enter them; after the desk has begun."""
    catalog = Catalog(home)
    waiting, running = replace(like.spec, seed=21), replace(like.spec, seed=22)
    for spec in (waiting, running):
        catalog.queue(spec)
    catalog.started(running.run_id)


async def surfaces(app: DeskApp, window: DeskWindow, runs: list[RunFiles], files: Path) -> AsyncIterator[str]:
    """`files` is a directory for what is imported. Panels stay; each dialog is closed before the next."""
    research, commands = app.research, app.commands
    for kind in FAMILY:
        research.panel(window, kind)
        await wait_for(lambda: research.library.is_loaded, WAIT_S, "the catalog")
        yield f"{kind}, at first"
    table = research.runs_panel(window)
    await wait_for(lambda: len(table.model.rows) >= len(runs), WAIT_S, "the runs")
    ids = [run.spec.run_id for run in runs]
    compare = research.panel(window, "compare")
    compare.show_runs(ids[:6])
    await wait_for(lambda: compare.sides is not None, WAIT_S, "the comparison")
    yield "compare"
    sheet = research.panel(window, "tearsheet")
    sheet.show_run(ids[1])
    await wait_for(lambda: sheet.sheet is not None, WAIT_S, "the tear sheet")
    yield "tear sheet"
    sheet.area.verticalScrollBar().setValue(1_000_000)
    yield "tear sheet, its end"
    compare.show_runs([ids[0], "0" * 16])
    await wait_for(lambda: compare.state.title, WAIT_S, "the refusal")
    research.panel(window, "compare")
    yield "compare, a run that is gone"
    research.runs_panel(window)
    for place in (*FIGURES, NAMES.index("created")):
        table.table.sortByColumn(place, Qt.SortOrder.DescendingOrder)
        yield f"runs, sorted by {NAMES[place]}"
    table.set_filter("sharpe>x")
    yield "runs, a filter that cannot be used"
    table.set_filter("nobody has this")
    yield "runs, none left"
    table.set_filter("")
    table.select(ids[1])
    for action in ("runs.notes", "runs.delete", "runs.new", "runs.again"):
        commands.run(action, window, table)
        dialog = _dialog(window)
        if isinstance(dialog, NewRunDialog):
            await wait_for(lambda dialog=dialog: dialog.has_own_strategies, WAIT_S, "one's own strategies")
        yield action
        if action == "runs.new":
            for title in ("rsi_reversion", "donchian_breakout", "file:mean.py"):
                dialog.strategy.set_value(title)
                yield f"{action}, {title}"
            dialog.strategy.set_value("sma_crossover")
            dialog.parameters.fields["fast"].set_value("many")
            dialog.start()
            yield f"{action}, refused"
        _close(dialog)
    failed = next(row for row in table.model.rows if row.error is not None)
    table.select(failed.id)
    commands.run("runs.error", window, table)
    yield "runs.error"
    _close(_dialog(window))
    async for words in _imports(app, window, files):
        yield words


async def _imports(app: DeskApp, window: DeskWindow, files: Path) -> AsyncIterator[str]:
    """The dialogs, and what came of two imports."""
    research = app.research
    research.ask_import(window)
    yield "import, without a file"
    _close(_dialog(window))
    named = {"A rather long name of a vendor's file, 2023.csv": ODD, "minutes.csv": DOUBTFUL, "empty.csv": ""}
    for name, text in named.items():
        (files / name).write_text(text, encoding="utf-8")
    research.ask_import(window, [files / name for name in named])
    dialog = _dialog(window)
    assert isinstance(dialog, ImportDialog)
    await wait_for(lambda: not dialog.is_looking, WAIT_S, "the files")
    yield "import"
    dialog.start()
    yield "import, refused"
    dialog._map_columns()
    mapping = next(each for each in dialog.findChildren(MappingDialog) if each.isVisible())
    yield "columns"
    mapping._finish()
    yield "columns, refused"
    _close(mapping)
    _close(dialog)
    (files / "bad line.csv").write_text(BAD, encoding="utf-8")
    research.panel(window, "data")
    for name in ("bad line.csv", "minutes.csv"):
        words = [
            "data",
            "import",
            str(files / name),
            "--dataset",
            name,
            "--map",
            "symbol=VOD",
            "--calendar",
            "XNYS",
        ]
        words += ["--map", "exchange=XNYS", "--map", "zone=America/New_York"]
        job = research.start_import(name, words, window)
        yield f"data, {name} under way"
        await wait_for(lambda job=job: job.has_ended, WAIT_S, "the import")
        yield f"data, {name} {job.state}"
    data = research.panel(window, "data")
    await wait_for(lambda: any(row.findings for row in data.model.rows), WAIT_S, "the dataset")
    data.table.selectRow(next(place for place, row in enumerate(data.model.rows) if row.findings))
    app.commands.run("data.details", window, data)
    dialog = _dialog(window)
    await wait_for(lambda: dialog.manifest is not None, WAIT_S, "the manifest")
    yield "data.details"
    _close(dialog)
    data.table.selectRow(next(place for place, row in enumerate(data.model.rows) if row.runs))
    app.commands.run("data.delete", window, data)
    yield "data.delete"
    _close(_dialog(window))


FILM = ("metrics", "trades", "orders", "recorded", "equity")


async def film_surfaces(app: DeskApp, window: DeskWindow, run: RunFiles) -> AsyncIterator[str]:
    """Panels of a played run: without one, at its begin, in its middle, at its end."""
    for kind in FILM:
        app.research.panel(window, kind)
        yield f"{kind}, no run"
    app.open_run(run.spec.run_id, window)
    await wait_for(lambda: getattr(window.contents, "player", None) is not None, WAIT_S, "the player")
    await wait_for(lambda: app.desk is not None and _transport(window) is not None, WAIT_S, "the film")
    manifest = run.manifest
    for words, share in (("begin", 0.0), ("middle", 0.5), ("end", 1.0)):
        _transport(window).seek(int(manifest.begin_ns + (manifest.end_ns - manifest.begin_ns) * share))
        for kind in FILM:
            app.research.panel(window, kind)
            yield f"{kind}, {words}"


def _transport(window: DeskWindow) -> Any:
    return window.deck.transport


def _dialog(window: DeskWindow) -> Any:
    """The one that was opened last."""
    return [each for each in window.findChildren(ResearchDialog) if each.isVisible()][-1]


def _close(dialog: QDialog) -> None:
    dialog.reject()
