"""The columns of the quote grid and where each stands, in whole units.

A column's place is counted in units (half digits), so that cells can be composed from the atlas; widths given
by a person are snapped to units and never shrink below what the widest value of the whole list needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import Field
from desktop.panels.grid.digits import AGE_UNITS, SUFFIX_UNITS, TIME_UNITS, Slots


class Shape(Enum):
    """How a column's cells are made."""

    TEXT = "text"
    PRICE = "price"
    CHANGE = "change"
    PERCENT = "percent"
    SIZE = "size"
    TIME = "time"
    SPARK = "spark"
    AGE = "age"


class Col(IntEnum):
    """Columns in their first order; the number is the model's section. Layouts are saved by name.

    What says whether a row can be trusted comes before what a narrow window may leave outside.
    """

    SYMBOL = 0
    VENUE = 1
    LAST = 2
    CHANGE = 3
    PERCENT = 4
    BID_SIZE = 5
    BID = 6
    ASK = 7
    ASK_SIZE = 8
    VOLUME = 9
    TREND = 10
    AGE = 11
    HIGH = 12
    LOW = 13
    TIME = 14


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """What a column shows. `width_px` is its first width; `fields` are what its text depends on."""

    col: Col
    title: str
    shape: Shape
    fields: tuple[Field, ...]
    width_px: int
    foreground: str
    hint: str

    @property
    def left(self) -> bool:
        return self.shape in (Shape.TEXT, Shape.TIME, Shape.SPARK)

    @property
    def bitmap(self) -> bool:
        """Drawn as a picture over blank units."""
        return self.shape in (Shape.TEXT, Shape.SPARK)


_CHANGE_FIELDS: Final = (Field.LAST, Field.REFERENCE)
SPECS: Final = (
    ColumnSpec(Col.SYMBOL, "Symbol", Shape.TEXT, (), 112, "primary", "Symbol, in the venue's spelling"),
    ColumnSpec(Col.VENUE, "Venue", Shape.TEXT, (), 52, "tertiary", "Exchange"),
    ColumnSpec(Col.LAST, "Last", Shape.PRICE, (Field.LAST,), 96, "primary", "Price of the last trade"),
    ColumnSpec(
        Col.CHANGE, "Change", Shape.CHANGE, _CHANGE_FIELDS, 96, "secondary", "Last price less the reference"
    ),
    ColumnSpec(
        Col.PERCENT, "Chg %", Shape.PERCENT, _CHANGE_FIELDS, 60, "primary", "Change in % of the reference"
    ),
    ColumnSpec(Col.BID_SIZE, "Bid size", Shape.SIZE, (Field.BID_SIZE,), 70, "secondary", "Size at the bid"),
    ColumnSpec(Col.BID, "Bid", Shape.PRICE, (Field.BID,), 96, "primary", "Best bid"),
    ColumnSpec(Col.ASK, "Ask", Shape.PRICE, (Field.ASK,), 96, "primary", "Best ask"),
    ColumnSpec(Col.ASK_SIZE, "Ask size", Shape.SIZE, (Field.ASK_SIZE,), 70, "secondary", "Size at the ask"),
    ColumnSpec(Col.VOLUME, "Volume", Shape.SIZE, (Field.VOLUME,), 72, "secondary", "Volume of the session"),
    ColumnSpec(Col.TREND, "Trend", Shape.SPARK, (), 60, "tertiary", "The last price over the last minute"),
    ColumnSpec(Col.AGE, "Age", Shape.AGE, (), 50, "tertiary", "Time since the row's last event"),
    ColumnSpec(Col.HIGH, "High", Shape.PRICE, (Field.HIGH,), 96, "secondary", "Highest trade of the session"),
    ColumnSpec(Col.LOW, "Low", Shape.PRICE, (Field.LOW,), 96, "secondary", "Lowest trade of the session"),
    ColumnSpec(
        Col.TIME, "Time", Shape.TIME, (Field.EVENT_US,), 92, "secondary", "Time of the last event, UTC"
    ),
)
COL_COUNT: Final = len(SPECS)
assert [spec.col for spec in SPECS] == list(Col)

PRICE_COLS: Final = (Col.LAST, Col.BID, Col.ASK, Col.HIGH, Col.LOW)
SIZE_COLS: Final = (Col.BID_SIZE, Col.ASK_SIZE, Col.VOLUME)
# What is left of a wide window goes here first: a longer line shows more, and no point moves for it.
TREND_STRETCH_UNITS: Final = 24
NUMBER_SHAPES: Final = (Shape.PRICE, Shape.CHANGE, Shape.PERCENT, Shape.SIZE)


def first_slots() -> dict[Col, Slots]:
    """Slots of every number column before any value is known."""
    slots = {col: Slots(1, 0) for col in PRICE_COLS}
    slots |= {col: Slots(3, 2, suffix=True) for col in SIZE_COLS}
    slots[Col.CHANGE] = Slots(1, 0, sign=True, plus=True)
    slots[Col.PERCENT] = Slots(2, 2, sign=True, plus=True)
    return slots


