"""Arithmetic, comparison and text over whole columns.

What is no finite number is unknown (NaN), so nothing ever divides by zero or overflows loudly; what is
unknown compares as no. Text is compared without regard to case. To be called with NumPy's floating point
warnings off.
"""

import ast
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.expressions.kinds import Values

Truth = NDArray[np.bool_]


def known(values: Values) -> Values:
    """NaN in the place of what is no finite number."""
    return np.where(np.isfinite(values), values, np.nan)


def different(left: Values, right: Values) -> Truth:
    """Not equal and both known: NumPy's != says yes to NaN."""
    return np.asarray((left < right) | (left > right))


def _arithmetic(ufunc: Callable[[Values, Values], Values]) -> Callable[[Values, Values], Values]:
    return lambda left, right: known(ufunc(left, right))


ARITHMETIC: Final[dict[type[ast.operator], Callable[[Values, Values], Values]]] = {
    ast.Add: _arithmetic(np.add),
    ast.Sub: _arithmetic(np.subtract),
    ast.Mult: _arithmetic(np.multiply),
    ast.Div: _arithmetic(np.divide),
    ast.FloorDiv: _arithmetic(np.floor_divide),
    ast.Mod: _arithmetic(np.mod),
    ast.Pow: _arithmetic(np.power),
}
NUMBER_COMPARISONS: Final[dict[type[ast.cmpop], Callable[[Values, Values], Values]]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: different,
}


def text_equal(left: Values, right: Values) -> Truth:
    """Folded texts: the same and not unknown."""
    return np.asarray((left == right) & (left != ""))


def text_different(left: Values, right: Values) -> Truth:
    return np.asarray((left != right) & (left != "") & (right != ""))


TEXT_COMPARISONS: Final[dict[type[ast.cmpop], Callable[[Values, Values], Values]]] = {
    ast.Eq: text_equal,
    ast.NotEq: text_different,
}


def folded(values: Values) -> Values:
    """Texts without their case."""
    if values.ndim == 0:
        return np.array(str(values).casefold())
    return np.array([text.casefold() for text in values.tolist()], np.str_)


def contains(text: Values, part: Values) -> Truth:
    return np.asarray(np.strings.find(text, part) >= 0)


def startswith(text: Values, start: Values) -> Truth:
    return np.asarray(np.strings.startswith(text, start))


def endswith(text: Values, end: Values) -> Truth:
    return np.asarray(np.strings.endswith(text, end))


def matches(text: Values, pattern: Values) -> Truth:
    """The whole text, with `*` in the pattern for any characters: each part is looked for behind the last."""
    first, *rest = str(pattern).split("*")
    if not rest:
        return np.asarray(text == first)
    *middle, last = rest
    hit = np.asarray(np.strings.startswith(text, first))
    at = np.full(text.shape, len(first), np.int64)
    for part in middle:
        found = np.strings.find(text, part, at)
        hit = hit & (found >= 0)
        at = np.where(found >= 0, found, 0) + len(part)
    room = np.strings.str_len(text) - at >= len(last)
    return np.asarray(hit & room & np.strings.endswith(text, last))


def rounded(values: Values, digits: Values | None = None) -> Values:
    """To `digits` decimals, half to even; a number too large to have decimals stays."""
    near = np.round(values, 0 if digits is None else int(digits))
    return np.where(np.isfinite(near), near, values)
