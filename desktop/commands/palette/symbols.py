"""The symbols of a window's scope in the palette: by symbol, name and venue, those used lately first.

Prices are those that a panel of the scope has on the screen already; nothing is leased for them.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from core.market.fields import NULL, Field
from core.market.instruments import Instrument, InstrumentKey
from desktop.commands.palette.sources import Found, PaletteItem, PaletteValue
from desktop.panels.grid.states import PanelKind
from desktop.tr import tr
from desktop.watchlists.search import Match, Part, SymbolSearch

if TYPE_CHECKING:
    from desktop.workspace.window import DeskWindow

SIGN: Final = "@"


class Symbols:
    """A `PaletteSource`. `choose(key, beside)` shows an instrument."""

    sign = SIGN

    def __init__(
        self,
        search: SymbolSearch,
        count: int,
        prices: Callable[[InstrumentKey], PaletteValue],
        choose: Callable[[InstrumentKey, bool], object],
    ) -> None:
        self.group = tr("Symbols")
        self._search = search
        self._count = count
        self._prices = prices
        self._choose = choose

    def search(self, text: str, limit: int) -> Found:
        return Found([self._item(match) for match in self._search.search(text, limit)], self._count)

    def _item(self, match: Match) -> PaletteItem:
        instrument = match.instrument
        spans = tuple((span.begin, span.end) for span in match.spans if span.part is Part.SYMBOL)
        return PaletteItem(
            match.key.symbol,
            partial(self._choose, match.key),
            detail=_beside(instrument),
            value=partial(self._prices, match.key),
            spans=spans,
        )


def _beside(instrument: Instrument) -> str:
    """The name, where it says more than the symbol, and the venue."""
    name, key = instrument.name, instrument.key
    return f"{name}, {key.exchange}" if name and name != key.symbol else key.exchange


class ScopePrices:
    """The last prices that panels of a scope hold, and whether they are live; places are found once."""

    def __init__(self, windows: Sequence["DeskWindow"]) -> None:
        self._places: dict[InstrumentKey, tuple[Any, int]] = {}
        for window in windows:
            for panel in window.contents.watchlists:
                for row, instrument in enumerate(panel.instruments):
                    self._places.setdefault(instrument.key, (panel, row))

    def __call__(self, key: InstrumentKey) -> PaletteValue:
        panel, row = self._places.get(key, (None, 0))
        if panel is None or row >= len(panel.instruments) or panel.instruments[row].key != key:
            return PaletteValue("")
        last = int(panel.table.column(Field.LAST)[row])
        if last == NULL:
            return PaletteValue("")
        return PaletteValue(panel.instruments[row].format_price(last), panel.state.kind is PanelKind.LIVE)
