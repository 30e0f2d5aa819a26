"""The report of a failure, beside the desk: what, where, what it means, and the whole text to copy or find.

Not modal: prices go on and nothing has to be answered.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.paint.icons import icon_pixmap
from desktop.paint.theme import Theme, ui_font
from desktop.tr import tr

SIZE_PX: Final = (680, 480)


@dataclass(frozen=True, slots=True)
class ReportWords:
    """For a person; the text beside it is for support."""

    title: str
    what: str
    where: str
    when: str
    meaning: str


class ReportDialog(QDialog):
    """Deleted when it is closed."""

    def __init__(
        self,
        words: ReportWords,
        text: str,
        path: Path,
        theme: Theme,
        copy: Callable[[str], object],
        open_folder: Callable[[], object],
        parent: QWidget | None,
    ) -> None:
        super().__init__(parent)
        self.words, self.text = words, text
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.setWindowTitle(words.title)
        self.setAccessibleDescription(f"{words.what}. {words.meaning}")
        self.resize(*SIZE_PX)
        pad, gap = theme.px("spacing.dialog_pad"), theme.px("spacing.form_row_gap")
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(theme.px("spacing.l"))
        column.addLayout(self._head(theme))
        meaning = QLabel(words.meaning)
        meaning.setWordWrap(True)
        meaning.setProperty("role", "secondary")
        column.addWidget(meaning)
        rows = QGridLayout()
        rows.setHorizontalSpacing(theme.px("spacing.l"))
        rows.setVerticalSpacing(gap)
        rows.setColumnStretch(1, 1)
        told = (
            (tr("What"), words.what),
            (tr("Where"), words.where),
            (tr("When"), words.when),
            (tr("Report"), str(path)),
        )
        for row, (label, value) in enumerate(told):
            rows.addWidget(_label(label, "tertiary"), row, 0, Qt.AlignmentFlag.AlignTop)
            rows.addWidget(_value(value), row, 1)
        column.addLayout(rows)
        body = QPlainTextEdit(text)
        body.setReadOnly(True)
        body.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        body.setFont(theme.mono_font(theme.font_px("small")))
        body.setStyleSheet(
            f"QPlainTextEdit {{ font-family: 'JetBrains Mono'; font-size: {theme.font_px('small')}px;"
            f" background: {theme.css('surface.input')}; border: 1px solid {theme.css('border.default')};"
            f" border-radius: {theme.px('radius.control')}px; }}"
            "QAbstractScrollArea::corner { background: transparent; border: none; }"
        )
        body.setAccessibleName(tr("The whole report"))
        column.addWidget(body, 1)
        self.copied = QLabel("")
        self.copied.setProperty("role", "tertiary")
        column.addLayout(self._foot(theme, copy, open_folder))

    def _head(self, theme: Theme) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(theme.px("spacing.m"))
        mark = QLabel()
        mark.setPixmap(
            icon_pixmap(
                "circle-alert",
                theme.px("icon_px.toolbar"),
                theme.argb("state.error"),
                self.devicePixelRatioF(),
            )
        )
        title = QLabel(self.words.title)
        title.setFont(ui_font(theme.px("font_px_fixed.dialog_title"), "title"))
        title.setProperty("role", "dialog-title")
        title.setWordWrap(True)
        head.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(title, 1)
        return head

    def _copy(self, copy: Callable[[str], object]) -> None:
        copy(self.text)
        self.copied.setText(tr("Copied"))

    def _foot(
        self, theme: Theme, copy: Callable[[str], object], open_folder: Callable[[], object]
    ) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(theme.px("spacing.m"))
        copying = QPushButton(tr("Copy report"))
        copying.clicked.connect(lambda: self._copy(copy))
        folder = QPushButton(tr("Open folder"))
        folder.clicked.connect(lambda: open_folder())
        closing = QPushButton(tr("Close"))
        closing.setDefault(True)
        closing.clicked.connect(self.close)
        for button in (copying, folder):
            button.setAutoDefault(False)
            foot.addWidget(button)
        foot.addWidget(self.copied)
        foot.addStretch(1)
        foot.addWidget(closing)
        return foot


def _label(text: str, role: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", role)
    return label


def _value(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label
