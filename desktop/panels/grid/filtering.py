"""What a filter box says: plain words to look for, or an expression that every row has to fulfil.

What compares something is an expression, a leading `=` forces one, everything else is words: a row stays when
every word is part of its symbol, venue or name. Knows nothing of a widget.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.expressions import Columns, Expression, ExpressionError, Kind, looks_like_expression, parse
from core.market.instruments import Instrument
from desktop.panels.grid.venues import venue_code

Rows = NDArray[np.intp]

FORCE: Final = "="
_LASTING: Final = frozenset(("symbol", "venue", "exchange", "name"))


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that can be used. `text` is what was typed for it."""

    text: str = ""
    words: tuple[str, ...] = ()
    expression: Expression | None = None

    @property
    def moves(self) -> bool:
        """Whether other rows may pass it when values change."""
        return self.expression is not None and not self.expression.names <= _LASTING


ALL_ROWS: Final = Filter()


def is_expression(text: str) -> bool:
    """Whether a text is taken as an expression."""
    return text.lstrip().startswith(FORCE) or looks_like_expression(text)


def expression_begin(text: str) -> int:
    """Where the expression of a filter's text begins: behind the sign that forces one."""
    stripped = text.lstrip()
    return len(text) - len(stripped) + 1 if stripped.startswith(FORCE) else 0


def read_filter(text: str, names: Mapping[str, Kind]) -> Filter:
    """Raises `ExpressionError`, whose places are those of `text`."""
    begin = expression_begin(text)
    if is_expression(text):
        try:
            return Filter(text, expression=parse(text[begin:], names, Kind.TRUTH))
        except ExpressionError as error:
            raise _moved(error, text, begin) from None
    words = tuple(text.casefold().split())
    if len(words) > 1 or names.get(text.strip()) is Kind.TRUTH:
        # "not halted" and "halted" compare nothing and yet are meant.
        try:
            return Filter(text, expression=parse(text, names, Kind.TRUTH))
        except ExpressionError:
            pass
    return Filter(text, words)


def _moved(error: ExpressionError, text: str, begin: int) -> ExpressionError:
    return ExpressionError(
        text, error.position + begin, error.end + begin, error.reason, incomplete=error.incomplete
    )


class FilteredRows:
    """The texts of one list of instruments that words are looked for in."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        self._instruments = instruments
        self._searched: list[str] | None = None  # made for the first word

    def matching(self, wanted: Filter, values: Columns) -> Rows:
        """Rows that pass, in list order."""
        count = len(self._instruments)
        if wanted.expression is not None:
            hits = np.broadcast_to(wanted.expression.evaluate(values), (count,))
            return np.flatnonzero(hits)
        if not wanted.words:
            return np.arange(count)
        if self._searched is None:
            self._searched = [_searched(instrument) for instrument in self._instruments]
        texts = self._searched
        rows: Sequence[int] = range(len(texts))
        for word in wanted.words:
            rows = [row for row in rows if word in texts[row]]
        return np.array(rows, np.intp)


def _searched(instrument: Instrument) -> str:
    key = instrument.key
    return f"{key.symbol}\n{venue_code(key.exchange)}\n{key.exchange}\n{instrument.name}".casefold()
