"""Watchlists and charts as members of link groups.

Each listens to what a hand does in its panel and tells the link; what the link tells it is shown without
being told back. The panels know nothing of groups.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from core.market.instruments import Instrument, InstrumentKey
from core.market.intervals import Interval
from core.scope import Scope
from desktop.links import LinkGroups
from desktop.links_terms import TimeStretch
from desktop.paint.theme import Theme
from desktop.panels.typed_entry import TypedEntry, TypingOpens
from desktop.panels.watchlist.panel import WatchlistPanel
from desktop.tr import tr
from desktop.watchlists.search import SymbolSearch

if TYPE_CHECKING:
    from desktop.panels.chart.panel import ChartPanel

Search = Callable[[], SymbolSearch | None]


class WatchlistMember:
    """Rows give their symbol when a hand makes one current, and show the group's where the list has it."""

    def __init__(self, panel: WatchlistPanel, links: LinkGroups, theme: Theme, search: Search) -> None:
        self._panel = panel
        self.entry = TypedEntry(theme, panel, search, self.choose, is_right=True)
        TypingOpens(panel, self.entry)
        self._placed: InstrumentKey | None = None  # the row last heard of: to hear of it again is an echo
        self.link = links.join(self)
        panel.grid.instrument_selected.connect(self._selected)
        panel.grid.instrument_activated.connect(self._pressed)
        panel.list_changed.connect(self.link.scope_changed)
        panel.grid.rows.selection.pressed.connect(lambda _row: self._pressed(panel.grid.current_instrument()))

    def set_theme(self, theme: Theme) -> None:
        self.entry.set_theme(theme)

    def choose(self, key: InstrumentKey) -> str:
        """By hand: to its row, and to whoever is linked, also without a row; else why not."""
        is_listed = self._panel.lists(key)
        if is_listed:
            self._reveal(key)
        if self.link.gives_symbol:
            self.link.chose_symbol(key)
        elif not is_listed:
            return self._not_listed(key)
        return ""

    def _reveal(self, key: InstrumentKey) -> None:
        grid = self._panel.grid
        self.place(key)
        current = grid.current_instrument()
        if (current is None or current.key != key) and grid.row_counts()[0] < grid.row_counts()[1]:
            grid.set_filter("")  # it hides the row that was asked for
            self.place(key)

    def link_scope(self) -> Scope | None:
        return None  # it has no part in times

    def link_symbol(self) -> InstrumentKey | None:
        current = self._panel.grid.current_instrument()
        return current.key if current is not None else None

    def link_interval(self) -> Interval | None:
        return None

    def show_link_symbol(self, key: InstrumentKey) -> str:
        if key == self.link_symbol():  # the selection round it and the scroll stay as they are
            return ""
        if self._panel.lists(key):
            self.place(key)
            return "" if self.link_symbol() == key or not self._panel.grid.filter_words else self._hidden(key)
        return self._not_listed(key)

    @staticmethod
    def _hidden(key: InstrumentKey) -> str:
        return tr("{symbol} {venue} is hidden by the filter", symbol=key.symbol, venue=key.exchange)

    @staticmethod
    def _not_listed(key: InstrumentKey) -> str:
        return tr("{symbol} {venue} is not in this list", symbol=key.symbol, venue=key.exchange)

    def place(self, key: InstrumentKey) -> None:
        """Make its row the current one without having chosen it."""
        self._placed = key
        self._panel.select(key)

    def show_link_interval(self, interval: Interval) -> None:
        """Rows have none."""

    def show_link_cursor(self, time_ns: int | None) -> None:
        """Rows show now."""

    def show_stretch(self, stretch: TimeStretch) -> None:
        """Rows show now."""

    def _selected(self, instrument: Instrument) -> None:
        if instrument.key != self._placed:  # else told by the link, or rows that were laid out anew
            self._panel.stop_waiting()
            self._placed = instrument.key
            self.link.chose_symbol(instrument.key)

    def _pressed(self, instrument: Instrument | None) -> None:
        """The row may be current already, and the group elsewhere."""
        group = self.link.group
        if instrument is not None and group is not None and group.symbol != instrument.key:
            self._placed = instrument.key
            self.link.chose_symbol(instrument.key)


class ChartMember:
    """A chart gives and shows symbol, interval, the time under its crosshair and its view."""

    def __init__(self, panel: "ChartPanel", links: LinkGroups) -> None:
        self._panel = panel
        self.link = links.join(self)
        panel.link = self.link
        panel.symbol_chosen.connect(self.link.chose_symbol)
        panel.interval_chosen.connect(self.link.chose_interval)

    def set_theme(self, theme: Theme) -> None:
        """The panel's own affair."""

    def link_scope(self) -> Scope | None:
        return self._panel.scope

    def link_symbol(self) -> InstrumentKey | None:
        return self._panel.key

    def link_interval(self) -> Interval | None:
        return self._panel.interval

    def show_link_symbol(self, key: InstrumentKey) -> str:
        instruments = self._panel.instruments
        if instruments and not any(instrument.key == key for instrument in instruments):
            return tr("{symbol} {venue} is not in this scope", symbol=key.symbol, venue=key.exchange)
        self._panel.show(key)
        return ""

    def show_link_interval(self, interval: Interval) -> None:
        self._panel.set_interval(interval)

    def show_link_cursor(self, time_ns: int | None) -> None:
        self._panel.mark_time(time_ns)

    def show_stretch(self, stretch: TimeStretch) -> None:
        self._panel.show_stretch(stretch)
