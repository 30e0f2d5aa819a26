"""The quote grid panel: a hundred live rows that stay readable while they tick.

Shows the rows of one `QuoteTable`; the shell says when a frame is due, the grid has what differs painted.
Receiving never paints and nothing is emitted per tick. While the mouse is over the rows or keys are in use
no row moves. Hidden or minimised it only lets the table accumulate.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from core.expressions import Expression
from core.market.fields import Field
from core.market.instruments import Instrument
from core.market.quote_table import QuoteTable
from desktop.paint.fonts import register_fonts
from desktop.paint.theme import Theme
from desktop.panels.grid import menus, painted
from desktop.panels.grid.filter_states import clear_filter, edit_filter, filter_failed, no_row_matches
from desktop.panels.grid.formats import Shape
from desktop.panels.grid.order import Sort, SortKey, next_sort, write_sort
from desktop.panels.grid.picture import row_states
from desktop.panels.grid.row_order import RowOrder
from desktop.panels.grid.rows_view import RowsView
from desktop.panels.grid.saved_grid import read_saved, saved_sort
from desktop.panels.grid.states import LIVE, PanelKind, PanelState, StateBanner, StatePage

Flags = NDArray[np.bool_]

# So long a banner that comes or goes leaves hovered rows where they are: a click under way must not miss.
BANNER_HOLD_MS: Final = 3_000


class QuoteGrid(QWidget):
    """Quote grid. `set_layout`, `set_row_states`, `set_panel_state` say what is shown, `frame` when."""

    instrument_selected = Signal(object)  # Instrument: another row became current
    instrument_activated = Signal(object)  # Instrument: double click or Return
    action_requested = Signal(str)  # a button of the empty or error page
    rows_shown = Signal(int, int)  # shown, all
    filter_changed = Signal(str)
    filter_edit_asked = Signal()  # the filter cannot be used: its box has to be shown
    export_asked = Signal(str)  # "csv" or "parquet": whoever has the messages asks where to
    columns_changed = Signal()  # a person moved, hid, resized or sorted: time to save
    panel_state_changed = Signal(object)  # PanelState

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        register_fonts()
        self._theme = theme
        self._told = self._state = LIVE
        self.row_order = RowOrder()
        self._computed: Mapping[str, Expression] = {}
        self._clock_us = 0
        self._instruments: Sequence[Instrument] = ()
        self._table = QuoteTable()
        self._trading = self._table.column(Field.TRADING_STATE).copy()
        self._stale = self._late = self._halted = np.zeros(0, np.bool_)
        self._now_ms = self._hold_until_ms = 0
        self._banner_room = False
        self._banner = StateBanner(theme, self)
        self.rows = RowsView(theme, self)
        self._page = StatePage(theme, self)
        self.rows.activated.connect(lambda row: self.instrument_activated.emit(self._instruments[row]))
        self.rows.menu_requested.connect(lambda where: self.more_menu().popup(where))
        self.rows.columns_changed.connect(self._on_columns_changed)
        self.rows.header.sort_asked.connect(
            lambda section, add: self.sort_by(self.rows.model.specs[section].col, add)
        )
        self.rows.header.customContextMenuRequested.connect(
            lambda place: self.column_menu(self.rows.header.column_at(place)).popup(
                self.rows.header.mapToGlobal(place)
            )
        )
        self.rows.selection.current_changed.connect(self._on_current)
        self._page.action_requested.connect(self._on_page_action)
        self.setFocusProxy(self.rows)

    # --- what is shown

    def set_layout(self, instruments: Sequence[Instrument], table: QuoteTable) -> None:
        """Show `table`, whose row i belongs to `instruments[i]`. The same instruments stay selected."""
        assert len(instruments) == table.row_count
        selection = self.rows.selection
        kept = [self._instruments[row].key for row in selection.rows()]
        current = self.current_instrument()
        same, trend = tuple(instruments) == tuple(self._instruments), self.rows.trend
        order = self.rows.order if same and self.rows.rows_held(self._now_ms) else None
        self._instruments, self._table = instruments, table
        self._stale, self._late, self._halted = (np.zeros(len(instruments), np.bool_) for _ in range(3))
        self.rows.adopt(instruments, table)
        self.rows.trend = trend if same else self.rows.trend
        self.row_order.adopt(instruments, table, self.rows.values)
        self._apply_states()
        # Also when it is the same order, or none: what stands on the screen is of other rows.
        self.rows.set_order(self.row_order.order(self._clock_us) if order is None else order)
        self.rows_shown.emit(*self.row_counts())
        self._place_children()
        if kept:
            place = {instrument.key: row for row, instrument in enumerate(instruments)}
            selection.restore(
                [place[key] for key in kept if key in place],
                None if current is None else place.get(current.key),
            )

    def set_row_states(self, stale: Flags, late: Flags, halted: Flags) -> None:
        """Which rows are not live, each of shape (rows,); a halt told by the table itself needs no flag."""
        assert stale.shape == late.shape == halted.shape == (len(self._instruments),)
        self._stale, self._late, self._halted = stale.copy(), late.copy(), halted.copy()
        self._apply_states()

    def set_panel_state(self, state: PanelState) -> None:
        """What the panel as a whole is in; EMPTY and ERROR show their page in the place of the rows.

        Words may change as often as they like (ages run in them): only another kind touches the rows.
        """
        self._told = state
        self._show_state()

    def _show_state(self) -> None:
        """What was told, unless the filter has failed: then nothing but the connection matters more."""
        state, order = self._told, self.row_order
        if order.unusable and state.kind not in (PanelKind.DISCONNECTED, PanelKind.EMPTY, PanelKind.ERROR):
            state = filter_failed(str(order.error))
        if state == self._state:
            return
        kind_changed = state.kind is not self._state.kind
        if bool(state.words) != bool(self._state.words):
            self._hold_until_ms = self._now_ms + BANNER_HOLD_MS
        self._state = state
        self._banner.set_state(state)
        self._place_children()
        if kind_changed:
            self._apply_states()
            self.update()
        self.panel_state_changed.emit(state)

    @property
    def panel_state(self) -> PanelState:
        return self._state

    def _apply_states(self) -> None:
        """Hand row and panel states to the picture; paint if one of them differs."""
        kind, picture = self._state.kind, self.rows.picture
        every = kind is PanelKind.STALE and not self._stale.any()
        stale = np.ones_like(self._stale) if every else self._stale
        states = row_states(self._table, stale, self._late, self._halted)
        dim = kind in (PanelKind.DISCONNECTED, PanelKind.LOADING)
        damage = picture.set_states(states, all_dim=dim)
        if picture.set_dashes(kind is PanelKind.LOADING):
            self.rows.show_rows()
        else:
            self.rows.ask(damage)

    def _take_halts(self) -> None:
        """Look whether the venue has halted or resumed an instrument since the frame before."""
        trading = self._table.column(Field.TRADING_STATE)
        if not np.array_equal(trading, self._trading):
            self._trading = trading.copy()
            self._apply_states()

    def set_filter(self, text: str) -> None:
        """Plain words or an expression. One that cannot be used leaves the last good one in force."""
        if text == self.row_order.typed:
            return
        self._take_filter(self.row_order.set_filter(text))

    def _take_filter(self, changed: bool) -> None:
        """Show what passes the filter, from the top if that is something else."""
        if changed:
            self._rank()
            self.rows.scrolling.vertical.setValue(0)
        self._show_state()
        self._place_children()
        self.filter_changed.emit(self.row_order.typed)

    @property
    def filter_words(self) -> str:
        """As typed, in force or not."""
        return self.row_order.typed

    def set_computed(self, computed: Mapping[str, Expression]) -> None:
        """Computed columns by name: filter and sort know them from now on."""
        self._take_filter(self.row_order.set_computed(computed))
        self._rank()

    def set_sort(self, col: str | None, descending: bool = False) -> None:
        """Sort by one column; None is the order of the list."""
        self.set_sorts(() if col is None else (SortKey(col, descending),))

    def set_sorts(self, sort: Sort) -> None:
        """Sort by several columns, the first one first."""
        self._take_sort(sort)
        self._rank()
        self.columns_changed.emit()

    def _take_sort(self, sort: Sort) -> None:
        self.row_order.sort = sort
        self.rows.header.set_sort(sort)

    @property
    def sort(self) -> Sort:
        return self.row_order.sort

    @property
    def theme(self) -> Theme:
        return self._theme

    def set_theme(self, theme: Theme) -> None:
        """Another look: colours, market palette or density."""
        self._theme = theme
        for part in (self._banner, self.rows, self._page):
            part.set_theme(theme)
        self._place_children()
        self.update()

    def load_trend(self, samples: NDArray[np.float64]) -> None:
        """Begin the trend lines with a history of last prices in counts, shape (rows, 50), oldest first."""
        self.rows.load_trend(samples)

    def row_counts(self) -> tuple[int, int]:
        """Shown and all rows."""
        return len(self.rows.order), len(self._instruments)

    def current_instrument(self) -> Instrument | None:
        row = self.rows.selection.current_row
        return None if row is None else self._instruments[row]

    def selected_instruments(self) -> list[Instrument]:
        """In shown order."""
        return [self._instruments[row] for row in self.rows.selection.rows()]

    # --- frames

    def frame(self, now_ms: int, clock_us: int) -> bool:
        """Look at the table; True if something will be painted.

        `now_ms` is monotonic (flashes, pauses), `clock_us` the scope's clock (ages, trends).
        """
        self._now_ms, self._clock_us = now_ms, clock_us
        if self._banner_room != bool(self._state.words):
            self._place_children()
        if self.rows.is_shown:
            self._take_halts()
        if self.rows.is_shown or self._page.isVisible():
            self._rank_if_due(now_ms)
        return self.rows.frame(now_ms, clock_us)

    def skip_flash(self) -> None:
        """Call when a snapshot or a seek replaced the values: the next frame shows them without a flash."""
        self.rows.skip_flash()

    def hold_still(self, still: bool) -> None:
        """While still, nothing more of the table is shown, whatever a hand does."""
        self.rows.hold_still(still)

    def begin_trend_anew(self) -> None:
        """After a seek: what came before on the screen may come after on the market."""
        self.rows.begin_trend_anew()

    def next_flash_deadline_ms(self) -> int | None:
        """When the next lit cell goes dark; None while none is lit. A sweep timer runs only meanwhile."""
        return self.rows.picture.flash.next_deadline_ms()

    def _rank_if_due(self, now_ms: int) -> None:
        """Rank again at most once a second, and never under the mouse or the keys."""
        held = self.rows.is_shown and self.rows.rows_held(now_ms)
        if not held and self.row_order.is_due(now_ms):
            self._rank()
            self._place_children_if_paged()

    def _rank(self) -> None:
        order = self.row_order.order(self._clock_us)
        if not np.array_equal(order, self.rows.order):
            self.rows.set_order(order)
        self.rows_shown.emit(*self.row_counts())

    # --- columns and menus

    def column_state(self) -> dict[str, Any]:
        """Columns and sorting as plain data for a workspace file."""
        return {**self.rows.columns.state(), "sort": write_sort(self.sort)}

    def restore_columns(self, state: Mapping[str, Any]) -> None:
        """Take what `column_state` gave; raises `ValueError` if it is of another version."""
        sort = saved_sort(state)
        self.rows.columns.restore(state)
        self._take_sort(sort)
        self.rows.columns.changed.emit()
        self._rank()

    def saved(self) -> dict[str, Any]:
        """Columns, sorting and filter as plain data for a workspace file."""
        return {"columns": self.column_state(), "filter": self.row_order.saved_filter}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take what `saved` gave. A filter that cannot be used any more says so in the place of the rows.

        Raises `StateError` for what is no state of a grid; then nothing has changed.
        """
        columns, text = read_saved(saved)
        if columns is not None:
            self.restore_columns(columns)
        self._take_filter(self.row_order.set_filter(text, kept=False))

    def column_menu(self, col: str = "") -> QMenu:
        """Which columns are shown, and what can be done with one of them."""
        return menus.column_menu(self, col)

    def more_menu(self) -> QMenu:
        """Copying, selecting, sorting."""
        return menus.more_menu(self)

    def _on_columns_changed(self) -> None:
        computed = self.rows.columns.expressions
        if computed is not self._computed:
            self._computed = computed
            self.set_computed(computed)
        self.columns_changed.emit()

    def sort_by(self, col: str, add: bool = False) -> None:
        """Numbers begin with the largest, names with the first letter; a third time ends sorting."""
        first = self.rows.model.spec(col).shape not in (Shape.TEXT, Shape.AGE)
        self.set_sorts(next_sort(self.sort, col, first, add))

    def _on_current(self, row: int) -> None:
        if row >= 0:
            self.instrument_selected.emit(self._instruments[row])

    def _on_page_action(self, label: str) -> None:
        if label == clear_filter():
            self.set_filter("")
        elif label == edit_filter():
            self.filter_edit_asked.emit()
        else:
            self.action_requested.emit(label)

    # --- geometry

    def _page_state(self) -> PanelState | None:
        """The page to show in the place of the rows, if any."""
        if self._state.kind in (PanelKind.EMPTY, PanelKind.ERROR):
            return self._state
        text = self.row_order.filter.text.strip()
        return None if not text or len(self.rows.order) else no_row_matches(text)

    def _place_children_if_paged(self) -> None:
        """Rows may come and go with their values: the page that says there is none with them."""
        if (self._page_state() is not None) is not self._page.isVisible():
            self._place_children()

    def _place_children(self) -> None:
        theme, page = self._theme, self._page_state()
        area = self.rect()
        words, banner_px = bool(self._state.words), theme.px("height.state_banner")
        if page is not None or not self.rows.is_hovered or self._now_ms >= self._hold_until_ms:
            self._banner_room = words
        if words:
            # Without room of its own it lies over the titles: the words come at once, the rows stay.
            height = banner_px if self._banner_room else theme.px("height.column_header")
            self._banner.setGeometry(area.left(), area.top(), area.width(), height)
            self._banner.raise_()
        if self._banner_room:
            area.setTop(area.top() + banner_px)
        self.rows.setGeometry(area)
        if page is not None:
            self._page.set_state(page)
            self._page.setGeometry(area)
        self._swap(self._page, self.rows) if page is not None else self._swap(self.rows, self._page)

    def _swap(self, shown: QWidget, hidden: QWidget) -> None:
        """One in the place of the other, with the focus: Qt would give that to the next panel."""
        focus = QApplication.focusWidget()
        shown.show()
        if focus is not None and hidden.isAncestorOf(focus):
            shown.setFocus(Qt.FocusReason.OtherFocusReason)
        hidden.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place_children()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.color("surface.panel"))
        painter.end()

    # --- what stands on the screen, for tests and for copies of the screen

    def painted_cells(self) -> list[dict[str, str]]:
        """Column title -> text as painted, for every row in view; see `painted.py`."""
        return painted.painted_cells(self.rows)

    def painted_states(self) -> list[dict[str, Any]]:
        """State, tag and grounds of every row in view; see `painted.py`."""
        return painted.painted_states(self.rows)
