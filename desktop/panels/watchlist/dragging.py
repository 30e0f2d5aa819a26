"""Rows that are dragged out of a watchlist, and what is dropped on one.

A press on a selected row begins a drag, on any other it selects as ever. A drop shows where it will land, or
says why it cannot; Shift moves instead of copying. The list itself is changed by `ListEditing` and the store.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QDrag, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from core.market.instruments import InstrumentKey
from desktop.paint.theme import Theme
from desktop.panels.watchlist.editing import ListEditing
from desktop.panels.watchlist.mime import Carried, carried_mime, list_files, read_carried
from desktop.tr import tr
from desktop.watchlists.watchlists import Watchlists
from desktop.words import count_words

if TYPE_CHECKING:
    from desktop.panels.watchlist.panel import WatchlistPanel

Event = Any  # QDropEvent and those before it


class RowDragging(QObject):
    """Watches the rows of one panel. `run` starts a drag and returns when it has ended."""

    def __init__(self, panel: "WatchlistPanel", editing: ListEditing) -> None:
        super().__init__(panel)
        self._panel = panel
        self._editing = editing
        self._pressed: QPoint | None = None
        self._place = 0
        self.run: Callable[[QDrag], object] = _exec
        panel.grid.rows.canvas.installEventFilter(self)

    def eventFilter(self, _canvas: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind is QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            return self._press(event)
        if self._pressed is None or not isinstance(event, QMouseEvent):
            return False
        if kind is QEvent.Type.MouseMove:
            self._move(event)
            return True
        if kind is QEvent.Type.MouseButtonRelease:
            self._pressed = None
            self._panel.grid.rows.selection.press(self._place, Qt.KeyboardModifier.NoModifier)
        return False

    def _press(self, event: QMouseEvent) -> bool:
        """True for a press that may become a drag: the selection waits for the release."""
        rows = self._panel.grid.rows
        self._pressed = None
        if event.button() is not Qt.MouseButton.LeftButton or event.modifiers():
            return False
        place = rows.scrolling.top + rows.canvas.position_at(event.position().y())
        if not 0 <= place < len(rows.order) or not rows.selection.mask[rows.order[place]]:
            return False
        self._pressed, self._place = event.position().toPoint(), place
        return True

    def _move(self, event: QMouseEvent) -> None:
        assert self._pressed is not None
        moved = (event.position().toPoint() - self._pressed).manhattanLength()
        if moved >= QApplication.startDragDistance():
            self._pressed = None
            self.start()

    def start(self) -> None:
        """Drag the selected rows."""
        keys = self._panel.selected_keys()
        if not keys:
            return
        drag = QDrag(self._panel)
        drag.setMimeData(carried_mime(self._editing.carried(keys)))
        words = keys[0].symbol if len(keys) == 1 else count_words(len(keys), "instrument")
        drag.setPixmap(_label(self._panel.theme, words, self._panel.devicePixelRatioF()))
        drag.setHotSpot(QPoint(-8, -8))
        self.run(drag)


def _exec(drag: QDrag) -> None:
    drag.exec(Qt.DropAction.CopyAction | Qt.DropAction.MoveAction, Qt.DropAction.CopyAction)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a drop would do. `line_y` is where rows would land, None for the end or the whole panel."""

    reason: str = ""  # why it cannot be
    words: str = ""  # what it does
    before: InstrumentKey | None = None
    line_y: int | None = None
    moves: bool = False


