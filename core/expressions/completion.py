"""What can stand at a place of an expression that is being typed: columns and functions that fit the word."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core.expressions.functions import FUNCTIONS
from core.expressions.kinds import Kind

_WORD_BEFORE: Final = re.compile(r"[A-Za-z_]\w*$")
_WORD_BEHIND: Final = re.compile(r"\w*")
_QUOTES: Final = re.compile(r"""["']""")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`insert` takes the place of the word; `hint` says what it is."""

    insert: str
    hint: str
    function: bool = False


@dataclass(frozen=True, slots=True)
class Completion:
    """What may take the place of `text[begin:end]`, the best first."""

    begin: int
    end: int
    suggestions: tuple[Suggestion, ...] = ()


def complete(text: str, cursor: int, names: Mapping[str, Kind], *, every: bool = False) -> Completion:
    """Suggestions for the word that ends at `cursor`; `every` gives all of them where no word has begun."""
    nothing = Completion(cursor, cursor)
    if _in_quotes(text[:cursor]):
        return nothing
    found = _WORD_BEFORE.search(text[:cursor])
    if found is None:
        if not every or re.search(r"[\w.]$", text[:cursor]):
            return nothing
        return Completion(cursor, cursor, _ranked("", names))
    behind = _WORD_BEHIND.match(text, cursor)
    end = behind.end() if behind is not None else cursor
    # A method of a text, as in symbol.starts|
    methods = text[: found.start()].endswith(".")
    suggestions = _ranked(found[0], {} if methods else names, methods)
    whole = text[found.start() : end]
    suggestions = tuple(entry for entry in suggestions if entry.insert != whole)
    return Completion(found.start(), end, suggestions)


def _ranked(word: str, names: Mapping[str, Kind], methods: bool = False) -> tuple[Suggestion, ...]:
    """Columns before functions, those that begin so before those that hold it."""
    sought = word.casefold()
    columns = [Suggestion(name, kind.value) for name, kind in names.items()]
    functions = [
        Suggestion(f"{name}(", f"{function.signature}: {function.hint}", function=True)
        for name, function in FUNCTIONS.items()
        if function.method or not methods
    ]
    fits = [entry for entry in columns + functions if sought in entry.insert.casefold()]
    return tuple(sorted(fits, key=lambda entry: not entry.insert.casefold().startswith(sought)))


def _in_quotes(before: str) -> bool:
    """Whether a text literal is open."""
    open_quote = ""
    for quote in _QUOTES.findall(before):
        if not open_quote:
            open_quote = quote
        elif open_quote == quote:
            open_quote = ""
    return bool(open_quote)