@dataclass(frozen=True, slots=True)
class Place:
    """A visible column: units `[x, x + width)` of the row, its text in `content_units` from `content` on."""

    spec: ColumnSpec
    x: int
    width: int
    content: int
    content_units: int

    @property
    def end(self) -> int:
        return self.x + self.width


class GridLayout:
    """Visible columns from left to right. Immutable; a change of any width makes another one.

    `segment_of_unit[u]` is the style segment of unit u: segments 0..n-1 are the places, further ones are the
    suffix slots of size columns (`suffix_of[place]`), which have a text colour of their own.
    """

    __slots__ = (
        "frozen_units", "of_col", "places", "places_of_bitmaps", "segment_count", "segment_of_unit", "slots",
        "suffix_of", "suffix_places", "total_units",
    )  # fmt: skip

    def __init__(
        self, visible: Sequence[Col], slots: Mapping[Col, Slots], asked_units: Mapping[Col, int]
    ) -> None:
        self.slots = dict(slots)
        places, x = [], 0
        for col in visible:
            place = _place(SPECS[col], x, self.slots.get(col), asked_units.get(col, 0))
            places.append(place)
            x = place.end
        self.places: tuple[Place, ...] = tuple(places)
        self.total_units = x
        # The symbol stays at the left edge while the other columns scroll below it.
        symbol_first = bool(places) and places[0].spec.col is Col.SYMBOL
        self.frozen_units = places[0].width if symbol_first else 0
        self.of_col = {place.spec.col: index for index, place in enumerate(places)}
        self.places_of_bitmaps = tuple(i for i, place in enumerate(places) if place.spec.bitmap)
        self.segment_of_unit: NDArray[np.intp] = np.zeros(x, np.intp)
        self.suffix_of: dict[int, int] = {}
        segment = len(places)
        for index, place in enumerate(places):
            self.segment_of_unit[place.x : place.end] = index
            if place.spec.shape is Shape.SIZE:
                end = place.content + place.content_units
                self.segment_of_unit[end - SUFFIX_UNITS : end] = segment
                self.suffix_of[index] = segment
                segment += 1
        self.segment_count = segment
        self.suffix_places = np.array(list(self.suffix_of), np.intp)

    def column_at_or_before(self, unit: int, frozen: int) -> int:
        """How far to scroll so that a whole column begins behind the frozen units: half a number misleads."""
        return max((begin for begin in self._begins(frozen) if begin <= unit), default=0)

    def column_at_or_after(self, unit: int, frozen: int) -> int:
        """The same forward: what stood whole at the right edge stays so."""
        return min((begin for begin in self._begins(frozen) if begin >= unit), default=unit)

    def last_whole(self, first_unit: int, frozen: int, room: int) -> int:
        """Where the last column ends that `room` units hold wholly; at least one column behind the frozen."""
        behind = [place.end for place in self.places if place.x >= first_unit + frozen]
        return max((end for end in behind if end - first_unit <= room), default=behind[0] if behind else room)

    def _begins(self, frozen: int) -> list[int]:
        return [place.x - frozen for place in self.places if place.x >= frozen]

    def place_at(self, unit: int) -> int | None:
        """Index of the place that covers `unit`."""
        for index, place in enumerate(self.places):
            if place.x <= unit < place.end:
                return index
        return None


def content_units(spec: ColumnSpec, slots: Slots | None) -> tuple[int, int, int]:
    """(padding left, content, padding right) in units."""
    match spec.shape:
        case Shape.TIME:
            return 1, TIME_UNITS, 1
        case Shape.AGE:
            return 1, AGE_UNITS, 1
        case Shape.SIZE:
            assert slots is not None
            return 1, slots.width, 1
        case Shape.PRICE | Shape.CHANGE | Shape.PERCENT:
            assert slots is not None
            # 4 px before and 8 after are the 12 px of padding that half-digit places allow.
            return 1, slots.width, 2
        case _:
            return 0, 0, 0


def least_units(spec: ColumnSpec, slots: Slots | None) -> int:
    """Narrowest width of a column: what its widest value needs; text columns may elide down to 8 units."""
    left, content, right = content_units(spec, slots)
    return left + content + right if content else 8


def filled(widths: Mapping[Col, int], units: int) -> dict[Col, int]:
    """`widths` in shown order, widened until they fill `units`: the trend line first, then all alike."""
    spare = units - sum(widths.values())
    out = dict(widths)
    if spare <= 0 or not out:
        return out
    if Col.TREND in out:
        stretch = min(spare, TREND_STRETCH_UNITS)
        out[Col.TREND] += stretch
        spare -= stretch
    each, rest = divmod(spare, len(out))
    for index, col in enumerate(out):
        out[col] += each + (index < rest)
    return out


def _place(spec: ColumnSpec, x: int, slots: Slots | None, asked: int) -> Place:
    left, content, right = content_units(spec, slots)
    width = max(asked, least_units(spec, slots))
    start = x + left if spec.left else x + width - right - content
    return Place(spec, x, width, start, content)
