"""The watchlist: a list of instruments in a quote grid, and what it can be trusted for.

The list is a person's own, or one of the directory. What was shown stays until the next list has its own
prices; nothing of another scope is ever kept. Paints nothing itself: the grid does, when the frame clock says
so. What a person does to the list is in `editing.py`, `dragging.py` and `asking.py`.
"""

from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.clock import NS_PER_MS, monotonic_ns
from core.market.instruments import Instrument, InstrumentKey
from core.market.quote_table import QuoteTable
from core.market.zones import UTC_ZONE, Zone, zone_info
from desktop.desk import BoolRows, Desk, QuoteHold, QuotePhase
from desktop.film.turns import Turn
from desktop.joined_quotes import hold_quotes
from desktop.paint.theme import Theme
from desktop.panels.grid.quote_grid import QuoteGrid
from desktop.panels.grid.states import PanelKind, PanelState
from desktop.panels.states import QuoteFacts, quote_panel_state
from desktop.panels.watchlist import empty, keeping
from desktop.panels.watchlist.asking import ListAsking
from desktop.panels.watchlist.dragging import ListDrops, RowDragging
from desktop.panels.watchlist.editing import ListEditing
from desktop.panels.watchlist.facts import facts_of
from desktop.panels.watchlist.lists import (
    WatchChoice,
    choice_label,
    choice_with,
    find,
    own_choice,
    page_of,
)
from desktop.panels.watchlist.page_keys import PageKeys
from desktop.watchlists.watchlists import Watchlists


