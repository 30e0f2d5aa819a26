"""Finds instruments by what a person types: over symbol, name and venue, the ones used last first.

The words of the text may stand in any of the three; `EXCH:SYM` holds the first to the venue. A symbol that
is the text stands before all others, whatever was used last: Return must not take a neighbour. Pure; the
index is made once a directory. A keystroke over 10,000 instruments takes a few milliseconds.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from heapq import merge
from itertools import chain
from typing import Final, NamedTuple

from core.market.instruments import Instrument, InstrumentKey
from desktop.panels.grid.venues import venue_code
from desktop.watchlists.recents import RecentSymbols

INDEXES_KEPT: Final = 4  # live and a few sessions
TEXT_MAX: Final = 80
LAST_CHAR: Final = chr(0x10FFFF)


class Part(Enum):
    """Where a piece of the text was found."""

    SYMBOL = "symbol"
    NAME = "name"
    VENUE = "venue"


class Span(NamedTuple):
    """Characters `[begin, end)` of `instrument.key.symbol`, `.name` or `.key.exchange`."""

    part: Part
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """An instrument and which of its letters the text stands for."""

    key: InstrumentKey
    instrument: Instrument
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """An instrument with its texts, folded; `venue` is the exchange and its short code, a line each."""

    instrument: Instrument
    symbol: str
    squeezed: str
    name: str
    venue: str


class SymbolSearch:
    """Over one directory. `recents` is shared with every other search of the desk."""

    def __init__(self, instruments: Sequence[Instrument], recents: RecentSymbols) -> None:
        self._recents = recents
        entries = [_entry(instrument) for instrument in instruments]
        # Short symbols first: BTCUSDT before BTCUSDT_PERP. Whatever ties is in this order already.
        entries.sort(key=lambda entry: (len(entry.symbol), entry.symbol, entry.venue))
        self._entries = entries
        self.symbols = [entry.symbol for entry in entries]
        self.squeezed = [entry.squeezed for entry in entries]
        self.names = [entry.name for entry in entries]
        self.symbols_sorted, self.squeezed_sorted = _Sorted(self.symbols), _Sorted(self.squeezed)
        self._texts = [f"{e.symbol}\n{e.squeezed}\n{e.name}\n{e.venue}" for e in entries]
        self._of_key = {entry.instrument.key: place for place, entry in enumerate(entries)}
        self._narrowed: tuple[str, list[int]] = ("", list(range(len(entries))))

    def search(self, text: str, limit: int) -> list[Match]:
        """At most `limit` of them, best first. An empty text finds what was used last."""
        venue, words = _parsed(text)
        if not venue and not words:
            places = [self._of_key[key] for key in self._recents.keys if key in self._of_key]
            return [self._match(place, "", ()) for place in places[:limit]]
        held = self._holding(venue, words)
        best: dict[int, None] = {}
        for place in chain.from_iterable(self._ranked(held, words)):
            if len(best) >= limit:
                break
            best[place] = None
        return [self._match(place, venue, words) for place in best]

    def note_used(self, key: InstrumentKey) -> None:
        """A person went there: from now on it stands first among what matches."""
        self._recents.use(key)

    def find(self, key: InstrumentKey) -> Instrument | None:
        """The instrument of that key in this directory."""
        place = self._of_key.get(key)
        return None if place is None else self._entries[place].instrument

    def named(self, symbol: str, venue: str = "") -> list[Instrument]:
        """Every instrument whose symbol is exactly `symbol`, in any case; at that venue if one is said."""
        wanted, at = _fold(symbol.strip()), _fold(venue.strip())
        return [
            entry.instrument
            for entry in (self._entries[place] for place in self._same_symbol.get(wanted, ()))
            if not at or at in entry.venue.split("\n")
        ]

    # ---- inside ----------------------------------------------------------------------------------
    @cached_property
    def _same_symbol(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, entry in enumerate(self._entries):
            found.setdefault(entry.symbol, []).append(place)
        return found

    def _holding(self, venue: str, words: tuple[str, ...]) -> list[int]:
        """Places whose texts hold everything; a text that goes on looks at what the one before left."""
        typed = "\n".join((venue, *words))
        before, places = self._narrowed
        if not (before and typed.startswith(before)):
            places = list(range(len(self._entries)))
        texts = self._texts
        for word in (venue, *words) if venue else words:
            places = [place for place in places if word in texts[place]]
        self._narrowed = (typed, places)
        if venue:
            entries = self._entries
            places = [place for place in places if _at_venue(entries[place], venue)]
        return places

    def _ranked(self, held: list[int], words: tuple[str, ...]) -> Iterator[Iterable[int]]:
        """Places by how well their best word fits; each kind is looked for only when it is asked for."""
        of_symbol = {place for word in words for place in self._same_symbol.get(word, ())}
        known = (self._of_key.get(key, -1) for key in self._recents.keys)
        recent = [place for place in known if _holds(held, place)]
        yield [place for place in recent if place in of_symbol]
        yield [place for place in sorted(of_symbol) if _holds(held, place)]
        yield recent
        for fits in _FITS:
            yield merge(*(fits(self, held, word) for word in words))
        yield held

    def _match(self, place: int, venue: str, words: tuple[str, ...]) -> Match:
        entry = self._entries[place]
        return Match(entry.instrument.key, entry.instrument, _spans(entry, venue, words))


class SymbolSearches:
    """The searches of the scopes in use: one a directory, made when it is first asked for."""

    def __init__(self, recents: RecentSymbols) -> None:
        self.recents = recents
        self._made: dict[int, tuple[Sequence[Instrument], SymbolSearch]] = {}

    def of(self, instruments: Sequence[Instrument]) -> SymbolSearch:
        """Of `desk.quotes.instruments`: another tuple is another directory."""
        known = self._made.pop(id(instruments), None)
        if known is None:
            known = (instruments, SymbolSearch(instruments, self.recents))
        self._made[id(instruments)] = known  # which also keeps the tuple, so that its id stays its own
        while len(self._made) > INDEXES_KEPT:
            del self._made[next(iter(self._made))]
        return known[1]


# ---- texts ---------------------------------------------------------------------------------------
def _fold(text: str) -> str:
    """Lower case, as long as it was: spans count characters of the original."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _squeeze(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _entry(instrument: Instrument) -> _Entry:
    symbol, exchange = _fold(instrument.key.symbol), _fold(instrument.key.exchange)
    code = _fold(venue_code(instrument.key.exchange))
    venue = exchange if code == exchange else f"{exchange}\n{code}"
    return _Entry(instrument, symbol, _squeeze(symbol), _fold(instrument.name), venue)


