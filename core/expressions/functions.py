"""The functions of the language: what they take, what they give, how they are computed over columns.

`where` and `ifnull` take any kind, the same in all their values; the others say theirs. The functions over
text get it folded and can be written as methods: `symbol.startswith("BTC")`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np

from core.expressions import operators
from core.expressions.kinds import Kind, Values, is_unknown

MANY: Final = 16


@dataclass(frozen=True, slots=True)
class Function:
    """`takes` are the kinds of the arguments, None for any kind (all such arguments and the result share
    it). The last of `takes` stands for every further argument up to `most`. An argument at a place in
    `literal` has to be written out.
    """

    name: str
    signature: str
    hint: str
    takes: tuple[Kind | None, ...]
    gives: Kind | None
    run: Callable[..., Values]
    least: int
    most: int
    literal: tuple[int, ...] = ()
    folds: bool = False  # texts come without their case
    method: bool = False

    def kind_of_argument(self, index: int) -> Kind | None:
        return self.takes[min(index, len(self.takes) - 1)]


def _math(name: str, hint: str, run: Callable[[Values], Values]) -> Function:
    def apply(values: Values) -> Values:
        return operators.known(run(values))

    return Function(name, f"{name}(number)", hint, (Kind.NUMBER,), Kind.NUMBER, apply, 1, 1)


def _extreme(name: str, hint: str, run: Callable[[Values, Values], Values]) -> Function:
    def apply(*values: Values) -> Values:
        return reduce(run, values)

    signature = f"{name}(number, number, …)"
    return Function(name, signature, hint, (Kind.NUMBER,), Kind.NUMBER, apply, 2, MANY)


def _text(name: str, part: str, hint: str, run: Callable[[Values, Values], Values]) -> Function:
    return Function(
        name, f"{name}(text, {part})", hint, (Kind.TEXT, Kind.TEXT), Kind.TRUTH, run, 2, 2,
        literal=(1,) if name == "matches" else (), folds=True, method=True,
    )  # fmt: skip


def _where(condition: Values, then: Values, other: Values) -> Values:
    return np.where(condition, then, other)


def _ifnull(values: Values, other: Values) -> Values:
    return np.where(is_unknown(values), other, values)


_ALL: Final = (
    _math("abs", "Size without its sign", np.abs),
    _math("ceil", "Next whole number above", np.ceil),
    _text("contains", "part", "The text holds the part", operators.contains),
    _text("endswith", "end", "The text ends so", operators.endswith),
    _math("exp", "e to the power of the number", np.exp),
    _math("floor", "Next whole number below", np.floor),
    Function(
        "ifnull", "ifnull(value, other)", "The value, or the other where it is unknown",
        (None, None), None, _ifnull, 2, 2,
    ),
    Function("isnull", "isnull(value)", "The value is unknown", (None,), Kind.TRUTH, is_unknown, 1, 1),
    _math("log", "Natural logarithm", np.log),
    _math("log10", "Logarithm to base 10", np.log10),
    _text("matches", "pattern", "The whole text fits the pattern; * stands for anything", operators.matches),
    _extreme("max", "The largest", np.maximum),
    _extreme("min", "The smallest", np.minimum),
    Function(
        "round", "round(number, decimals)", "Rounded, to whole numbers if no decimals are given",
        (Kind.NUMBER,), Kind.NUMBER, operators.rounded, 1, 2, literal=(1,),
    ),
    _math("sign", "−1, 0 or 1", np.sign),
    _math("sqrt", "Square root", np.sqrt),
    _text("startswith", "start", "The text begins so", operators.startswith),
    Function(
        "where", "where(condition, value, other)", "The value where the condition holds, else the other",
        (Kind.TRUTH, None, None), None, _where, 3, 3,
    ),
)  # fmt: skip
FUNCTIONS: Final[dict[str, Function]] = {function.name: function for function in _ALL}
