"""Whatever is typed gives an expression or an `ExpressionError`; an expression says what plain Python says.

The plain evaluation walks the same text with Python's own `ast` and Python's own numbers, one row at a time.
"""

import ast
import math
import operator

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.expressions import FUNCTIONS, ExpressionError, Kind, complete, looks_like_expression, parse

NAMES = {"a": Kind.NUMBER, "b": Kind.NUMBER, "s": Kind.TEXT, "t": Kind.TEXT, "flag": Kind.TRUTH}
ROWS = 6

ARITHMETIC_SIGNS = ["+", "-", "*", "/", "//", "%"]
pieces = st.sampled_from(
    [*NAMES, *FUNCTIONS, "and", "or", "not", "in", "is", "None", "if", "else", "for", "lambda", "__class__",
     "(", ")", "[", "]", "{", "}", ".", ",", ":", ":=", "=", "==", "!=", "<", "<=", ">", "+", "-", "*", "**",
     "/", "//", "%", "&", "|", "~", "^", "@", "5", "0", "1e9", "5_000", "9" * 30, "5j", '"x"', "'", '"',
     "f'{a}'", "\\", "\n", "\x00", "#", "ß", "“", "\ud800", ";", "*a", "...", "import os", "9**9**9**9"]
)  # fmt: skip


def tried(text):
    """The expression, or why there is none."""
    try:
        return parse(text, NAMES), None
    except ExpressionError as error:
        return None, error


