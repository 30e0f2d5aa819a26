"""A named list of instruments in the order a person gave it, and the rules for its name and length.

Plain data; a list never changes, the store keeps another one in its place. It may name instruments that the
scope of the moment does not have.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote

from core.market.instruments import InstrumentKey
from core.state.versioned_file import StateError
from desktop.joined_quotes import LIST_ROWS_MAX
from desktop.tr import tr

NAME_LENGTH_MAX: Final = 60
LISTS_MAX: Final = 200
ROWS_MAX: Final = LIST_ROWS_MAX
ALL_ROWS_MAX: Final = 50_000  # of all lists: the file is written as text in one go


class WatchlistError(ValueError):
    """What a person asked of a list cannot be; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Watchlist:
    """`id` stays when the name changes. Each key once."""

    id: str
    name: str
    keys: tuple[InstrumentKey, ...] = ()


def checked_name(name: str, others: Iterable[Watchlist]) -> str:
    """`name` as it will be shown. Raises `WatchlistError` when it is empty, too long or taken."""
    name = " ".join(name.split())
    if not name:
        raise WatchlistError(tr("A watchlist needs a name"))
    if len(name) > NAME_LENGTH_MAX:
        raise WatchlistError(
            tr("A name has {most} letters at most, this one {count}", most=NAME_LENGTH_MAX, count=len(name))
        )
    if not name.isprintable():
        raise WatchlistError(tr("There is a character in the name that cannot be shown"))
    for other in others:
        if other.name.casefold() == name.casefold():
            raise WatchlistError(
                tr("There is a watchlist “{name}” already: choose another name", name=other.name)
            )
    return name


def free_name(wanted: str, others: Iterable[Watchlist]) -> str:
    """`wanted`, else `wanted 2` and so on: the first that is not taken."""
    taken = {other.name.casefold() for other in others}
    base = " ".join(wanted.split()) or tr("Watchlist")
    base = "".join(char for char in base if char.isprintable())[: NAME_LENGTH_MAX - 4]
    name, number = base, 1
    while name.casefold() in taken:
        number += 1
        name = f"{base} {number}"
    return name


# ---- as text -------------------------------------------------------------------------------------
def key_text(key: InstrumentKey) -> str:
    """`BINF:BTCUSDT`. A colon within the exchange is escaped: the first one divides."""
    return f"{quote(key.exchange, safe=' !#$&()*+,/;=?@[]_-.~')}:{key.symbol}"


def key_of(text: str) -> InstrumentKey:
    """The key that `key_text` wrote. Raises `StateError`."""
    exchange, colon, symbol = text.partition(":")
    if not (colon and exchange and symbol):
        raise StateError(f"“{text[:40]}” is not an exchange and a symbol, like BINF:BTCUSDT")
    return InstrumentKey(unquote(exchange), symbol)


def list_data(watchlist: Watchlist) -> dict[str, Any]:
    """As it stands in the file."""
    return {
        "id": watchlist.id,
        "name": watchlist.name,
        "symbols": [key_text(key) for key in watchlist.keys],
    }


def read_list(data: Any, place: int) -> Watchlist:
    """A list of the file. Raises `StateError`, naming the list and what is wrong."""
    where = f"lists[{place}]"
    if not isinstance(data, Mapping):
        raise StateError(f"{where} is not an object")
    for name in ("id", "name"):
        if not isinstance(data.get(name), str) or not data[name]:
            raise StateError(f"{where}.{name} must be a text")
    keys = read_keys(data.get("symbols", []), f"{where}.symbols")
    return Watchlist(data["id"], data["name"], keys)


def read_keys(texts: Any, where: str) -> tuple[InstrumentKey, ...]:
    """Keys of the file, each once. Raises `StateError`."""
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise StateError(f"{where} must be a list of texts like BINF:BTCUSDT")
    if len(texts) > ROWS_MAX:
        raise StateError(f"{where} has {len(texts):,} entries, {ROWS_MAX:,} at most")
    try:
        return tuple(dict.fromkeys(key_of(text) for text in texts))
    except StateError as error:
        raise StateError(f"{where}: {error}") from error
