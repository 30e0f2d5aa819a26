"""How a column's numbers are written and marked, as far as a person may choose it.

A format is data. Prices of an instrument always keep its own decimals: nothing here can change them. What a
kind of column does not let be chosen keeps its first setting.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import Any, Final

from desktop.tr import tr

DECIMALS_MAX: Final = 8
# Percent at which a row takes its first, second and third step of heat.
HEAT_EDGES: Final = (0.25, 1.25, 3.0)


class Shape(Enum):
    """How a column's cells are made."""

    TEXT = "text"
    PRICE = "price"  # a field of the table in the instrument's own decimals
    CHANGE = "change"
    PERCENT = "percent"
    SIZE = "size"
    TIME = "time"
    SPARK = "spark"
    AGE = "age"
    NUMBER = "number"  # computed of other columns
    YES_NO = "yes or no"
    RANGE = "range"  # where the last price stands between low and high


@dataclass(frozen=True, slots=True)
class CellFormat:
    """`decimals` None: the column's own. `heat_edges` are in the column's unit, rising.

    `suffix` writes K, M and B instead of the exact number, `sign` a plus above zero, `colour` up and down.
    """

    decimals: int | None = None
    suffix: bool = False
    heat: bool = False
    heat_edges: tuple[float, float, float] = HEAT_EDGES
    bar: bool = False
    sign: bool = False
    colour: bool = False

    def __post_init__(self) -> None:
        if self.decimals is not None and not 0 <= self.decimals <= DECIMALS_MAX:
            raise ValueError(
                tr("{count} decimals: 0 to {most} can be shown", count=self.decimals, most=DECIMALS_MAX)
            )
        edges = self.heat_edges
        if len(edges) != 3 or not 0 < edges[0] < edges[1] < edges[2] < float("inf"):
            raise ValueError(tr("Heat edges are three rising numbers above zero, such as 0.25, 1.25, 3"))


PLAIN: Final = CellFormat()
_FIRST: Final = {
    Shape.CHANGE: CellFormat(sign=True, colour=True),
    Shape.PERCENT: CellFormat(sign=True, heat=True),
    Shape.SIZE: CellFormat(suffix=True),
    Shape.NUMBER: CellFormat(decimals=2),
}
_SETTABLE: Final = {
    Shape.CHANGE: frozenset({"heat", "heat_edges", "bar", "sign", "colour"}),
    Shape.PERCENT: frozenset({"decimals", "heat", "heat_edges", "bar", "sign", "colour"}),
    Shape.SIZE: frozenset({"decimals", "suffix", "heat", "heat_edges", "bar"}),
    Shape.NUMBER: frozenset({"decimals", "suffix", "heat", "heat_edges", "bar", "sign", "colour"}),
}


def first_format(shape: Shape) -> CellFormat:
    """What a column of this kind begins with."""
    return _FIRST.get(shape, PLAIN)


def settable(shape: Shape) -> frozenset[str]:
    """Names of the settings that a person may choose for a column of this kind; empty for none."""
    return _SETTABLE.get(shape, frozenset())


def write_format(form: CellFormat, first: CellFormat) -> dict[str, Any]:
    """What differs from the column's first format, as plain data."""
    changed = {field.name: getattr(form, field.name) for field in fields(CellFormat)}
    out = {name: value for name, value in changed.items() if value != getattr(first, name)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in out.items()}


def read_format(saved: Any, first: CellFormat, shape: Shape) -> CellFormat:
    """`first` with what was saved. Raises `ValueError` naming what cannot be used."""
    if not isinstance(saved, Mapping):
        raise ValueError(f"{saved!r} is no format")
    chosen: dict[str, Any] = {}
    for name in settable(shape):
        if name not in saved:
            continue
        value = saved[name]
        if name == "decimals":
            if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
                raise ValueError(f"decimals {value!r} is no whole number")
        elif name == "heat_edges":
            if not isinstance(value, list | tuple) or not all(_is_number(edge) for edge in value):
                raise ValueError(f"heat edges {value!r} are no numbers")
            value = tuple(float(edge) for edge in value)
        elif not isinstance(value, bool):
            raise ValueError(f"{name} {value!r} is neither true nor false")
        chosen[name] = value
    return replace(first, **chosen)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
