"""Asks where the tear sheet of a run goes and has it written, whole or not at all, in a thread."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from core.backtest.catalog import CatalogError
from core.backtest.columns import ColumnsError
from core.backtest.tearsheet import tear_sheet, write_tear_sheet
from desktop.messages import Level, MessageLink
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.research.research import Research
    from desktop.workspace.window import DeskWindow


def ask_report(window: "DeskWindow", research: "Research", run_id: str) -> QFileDialog:
    """Nothing happens when no file is chosen."""
    dialog = QFileDialog(window, tr("Export the tear sheet"), "", "HTML (*.html)")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("html")
    dialog.selectFile(f"run-{run_id[:8]}.html")
    dialog.fileSelected.connect(lambda chosen: export_report(research, run_id, Path(chosen)))
    dialog.open()
    return dialog


def export_report(research: "Research", run_id: str, path: Path) -> None:
    """In the desk's own colours of up and down; says where it is, or why not."""
    research.start_task(_write(research, run_id, path), f"report-{run_id[:8]}")


async def _write(research: "Research", run_id: str, path: Path) -> None:
    market = research.theme.market
    try:
        home = await research.library.ready()
        row = await research.library.ask(lambda catalog: catalog.run(run_id))
        text = await research.threads.run(tear_sheet, home, run_id, row, market=market)
        await research.threads.run(write_tear_sheet, path, text)
    except (CatalogError, ColumnsError, OSError) as error:
        reason = getattr(error, "strerror", None) or error
        said = tr("{path} was not written: {reason}", path=path, reason=reason)
        research.say(Level.ERROR, said)
        return
    link = MessageLink(tr("Open it"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))))
    research.say(Level.INFO, tr("Tear sheet of run {run} saved: {path}", run=run_id[:8], path=path), link)
