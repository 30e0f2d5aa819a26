"""What the dialogs of research are made of: a title, a body, a complaint, buttons at the right.

Shown with `open`, deleted when closed; none waits for its answer, so the desk goes on behind it.
"""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.paint.theme import Theme, ui_font


class ResearchDialog(QDialog):
    """Add to `body`, then `add_buttons`. `complain` says under the body what cannot be used."""

    def __init__(self, parent: QWidget, theme: Theme, title: str, width_px: int) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(theme.scaled_px(width_px))
        pad = theme.px("spacing.dialog_pad")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(pad, pad, pad, pad)
        whole.setSpacing(theme.px("spacing.l"))
        self.heading = QLabel(title, self)
        self.heading.setProperty("role", "dialog-title")
        self.body = QVBoxLayout()
        self.body.setSpacing(theme.px("spacing.form_row_gap"))
        self.complaint = QLabel("", self)
        self.complaint.setWordWrap(True)
        self.complaint.setTextFormat(Qt.TextFormat.PlainText)
        self.complaint.setFont(ui_font(theme.font_px("ui")))
        self.complaint.setStyleSheet(f"color: {theme.css('state.error')};")
        self.complaint.hide()
        self._foot = QHBoxLayout()
        self._foot.setSpacing(theme.px("spacing.m"))
        whole.addWidget(self.heading)
        whole.addLayout(self.body, 1)
        whole.addWidget(self.complaint)
        whole.addLayout(self._foot)

    def add_buttons(self, *buttons: QPushButton, left: QWidget | None = None) -> None:
        """The last one is the default."""
        if left is not None:
            self._foot.addWidget(left)
        self._foot.addStretch(1)
        for button in buttons:
            button.setAutoDefault(False)
            self._foot.addWidget(button)
        buttons[-1].setAutoDefault(True)
        buttons[-1].setDefault(True)

    def complain(self, text: str) -> None:
        """Empty: nothing is wrong."""
        self.complaint.setText(text)
        self.complaint.setVisible(bool(text))

    def label(self, text: str, role: str = "") -> QLabel:
        """A line of words in a dialog."""
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        if role:
            label.setProperty("role", role)
        return label
