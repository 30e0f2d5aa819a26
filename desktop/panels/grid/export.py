"""The shown rows and columns of a grid as they are now, ready to be written away from the GUI thread.

Taken in one go, so that a file is of one moment. Numbers keep what the model has: counts with the decimals of
each row, floats only for what an expression or a ratio gave. Columns that are drawings have no place in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import Field
from desktop.panels.grid import digits
from desktop.panels.grid.columns import EXACT_COLS, ColumnSpec
from desktop.panels.grid.formats import Shape
from desktop.panels.grid.rows_view import RowsView

DRAWN: Final = (Shape.SPARK, Shape.AGE)


class Content(Enum):
    """What a column of a file holds."""

    TEXT = "text"
    DECIMAL = "decimal"  # counts of 10^-decimals, row by row
    FLOAT = "float"
    TRUTH = "truth"
    TIME_US = "time"  # microseconds since 1970, UTC


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """`values` of shape (rows,): texts, int64 counts with NULL, floats with NaN, or microseconds."""

    name: str  # for programs: the column's id
    title: str  # for people
    content: Content
    values: NDArray[Any]
    decimals: NDArray[np.int64]


def exported(view: RowsView) -> list[ExportColumn]:
    """The rows that are shown, in their order, and the columns that are shown, from left to right."""
    rows = view.order
    figures = view.picture.lines.figures
    figures.update()
    figures.tick(rows, view.picture.clock_us)  # in a frame only the rows in view go with the clock
    columns = [_column(view, spec, rows) for spec in view.columns.shown() if spec.shape not in DRAWN]
    return _with_own_titles(columns)


def _column(view: RowsView, spec: ColumnSpec, rows: NDArray[np.intp]) -> ExportColumn:
    lines, table = view.picture.lines, view.table
    none = np.zeros(0, np.int64)
    match spec.shape:
        case Shape.TEXT:
            texts = np.array([view.model.exact(row, spec.col) for row in rows.tolist()], np.str_)
            return ExportColumn(spec.col, spec.title, Content.TEXT, texts, none)
        case Shape.TIME:
            times = table.values[Field.EVENT_US, rows]
            return ExportColumn(spec.col, spec.title, Content.TIME_US, times, none)
        case Shape.PRICE:
            counts, decimals = table.values[spec.fields[0], rows], lines.price_decimals[rows]
        case Shape.SIZE:
            counts, decimals = table.values[spec.fields[0], rows], lines.size_decimals[rows]
        case Shape.CHANGE:
            counts = digits.changes(table.values[Field.LAST, rows], table.values[Field.REFERENCE, rows])
            decimals = lines.price_decimals[rows]
        case Shape.PERCENT:
            places = 2 if spec.format.decimals is None else spec.format.decimals
            last, reference = table.values[Field.LAST, rows], table.values[Field.REFERENCE, rows]
            counts = digits.percent_counts(last, reference, places)
            decimals = np.full(len(rows), places)
        case _:
            return _made(view, spec, rows)
    return ExportColumn(spec.col, spec.title, Content.DECIMAL, counts, decimals)


def _made(view: RowsView, spec: ColumnSpec, rows: NDArray[np.intp]) -> ExportColumn:
    figure = view.picture.lines.figures.of[spec.col]
    if spec.col in EXACT_COLS and not spec.format.suffix:
        counts, decimals = figure.counts[rows], figure.decimals[rows]
        return ExportColumn(spec.col, spec.title, Content.DECIMAL, counts, decimals)
    content = Content.TRUTH if spec.shape is Shape.YES_NO else Content.FLOAT
    return ExportColumn(spec.col, spec.title, content, figure.values[rows], np.zeros(0, np.int64))


def _with_own_titles(columns: Sequence[ExportColumn]) -> list[ExportColumn]:
    """A file cannot have two columns of one name: the second one is called by its id as well."""
    out: list[ExportColumn] = []
    for column in columns:
        twice = column.title in {other.title for other in out}
        title = f"{column.title} ({column.name})" if twice else column.title
        out.append(ExportColumn(column.name, title, column.content, column.values, column.decimals))
    return out
