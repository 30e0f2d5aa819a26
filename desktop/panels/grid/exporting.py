"""Asks where a grid's rows go and has them written: in a thread, for ten thousand rows take a second."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from desktop.export_file import ExportError
from desktop.messages import Level
from desktop.panels.grid.export import ExportColumn, exported
from desktop.panels.grid.quote_grid import QuoteGrid
from desktop.tr import tr
from desktop.words import count_words

Start = Callable[[Coroutine[Any, Any, Any], str], object]
Say = Callable[[Level, str], object]

_FILES: Final = {"csv": "CSV (*.csv)", "parquet": "Parquet (*.parquet)"}


def ask_export(grid: QuoteGrid, kind: str, start: Start, say: Say) -> QFileDialog:
    """Let a person choose the file, while the market goes on; nothing happens when none is chosen."""
    title = tr("Save rows as {kind}", kind="CSV" if kind == "csv" else "Parquet")
    dialog = QFileDialog(grid, title, "", _FILES[kind])
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(kind)
    dialog.selectFile(f"rows.{kind}")
    dialog.fileSelected.connect(lambda chosen: export_to(grid, Path(chosen), kind, start, say))
    dialog.open()
    return dialog


def export_to(grid: QuoteGrid, path: Path, kind: str, start: Start, say: Say) -> None:
    """Take what is shown now and write it; `say` hears how it ended."""
    columns = exported(grid.rows)
    start(_write(columns, path, kind, say), f"export-{path.name}")


async def _write(columns: Sequence[ExportColumn], path: Path, kind: str, say: Say) -> None:
    try:
        count = await asyncio.to_thread(_write_now, columns, path, kind)
    except ExportError as error:
        say(Level.WARNING, str(error))
        return
    say(Level.INFO, tr("{rows} saved: {path}", rows=count_words(count, "row"), path=path))


def _write_now(columns: Sequence[ExportColumn], path: Path, kind: str) -> int:
    from desktop.panels.grid.export_table import write_rows  # loads polars: no start should pay for that

    return write_rows(path, kind, columns)
