"""One small language for filters and computed columns: whitelisted Python syntax, vectorised over NumPy.

`parse` checks a text against the columns there are; what it gives back can be evaluated over whole columns
and never raises. The language is described in docs/expressions.md.
"""

from core.expressions.completion import Completion, Suggestion, complete
from core.expressions.errors import ExpressionError
from core.expressions.expression import Columns, Expression, parse
from core.expressions.functions import FUNCTIONS, Function
from core.expressions.kinds import Kind
from core.expressions.syntax import looks_like_expression

__all__ = [
    "FUNCTIONS",
    "Columns",
    "Completion",
    "Expression",
    "ExpressionError",
    "Function",
    "Kind",
    "Suggestion",
    "complete",
    "looks_like_expression",
    "parse",
]
