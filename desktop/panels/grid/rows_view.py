"""Header, rows and scroll bars: everything of the grid but its banner, its page and its list.

Turns the frames of a picture into paint requests and mouse and keys into selection. Knows the order it is
given and shows a window of it; never sorts, filters or reads a feed.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QWidget

from core.market.fields import Field
from core.market.instruments import Instrument
from core.market.quote_table import QuoteTable
from core.market.zones import RowZones, Zone
from desktop.paint.surface import Surface
from desktop.paint.theme import Theme
from desktop.panels.grid import accessible
from desktop.panels.grid.canvas import GridCanvas
from desktop.panels.grid.column_set import ColumnSet
from desktop.panels.grid.columns import Col
from desktop.panels.grid.fitting import widest_text_px
from desktop.panels.grid.hand import RowsHand
from desktop.panels.grid.header import GridHeader
from desktop.panels.grid.lines import UTC
from desktop.panels.grid.model import QuoteModel
from desktop.panels.grid.painter import Marks, RowPainter
from desktop.panels.grid.picture import Damage, GridPicture
from desktop.panels.grid.scrolling import GridScrolling
from desktop.panels.grid.selection import GridSelection
from desktop.panels.grid.tooltips import cell_tooltip
from desktop.panels.grid.trend import TrendRing
from desktop.panels.grid.values import QuoteValues

Rows = NDArray[np.intp]

TREND_EVERY_MS: Final = 1_000


class RowsView(QWidget):
    """One window over the rows of a table."""

    activated = Signal(int)  # table row: double click or Return
    menu_requested = Signal(QPoint)
    columns_changed = Signal()
    values_shown = Signal()  # between frames: by a scroll, another size or order

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._zone = UTC
        self.now_ms = self._trend_due_ms = 0
        self._trend_waits = False
        self._clock_us = 0
        self._behind = True
        self._still = False
        self._order: Rows = np.zeros(0, np.intp)
        self.model = QuoteModel()
        self.selection = GridSelection(self.model, self)
        self.header = GridHeader(theme, self.model, self)
        self.columns = ColumnSet(self.header, self.model)
        self.canvas = GridCanvas(self._draw, self._tooltip, self)
        self.scrolling = GridScrolling(self)
        self.hand = RowsHand(self)
        self.painter = RowPainter(theme, self.devicePixelRatioF())
        accessible.offer()
        self.adopt((), QuoteTable())
        self.set_theme(theme)
        self._connect()
        self.setFocusProxy(self.canvas)

    def _connect(self) -> None:
        self.selection.changed.connect(self.refresh)
        self.columns.changed.connect(self._on_columns_changed)
        specs = self.model.specs
        self.header.sectionHandleDoubleClicked.connect(lambda at: self.fit_column(specs[at].col))
        self.scrolling.moved.connect(self.show_rows)

    # --- what is shown

    def adopt(self, instruments: Sequence[Instrument], table: QuoteTable) -> None:
        """Another list; `set_order` says next what of it is shown."""
        self.instruments, self.table = instruments, table
        self.values = QuoteValues(instruments, table, self.columns.expressions)
        self.picture = GridPicture(instruments, table, self._theme.flash_ms, self._zone, self.values)
        self.model.set_rows(instruments, table, self.picture.lines.figures)
        self.selection.reset()
        self.model.zones = self.picture.lines.zones
        self.trend = TrendRing(len(instruments))
        self.painter.set_instruments(instruments)
        self._order = self.selection.order = np.zeros(0, np.intp)
        self._fit_columns()

    def set_zone(self, zone: Zone) -> None:
        """Times are said in another zone: nothing else of the rows changes."""
        self._zone = zone
        zones = RowZones(zone, [instrument.key.exchange for instrument in self.instruments])
        self.picture.lines.set_zones(zones)
        self.model.zones = zones
        self.show_rows()

    def set_order(self, order: Rows) -> None:
        """Table rows from top to bottom."""
        self._order = self.selection.order = order
        self.show_rows()

    @property
    def order(self) -> Rows:
        return self._order

    def set_theme(self, theme: Theme) -> None:
        """Another look, or another screen: atlas and geometry are made for it."""
        self._theme = theme
        self.picture.flash.flash_ms = theme.flash_ms
        self.header.set_theme(theme)
        self.painter = RowPainter(theme, self.devicePixelRatioF())
        self.painter.set_instruments(self.instruments)
        metrics = self.painter.atlas.metrics
        self.columns.set_unit(metrics.unit_px / metrics.ratio)
        self.canvas.set_metrics(metrics.row_px, metrics.unit_px, metrics.ratio)
        self._apply_columns()
        self.show_rows()

    def load_trend(self, samples: NDArray[np.float64]) -> None:
        self.trend.load(samples)
        self.show_rows()

    # --- frames

    @property
    def is_shown(self) -> bool:
        """Whether painting would reach a screen."""
        return self.canvas.isVisible() and not self.window().isMinimized()

    @property
    def is_hovered(self) -> bool:
        """Whether a row is under the mouse."""
        return self.hand.over_row

    def rows_held(self, now_ms: int) -> bool:
        """A person is at the rows: none may move."""
        return self.hand.holds_rows(now_ms)

    def frame(self, now_ms: int, clock_us: int) -> bool:
        """Take the table's changes; True if something will be painted."""
        self.now_ms = now_ms
        self._behind |= clock_us < self._clock_us  # a seek back: what changes now did not move
        self._clock_us = clock_us
        self._trend_waits |= self.trend.sample(clock_us, self.table.column(Field.LAST))
        if not self.is_shown:
            self._behind = True
            return False
        if self._widen() or self._behind:
            self._behind = False
            self.show_rows()
        damages = self.picture.advance(now_ms, clock_us) + self._trend_damage()
        if self.picture.lines.figures.take_ticked() and self._widen_for(self.picture.visible):
            self.show_rows()
        self._ask(damages)
        return self.canvas.waiting

    def skip_flash(self) -> None:
        """What the next frame finds changed did not move on the market."""
        self._behind = True
        self.picture.settle()

    def hold_still(self, still: bool) -> None:
        """While still, the table is of another time already: a scroll waits for the next frame."""
        self._still = still

    def begin_trend_anew(self) -> None:
        self.trend.begin_anew()

    def _widen(self) -> bool:
        """Give columns room once when a value of any row does not fit; the point moves only then."""
        wider = self._widen_for(self.table.changed_since(self.picture.version))
        return wider | self.picture.lines.figures.take_rescaled()

    def _widen_for(self, rows: Rows) -> bool:
        wider = self.picture.lines.outgrown(rows, self.columns.slots) if len(rows) else {}
        if wider:
            self.columns.slots = self.columns.slots | wider
            self._apply_columns()
        return bool(wider)

    def _trend_damage(self) -> list[Damage]:
        place = self.columns.place(Col.TREND)
        if place is None or not self._trend_waits or self.now_ms < self._trend_due_ms:
            return []
        self._trend_waits = False
        self._trend_due_ms = self.now_ms + TREND_EVERY_MS
        return [Damage(np.arange(len(self.picture.visible)), place.x, place.end)]

    # --- geometry

    def _fit_columns(self) -> None:
        """Other columns or other values: room for what they have now."""
        self.columns.slots = self.picture.lines.needed_slots(self.columns.shown())
        self._apply_columns()

    def fit_column(self, col: str) -> None:
        """As wide as its title and the widest value of the whole list, shown or not."""
        self.columns.fit(col, widest_text_px(self.model, col, self._theme))

    def _apply_columns(self) -> None:
        """New places for the columns: the picture is made again."""
        self.picture.set_layout(self.columns.arrange())
        self.painter.forget(self.picture)

    def _on_columns_changed(self) -> None:
        self.values.set_computed(self.columns.expressions)
        self._fit_columns()
        self.show_rows()
        self.columns_changed.emit()

    def show_rows(self) -> None:
        """Bring the window over the rows up to date and paint all of it."""
        if self._still:
            self._behind = True
            return
        self._widen()  # a scroll between two frames may show what no frame has measured
        metrics = self.painter.atlas.metrics
        header_px = self._theme.px("height.column_header")
        self.header.setGeometry(0, 0, self.width(), header_px)
        body = self.rect().adjusted(0, header_px, 0, 0)
        if self.columns.set_room(self.scrolling.room_units(body, metrics)):
            self._apply_columns()
        units = self.columns.layout.total_units
        self.canvas.setGeometry(self.scrolling.arrange(body, metrics, len(self._order), units))
        self._scroll_columns()
        count = -(-round(self.canvas.height() * metrics.ratio) // metrics.row_px)
        self.picture.show(self._order[self.scrolling.top : self.scrolling.top + count])
        self.painter.forget(self.picture)
        self.refresh()
        self.values_shown.emit()

    def _scroll_columns(self) -> None:
        """By whole columns behind the symbol, which stays unless it takes more than half of the width."""
        layout, bar = self.columns.layout, self.scrolling.horizontal
        fits = 2 * layout.frozen_units <= self.scrolling.whole_units
        self.painter.frozen = frozen = layout.frozen_units if fits else 0
        unit, last = bar.value(), bar.maximum()
        snap = layout.column_at_or_after if unit == last else layout.column_at_or_before
        self.painter.first_unit = snap(unit, frozen) if last else 0
        self.painter.end_unit = layout.last_whole(self.painter.first_unit, frozen, self.scrolling.whole_units)
        self.header.scroll_to(self.painter.first_unit, frozen, self.painter.end_unit)

    def refresh(self) -> None:
        """Same rows, other look: hover, selection, row states."""
        self.picture.set_grounds(self.selection.mask, self.hand.hovered, self.hand.focused)
        self.canvas.ask_all()
        accessible.tell_current(self)

    def show_hover(self) -> None:
        """Another row is under the mouse."""
        self.ask(self.picture.set_grounds(self.selection.mask, self.hand.hovered, self.hand.focused))

    def ask(self, damage: Damage) -> None:
        """Have these rows x units painted again."""
        if len(damage.positions):
            self._ask([damage])

    def _ask(self, damages: list[Damage]) -> None:
        self.canvas.ask(damages, self.painter.first_unit, self.painter.frozen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.show_rows()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.set_theme(self._theme)
        return super().event(event)

    def _draw(self, surface: Surface, positions: Rows | None, begin: int, end: int) -> None:
        picture = self.picture
        if positions is None:
            positions, begin, end = np.arange(len(picture.visible)), 0, self.columns.layout.total_units
            self.painter.fill_below(surface, picture)
        marks = Marks(self.selection.mask, self.hand.ring())
        self.painter.draw(surface, picture, self.trend, marks, positions, begin, end)

    def copy(self, *, titles: bool = False) -> None:
        """Selected rows to the clipboard, shown columns, exact values, tab-separated."""
        specs = [spec for spec in self.columns.shown() if spec.col not in (Col.TREND, Col.AGE)]
        text = self.selection.copied([spec.col for spec in specs])
        if text and titles:
            text = "\t".join(spec.title for spec in specs) + "\n" + text
        if text:
            QGuiApplication.clipboard().setText(text)

    def _tooltip(self, position: int, x: int) -> str:
        place, metrics = self.hand.place(position), self.painter.atlas.metrics
        if place is None:
            return ""
        unit = int(x * metrics.ratio) // metrics.unit_px
        unit += self.painter.first_unit if unit >= self.painter.frozen else 0
        index = self.columns.layout.place_at(unit)
        return "" if index is None else cell_tooltip(self, int(self._order[place]), index)
