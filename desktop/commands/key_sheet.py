"""Every key of the desk on one sheet, as it is in force now: to look at, to copy, to print."""

from html import escape
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPageLayout, QPageSize, QPdfWriter
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from desktop.commands.commands import Commands
from desktop.commands.key_texts import caps, panel_keys
from desktop.paint.theme import Theme
from desktop.tr import tr

SIZE_PX: Final = (620, 640)


def sheet_rows(commands: Commands) -> list[tuple[str, str, tuple[str, ...]]]:
    """Group, what it does, keys: actions that have any, then what each kind of panel answers itself."""
    rows = [
        (action.group, action.title, commands.keys.keys(action.id))
        for action in commands.actions
        if commands.keys.keys(action.id)
    ]
    return [*rows, *((key.place, key.title, key.keys) for key in panel_keys())]


def said(keys: tuple[str, ...]) -> str:
    """`Ctrl+N, Ctrl+M`, as it stands on the caps."""
    return ", ".join("+".join(caps(text)) for text in keys)


def sheet_text(commands: Commands) -> str:
    """One line a key, groups apart: for the clipboard."""
    lines: list[str] = []
    group = ""
    for name, title, keys in sheet_rows(commands):
        if name != group:
            lines += ["", name] if lines else [name]
            group = name
        lines.append(f"{said(keys)}\t{title}")
    return "\n".join(lines) + "\n"


def sheet_markdown(commands: Commands) -> str:
    """For docs/keys.md."""
    lines: list[str] = []
    group = ""
    for name, title, keys in sheet_rows(commands):
        if name != group:
            lines += ["", f"## {name}", "", "| keys | what they do |", "|---|---|"]
            group = name
        spelled = ", ".join(f"`{'+'.join(caps(text))}`" for text in keys)
        lines.append(f"| {spelled} | {title} |")
    return "\n".join(lines).lstrip("\n") + "\n"


def sheet_html(commands: Commands, ink: str, quiet: str) -> str:
    """The same as a page; `ink` and `quiet` are colours as CSS spells them."""
    parts = ['<table width="100%" cellspacing="0" cellpadding="3">']
    group = ""
    for name, title, keys in sheet_rows(commands):
        if name != group:
            parts.append(f'<tr><td colspan="2"><br><b>{escape(name)}</b></td></tr>')
            group = name
        parts.append(
            f'<tr><td width="38%" style="color:{quiet}"><code>{escape(said(keys))}</code></td>'
            f'<td style="color:{ink}">{escape(title)}</td></tr>'
        )
    return "".join((*parts, "</table>"))


class KeySheet(QDialog):
    """Follows changes of the keys while it is open; deleted when it is closed."""

    def __init__(self, commands: Commands, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._commands = commands
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("All keys"))
        self.resize(*SIZE_PX)
        heading = QLabel(tr("All keys"), self)
        heading.setProperty("role", "dialog-title")
        self.page = QTextBrowser(self)
        self.page.setAccessibleName(tr("All keys"))
        pad = theme.px("spacing.dialog_pad")
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(theme.px("spacing.m"))
        column.addWidget(heading)
        column.addWidget(self.page, 1)
        foot = QHBoxLayout()
        for words, act in ((tr("Copy"), self.copy), (tr("Save as PDF…"), self._ask_where)):
            button = QPushButton(words, self)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _checked=False, act=act: act())
            foot.addWidget(button)
        foot.addStretch(1)
        close = QPushButton(tr("Close"), self)
        close.clicked.connect(lambda _checked=False: self.close())
        foot.addWidget(close)
        column.addLayout(foot)
        self._end = commands.keys.listen(self._fill)
        self.finished.connect(lambda _result: self._end())
        self._fill()

    def _fill(self) -> None:
        theme = self._theme
        self.page.setHtml(sheet_html(self._commands, theme.css("text.primary"), theme.css("text.secondary")))

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(sheet_text(self._commands))

    def _ask_where(self) -> None:
        dialog = QFileDialog(self, tr("Save as PDF"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("pdf")
        dialog.selectFile("tapedeck-keys.pdf")
        dialog.fileSelected.connect(self.save_pdf)
        dialog.open()

    def save_pdf(self, path: str) -> None:
        """Black on white, A4, whatever the theme."""
        writer = QPdfWriter(path)
        writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        writer.setPageOrientation(QPageLayout.Orientation.Portrait)
        document = self.page.document().clone()
        document.setHtml(sheet_html(self._commands, "black", "black"))
        document.print_(writer)

    def closeEvent(self, event: object) -> None:
        self._end()
        super().closeEvent(event)  # type: ignore[arg-type]