def _parsed(text: str) -> tuple[str, tuple[str, ...]]:
    """The venue that stands before a colon, and the words."""
    folded = _fold(" ".join(text.split())[:TEXT_MAX])
    venue, colon, rest = folded.partition(":")
    if colon and " " not in venue.strip():
        return venue.strip(), tuple(rest.split())
    return "", tuple(folded.split())


def _at_venue(entry: _Entry, venue: str) -> bool:
    return entry.venue.startswith(venue) or f"\n{venue}" in entry.venue


def _holds(places: list[int], place: int) -> bool:
    """Whether ascending `places` have it."""
    at = bisect_left(places, place)
    return at < len(places) and places[at] == place


class _Sorted:
    """Texts in their order, to find those that begin with a word without looking at every one."""

    def __init__(self, texts: Sequence[str]) -> None:
        pairs = sorted((text, place) for place, text in enumerate(texts))
        self._texts = [text for text, _place in pairs]
        self._places = [place for _text, place in pairs]

    def beginning(self, word: str) -> list[int]:
        """Places, ascending."""
        first = bisect_left(self._texts, word)
        return sorted(self._places[first : bisect_left(self._texts, word + LAST_CHAR, first)])

    def equal(self, word: str) -> list[int]:
        first = bisect_left(self._texts, word)
        return sorted(self._places[first : bisect_right(self._texts, word, first)])


def _squeezed_is(search: SymbolSearch, places: list[int], word: str) -> Iterable[int]:
    """`btcusd` for BTC/USD."""
    return (place for place in search.squeezed_sorted.equal(word) if _holds(places, place))


def _symbol_begins(search: SymbolSearch, places: list[int], word: str) -> Iterable[int]:
    return (place for place in search.symbols_sorted.beginning(word) if _holds(places, place))


def _squeezed_begins(search: SymbolSearch, places: list[int], word: str) -> Iterable[int]:
    return (place for place in search.squeezed_sorted.beginning(word) if _holds(places, place))


def _symbol_holds(search: SymbolSearch, places: list[int], word: str) -> Iterable[int]:
    return (place for place in places if word in search.symbols[place])


def _name_begins(search: SymbolSearch, places: list[int], word: str) -> Iterable[int]:
    return (place for place in places if search.names[place].startswith(word))


def _name_word_begins(search: SymbolSearch, places: list[int], word: str) -> Iterator[int]:
    begun = f" {word}"
    return (place for place in places if begun in search.names[place])


def _name_holds(search: SymbolSearch, places: list[int], word: str) -> Iterable[int]:
    return (place for place in places if word in search.names[place])


_FITS: Final = (
    _squeezed_is, _symbol_begins, _squeezed_begins, _symbol_holds, _name_begins, _name_word_begins,
    _name_holds,
)  # fmt: skip


_Finder = Callable[[_Entry, str], Span | None]


def _in_symbol(entry: _Entry, word: str) -> Span | None:
    at = entry.symbol.find(word)
    if at >= 0:
        return Span(Part.SYMBOL, at, at + len(word))
    at = entry.squeezed.find(word)
    if at < 0:
        return None
    kept = [place for place, char in enumerate(entry.symbol) if char.isalnum()]
    return Span(Part.SYMBOL, kept[at], kept[at + len(word) - 1] + 1)


def _in_name(entry: _Entry, word: str) -> Span | None:
    at = 0 if entry.name.startswith(word) else entry.name.find(f" {word}") + 1
    at = at or entry.name.find(word)
    return Span(Part.NAME, at, at + len(word)) if at >= 0 else None


def _in_venue(entry: _Entry, word: str) -> Span | None:
    """None for a word of the short code: that is not what is shown."""
    at = entry.venue.partition("\n")[0].find(word)
    return Span(Part.VENUE, at, at + len(word)) if at >= 0 else None


_FINDERS: Final[tuple[_Finder, ...]] = (_in_symbol, _in_name, _in_venue)


def _spans(entry: _Entry, venue: str, words: tuple[str, ...]) -> tuple[Span, ...]:
    """Each word where it fits best; a word of the venue's code has none."""
    found = {span for span in ([_in_venue(entry, venue)] if venue else []) if span is not None}
    for word in words:
        first = next((span for find in _FINDERS if (span := find(entry, word)) is not None), None)
        if first is not None:
            found.add(first)
    return tuple(sorted(found, key=lambda span: (span.part.value, span.begin, span.end)))
