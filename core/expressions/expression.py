"""A checked expression that can be evaluated over columns, as often as values change."""

from collections.abc import Mapping

import numpy as np

from core.expressions.compiler import Columns, Compiler, Part
from core.expressions.kinds import Kind, Values
from core.expressions.syntax import syntax_tree

__all__ = ["Columns", "Expression", "parse"]


class Expression:
    """`text` as it was written, `names` of the columns it reads, `kind` of what it gives."""

    __slots__ = ("_part", "kind", "names", "text")

    def __init__(self, text: str, part: Part, names: frozenset[str]) -> None:
        self.text = text
        self.names = names
        self.kind = part.kind
        self._part = part

    def evaluate(self, columns: Columns) -> Values:
        """Values of shape (rows,): float64 with NaN for unknown, bool, or str, by `kind`. Never raises.

        `columns` holds at least `names`, each of shape (rows,) and of the kind that was declared; only these
        are asked for.
        """
        with np.errstate(all="ignore"):
            return self._part.run(columns)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


def parse(text: str, names: Mapping[str, Kind], kind: Kind | None = None) -> Expression:
    """Check `text` against the columns there are. Raises `ExpressionError` with the place and the reason.

    With `kind` only an expression that gives it passes: a filter asks for `Kind.TRUTH`.
    """
    tree = syntax_tree(text)
    compiler = Compiler(text, names)
    part = compiler.part(tree) if kind is None else compiler.wanted(tree, kind, 0)
    if not compiler.used:
        raise compiler.no_column(tree)
    return Expression(text, part, frozenset(compiler.used))
