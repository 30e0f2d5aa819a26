"""What the dialogs of research are made of: a title, a body, a complaint, buttons at the right.

Shown with `open`, deleted when closed; none waits for its answer, so the desk goes on behind it.
"""

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.paint.theme import Theme, ui_font

SCREEN_SHARE: Final = 0.92  # of the screen's height, at most
SCROLLED_MIN_PX: Final = 120


class ScrolledForms(QScrollArea):
    """As high as its forms; they scroll on a screen that is lower. `is_exact`: never higher than they are."""

    def __init__(self, forms: QWidget, theme: Theme, parent: QWidget, is_exact: bool = False) -> None:
        super().__init__(parent)
        self._is_exact = is_exact
        self._forms = forms
        self._bar_px = theme.px("spacing.l")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setStyleSheet("QScrollArea { background: transparent; }")
        forms.setAutoFillBackground(False)
        self.setWidget(forms)
        self.viewport().setAutoFillBackground(False)
        forms.setAutoFillBackground(False)  # `setWidget` has set it

    def sizeHint(self) -> QSize:
        hint = self._forms.sizeHint()
        wraps = self._forms.hasHeightForWidth()
        if self._is_exact and wraps and self.isVisible():
            height = self._forms.heightForWidth(self.viewport().width())
        else:
            width = max(self.viewport().width(), hint.width()) if self.isVisible() else hint.width()
            height = max(self._forms.heightForWidth(width) if wraps else 0, hint.height())
        return QSize(hint.width() + self._bar_px, height)

    def minimumSizeHint(self) -> QSize:
        least = self._forms.minimumSizeHint()
        return QSize(least.width() + self._bar_px, min(least.height(), SCROLLED_MIN_PX))


class ResearchDialog(QDialog):
    """Add to `body`, then `add_buttons`. `complain` says under the body what cannot be used."""

    def __init__(self, parent: QWidget, theme: Theme, title: str, width_px: int) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(theme.scaled_px(width_px))
        pad = theme.px("spacing.dialog_pad")
        whole = self._whole = QVBoxLayout(self)
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
        if self.isVisible():
            self.grow()

    def grow(self) -> None:
        """As high as what is in it, if the screen has the room; it never shrinks under a hand."""
        self._whole.activate()
        most = round(self.screen().availableGeometry().height() * SCREEN_SHARE)
        self.resize(self.width(), min(max(self.sizeHint().height(), self.height()), most))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.grow()

    def label(self, text: str, role: str = "") -> QLabel:
        """A line of words in a dialog."""
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        if role:
            label.setProperty("role", role)
        return label
