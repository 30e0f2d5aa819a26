"""What the charts of a window show before anybody has chosen anything.

A chart without a symbol, or with one its scope does not have, shows the current row of the first watchlist,
else what trades most in it. A link group hears of it only when no panel shows the group's own symbol.
"""

from typing import TYPE_CHECKING

from core.market.instruments import InstrumentKey
from desktop.panels.watchlist.lists import most_active

if TYPE_CHECKING:
    from desktop.workspace.window_panels import WindowPanels


class FirstSymbol:
    """`look` once a frame costs nothing while no chart lacks a symbol; `again` when the scope is another."""

    def __init__(self, contents: "WindowPanels") -> None:
        self._contents = contents
        self._is_done = False

    def again(self) -> None:
        """Charts or instruments have come or gone."""
        self._is_done = False

    def look(self) -> None:
        contents = self._contents
        if self._is_done or not contents.charts or not contents.instruments:
            return
        known = {instrument.key for instrument in contents.instruments}
        lost = [chart for chart in contents.charts if chart.key not in known]
        key = self._key() if lost else None
        self._is_done = not lost or key is not None
        if key is not None:
            for chart in lost:
                chart.show(key)
            for chart in lost:
                link = contents.docked_of(chart).link
                if link is not None:
                    link.offer_symbol(key)

    def _key(self) -> InstrumentKey | None:
        contents = self._contents
        if not contents.watchlists:
            return contents.only_instrument
        rows = contents.watchlists[0]
        current = rows.grid.current_instrument()
        if current is not None:
            return current.key
        row = most_active(rows.instruments, rows.table) if rows.shows_values else None
        if row is None:
            return None
        key = rows.instruments[row].key
        contents.docked_of(rows).member.place(key)
        return key
