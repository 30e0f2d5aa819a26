"""Why a run failed: the exception, the strategy's file and line, the whole traceback to copy."""

from typing import Final

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget

from desktop.paint.theme import Theme
from desktop.research.dialogs import ResearchDialog
from desktop.research.rows import RunRow
from desktop.tr import tr

WIDTH_PX: Final = 620
TRACEBACK_PX: Final = 260


class ErrorDialog(ResearchDialog):
    """`row` has an error."""

    def __init__(self, parent: QWidget, theme: Theme, row: RunRow) -> None:
        super().__init__(parent, theme, tr("Run {run} failed", run=row.short_id), WIDTH_PX)
        error = row.error
        assert error is not None
        self.body.addWidget(self.label(error.text, "error"))
        if error.file:
            where = tr("{file}, line {line}", file=error.file, line=error.line) if error.line else error.file
            self.body.addWidget(self.label(where, "secondary"))
        self.text = QPlainTextEdit(error.traceback or error.text, self)
        self.text.setReadOnly(True)
        self.text.setFont(theme.mono_font(theme.font_px("small")))
        self.text.setStyleSheet(f"font-family: 'JetBrains Mono'; font-size: {theme.font_px('small')}px;")
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setMinimumHeight(theme.scaled_px(TRACEBACK_PX))
        self.text.setAccessibleName(tr("Traceback"))
        self.body.addWidget(self.text, 1)
        copy, close = QPushButton(tr("Copy"), self), QPushButton(tr("Close"), self)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text.toPlainText()))
        close.clicked.connect(self.accept)
        self.add_buttons(copy, close)
