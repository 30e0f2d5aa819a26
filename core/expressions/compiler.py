"""Syntax tree to a function over columns: only what is listed here passes, and every kind is checked.

There is no attribute, no subscript, no name but columns and functions; a tree too deep or too large is
refused. So evaluating cannot fail, run long or reach anything but the columns it is given.
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, TypeAlias

import numpy as np

from core.expressions.errors import ExpressionError, shortened
from core.expressions.functions import FUNCTIONS, Function
from core.expressions.kinds import Kind, Values
from core.expressions.operators import (
    ARITHMETIC,
    NUMBER_COMPARISONS,
    TEXT_COMPARISONS,
    contains,
    folded,
)

Columns: TypeAlias = Mapping[str, Values]
Run: TypeAlias = Callable[[Columns], Values]
# One comparison of a chain: the left values in, whether it holds and the right values out.
Step: TypeAlias = Callable[[Values, Columns], tuple[Values, Values]]

DEPTH_MAX: Final = 60
NODES_MAX: Final = 400
TEXT_MAX: Final = 64
_COMMA_NUMBER: Final = re.compile(r"\d,\d{3}\b")
DECIMALS_MAX: Final = 12


@dataclass(frozen=True, slots=True)
class Part:
    """A checked part of an expression. `run` gives its values, `fold` those of a text without their case."""

    kind: Kind
    run: Run
    fold: Run
    literal: float | str | bool | None = None


class Compiler:
    """Checks one tree; `used` are the columns it reads."""

    def __init__(self, text: str, names: Mapping[str, Kind]) -> None:
        self._text = text
        self._names = names
        self._indent = len(text) - len(text.lstrip())
        self._bytes = text.lstrip().encode()
        self._nodes = 0
        self.used: set[str] = set()

    # --- places and errors

    def _span(self, node: ast.expr) -> tuple[int, int]:
        """Characters of a node; the tree counts bytes of UTF-8."""
        end = node.end_col_offset if node.end_col_offset is not None else node.col_offset
        begin, stop = (
            self._indent + len(self._bytes[:offset].decode(errors="ignore"))
            for offset in (node.col_offset, end)
        )
        return begin, stop

    def _error(self, node: ast.expr, reason: str) -> ExpressionError:
        return ExpressionError(self._text, *self._span(node), reason)

    def _quoted(self, node: ast.expr) -> str:
        begin, end = self._span(node)
        return f"“{shortened(self._text[begin:end])}”"

    # --- the whitelist

    def part(self, node: ast.expr, depth: int = 0) -> Part:
        """Check a node and everything below it."""
        self._nodes += 1
        if depth > DEPTH_MAX or self._nodes > NODES_MAX:
            raise self._error(node, "it is too long to be one expression.")
        depth += 1
        match node:
            case ast.Name():
                return self._column(node)
            case ast.Constant():
                return self._literal(node)
            case ast.BinOp():
                return self._arithmetic(node, depth)
            case ast.UnaryOp():
                return self._unary(node, depth)
            case ast.BoolOp():
                return self._logic(node, depth)
            case ast.Compare():
                return self._comparison(node, depth)
            case ast.IfExp():
                return self._choice(node, depth)
            case ast.Call():
                return self._call(node, depth)
            case ast.Tuple() | ast.List() | ast.Set():
                if _COMMA_NUMBER.search(self._source(node)):
                    raise self._error(node, "write 5_000 instead of 5,000.")
                raise self._error(node, "a list of values can only stand behind “in”.")
            case _:
                raise self._error(node, f"{self._quoted(node)} is not part of the language.")

    def wanted(self, node: ast.expr, kind: Kind, depth: int) -> Part:
        """The part, which has to be of a kind."""
        part = self.part(node, depth)
        if part.kind is kind:
            return part
        is_what = f"{self._quoted(node)} is {part.kind.value}"
        if kind is not Kind.TRUTH:
            raise self._error(node, f"{is_what}, {kind.value} is needed here.")
        example = f"{shortened(self._source(node))} > 0" if part.kind is Kind.NUMBER else 'symbol == "BTC"'
        raise self._error(node, f"{is_what}, not yes or no. Compare it, as in “{example}”.")

    def no_column(self, node: ast.expr) -> ExpressionError:
        """The same for every row: nothing to filter by or to show."""
        return self._error(node, "it reads no column, so it is the same for every row.")

    def _source(self, node: ast.expr) -> str:
        begin, end = self._span(node)
        return self._text[begin:end]

    def _column(self, node: ast.Name) -> Part:
        name = node.id
        kind = self._names.get(name)
        if kind is None:
            raise self._unknown(node, name)
        self.used.add(name)
        kept: list[tuple[Values, Values]] = []  # the column last seen, and it folded: text seldom changes

        def fold(columns: Columns) -> Values:
            values = columns[name]
            if not kept or kept[0][0] is not values:
                kept[:] = [(values, folded(values))]
            return kept[0][1]

        return Part(kind, lambda columns: columns[name], fold)

    def _unknown(self, node: ast.expr, name: str) -> ExpressionError:
        if name in FUNCTIONS:
            return self._error(node, f"“{name}” is a function: write {FUNCTIONS[name].signature}.")
        reason = f"there is no column “{shortened(name)}”."
        close = get_close_matches(name.casefold(), self._names, 1)
        if close:
            reason += f" Did you mean “{close[0]}”?"
        elif not name.islower():
            reason += f' Text stands in quotes: "{shortened(name)}".'
        return self._error(node, reason)

    def _literal(self, node: ast.Constant) -> Part:
        match node.value:
            case bool() as truth:
                values: Values = np.array(truth)
                return Part(Kind.TRUTH, lambda _: values, lambda _: values, truth)
            case int() | float() as number:
                try:
                    value = float(number)
                except OverflowError:
                    value = np.inf
                if not np.isfinite(value):
                    raise self._error(node, f"{self._quoted(node)} is too large.")
                values = np.array(value)
                return Part(Kind.NUMBER, lambda _: values, lambda _: values, value)
            case str() as text:
                if len(text) > TEXT_MAX:
                    raise self._error(node, f"a text has at most {TEXT_MAX} characters.")
                if not text.isprintable():
                    raise self._error(node, "a text holds only characters that can be seen.")
                plain, small = np.array(text), np.array(text.casefold())
                return Part(Kind.TEXT, lambda _: plain, lambda _: small, text)
            case _:
                raise self._error(node, f"{self._quoted(node)} is not part of the language.")

    def _arithmetic(self, node: ast.BinOp, depth: int) -> Part:
        compute = ARITHMETIC.get(type(node.op))
        if compute is None:
            advice = {
                ast.BitAnd: "write “and”",
                ast.BitOr: "write “or”",
                ast.BitXor: "write “**” for a power",
            }
            reason = advice.get(type(node.op), f"{self._quoted(node)} is not part of the language")
            raise self._error(node, f"{reason}.")
        left, right = (self.wanted(side, Kind.NUMBER, depth).run for side in (node.left, node.right))
        return _made(Kind.NUMBER, lambda columns: compute(left(columns), right(columns)))

    def _unary(self, node: ast.UnaryOp, depth: int) -> Part:
        match node.op:
            case ast.Not():
                truth = self.wanted(node.operand, Kind.TRUTH, depth).run
                return _made(Kind.TRUTH, lambda columns: ~truth(columns))
            case ast.USub() | ast.UAdd():
                inner = self.wanted(node.operand, Kind.NUMBER, depth)
                number = inner.run
                if isinstance(node.op, ast.UAdd):
                    return inner
                literal = -inner.literal if isinstance(inner.literal, float) else None
                run: Run = lambda columns: -number(columns)  # noqa: E731
                return Part(Kind.NUMBER, run, run, literal)
            case _:
                raise self._error(node, f"{self._quoted(node)} is not part of the language.")

    def _logic(self, node: ast.BoolOp, depth: int) -> Part:
        runs = [self.wanted(value, Kind.TRUTH, depth).run for value in node.values]
        combine = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return _made(Kind.TRUTH, _folding(combine, runs))

    def _choice(self, node: ast.IfExp, depth: int) -> Part:
        test = self.wanted(node.test, Kind.TRUTH, depth).run
        then = self.part(node.body, depth)
        other = self.wanted(node.orelse, then.kind, depth)
        yes, no = then.run, other.run
        return _made(then.kind, lambda columns: np.where(test(columns), yes(columns), no(columns)))

    # --- comparisons

    def _comparison(self, node: ast.Compare, depth: int) -> Part:
        """One or a chain of them: every pair has to hold. Each operand is evaluated once."""
        left_node, left = node.left, self.part(node.left, depth)
        first = _comparable(left)
        steps: list[Step] = []
        for index, (operator, right_node) in enumerate(zip(node.ops, node.comparators, strict=True)):
            if isinstance(operator, ast.Is | ast.IsNot):
                advice = f"write “isnull({shortened(self._source(left_node))})” to ask for what is unknown."
                raise self._error(node, advice)
            if isinstance(operator, ast.In | ast.NotIn):
                steps.append(self._membership(left, operator, right_node, depth))
                if index + 1 < len(node.ops):
                    raise self._error(right_node, "nothing more can be compared behind “in”.")
                break
            right = self._operand(right_node, left, depth)
            steps.append(self._pair(left, operator, right, left_node, right_node))
            left_node, left = right_node, right

        def chain(columns: Columns) -> Values:
            values, hits = first(columns), []
            for step in steps:
                hit, values = step(values, columns)
                hits.append(hit)
            return _reduced(np.logical_and, hits)

        return _made(Kind.TRUTH, chain)

    def _operand(self, node: ast.expr, left: Part, depth: int) -> Part:
        """The right side; a bare word compared with text most likely lacks its quotes."""
        bare = isinstance(node, ast.Name) and node.id not in self._names
        if bare and left.kind is Kind.TEXT:
            word = shortened(self._source(node))
            raise self._error(node, f'there is no column “{word}”. Text stands in quotes: "{word}".')
        return self.part(node, depth)

    def _pair(
        self, left: Part, operator: ast.cmpop, right: Part, left_node: ast.expr, right_node: ast.expr
    ) -> Step:
        if left.kind is not right.kind:
            raise self._error(
                right_node,
                f"{self._quoted(left_node)} is {left.kind.value} and {self._quoted(right_node)} is "
                f"{right.kind.value}: they cannot be compared.",
            )
        if left.kind is Kind.TRUTH:
            reason = f"{self._quoted(left_node)} is yes or no: join it by “and”, “or”, “not”."
            raise self._error(left_node, reason)
        compare = (NUMBER_COMPARISONS if left.kind is Kind.NUMBER else TEXT_COMPARISONS).get(type(operator))
        if compare is None:
            reason = "text can be compared by ==, !=, in, contains(), startswith(), endswith() and matches()."
            raise self._error(right_node, reason)
        side = _comparable(right)

        def step(values: Values, columns: Columns) -> tuple[Values, Values]:
            other = side(columns)
            return compare(values, other), other

        return step

    def _membership(self, left: Part, operator: ast.cmpop, node: ast.expr, depth: int) -> Step:
        """In a list of values, or as a part of a text."""
        inside = isinstance(operator, ast.In)
        if not isinstance(node, ast.Tuple | ast.List | ast.Set):
            part = self.part(node, depth)
            if part.kind is not Kind.TEXT or left.kind is not Kind.TEXT:
                raise self._error(node, 'behind “in” stands a list, as in ("BTC", "ETH"), or text.')
            whole = part.fold

            def part_of(values: Values, columns: Columns) -> tuple[Values, Values]:
                text = whole(columns)
                hit = contains(text, values)
                return (hit if inside else ~hit & (text != "")), text

            return part_of
        if not node.elts:
            raise self._error(node, "the list behind “in” is empty.")
        if left.kind is Kind.TRUTH:
            raise self._error(node, "yes or no cannot be looked for in a list.")
        items = [_comparable(self.wanted(item, left.kind, depth)) for item in node.elts]
        comparisons = NUMBER_COMPARISONS if left.kind is Kind.NUMBER else TEXT_COMPARISONS
        compare = comparisons[ast.Eq if inside else ast.NotEq]

        def one_of(values: Values, columns: Columns) -> tuple[Values, Values]:
            hits = [compare(values, item(columns)) for item in items]
            return _reduced(np.logical_or if inside else np.logical_and, hits), values

        return one_of

    # --- calls

    def _call(self, node: ast.Call, depth: int) -> Part:
        function, arguments = self._function(node)
        if node.keywords:
            raise self._error(node.keywords[0].value, "arguments have no names here.")
        count = len(arguments)
        if not function.least <= count <= function.most:
            raise self._error(node, f"write {function.signature}.")
        shared: Kind | None = None
        parts: list[Part] = []
        for index, argument in enumerate(arguments):
            kind = function.kind_of_argument(index) or shared
            part = self.part(argument, depth) if kind is None else self.wanted(argument, kind, depth)
            if function.kind_of_argument(index) is None:
                shared = part.kind
            if index in function.literal:
                self._check_literal(argument, part)
            parts.append(part)
        runs = [part.fold if function.folds else part.run for part in parts]
        compute = function.run
        gives = function.gives or shared
        assert gives is not None
        return _made(gives, lambda columns: np.asarray(compute(*(run(columns) for run in runs))))

    def _function(self, node: ast.Call) -> tuple[Function, list[ast.expr]]:
        """The function of a call, and its arguments; `text.method(...)` is `method(text, ...)`."""
        match node.func:
            case ast.Name(id=name):
                function = FUNCTIONS.get(name)
                arguments = node.args
            case ast.Attribute(value=text, attr=name):
                function = FUNCTIONS.get(name)
                function = function if function is not None and function.method else None
                arguments = [text, *node.args]
            case _:
                raise self._error(node, f"{self._quoted(node.func)} is not a function.")
        if function is None:
            close = get_close_matches(name.casefold(), FUNCTIONS, 1)
            meant = f" Did you mean “{close[0]}”?" if close else ""
            raise self._error(node.func, f"there is no function “{shortened(name)}”.{meant}")
        return function, arguments

    def _check_literal(self, node: ast.expr, part: Part) -> None:
        if part.literal is None:
            raise self._error(node, f"{self._quoted(node)} has to be written out here.")
        if isinstance(part.literal, float) and not (
            part.literal.is_integer() and abs(part.literal) <= DECIMALS_MAX
        ):
            raise self._error(node, f"decimals are a whole number up to {DECIMALS_MAX}.")


def _comparable(part: Part) -> Run:
    """Numbers as they are, text without its case."""
    return part.fold if part.kind is Kind.TEXT else part.run


def _made(kind: Kind, run: Run) -> Part:
    """A part that is computed; text is folded anew each time."""
    return Part(kind, run, lambda columns: folded(run(columns)))


def _reduced(combine: Callable[[Values, Values], Values], values: list[Values]) -> Values:
    out = values[0]
    for value in values[1:]:
        out = combine(out, value)
    return np.asarray(out)


def _folding(combine: Callable[[Values, Values], Values], runs: list[Run]) -> Run:
    return lambda columns: _reduced(combine, [run(columns) for run in runs])
