"""Columns that a person computes: a title and an expression, checked, and what it depends on.

The id of such a column is its name in other expressions, made of the title once and then kept. A saved column
whose expression cannot be used any more stays with its `problem`: nothing a person wrote is thrown away.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from core.expressions import FUNCTIONS, Expression, ExpressionError, Kind, parse
from core.market.fields import Field
from desktop.panels.grid.columns import Col, ColumnSpec
from desktop.panels.grid.formats import Shape, first_format
from desktop.panels.grid.values import QUOTE_NAMES
from desktop.tr import tr

TITLE_LENGTH_MAX: Final = 40
COMPUTED_MAX: Final = 50
NUMBER_WIDTH_PX: Final = 80
_QUOTE: Final = (Field.BID, Field.ASK)
_FIELDS_OF: Final = {
    **{field.name.lower(): (field,) for field in Field},
    "change": (Field.LAST, Field.REFERENCE),
    "change_pct": (Field.LAST, Field.REFERENCE),
    "mid": _QUOTE,
    "spread": _QUOTE,
    "spread_bps": _QUOTE,
    "spread_ticks": _QUOTE,
    "depth_pct": (Field.BID_SIZE, Field.ASK_SIZE),
    "range_pct": (Field.LAST, Field.HIGH, Field.LOW),
    "turnover": (Field.VOLUME, Field.LAST),
    "age_s": (Field.EVENT_US,),
    "halted": (Field.TRADING_STATE,),
    "symbol": (),
    "venue": (),
    "exchange": (),
    "name": (),
}
assert set(QUOTE_NAMES) <= set(_FIELDS_OF)


def column_id(title: str, taken: Collection[str]) -> str:
    """A name for expressions: `Spread in bp` is `spread_in_bp`; with a number behind it where it is taken."""
    name = re.sub(r"[^0-9a-z]+", "_", title.casefold()).strip("_")
    if not name or name[0].isdigit():
        name = f"column_{name}".rstrip("_")
    others = {
        *taken,
        *QUOTE_NAMES,
        *FUNCTIONS,
        *Col,
        "and",
        "or",
        "not",
        "in",
        "is",
        "if",
        "else",
        "true",
        "false",
    }
    if name not in others:
        return name
    return next(f"{name}_{number}" for number in range(2, 10_000) if f"{name}_{number}" not in others)


def checked_title(title: str) -> str:
    """The title without spaces around it. Raises `ValueError` for none, or one too long for a header."""
    title = " ".join(title.split())
    if not title:
        raise ValueError(tr("The column needs a name"))
    if len(title) > TITLE_LENGTH_MAX:
        raise ValueError(
            tr("The name has {count} characters: at most {most}", count=len(title), most=TITLE_LENGTH_MAX)
        )
    return title


def read_expression(text: str, names: Mapping[str, Kind]) -> Expression:
    """The expression of a column. Raises `ExpressionError`; a text is no value for a column of numbers."""
    expression = parse(text, names)
    if expression.kind is Kind.TEXT:
        reason = tr("gives a text: a column shows a number, or yes or no")
        raise ExpressionError(text, 0, len(text), reason)
    return expression


def readable_names(expressions: Mapping[str, Expression], col: str = "") -> dict[str, Kind]:
    """What the expression of `col` may read: every name but itself and those that read it."""
    readers = {col} if col else set()
    growing = True
    while growing:
        more = {name for name, made in expressions.items() if made.names & readers} - readers
        readers |= more
        growing = bool(more)
    made = {name: made.kind for name, made in expressions.items() if name not in readers}
    return QUOTE_NAMES | made


def computed_column(col: str, title: str, expression: Expression) -> ColumnSpec:
    """A column that shows what `expression` gives; `bound` adds what it depends on."""
    shape = Shape.YES_NO if expression.kind is Kind.TRUTH else Shape.NUMBER
    hint = tr("{expression}, computed", expression=expression.text)
    form = first_format(shape)
    return ColumnSpec(
        col,
        title,
        shape,
        (),
        NUMBER_WIDTH_PX,
        "secondary",
        hint,
        form,
        hidden=True,
        expression=expression.text,
    )


def unusable_column(col: str, title: str, text: str, problem: str) -> ColumnSpec:
    """A saved column that cannot be computed: it shows en dashes and says why."""
    form = first_format(Shape.NUMBER)
    return ColumnSpec(
        col, title, Shape.NUMBER, (), NUMBER_WIDTH_PX, "secondary", problem, form,
        hidden=True, expression=text, problem=problem,
    )  # fmt: skip


def read_all(
    saved: Iterable[tuple[str, str, str]],
) -> tuple[dict[str, ColumnSpec], dict[str, Expression]]:
    """Columns of (id, title, expression), which may read each other in any order, and their expressions."""
    waiting = {col: (title, text) for col, title, text in saved}
    specs: dict[str, ColumnSpec] = {}
    expressions: dict[str, Expression] = {}
    problems: dict[str, str] = {}
    progress = True
    while waiting and progress:
        progress = False
        for col, (title, text) in list(waiting.items()):
            names = QUOTE_NAMES | {name: made.kind for name, made in expressions.items()}
            try:
                expressions[col] = read_expression(text, names)
            except ExpressionError as error:
                problems[col] = str(error)
                continue
            specs[col] = computed_column(col, title, expressions[col])
            del waiting[col]
            progress = True
    for col, (title, text) in waiting.items():
        specs[col] = unusable_column(col, title, text, problems[col])
    return specs, expressions


def bound(spec: ColumnSpec, expressions: Mapping[str, Expression]) -> ColumnSpec:
    """The column with the fields it depends on, through whatever computed columns it reads."""
    names: set[str] = set()
    waiting = {spec.col}
    while waiting:
        name = waiting.pop()
        if name in names:
            continue
        names.add(name)
        if name in expressions:
            waiting |= expressions[name].names
    fields = tuple(sorted({field for name in names - set(expressions) for field in _FIELDS_OF.get(name, ())}))
    return replace(spec, fields=fields, timed="age_s" in names)
