"""What a new desk shows instead of panels: four ways to begin, the first one a single key away.

A page in the window, not a dialog: the window can be moved, closed and left. Says what went wrong at the
place where it did, and keeps what was typed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.paint.icons import icon_pixmap
from desktop.paint.theme import Theme, ui_font
from desktop.recordings import recordings_in
from desktop.tr import tr

WAY_PX: Final = 420
GAP_PX: Final = 40  # at the sides, where two stand beside each other
FILES: Final = "*.dbn *.dbn.zst *.parquet *.csv"


class _Way(QWidget):
    """A card: icon, title, words, and what is its own below."""

    def __init__(self, sign: str, title: str, words: str, page: "StartPage") -> None:
        super().__init__(page)
        self._sign_name = sign
        self._sign, self._title, self._words = QLabel(self), QLabel(title, self), QLabel(words, self)
        self._words.setWordWrap(True)
        self._words.setProperty("role", "secondary")
        self.column = QVBoxLayout()
        self.column.addWidget(self._title)
        self.column.addWidget(self._words)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addLayout(self.column, 1)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        pad, gap = theme.px("spacing.xl"), theme.px("spacing.form_row_gap")
        self._row.setContentsMargins(pad, pad, pad, pad)
        self._row.setSpacing(pad)
        self.column.setSpacing(gap)
        self._title.setFont(ui_font(theme.px("font_px_fixed.dialog_title"), "title"))
        self._title.setProperty("role", "dialog-title")
        side, ink = theme.px("icon_px.empty_state"), theme.argb("text.secondary")
        self._sign.setPixmap(icon_pixmap(self._sign_name, side, ink, self.devicePixelRatioF()))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color("border.default"))
        painter.setBrush(theme.color("surface.panel"))
        radius = theme.px("radius.panel")
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.end()


class StartPage(QWidget):
    """Signals: `demo()`, `research()`, `connect_to(server, credentials)`, `recording(Path)`, `left()`."""

    demo = Signal()
    research = Signal()
    connect_to = Signal(str, str)
    recording = Signal(object)
    left = Signal()  # Escape: only where there is something to go back to

    def __init__(
        self, theme: Theme, over: QWidget, server: str, credentials_file: str, can_leave: bool
    ) -> None:
        super().__init__(over.parentWidget())
        self._over, self._can_leave = over, can_leave
        self.setAcceptDrops(True)
        self.setAccessibleName(tr("Start"))
        self._head, self._sub, self.said = QLabel(tr("Start with"), self), QLabel(self), QLabel(self)
        self._sub.setText(tr("You can do each of them at any time later: Ctrl+K, “start”."))
        self._sub.setProperty("role", "secondary")
        self.said.setProperty("role", "error")
        self.said.setWordWrap(True)
        self.demo_button = QPushButton(tr("See the demo"), self)
        self.demo_button.setProperty("kind", "default")
        self.server, self.credentials = QLineEdit(server, self), QLineEdit(credentials_file, self)
        self.connect_button = QPushButton(tr("Connect"), self)
        self.research_button = QPushButton(tr("Open research"), self)
        self.open_button = QPushButton(tr("Open a recording…"), self)
        self._ways = self._make_ways()
        self._lay_out(theme)
        self.set_theme(theme)
        over.installEventFilter(self)
        self.setGeometry(over.geometry())
        self.show()
        self.raise_()
        self.demo_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_ways(self) -> list[_Way]:
        demo = _Way(
            "activity", tr("The demo"), tr("A synthetic market of 500 instruments on this computer."), self
        )
        demo.column.addWidget(self.demo_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.demo_button.clicked.connect(self.demo)
        server = _Way(
            "plug", tr("A server"), tr("A Tapedeck that runs elsewhere; its operator gives you both."), self
        )
        for line, name, example in (
            (self.server, tr("Server"), "nats://host:4222"),
            (self.credentials, tr("Credentials file"), tr("Credentials file, if it asks for one")),
        ):
            line.setAccessibleName(name)
            line.setPlaceholderText(example)
            line.returnPressed.connect(self._connect)
        choose = QPushButton(tr("Choose…"), self)
        choose.setAccessibleName(tr("Choose a credentials file"))
        choose.clicked.connect(self._choose_credentials)
        file_row = QHBoxLayout()
        file_row.addWidget(self.credentials, 1)
        file_row.addWidget(choose)
        server.column.addWidget(self.server)
        server.column.addLayout(file_row)
        server.column.addWidget(self.connect_button, 0, Qt.AlignmentFlag.AlignLeft)
        server.column.addWidget(self.said)
        self.said.hide()
        self.connect_button.clicked.connect(self._connect)
        words = tr("A tape, a Databento file or Parquet: choose it, or drop it on this page.")
        tape = _Way("history", tr("A recording"), words, self)
        tape.column.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.open_button.clicked.connect(self._choose_recording)
        words = tr("Import CSV, Databento or Parquet files, run strategies over them, and play each run.")
        research = _Way("flask-conical", tr("Research"), words, self)
        research.column.addWidget(self.research_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.research_button.clicked.connect(self.research)
        for way in (demo, research, tape):
            way.column.addStretch(1)
        return [demo, research, tape, server]

    def _lay_out(self, theme: Theme) -> None:
        self._middle = QWidget(self)
        column = QVBoxLayout(self._middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px("spacing.l"))
        column.addWidget(self._head)
        column.addWidget(self._sub)
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.px("spacing.l"))
        self._columns = 0
        column.addLayout(self._grid)
        whole = QVBoxLayout(self)
        whole.addStretch(2)
        whole.addWidget(self._middle, 0, Qt.AlignmentFlag.AlignHCenter)
        whole.addStretch(3)

    def _arrange(self) -> None:
        """Two beside each other where there is room: all four are seen at once, also in a low window."""
        way_px = self._theme.scaled_px(WAY_PX)
        columns = 2 if self.width() >= 2 * way_px + GAP_PX else 1
        if columns != self._columns:
            self._columns = columns
            for place, way in enumerate(self._ways):
                self._grid.addWidget(way, place // columns, place % columns)
        gap = self._grid.spacing() * (columns - 1)
        width = min(columns * way_px + gap, max(self.width() - GAP_PX, 1))
        self._middle.setFixedWidth(width)
        self._middle.setMinimumHeight(self._middle.heightForWidth(width))  # words wrap: no part gives way

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._arrange()
        self._head.setFont(ui_font(theme.px("font_px_fixed.big_price"), "title"))
        self._head.setStyleSheet(f"font-size: {theme.px('font_px_fixed.big_price')}px; font-weight: 600;")
        for way in self._ways:
            way.set_theme(theme)
        self.update()

    def say(self, error: str) -> None:
        """What went wrong with the server; empty: nothing, or it is being tried."""
        self.said.setText(error)
        self.said.setVisible(bool(error))
        self._arrange()
        self.set_busy(False)

    @property
    def is_busy(self) -> bool:
        """Nothing else is begun meanwhile, whatever is pressed or dropped."""
        return not self.connect_button.isEnabled()

    def set_busy(self, busy: bool) -> None:
        """A server is being tried."""
        self.connect_button.setText(tr("Connecting…") if busy else tr("Connect"))
        for button in (self.demo_button, self.research_button, self.connect_button, self.open_button):
            button.setEnabled(not busy)

    # ---- hands -----------------------------------------------------------------------------------
    def _connect(self) -> None:
        self.said.hide()
        self.connect_to.emit(self.server.text().strip(), self.credentials.text().strip())

    def _choose_credentials(self) -> None:
        dialog = _file_dialog(self, tr("Credentials file"))
        dialog.fileSelected.connect(self.credentials.setText)
        dialog.open()

    def _choose_recording(self) -> None:
        ask_recording(self, self.recording.emit)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if recordings_in([Path(url.toLocalFile()) for url in event.mimeData().urls()]):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for path in recordings_in([Path(url.toLocalFile()) for url in event.mimeData().urls()])[:1]:
            self.recording.emit(path)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focused = self.focusWidget()
        if event.key() == Qt.Key.Key_Escape and self._can_leave:
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, QPushButton):
            focused.click()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over and event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self.setGeometry(self._over.geometry())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.color("surface.desk"))
        painter.end()

    def sizeHint(self) -> QSize:
        return self._over.size()


def ask_recording(parent: QWidget, take: Callable[[Path], object]) -> None:
    """Let a person choose a file and hand it to `take`; a tape is chosen by any file in its folder.

    The desk goes on meanwhile: prices never stand still for a dialog.
    """
    what = tr("Recordings")

    def chosen(name: str) -> None:
        path = Path(name)
        take(path.parent if path.parent.name.endswith(".tape") else path)

    dialog = _file_dialog(parent, tr("Open a recording"))
    dialog.setNameFilters([f"{what} ({FILES} *.arrow *.json)", f"{tr('All files')} (*)"])
    dialog.fileSelected.connect(chosen)
    dialog.open()


def _file_dialog(parent: QWidget, title: str) -> QFileDialog:
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    return dialog
