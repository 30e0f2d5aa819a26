"""What a filter of the list of runs means: words that a run must have, and bounds on its figures.

`sma eurusd` wants both words anywhere in a run, `#best` a tag, `is:starred` or `is:error` a state,
`sharpe>1` or `fast<=50` a bound on a figure or a parameter. Pure; a term that cannot be used is named.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from desktop.panels.runs.columns import COLUMNS
from desktop.research.rows import RunRow
from desktop.tr import tr

_BOUND: Final = re.compile(r"([A-Za-z_][\w.]*)(<=|>=|<|>|=)(.*)")
_COMPARE: Final = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq}
# Named as in the header, in its unit; a figure's own name as in metrics.json works too, as it is there.
_IN_PERCENT: Final = {"return": "total_return", "drawdown": "max_drawdown"}
_PLAIN: Final = {"sharpe": "sharpe", "trades": "trades"}

Term = Callable[[RunRow], bool]


class FilterError(ValueError):
    """Which term cannot be used, and how it is written."""


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Every term must hold."""

    text: str = ""
    terms: tuple[Term, ...] = ()

    def __call__(self, row: RunRow) -> bool:
        return all(term(row) for term in self.terms)


def parse_filter(text: str) -> RunFilter:
    """Raises `FilterError`."""
    return RunFilter(text, tuple(_term(word) for word in text.split()))


def _term(word: str) -> Term:
    if word.startswith("#"):
        return _tagged(word[1:].casefold())
    if word.lower().startswith("is:"):
        return _in_state(word[3:].lower())
    found = _BOUND.fullmatch(word)
    if found is not None:
        return _bound(word, found[1], found[2], found[3])
    folded = word.casefold()
    return lambda row: folded in _haystack(row)


def _haystack(row: RunRow) -> str:
    words = (
        row.id, row.name, row.strategy, row.dataset_name, row.dataset_id, row.parameter_words,
        row.parameter_words.replace(",", ""), row.note,
        row.state.value,
        *row.instruments, *row.tags, row.error.said if row.error is not None else "",
    )  # fmt: skip
    return "\n".join(words).casefold()


def _tagged(tag: str) -> Term:
    """The beginning of a tag: it is right while one types."""
    return lambda row: any(each.casefold().startswith(tag) for each in row.tags)


def _in_state(state: str) -> Term:
    if state and "starred".startswith(state):
        return lambda row: row.is_starred
    return lambda row: row.state.value.lower().startswith(state)


def _bound(word: str, name: str, sign: str, text: str) -> Term:
    compare = _COMPARE[sign]
    try:
        limit = float(text.replace("−", "-").rstrip("%"))
    except ValueError as error:
        if not text:
            return lambda _row: True  # it is still being typed
        if sign == "=":
            return lambda row: str(row.parameters.get(name, "")).casefold() == text.casefold()
        raise FilterError(
            tr("“{word}”: “{text}” is no number; write sharpe>1 or return<=-2.5", word=word, text=text)
        ) from error

    def holds(row: RunRow) -> bool:
        value = _value(row, name)
        return value is not None and bool(compare(value, limit))

    return holds


def _value(row: RunRow, name: str) -> float | None:
    lowered = name.lower()
    if lowered in _IN_PERCENT:
        value = row.figure(_IN_PERCENT[lowered])
        return None if value is None else value * 100
    if lowered in _PLAIN:
        return row.figure(_PLAIN[lowered])
    if lowered in row.figures:
        return row.figures[lowered]
    if lowered == "seed":
        return float(row.seed)
    parameter = row.parameters.get(name)
    return float(parameter) if isinstance(parameter, int | float) else None


def help_words() -> str:
    """What may be typed, for a tooltip."""
    names = ", ".join(tr(column.title) for column in COLUMNS if column.is_figure)
    return tr(
        "Words of a run, #tag, is:starred, is:error, or bounds such as sharpe>1, return>0, fast<=50"
        " (figures: {names}; any parameter)",
        names=names,
    )
