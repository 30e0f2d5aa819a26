"""Asks for a name, and says under the field why one cannot be had. Does not block: the desk goes on."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from core.state.versioned_file import StateError
from desktop.paint.theme import Theme, ui_font
from desktop.tr import tr
from desktop.workspaces.model import NAME_LENGTH_MAX

WIDTH_PX = 360


class NameDialog(QDialog):
    """`take` gets the name; a `StateError` of it is shown and the dialog stays."""

    def __init__(
        self, parent: QWidget, theme: Theme, title: str, name: str, done: str, take: Callable[[str], object]
    ) -> None:
        super().__init__(parent)
        self._take = take
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(WIDTH_PX)
        pad = theme.px("spacing.xl")
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(theme.px("spacing.m"))
        heading = QLabel(title, self)
        heading.setProperty("role", "dialog-title")
        self.field = QLineEdit(name, self)
        self.field.setMaxLength(NAME_LENGTH_MAX)
        self.field.setAccessibleName(title)
        self.field.selectAll()
        self.complaint = QLabel("", self)
        self.complaint.setWordWrap(True)
        self.complaint.setFont(ui_font(theme.font_px("ui")))
        self.complaint.setStyleSheet(f"color: {theme.css('state.error')};")
        self.complaint.hide()
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.px("spacing.m"))
        buttons.addStretch(1)
        cancel, self.button = QPushButton(tr("Cancel"), self), QPushButton(done, self)
        self.button.setDefault(True)
        cancel.clicked.connect(self.reject)
        self.button.clicked.connect(self._finish)
        for widget in (heading, self.field, self.complaint):
            column.addWidget(widget)
        buttons.addWidget(cancel)
        buttons.addWidget(self.button)
        column.addLayout(buttons)

    def _finish(self) -> None:
        try:
            self._take(self.field.text())
        except StateError as error:
            self.complaint.setText(str(error))
            self.complaint.show()
            self.field.setFocus()
            return
        self.accept()
