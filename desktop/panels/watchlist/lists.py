"""Which instruments a watchlist shows: a list of the person's own, all of the scope, or one exchange's.

Pure. A directory is sorted by exchange and symbol, so pages of it are disjoint and keep an exchange together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from core.market.fields import NULL, Field
from core.market.instruments import Instrument, InstrumentKey
from core.market.quote_table import QuoteTable
from core.state.versioned_file import StateError
from desktop.joined_quotes import LIST_ROWS_MAX
from desktop.tr import tr
from desktop.watchlists.watchlist import Watchlist

PAGE_ROWS: Final = 100  # what a tall window shows at once
WHOLE_ROWS_MAX: Final = 150  # a list little longer than a page is shown whole rather than torn
PAGES_LISTED_MAX: Final = 40  # in a menu; the rest is reached by going to a symbol


@dataclass(frozen=True, slots=True)
class WatchChoice:
    """`list_id` is that of a person's own list; without one `exchange`, empty for every exchange.

    `page` counts from 0 in pages of `rows_max`. `list_name` is the list's name when it was chosen: what can
    still be said of it when it is gone.
    """

    exchange: str = ""
    page: int = 0
    rows_max: int = PAGE_ROWS
    list_id: str = ""
    list_name: str = field(default="", compare=False)

    def saved(self) -> dict[str, Any]:
        """As plain data for a workspace file."""
        if self.list_id:
            return {"id": self.list_id, "name": self.list_name}
        return {"exchange": self.exchange, "page": self.page, "rows_max": self.rows_max}


EVERYTHING: Final = WatchChoice(rows_max=LIST_ROWS_MAX)


def own_choice(watchlist: Watchlist) -> WatchChoice:
    """That list."""
    return WatchChoice(list_id=watchlist.id, list_name=watchlist.name)


def read_choice(saved: Any) -> WatchChoice:
    """What `WatchChoice.saved` gave. Raises `StateError`, naming the key."""
    if not isinstance(saved, Mapping):
        raise StateError(f"watchlist: “list” is {saved!r}, not a choice of a list")
    for name in ("id", "name", "exchange"):
        if not isinstance(saved.get(name, ""), str):
            raise StateError(f"watchlist: “{name}” of the list is {saved[name]!r}, not a text")
    for name, most in (("page", LIST_ROWS_MAX), ("rows_max", LIST_ROWS_MAX)):
        value = saved.get(name, 1)
        if type(value) is not int or not 0 <= value <= most or (name == "rows_max" and value == 0):
            raise StateError(f"watchlist: “{name}” of the list is {value!r}, not a number up to {most}")
    if saved.get("id"):
        return WatchChoice(list_id=saved["id"], list_name=saved.get("name", ""))
    return WatchChoice(saved.get("exchange", ""), saved.get("page", 0), saved.get("rows_max", PAGE_ROWS))


def page_of(choice: WatchChoice, instruments: Sequence[Instrument]) -> tuple[Instrument, ...]:
    """The instruments of `choice`; empty when the directory has no such page."""
    chosen = _of_exchange(choice.exchange, instruments)
    first = choice.page * choice.rows_max
    return tuple(chosen[first : first + choice.rows_max])


def choice_label(choice: WatchChoice, instruments: Sequence[Instrument]) -> str:
    """`All 101–200`, `BINF`, `BINF 1–1,000`."""
    if choice.list_id:
        return choice.list_name
    count = len(_of_exchange(choice.exchange, instruments))
    name = choice.exchange or tr("All")
    if count <= choice.rows_max and choice.page == 0:
        return name
    first = choice.page * choice.rows_max
    return f"{name} {first + 1:,}–{min(count, first + choice.rows_max):,}"


def all_pages(instruments: Sequence[Instrument]) -> tuple[WatchChoice, ...]:
    """Everything in one list, or in as few as can be; then in pages of what a tall window shows."""
    count = len(instruments)
    pages = [WatchChoice(page=page) for page in range(min(-(-count // PAGE_ROWS), PAGES_LISTED_MAX))]
    if count <= PAGE_ROWS:
        return tuple(pages)
    lists = [WatchChoice(page=page, rows_max=LIST_ROWS_MAX) for page in range(-(-count // LIST_ROWS_MAX))]
    return (*lists, *pages)


def exchange_pages(instruments: Sequence[Instrument]) -> tuple[WatchChoice, ...]:
    """One list an exchange, several where it has more instruments than a list may hold."""
    counts: dict[str, int] = {}
    for instrument in instruments:
        counts[instrument.key.exchange] = counts.get(instrument.key.exchange, 0) + 1
    return tuple(
        WatchChoice(exchange, page, LIST_ROWS_MAX)
        for exchange, count in sorted(counts.items())
        for page in range(-(-count // LIST_ROWS_MAX))
    )


def first_choice(window: int, instruments: Sequence[Instrument]) -> WatchChoice:
    """What window number `window` (from 0) opens with: a short list whole, else pages in turn, disjoint."""
    if PAGE_ROWS < len(instruments) <= WHOLE_ROWS_MAX:
        return WatchChoice(rows_max=LIST_ROWS_MAX)
    pages = max(1, -(-len(instruments) // PAGE_ROWS))
    return WatchChoice(page=window % pages)


def find(text: str, instruments: Sequence[Instrument]) -> InstrumentKey | None:
    """The instrument a person means: the exact symbol, else the first it begins with, else that holds it.

    `EXCHANGE:SYMBOL` names one of several of the same symbol.
    """
    exchange, _, symbol = text.strip().upper().rpartition(":")
    if not symbol:
        return None
    candidates = [
        instrument.key
        for instrument in instruments
        if not exchange or instrument.key.exchange.upper() == exchange
    ]
    for matches in (str.__eq__, str.startswith, str.__contains__):
        for key in candidates:
            if matches(key.symbol.upper(), symbol):
                return key
    return None


def most_active(instruments: Sequence[Instrument], table: QuoteTable) -> int | None:
    """The row with the largest turnover, each in its own currency; the first one where none is told."""
    if not table.row_count:
        return None
    volume, last = table.column(Field.VOLUME), table.column(Field.LAST)
    known = (volume != NULL) & (last != NULL)
    if not known.any():
        return 0
    decimals = np.array([item.price_decimals + item.size_decimals for item in instruments], np.float64)
    return int(np.where(known, volume.astype(np.float64) * last / 10.0**decimals, -1.0).argmax())


def choice_with(key: InstrumentKey, instruments: Sequence[Instrument]) -> WatchChoice | None:
    """The page of everything that holds `key`."""
    for place, instrument in enumerate(instruments):
        if instrument.key == key:
            return WatchChoice(page=place // PAGE_ROWS)
    return None


def _of_exchange(exchange: str, instruments: Sequence[Instrument]) -> Sequence[Instrument]:
    if not exchange:
        return instruments
    return [instrument for instrument in instruments if instrument.key.exchange == exchange]
