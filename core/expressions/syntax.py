"""Text to a syntax tree, with bounds on its size and with errors a trader can act on.

Python's own parser does the reading; nothing is ever compiled or run by it. Positions are characters of the
text as it was given.
"""

import ast
import re
import warnings
from typing import Final

from core.expressions.errors import ExpressionError, shortened
from core.expressions.functions import FUNCTIONS

LENGTH_MAX: Final = 1_000

_BLANKS: Final = str.maketrans("\n\r\f\v\t", "     ")
_STRINGS: Final = re.compile(r"""("[^"]*"|'[^']*')""")
# What people write who know other languages: pattern, and what to write here.
_HABITS: Final = (
    (re.compile(r"&&?"), "write “and”"),
    (re.compile(r"\|\|?"), "write “or”"),
    (re.compile(r"<>"), "write “!=”"),
    (re.compile(r"(?<![<>=!])=(?!=)"), "write “==” to compare"),
    (re.compile(r"!(?!=)"), "write “not”"),
    (re.compile(r"\^"), "write “**” for a power"),
    (re.compile(r"\b(AND|OR|NOT|IN)\b"), "write “and”, “or”, “not” and “in” in small letters"),
    (re.compile(r"\b\d[\d_]*(\.\d+)?[kKmMbB]\b"), "numbers have no suffix here: write 5_000 or 5e6"),
    (re.compile(r"\b\d{1,3}(,\d{3})+\b"), "write 5_000 instead of 5,000"),
    (re.compile(r"\d\s*%\s*(?=$|[<>=)])"), "write the number without %"),
    (re.compile(r"[“”„‘’]"), 'write straight quotes: "BTC"'),
)
_UNENDED: Final = re.compile(r"([-+*/%<>=!,(\[.]|\b(and|or|not|in|if|else))$")
_COMPARES: Final = re.compile(r"""[<>"]|==|!=""")
_CALLS: Final = re.compile(rf"(?<!\w)({'|'.join(FUNCTIONS)})\s*\(")


def looks_like_expression(text: str) -> bool:
    """Whether a text is meant as an expression and not as plain words to look for."""
    return bool(_COMPARES.search(text) or _CALLS.search(text))


def syntax_tree(text: str) -> ast.expr:
    """The tree of `text`. Raises `ExpressionError`."""
    if len(text) > LENGTH_MAX:
        reason = f"it is longer than {LENGTH_MAX:,} characters."
        raise ExpressionError(text, LENGTH_MAX, len(text), reason)
    if not text.strip():
        raise ExpressionError(text, 0, 0, "there is nothing to evaluate.", incomplete=True)
    plain = text.translate(_BLANKS)
    indent = len(plain) - len(plain.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python's authors, about code: "5and" or "\d"
            return ast.parse(plain[indent:], mode="eval").body
    except SyntaxError as error:
        raise _explained(text, error, indent) from None
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError(text, 0, len(text), "it cannot be read.") from None


def _explained(text: str, error: SyntaxError, indent: int) -> ExpressionError:
    """A syntax error in plain words: a known habit, an early end, or the place."""
    blank = _STRINGS.sub(lambda quoted: " " * len(quoted[0]), text)
    for pattern, advice in _HABITS:
        habit = pattern.search(blank)
        if habit is not None:
            return ExpressionError(text, habit.start(), habit.end(), f"{advice}.")
    end = len(text.rstrip())
    quote = re.search(r"[\"']", blank)
    if quote is not None:
        return ExpressionError(text, quote.start(), end, "the closing quote is missing.", incomplete=True)
    opened = blank.count("(") + blank.count("[") - blank.count(")") - blank.count("]")
    if opened > 0:
        return ExpressionError(text, end, end, "a closing bracket is missing.", incomplete=True)
    if opened < 0:
        at = max(blank.rfind(")"), blank.rfind("]"))
        return ExpressionError(text, at, at + 1, "there is a closing bracket too many.")
    half = _UNENDED.search(blank.rstrip()) or "expected 'else'" in error.msg
    if half:
        return ExpressionError(text, end, end, "it ends too early.", incomplete=True)
    place = min(max((error.offset or 1) - 1 + indent, 0), len(text))
    if place >= end or not text[place:].strip():
        return ExpressionError(text, end, end, "it ends too early.", incomplete=True)
    wrong = re.match(r"\s*(\w+|\S)", text[place:])
    stop = place + (wrong.end() if wrong is not None else 1)
    reason = f"“{shortened(text[place:stop].strip())}” cannot stand here."
    return ExpressionError(text, place, stop, reason)