class WatchlistPanel(QWidget):
    """`set_desk` on every change of scope; the window calls the rest. Signal `list_changed`: another list."""

    list_changed = Signal()

    def __init__(
        self,
        theme: Theme,
        choice: WatchChoice,
        on_data: Callable[[], None],
        lists: Watchlists,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.theme = theme
        self.choice = choice
        self.watchlists = lists
        self.grid = QuoteGrid(theme, self)
        self._desk: Desk | None = None
        self._clock_zone = zone_info(UTC_ZONE)
        self._hold: QuoteHold | None = None
        self._keys: tuple[InstrumentKey, ...] = ()
        self._layout_version = self._epoch = 0
        self._on_data = on_data
        self._in_front = self._asleep = False
        self._wanted: InstrumentKey | None = None
        self.chosen_by_hand = False
        self.shows_values = False  # a frame with values of a live group has been prepared
        self._since_ms = monotonic_ns() // NS_PER_MS
        self._states: tuple[BoolRows, BoolRows, BoolRows] | None = None
        self._trust_mark: object = None
        self._turn = Turn()
        self.missing = 0  # instruments of the own list that this scope does not have
        self.editing = ListEditing(self, lists)
        self.asking = ListAsking(self, self.editing, lists)
        self.dragging = RowDragging(self, self.editing)
        self.drops = ListDrops(self, self.editing, lists)
        self.keys = PageKeys(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.asking.field)
        column.addWidget(self.grid)
        self.setFocusProxy(self.grid)
        self.grid.filter_changed.connect(lambda _text: self._select_wanted())
        self.grid.action_requested.connect(self.asking.act)
        self.grid.instrument_activated.connect(lambda shown: lists.store.recents.use(shown.key))
        lists.store.changed.connect(self._follow_list)

    # ---- what is shown ---------------------------------------------------------------------------
    def set_desk(self, desk: Desk | None) -> None:
        """Another scope, or None while there is none: nothing of the old one stays."""
        self.let_go()
        self._desk = desk
        self._keys = ()
        self.shows_values = False
        self._since_ms = monotonic_ns() // NS_PER_MS
        self.grid.set_layout((), QuoteTable())
        self.follow_directory()

    def choose(self, choice: WatchChoice) -> None:
        """Another list, chosen by the user: from now on the directory does not move it."""
        self.choice = choice
        self.chosen_by_hand = True
        self._wanted = None
        self.follow_directory()

    def _follow_list(self, list_id: str) -> None:
        """A list of the person's own is another, in whatever window it was changed."""
        if list_id == self.choice.list_id or self.choice.list_name:
            self.follow_directory()

    def _page(self, instruments: Sequence[Instrument]) -> Sequence[Instrument]:
        """What the choice means in this scope."""
        self.missing = 0
        if not self.choice.list_id:
            return page_of(self.choice, instruments)
        own = self.editing.own
        if own is None:
            return ()
        self.choice = own_choice(own)  # by its name now; and a list of the same name is that list from now on
        known = {instrument.key: instrument for instrument in instruments}
        found = [known[key] for key in own.keys if key in known]
        self.missing = len(own.keys) - len(found)
        return found

    def follow_directory(self) -> None:
        """Hold the group that the choice now means; equal keys change nothing."""
        desk = self._desk
        if desk is None:
            return
        page = self._page(desk.quotes.instruments)
        keys = tuple(instrument.key for instrument in page)
        if keys != self._keys:
            self._keys = keys
            self._since_ms = monotonic_ns() // NS_PER_MS
            if not keys:
                self.let_go()
                self.grid.set_layout((), QuoteTable())
            else:
                known = {instrument.key: instrument for instrument in page}
                self._hold = hold_quotes(desk.quotes, keys, self._on_data, known, self._hold)
                self._layout_version, self._states = 0, None
                self._hold.set_in_front(self._in_front)
                self._hold.set_asleep(self._asleep)
                self._take_layout(self._hold)
        self.list_changed.emit()
        self._refresh_state(monotonic_ns() // NS_PER_MS)

    def let_go(self) -> None:
        """Give the group back."""
        if self._hold is not None:
            self._hold.close()
            self._hold = None
        self._layout_version = 0
        self._states = None

    def hold_still(self, still: bool) -> None:
        """While the scope turns its table is of another time already: no hover or scroll may paint of it."""
        self.grid.hold_still(still)

    def follow_zone(self, zone: Zone, clock_zone: ZoneInfo) -> None:
        """Times of rows are in their venues' zones, the panel's own words in that of the window's clock."""
        self._clock_zone = clock_zone
        self.grid.rows.set_zone(zone)

    def set_in_front(self, in_front: bool) -> None:
        self._in_front = in_front
        if self._hold is not None:
            self._hold.set_in_front(in_front)

    def set_asleep(self, asleep: bool) -> None:
        """Nobody can see the panel: it receives nothing until somebody can, and keeps its picture."""
        self._asleep = asleep
        if not asleep:  # prices of before the sleep are no neighbours of those after it
            self.grid.begin_trend_anew()
        if self._hold is not None:
            self._hold.set_asleep(asleep)

    def go_to(self, text: str) -> bool:
        """Show and select a symbol, on another page if need be; False when there is none of that name."""
        if self._desk is None:
            return False
        instruments = self._desk.quotes.instruments
        key = find(text, instruments)
        if key is None:
            return False
        if key not in self._keys:
            choice = choice_with(key, instruments)
            assert choice is not None, "found in the directory"
            self.choose(choice)
        self.grid.set_filter("")
        self.select(key)
        return True

    def select(self, key: InstrumentKey) -> None:
        """Make its row the current one, as soon as its layout is there; the focus stays where it is."""
        self._wanted = key
        self._select_wanted()

    def stop_waiting(self) -> None:
        """A person has chosen another row: the one that was to be selected is not any more."""
        self._wanted = None

    def lists(self, key: InstrumentKey) -> bool:
        """Whether the list has it, shown or filtered away."""
        return key in self._keys

    @property
    def table(self) -> QuoteTable:
        """The values shown; without a row while no group is held."""
        return self._hold.table if self._hold is not None else QuoteTable()

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """As the rows of `table`."""
        return self._hold.instruments if self._hold is not None else ()

    def _select_wanted(self) -> None:
        """Once its layout is there: make the symbol gone to the current row, in view."""
        if self._wanted is None or self._hold is None:
            return
        rows = [row for row, shown in enumerate(self._hold.instruments) if shown.key == self._wanted]
        place = np.flatnonzero(np.isin(self.grid.rows.order, rows))
        if len(place):
            self.grid.rows.scrolling.reveal_row(int(place[0]))
            self.grid.rows.selection.move_to(int(place[0]), extend=False)
            self.grid.rows.refresh()
            self._wanted = None

    @property
    def list_label(self) -> str:
        return choice_label(self.choice, self._desk.quotes.instruments if self._desk is not None else ())

    @property
    def row_count(self) -> int:
        """Rows of the list, filtered or not."""
        return len(self._keys)

    @property
    def shown_keys(self) -> Sequence[InstrumentKey]:
        """The list as this scope has it, filtered or not."""
        return self._keys

    @property
    def scope_instruments(self) -> Sequence[Instrument]:
        """Everything the scope knows."""
        return self._desk.quotes.instruments if self._desk is not None else ()

    def selected_keys(self) -> list[InstrumentKey]:
        """In shown order."""
        return [instrument.key for instrument in self.grid.selected_instruments()]

    # ---- frames ----------------------------------------------------------------------------------
    def _take_layout(self, hold: QuoteHold) -> None:
        if hold.layout_version != self._layout_version:
            self._layout_version = hold.layout_version
            self.grid.set_layout(hold.instruments, hold.table)
            self._take_row_states(hold, monotonic_ns() // NS_PER_MS)  # before anything of it is painted
            self._select_wanted()

    def prepare_frame(self, now_ms: int, clock_us: int) -> bool:
        hold = self._hold
        if self._desk is not None and not self._turn.has_come(self._desk.film):
            return False
        if hold is not None:
            self._take_layout(hold)
            if hold.epoch != self._epoch:  # a seek or a restart: the market did not move
                self._epoch = hold.epoch
                self.grid.skip_flash()
                if self._desk is not None and self._desk.transport is not None:
                    self.grid.begin_trend_anew()
            # Once a frame would cost 1 % of a core: a halt told by the table the grid sees for itself.
            mark = hold.trust_mark()
            if mark != self._trust_mark or self._states is None:
                self._trust_mark = mark
                self._take_row_states(hold, now_ms)
        changed = bool(self.grid.frame(now_ms, clock_us))
        if changed and hold is not None and not self.shows_values:
            self.shows_values = hold.reading(now_ms).phase is QuotePhase.LIVE and hold.table.version > 0
        return changed

    def _take_row_states(self, hold: QuoteHold, now_ms: int) -> None:
        self._states = hold.row_states(now_ms)
        self.grid.set_row_states(*self._states)

    def cadence_ms(self, now_ms: int) -> int:
        return self._hold.reading(now_ms).cadence_ms if self._hold is not None else 0

    def take_oldest_recv_ns(self) -> int:
        return self._hold.take_oldest_recv_ns() if self._hold is not None else 0

    def flash_deadline_ms(self) -> int | None:
        deadline = self.grid.next_flash_deadline_ms()
        return None if deadline is None else int(deadline)

    # ---- state -----------------------------------------------------------------------------------
    def tick(self, now_ms: int) -> None:
        """Words and ages, four times a second."""
        if self._hold is not None:
            self._take_layout(self._hold)
            self._take_row_states(self._hold, now_ms)
        self._refresh_state(now_ms)

    def facts(self, now_ms: int) -> QuoteFacts | None:
        """What is known now; None without a desk."""
        if self._desk is None:
            return None
        return facts_of(self._desk, self._hold, self._states, self._since_ms, now_ms, self._clock_zone)

    def _refresh_state(self, now_ms: int) -> None:
        facts = self.facts(now_ms)
        if facts is not None:
            state = quote_panel_state(facts)
            own = self.choice.list_id and state.kind is PanelKind.EMPTY and facts.directory_known
            with self.keys:
                self.grid.set_panel_state(empty.own_state(self) if own else state)

    @property
    def state(self) -> PanelState:
        return self.grid.panel_state

    @property
    def takes_letters(self) -> bool:
        """A list of one's own without a row: what is typed is to be added to it."""
        return self.state.kind is PanelKind.EMPTY and self.editing.own is not None

    # ---- hands -----------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys the rows have no use for."""
        if not self.asking.take_key(event):
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.drops.enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self.drops.over(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drops.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        self.drops.drop(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.asking.field.follow_panel()

    # ---- the rest --------------------------------------------------------------------------------
    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        for part in (self.grid, self.asking.field, self.drops.mark):
            part.set_theme(theme)

    def saved(self) -> dict[str, Any]:
        """Which list, the row in use, and the grid: for a workspace file."""
        return keeping.saved(self)

    def restore(self, saved: dict[str, Any]) -> None:
        """Take what `saved` gave; a list that is gone is shown as such. Raises `StateError`."""
        keeping.restore(self, saved)

    def show_kept(self, choice: WatchChoice, by_hand: bool, current: InstrumentKey | None) -> None:
        """A list as it was kept, with its row in use."""
        self.choice, self.chosen_by_hand, self._wanted = choice, by_hand, current
        self.follow_directory()
        self._select_wanted()

    def inspect(self, now_ms: int) -> dict[str, Any]:
        """What this panel is in and lists. The rows are apart: reading them back costs milliseconds."""
        self._refresh_state(now_ms)
        hold = self._hold
        return {
            "kind": "watchlist",
            "list": self.list_label,
            "missing": self.missing,
            "group": hold.group_id if hold is not None else "",
            "instruments": [str(key) for key in self._keys],
            "state": self.state.kind.value,
            "banner": {"words": self.state.words, "detail": self.state.detail},
            "page": {"title": self.state.title, "sentence": self.state.sentence},
            "rows": self.grid.row_counts(),
        }

    def inspect_rows(self) -> dict[str, Any]:
        """The rows as painted."""
        return {"cells": self.grid.painted_cells(), "row_states": self.grid.painted_states()}