@given(st.one_of(st.text(max_size=60), st.lists(pieces, max_size=25).map(" ".join)))
@settings(max_examples=300, deadline=None)
def test_any_text_is_an_expression_or_refused_with_a_place(text):
    looks_like_expression(text)
    for cursor in {0, len(text) // 2, len(text)}:
        complete(text, cursor, NAMES, every=True)
    expression, error = tried(text)
    if error is not None:
        assert 0 <= error.position <= error.end <= len(text)
        assert error.reason in str(error)
    if expression is not None:
        columns = {
            "a": np.array([1.0, np.nan]),
            "b": np.array([0.0, 2.0]),
            "s": np.array(["x", ""]),
            "t": np.array(["abc", "X"]),
            "flag": np.array([True, False]),
        }
        assert expression.evaluate(columns).shape in ((2,), ())


def numbers(depth):
    leaf = st.one_of(
        st.sampled_from(["a", "b"]),
        st.integers(0, 5).map(str),
        st.floats(0, 1e6, allow_nan=False).map(lambda value: repr(round(value, 3))),
    )
    if depth == 0:
        return leaf
    inner = numbers(depth - 1)
    return st.one_of(
        leaf,
        st.tuples(inner, st.sampled_from(ARITHMETIC_SIGNS), inner).map(lambda p: f"({' '.join(p)})"),
        inner.map(lambda x: f"-{x}"),
        inner.map(lambda x: f"abs({x})"),
        st.tuples(inner, inner).map(lambda p: f"max({p[0]}, {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"min({p[0]}, {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"ifnull({p[0]}, {p[1]})"),
        inner.map(lambda x: f"sign({x})"),
        inner.map(lambda x: f"sqrt({x})"),
        st.tuples(inner, truths(depth - 1), inner).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        st.tuples(truths(depth - 1), inner, inner).map(lambda p: f"where({', '.join(p)})"),
    )


texts = st.sampled_from(["s", "t", '"x"', '"Ab"', '""'])


def truths(depth):
    if depth == 0:
        return st.sampled_from(["flag", "a > b", "a == 1", 's == "x"', "isnull(a)", "isnull(s)"])
    inner, number = truths(depth - 1), numbers(depth - 1)
    compare = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    return st.one_of(
        st.tuples(number, compare, number).map(" ".join).map(lambda x: f"({x})"),
        st.tuples(number, compare, number, compare, number).map(" ".join).map(lambda x: f"({x})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join).map(lambda x: f"({x})"),
        inner.map(lambda x: f"(not {x})"),
        st.tuples(number, st.sampled_from(["in", "not in"]), number, number).map(
            lambda p: f"({p[0]} {p[1]} ({p[2]}, {p[3]}))"
        ),
        st.tuples(texts, st.sampled_from(["==", "!=", "in", "not in"]), texts).map(" ".join)
        .map(lambda x: f"({x})"),
        st.tuples(texts, st.sampled_from(["contains", "startswith", "endswith"]), texts).map(
            lambda p: f"{p[1]}({p[0]}, {p[2]})"
        ),
        st.tuples(texts, st.sampled_from(["*", "x", "a*", "*B*", "a*b", "*a*b*"])).map(
            lambda p: f'matches({p[0]}, "{p[1]}")'
        ),
        number.map(lambda x: f"isnull({x})"),
    )  # fmt: skip


def finite(value):
    return value if math.isfinite(value) else math.nan


def quiet(compute):
    """A number, unknown where Python raises."""
    try:
        return finite(float(compute()))
    except (ZeroDivisionError, OverflowError, ValueError):
        return math.nan


ARITHMETIC = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
}  # fmt: skip
COMPARE = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}  # fmt: skip


def unknown(value):
    return value == "" if isinstance(value, str) else isinstance(value, float) and math.isnan(value)


def wild(text, pattern):
    """`*` tried at every length: slow and plain."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(wild(text[start:], pattern[1:]) for start in range(len(text) + 1))
    return bool(text) and text[0] == pattern[0] and wild(text[1:], pattern[1:])


def call(name, values):
    folded = [value.casefold() if isinstance(value, str) else value for value in values]
    match name:
        case "isnull":
            return unknown(values[0])
        case "ifnull":
            return values[1] if unknown(values[0]) else values[0]
        case "where":
            return values[1] if values[0] else values[2]
        case "contains":
            return folded[1] in folded[0]
        case "startswith" | "endswith":
            return getattr(folded[0], name)(folded[1])
        case "matches":
            return wild(*folded)
        case "min" | "max":
            return math.nan if any(map(unknown, values)) else {"min": min, "max": max}[name](values)
        case "sign":
            return math.nan if unknown(values[0]) else float((values[0] > 0) - (values[0] < 0))
        case _:
            return quiet(lambda: {"abs": abs, "sqrt": math.sqrt}[name](values[0]))


def plain(node, row):
    """The value of a tree for one row."""
    match node:
        case ast.Name(id=name):
            return row[name]
        case ast.Constant(value=value):
            return value if isinstance(value, str | bool) else float(value)
        case ast.BinOp():
            left, right = plain(node.left, row), plain(node.right, row)
            return quiet(lambda: ARITHMETIC[type(node.op)](left, right))
        case ast.UnaryOp(op=ast.Not()):
            return not plain(node.operand, row)
        case ast.UnaryOp():
            return -plain(node.operand, row)
        case ast.BoolOp():
            values = [plain(value, row) for value in node.values]
            return all(values) if isinstance(node.op, ast.And) else any(values)
        case ast.IfExp():
            return plain(node.body if plain(node.test, row) else node.orelse, row)
        case ast.Compare():
            left = plain(node.left, row)
            hits = []
            for op, right_node in zip(node.ops, node.comparators, strict=True):
                if isinstance(right_node, ast.Tuple):
                    right = [plain(item, row) for item in right_node.elts]
                else:
                    right = plain(right_node, row)
                hits.append(compared(op, left, right))
                left = right
            return all(hits)
        case ast.Call():
            return call(node.func.id, [plain(argument, row) for argument in node.args])
    raise AssertionError(node)


def compared(op, left, right):
    if isinstance(right, list):
        asked = ast.Eq() if isinstance(op, ast.In) else ast.NotEq()
        hits = [compared(asked, left, item) for item in right]
        return any(hits) if isinstance(op, ast.In) else all(hits)
    if isinstance(left, str):
        left, right = left.casefold(), right.casefold()
    if isinstance(op, ast.In):
        return left in right
    if unknown(right) or (unknown(left) and not isinstance(op, ast.NotIn)):
        return False
    return left not in right if isinstance(op, ast.NotIn) else COMPARE[type(op)](left, right)


number = st.one_of(st.just(math.nan), st.sampled_from([0.0, 1.0, -1.0, 0.5]), st.floats(-1e12, 1e12))
word = st.sampled_from(["", "x", "X", "ab", "AB", "xabbx", "Straße"])


@given(
    st.one_of(numbers(3), truths(3)),
    st.lists(st.tuples(number, number, word, word, st.booleans()), min_size=ROWS, max_size=ROWS),
)
@settings(max_examples=200, deadline=None)
def test_a_column_at_once_gives_what_plain_python_gives_row_by_row(text, rows):
    expression, error = tried(text)
    if expression is None:
        assert "reads no column" in error.reason
        return
    table = [dict(zip(NAMES, row, strict=True)) for row in rows]
    columns = {name: np.array([row[name] for row in table]) for name in NAMES}
    got = np.broadcast_to(expression.evaluate(columns), (ROWS,)).tolist()
    tree = ast.parse(text, mode="eval").body
    expected = [plain(tree, row) for row in table]
    for one, other in zip(got, expected, strict=True):
        assert one == other or (unknown(one) and unknown(other)), (text, got, expected)
