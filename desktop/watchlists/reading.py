"""From text to instruments: pasted lists, and the columns of a CSV file.

A list may be divided by commas, semicolons, spaces or lines; an entry is `EXCH:SYM` or a symbol. What is not
known and what stands on several venues is told by name and never guessed; the rest is taken. Pure.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from core.market.instruments import InstrumentKey
from desktop.tr import tr
from desktop.watchlists.search import SymbolSearch
from desktop.watchlists.watchlist import ROWS_MAX, WatchlistError

TEXT_MAX: Final = 4 << 20
NAMED_MAX: Final = 5  # in a message; the others are counted
_DELIMITERS: Final = (",", ";", "\t", "|")
_SYMBOL_COLUMNS: Final = ("symbol", "ticker", "instrument", "sym", "code")
_VENUE_COLUMNS: Final = ("exchange", "venue", "mic", "market")


@dataclass(slots=True)
class ReadList:
    """What a text named: `keys` in its order, each once; the others as they were written."""

    keys: list[InstrumentKey] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)  # with the venues they stand on

    def tidy(self) -> "ReadList":
        """Each once."""
        self.keys = list(dict.fromkeys(self.keys))
        self.unknown, self.ambiguous = list(dict.fromkeys(self.unknown)), list(dict.fromkeys(self.ambiguous))
        return self

    @property
    def complaints(self) -> str:
        """One line about what was left out; empty when nothing was."""
        parts = []
        if self.unknown:
            parts.append(tr("not in this scope: {names}", names=_names(self.unknown)))
        if self.ambiguous:
            parts.append(tr("on several venues, write VENUE:SYMBOL: {names}", names=_names(self.ambiguous)))
        return "; ".join(parts)


def read_text(text: str, search: SymbolSearch) -> ReadList:
    """The instruments a pasted text names. Raises `WatchlistError` for a text that is no list."""
    _check_length(text)
    found = ReadList()
    for line in text.splitlines():
        line = line.strip().strip("\ufeff")
        if not line or (line.startswith("#") and _take(line, "", search) is None):
            continue
        if "\t" in line:
            _take_row([cell.strip() for cell in line.split("\t")], search, found)
        else:
            _take_pieces(line, search, found)
        if len(found.keys) + len(found.unknown) > 2 * ROWS_MAX:
            raise WatchlistError(
                tr("The text has more than {most} entries: a watchlist has no room for them", most=ROWS_MAX)
            )
    return found.tidy()


def read_csv(text: str, file: str, search: SymbolSearch) -> ReadList:
    """The instruments of a CSV file with a header; a file without one is read as a list.

    Raises `WatchlistError`, naming the file, and the row where one is to blame.
    """
    _check_length(text, file)
    text = text.lstrip("\ufeff")
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        raise WatchlistError(tr("{file} is empty", file=file))
    delimiter = max(_DELIMITERS, key=first.count)
    header = [cell.strip().casefold() for cell in next(csv.reader([first], delimiter=delimiter))]
    symbol = _column(header, _SYMBOL_COLUMNS)
    if symbol is None:
        found = read_text(text, search)
        if found.keys or len(header) == 1:
            return found
        raise WatchlistError(
            tr(
                "{file}: there is no column named symbol or ticker in row 1, but {columns}",
                file=file, columns=_names(header),
            )
        )  # fmt: skip
    return _read_rows(text, file, delimiter, symbol, _column(header, _VENUE_COLUMNS), search)


def _read_rows(
    text: str, file: str, delimiter: str, symbol: int, venue: int | None, search: SymbolSearch
) -> ReadList:
    found = ReadList()
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    headed = False
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not headed:
                headed = True
                continue
            name = cells[symbol].strip() if symbol < len(cells) else ""
            if not name:
                raise WatchlistError(
                    tr("{file}, row {row}: the symbol is missing", file=file, row=reader.line_num)
                )
            at = cells[venue].strip() if venue is not None and venue < len(cells) else ""
            _put(name, at, search, found)
            if len(found.keys) + len(found.unknown) > 2 * ROWS_MAX:
                raise WatchlistError(
                    tr("{file} has more rows than the {most} of a watchlist", file=file, most=ROWS_MAX)
                )
    except csv.Error as error:
        raise WatchlistError(
            tr("{file}, row {row}: {reason}", file=file, row=reader.line_num, reason=error)
        ) from error
    return found.tidy()


def read_file(content: bytes, file: str, search: SymbolSearch) -> ReadList:
    """A file as it lies on the disk. Raises `WatchlistError`."""
    if len(content) > TEXT_MAX:
        raise WatchlistError(tr("{file} is larger than {most} MB", file=file, most=TEXT_MAX >> 20))
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise WatchlistError(
            tr("{file} is not text: byte {place} cannot be read as UTF-8", file=file, place=error.start)
        ) from error
    return read_csv(text, file, search)


# ---- entries -------------------------------------------------------------------------------------
def _take(entry: str, venue: str, search: SymbolSearch) -> list[InstrumentKey] | None:
    """The instruments an entry may mean, None when it is known nowhere."""
    named = search.named(entry, venue)
    if not named and not venue:
        at, colon, symbol = entry.partition(":")
        named = search.named(symbol, at) if colon and at else []
    return [instrument.key for instrument in named] or None


def _put(entry: str, venue: str, search: SymbolSearch, found: ReadList) -> None:
    keys = _take(entry, venue, search)
    if keys is None:
        found.unknown.append(f"{venue}:{entry}" if venue else entry)
    elif len(keys) > 1:
        found.ambiguous.append(f"{entry} ({', '.join(key.exchange for key in keys)})")
    else:
        found.keys.append(keys[0])


def _take_pieces(line: str, search: SymbolSearch, found: ReadList) -> None:
    """A line without tabs: whole if it is a symbol, else cut at delimiters, then at spaces."""
    for piece in re.split(r"[,;|]", line):
        piece = piece.strip().strip("\"'").strip()
        if not piece:
            continue
        if " " not in piece or _take(piece, "", search) is not None:
            _put(piece, "", search, found)
            continue
        for word in piece.split():
            _put(word, "", search, found)


def _take_row(cells: Sequence[str], search: SymbolSearch, found: ReadList) -> None:
    """A row of a table: the first cell that is a symbol, at the venue of another cell if one is needed."""
    for cell in cells:
        keys = _take(cell, "", search) if cell else None
        if keys is None:
            continue
        if len(keys) > 1:
            others = [other for other in cells if other and other != cell]
            there = {i.key for other in others for i in search.named(cell, other)}
            keys = list(there) if len(there) == 1 else keys
        if len(keys) == 1:
            found.keys.append(keys[0])
        else:
            found.ambiguous.append(f"{cell} ({', '.join(key.exchange for key in keys)})")
        return
    first = next((cell for cell in cells if cell), "")
    if first and first.casefold() not in (*_SYMBOL_COLUMNS, *_VENUE_COLUMNS):
        found.unknown.append(first)


# ---- words ---------------------------------------------------------------------------------------
def _column(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _check_length(text: str, file: str = "") -> None:
    if len(text) > TEXT_MAX:
        raise WatchlistError(
            tr("{what} is longer than {most} MB", what=file or tr("The text"), most=TEXT_MAX >> 20)
        )


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(name[:40] for name in names[:NAMED_MAX])
    more = len(names) - NAMED_MAX
    return tr("{names} and {count} more", names=shown, count=more) if more > 0 else shown
