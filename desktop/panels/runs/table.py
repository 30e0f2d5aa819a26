"""The table of runs: a star to click, and words or a bar of progress in the place of figures not there yet.

A click on the star is told apart from a click on its row; "Cancel" stands in the row of a run that this desk
makes.
"""

import math
from typing import Final

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from core.backtest.run_files import RunState
from desktop.paint.icons import icon_pixmap
from desktop.paint.theme import Theme
from desktop.panels.runs.columns import COLUMNS, FIGURES, NAMES, STAR
from desktop.panels.runs.model import RunsModel, instead_words
from desktop.research.rows import RunRow
from desktop.research.table import Index, LineDelegate, LineTable
from desktop.tr import tr

BAR_PX: Final = 4
PARAMETERS_MIN_PX: Final = 84
# Columns that leave where a panel is narrow; then the parameters give way, then the others leave.
LEAVING: Final = ("note", "tags", "name", "created", "dataset", "state")
LEAVING_LAST: Final = ("trades", "drawdown", "strategy", "sharpe", "parameters")


class _RunDelegate(LineDelegate):
    """The star is drawn, the id in the face of ids; parameters say as much as there is room for."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        size = super().sizeHint(option, index)
        if COLUMNS[index.column()].name == "run":
            assert isinstance(self.table, RunsTable)
            text = str(index.data() or "")
            width = QFontMetricsF(self.table.id_font).horizontalAdvance(text)
            size.setWidth(math.ceil(width) + 2 * self.table.theme.px("spacing.cell_pad_x"))
        return size

    def paint_cell(self, painter: QPainter, rect: QRect, index: Index) -> None:
        table, theme = self.table, self.table.theme
        assert isinstance(table, RunsTable)
        row = table.runs.rows[index.row()]
        name = COLUMNS[index.column()].name
        if name == STAR:
            side = theme.px("icon_px.inline")
            ink = theme.argb("state.late" if row.is_starred else "text.disabled")
            device = painter.device()
            pixmap = icon_pixmap(
                "star-filled" if row.is_starred else "star", side, ink, device.devicePixelRatioF()
            )
            painter.drawPixmap(
                rect.x() + (rect.width() - side) // 2, rect.y() + (rect.height() - 1 - side) // 2, pixmap
            )
            return
        if name == "run":
            painter.setFont(table.id_font)
            painter.setPen(theme.color("text.primary"))
            pad = theme.px("spacing.cell_pad_x")
            painter.drawText(rect.adjusted(pad, 0, 0, -1), Qt.AlignmentFlag.AlignVCenter, row.short_id)
            return
        if name == "parameters":
            room = rect.width() - 2 * theme.px("spacing.cell_pad_x")
            variants = row.parameter_variants
            fitting = (text for text in variants if table.metrics.horizontalAdvance(text) <= room)
            self.paint_text(painter, rect, index, next(fitting, variants[-1]))
            return
        super().paint_cell(painter, rect, index)


class RunsTable(LineTable):
    """`star_clicked(run id)`, `cancel_clicked(run id)`."""

    star_clicked = Signal(str)
    cancel_clicked = Signal(str)

    def __init__(self, theme: Theme, runs: RunsModel, parent: QWidget | None = None) -> None:
        self.runs = runs
        self.wanted_px = {column.name: theme.scaled_px(column.width_px) for column in COLUMNS}
        self._is_fitting = False
        self.cancellable: frozenset[str] = frozenset()  # runs that this desk makes
        super().__init__(theme, runs, parent)
        self.setItemDelegate(_RunDelegate(self))
        self.setSortingEnabled(True)
        header = self.horizontalHeader()
        header.setStretchLastSection(False)
        header.sectionResized.connect(self._resized)
        self.setAccessibleName(tr("Runs"))
        self.show_sort()
        self._kept: tuple[list[str], str, int] = ([], "", 0)  # selected, current, how far down
        runs.modelAboutToBeReset.connect(self._keep)
        runs.modelReset.connect(self._find_again)  # after the view has forgotten its own

    def set_theme(self, theme: Theme) -> None:
        self.id_font = theme.mono_font(theme.font_px("small"))
        super().set_theme(theme)

    def show_sort(self) -> None:
        """The arrow where the model sorts."""
        name, is_descending = self.runs.sort_by
        order = Qt.SortOrder.DescendingOrder if is_descending else Qt.SortOrder.AscendingOrder
        self.horizontalHeader().setSortIndicator(NAMES.index(name), order)

    # ---- other rows ------------------------------------------------------------------------------
    def _keep(self) -> None:
        rows, current = self.runs.rows, self.currentIndex()
        selected = [rows[place].id for place in self.selected_rows()]
        self._kept = (
            selected,
            rows[current.row()].id if current.isValid() else "",
            self.verticalScrollBar().value(),
        )

    def _find_again(self) -> None:
        selected, current, down = self._kept
        places = {row.id: place for place, row in enumerate(self.runs.rows)}
        chosen = QItemSelection()
        last = len(COLUMNS) - 1
        for run_id in selected:
            if run_id in places:
                place = places[run_id]
                chosen.select(self.runs.index(place, 0), self.runs.index(place, last))
        model, flag = self.selectionModel(), QItemSelectionModel.SelectionFlag
        if current in places:
            model.setCurrentIndex(self.runs.index(places[current], 0), flag.NoUpdate)
        model.select(chosen, flag.ClearAndSelect)
        self.verticalScrollBar().setValue(down)

    # ---- widths ----------------------------------------------------------------------------------
    def fit(self) -> None:
        """As many columns as there is room for; what is left over goes to the note or the parameters."""
        leaving = [NAMES.index(name) for name in (*LEAVING, *LEAVING_LAST)]
        wanted = [self.wanted_px[name] for name in NAMES]
        gives_px = max(self.wanted_px["parameters"] - self.theme.scaled_px(PARAMETERS_MIN_PX), 0)
        takes = "note" if sum(wanted) <= self.viewport().width() else "parameters"
        self._is_fitting = True
        self.show_columns(wanted, leaving, NAMES.index(takes), gives_px, len(LEAVING))
        self._is_fitting = False

    def want_width(self, name: str, width_px: int) -> None:
        """As a hand would."""
        self.wanted_px[name] = width_px
        self.fit()

    def _resized(self, place: int, _before: int, width_px: int) -> None:
        if not self._is_fitting and width_px > 0:
            self.wanted_px[NAMES[place]] = width_px
            self.widths_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    # ---- what stands in the place of figures -----------------------------------------------------
    def _figures_rect(self, row: int) -> QRect:
        """Of all figures of a row, as far as they are on the screen."""
        rects = [self.visualRect(self.runs.index(row, column)) for column in FIGURES]
        whole = rects[0]
        for rect in rects[1:]:
            whole = whole.united(rect)
        return whole

    def cancel_rect(self, row: int) -> QRect:
        """Of the word in the row, empty where there is none."""
        if self.runs.rows[row].id not in self.cancellable:
            return QRect()
        figures = self._figures_rect(row)
        width = round(QFontMetricsF(self.theme.font("small")).horizontalAdvance(tr("Cancel"))) + 12
        return QRect(figures.right() - width, figures.y() + 2, width, figures.height() - 5)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        end = last if last >= 0 else len(self.runs.rows) - 1
        for place in range(max(first, 0), end + 1):
            row = self.runs.rows[place]
            if self.runs.hides_figures(row):
                self._paint_instead(painter, place, row)
        painter.end()

    def _paint_instead(self, painter: QPainter, place: int, row: RunRow) -> None:
        theme = self.theme
        is_playing = row.id in self.runs.playing
        words = instead_words(row, is_playing)
        rect = self._figures_rect(place).adjusted(theme.px("spacing.cell_pad_x"), 0, -4, -1)
        font = theme.number_font("small", "strong" if is_playing else "body")
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        if is_playing:
            width = min(metrics.horizontalAdvance(words) + 12, rect.width())
            chip = QRectF(rect.right() - width, rect.y() + 2, width, rect.height() - 4)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("state_fill.playback_soft"))
            painter.drawRoundedRect(chip, theme.px("radius.chip"), theme.px("radius.chip"))
            painter.setPen(theme.color("state.playback"))
            shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, chip.width() - 8)
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, shown)
            return
        cancel = self.cancel_rect(place)
        if not cancel.isEmpty():
            self._paint_cancel(painter, cancel)
            rect.setRight(cancel.left() - 6)
        share = row.progress.share if row.progress is not None and row.is_active else None
        if row.is_active:
            self._paint_bar(painter, rect, share)
            return
        painter.setPen(theme.color("state.error" if row.state is RunState.ERROR else "text.tertiary"))
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_cancel(self, painter: QPainter, rect: QRect) -> None:
        theme = self.theme
        painter.setPen(theme.color("border.strong"))
        painter.setBrush(theme.color("surface.raised"))
        painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text.primary"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, tr("Cancel"))

    def _paint_bar(self, painter: QPainter, rect: QRect, share: float | None) -> None:
        """A still bar: nothing moves while nobody knows how far it is."""
        theme = self.theme
        bar = QRect(rect.x(), rect.center().y() - BAR_PX // 2, rect.width(), BAR_PX)
        painter.fillRect(bar, theme.color("surface.pressed"))
        if share is not None:
            painter.fillRect(bar.x(), bar.y(), round(bar.width() * share), BAR_PX, theme.color("accent.base"))

    # ---- hands -----------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        row = self.rowAt(at.y())
        if event.button() is Qt.MouseButton.LeftButton and row >= 0 and self._take_click(at, row):
            return
        super().mousePressEvent(event)

    def _take_click(self, at: QPoint, row: int) -> bool:
        run_id = self.runs.rows[row].id
        if self.columnAt(at.x()) == NAMES.index(STAR):
            self.star_clicked.emit(run_id)
            return True
        if self.cancel_rect(row).contains(at):
            self.cancel_clicked.emit(run_id)
            return True
        return False