class ListDrops:
    """Judges and carries out drops on one panel."""

    def __init__(self, panel: "WatchlistPanel", editing: ListEditing, lists: Watchlists) -> None:
        self._panel = panel
        self._editing = editing
        self._lists = lists
        self.mark = DropMark(panel.theme, panel)
        panel.setAcceptDrops(True)

    def enter(self, event: Event) -> None:
        """Something comes over the panel. Accepted wherever it may land, so that Qt goes on to ask."""
        if self._show(event) is None:
            event.ignore()
        else:
            event.accept()

    def over(self, event: Event) -> None:
        """It moves: show what a drop would do here, or why nothing."""
        verdict = self._show(event)
        if verdict is None or verdict.reason:
            event.setDropAction(Qt.DropAction.IgnoreAction)
            event.ignore()
        else:
            self._accept(event, verdict)

    def leave(self) -> None:
        """It is elsewhere."""
        self.mark.hide()

    def _show(self, event: Event) -> Verdict | None:
        verdict = self.verdict(event.mimeData(), event.position().toPoint(), event.modifiers())
        if verdict is not None:
            self.mark.show_verdict(verdict)
        return verdict

    def drop(self, event: Event) -> None:
        """Do it, or say why not."""
        self.mark.hide()
        mime = event.mimeData()
        verdict = self.verdict(mime, event.position().toPoint(), event.modifiers())
        if verdict is None or verdict.reason:
            if verdict is not None:
                self._lists.warn(verdict.reason)
            event.ignore()
            return
        self._accept(event, verdict)
        self._take(mime, verdict)

    def _accept(self, event: Event, verdict: Verdict) -> None:
        event.setDropAction(Qt.DropAction.MoveAction if verdict.moves else Qt.DropAction.CopyAction)
        event.accept()

    def verdict(self, mime: QMimeData, at: QPoint, modifiers: Qt.KeyboardModifier) -> Verdict | None:
        """None for what no watchlist takes."""
        carried = read_carried(mime)
        own = self._editing.own
        before, line_y = self._target(at) if own is not None else (None, None)
        if carried is None:
            if list_files(mime):
                return Verdict(words=tr("Import"), before=before, line_y=line_y)
            return Verdict(words=tr("Add"), before=before, line_y=line_y) if mime.hasText() else None
        if own is None:
            return Verdict(
                tr("“{name}” is built in: drop on a list of your own", name=self._panel.list_label)
            )
        if carried.list_id == own.id:
            if self._panel.grid.sort:
                return Verdict(tr("The rows are sorted: end the sorting to move them by hand"))
            return Verdict(words=tr("Move here"), before=before, line_y=line_y, moves=True)
        moves = bool(modifiers & Qt.KeyboardModifier.ShiftModifier) and bool(carried.list_id)
        return Verdict(
            words=tr("Move to “{name}”", name=own.name) if moves else tr("Copy to “{name}”", name=own.name),
            before=before, line_y=line_y, moves=moves,
        )  # fmt: skip

    def _target(self, at: QPoint) -> tuple[InstrumentKey | None, int | None]:
        """The row in front of which something lands, and the line there; the end where rows are sorted."""
        grid = self._panel.grid
        rows, canvas = grid.rows, grid.rows.canvas
        if grid.sort or not rows.isVisible() or not len(rows.order):
            return None, None
        top = canvas.mapTo(self._panel, QPoint()).y()
        metrics = rows.painter.atlas.metrics
        row_px = metrics.row_px / metrics.ratio
        step = max(0, round((at.y() - top) / row_px))
        place = min(rows.scrolling.top + step, len(rows.order))
        line_y = round(top + (place - rows.scrolling.top) * row_px)
        if place == len(rows.order):
            return None, line_y
        return rows.instruments[int(rows.order[place])].key, line_y

    def _take(self, mime: QMimeData, verdict: Verdict) -> None:
        carried, own = read_carried(mime), self._editing.own
        if carried is None:
            files = list_files(mime)
            for path in files:
                self._editing.take_file(path, verdict.before)
            if not files:
                self._editing.take_text(mime.text(), verdict.before, self._editing.new_name())
        elif own is not None and carried.list_id == own.id:
            self._lists.attempt(lambda: self._lists.store.place(own.id, carried.keys, verdict.before))
        else:
            self._editing.add(carried.keys, verdict.before)
            if verdict.moves:
                self._take_out(carried)

    def _take_out(self, carried: Carried) -> None:
        """Of the list that moved rows are from; only what has arrived in this one."""
        own = self._editing.own
        arrived = set(own.keys) if own is not None else set()
        gone = [key for key in carried.keys if key in arrived]
        if self._lists.store.get(carried.list_id) is not None:
            self._lists.attempt(lambda: self._lists.store.remove(carried.list_id, gone))


class DropMark(QWidget):
    """Lies over a panel while something is held above it: a line where rows land, or a frame, and words."""

    def __init__(self, theme: Theme, panel: QWidget) -> None:
        super().__init__(panel)
        self._theme = theme
        self.verdict = Verdict()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_verdict(self, verdict: Verdict) -> None:
        parent = self.parentWidget()
        assert parent is not None
        self.verdict = verdict
        self.setGeometry(parent.rect())
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, verdict = self._theme, self.verdict
        painter = QPainter(self)
        ink = theme.color("text.tertiary" if verdict.reason else "accent.base")
        if verdict.line_y is not None and not verdict.reason:
            y = min(max(verdict.line_y - 1, 0), self.height() - 2)
            painter.fillRect(QRect(0, y, self.width(), 2), ink)
            painter.fillRect(QRect(0, y - 3, 2, 8), ink)
        else:
            for edge in _edges(self.rect(), 2):
                painter.fillRect(edge, ink)
        self._paint_words(painter, verdict.reason or verdict.words)
        painter.end()

    def _paint_words(self, painter: QPainter, words: str) -> None:
        """At the bottom: where rows land must stay in sight."""
        theme = self._theme
        font = theme.font("small", "strong")
        metrics, pad = QFontMetricsF(font), theme.px("spacing.m")
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, self.width() - 4 * pad)
        width = round(metrics.horizontalAdvance(shown)) + 2 * pad
        height = theme.px("height.control")
        box = QRect((self.width() - width) // 2, self.height() - height - 2 * pad, width, height)
        painter.setPen(theme.color("border.strong"))
        painter.setBrush(theme.color("surface.overlay"))
        painter.drawRect(box)
        painter.setFont(font)
        reason = bool(self.verdict.reason)
        painter.setPen(theme.color("text.secondary" if reason else "text.primary"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)


def _edges(rect: QRect, width: int) -> tuple[QRect, ...]:
    return (
        QRect(rect.left(), rect.top(), rect.width(), width),
        QRect(rect.left(), rect.bottom() - width + 1, rect.width(), width),
        QRect(rect.left(), rect.top(), width, rect.height()),
        QRect(rect.right() - width + 1, rect.top(), width, rect.height()),
    )


def _label(theme: Theme, words: str, ratio: float) -> QPixmap:
    """What hangs at the mouse."""
    font = theme.font("small", "strong")
    width = round(QFontMetricsF(font).horizontalAdvance(words)) + 2 * theme.px("spacing.m")
    height = theme.px("height.control") - 4
    pixmap = QPixmap(round(width * ratio), round(height * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(theme.color("accent.fill"))
    painter = QPainter(pixmap)
    painter.setFont(font)
    painter.setPen(theme.color("text.on_accent"))
    painter.drawText(QRect(0, 0, width, height), Qt.AlignmentFlag.AlignCenter, words)
    painter.end()
    return pixmap
