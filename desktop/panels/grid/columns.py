"""The columns of the quote grid and where each stands, in whole units.

A column's place is counted in units (half digits), so that cells can be composed from the atlas; widths given
by a person are snapped to units and never shrink below what the widest value of the whole list needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import Field
from desktop.panels.grid.digits import AGE_UNITS, SUFFIX_UNITS, TIME_UNITS, Slots
from desktop.panels.grid.formats import PLAIN, CellFormat, Shape, first_format, settable


class Col(StrEnum):
    """Ids of the built-in columns, in their first order; layouts are saved by them, so none is ever reused.

    What says whether a row can be trusted comes before what a narrow window may leave outside.
    """

    SYMBOL = "symbol"
    VENUE = "venue"
    LAST = "last"
    CHANGE = "change"
    PERCENT = "percent"
    BID_SIZE = "bid_size"
    BID = "bid"
    ASK = "ask"
    ASK_SIZE = "ask_size"
    VOLUME = "volume"
    TREND = "trend"
    AGE = "age"
    HIGH = "high"
    LOW = "low"
    TIME = "time"
    NAME = "name"
    SPREAD = "spread"
    SPREAD_TICKS = "spread_ticks"
    SPREAD_BPS = "spread_bps"
    MID = "mid"
    DEPTH = "depth_pct"
    RANGE = "range_pct"
    OPEN = "open"
    REFERENCE = "reference"
    LAST_SIZE = "last_size"


EXACT_COLS: Final = (Col.SPREAD, Col.MID)
# Where a column begins otherwise than its kind.
_FIRST_FORMATS: Final = {
    Col.SPREAD: PLAIN,
    Col.MID: PLAIN,
    Col.SPREAD_TICKS: CellFormat(decimals=0),
    Col.DEPTH: CellFormat(decimals=0, bar=True),
}


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """What a column shows. `width_px` is its first width; `fields` are what its text depends on."""

    col: str  # a `Col`, or the id of a computed column
    title: str
    shape: Shape
    fields: tuple[Field, ...]
    width_px: int
    foreground: str
    hint: str
    format: CellFormat = PLAIN
    hidden: bool = False  # at first
    expression: str = ""  # of a computed column, as it was written
    timed: bool = False  # changes with the clock, without a message
    problem: str = ""  # why a computed column has no values

    @property
    def first_format(self) -> CellFormat:
        """What its format was before a person changed it."""
        if self.col in Col.__members__.values():
            return _FIRST_FORMATS.get(Col(self.col), first_format(self.shape))
        return first_format(self.shape)

    def with_format(self, form: CellFormat) -> "ColumnSpec":
        return replace(self, format=form)

    @property
    def computed(self) -> bool:
        return bool(self.expression)

    @property
    def settable(self) -> frozenset[str]:
        """What of its format a person may choose: what is counted in prices keeps their decimals."""
        return settable(self.shape) - ({"decimals"} if self.col in EXACT_COLS else set())

    @property
    def split(self) -> bool:
        """Its bar has two sides that make up the whole cell."""
        return self.col == Col.DEPTH

    @property
    def left(self) -> bool:
        return self.shape in (Shape.TEXT, Shape.TIME, Shape.SPARK, Shape.RANGE, Shape.YES_NO)

    @property
    def bitmap(self) -> bool:
        """Drawn as a picture over blank units."""
        return self.shape in (Shape.TEXT, Shape.SPARK, Shape.RANGE, Shape.YES_NO)


PRICE_COLS: Final = (Col.LAST, Col.BID, Col.ASK, Col.HIGH, Col.LOW, Col.OPEN, Col.REFERENCE)
SIZE_COLS: Final = (Col.BID_SIZE, Col.ASK_SIZE, Col.VOLUME, Col.LAST_SIZE)
# Cells of these light up when they change.
FLASH_COLS: Final = (Col.LAST, Col.BID, Col.ASK, Col.BID_SIZE, Col.ASK_SIZE)
# What is left of a wide window goes here first: a longer line shows more, and no point moves for it.
TREND_STRETCH_UNITS: Final = 24
NUMBER_SHAPES: Final = (Shape.PRICE, Shape.CHANGE, Shape.PERCENT, Shape.SIZE, Shape.NUMBER)


def is_plain(spec: ColumnSpec) -> bool:
    """Whether its numbers are a field, or the change of one, written the usual way: the fast way."""
    if spec.shape in (Shape.NUMBER, Shape.YES_NO, Shape.RANGE):
        return False
    first = first_format(spec.shape)
    heat = spec.shape is Shape.PERCENT
    form = replace(spec.format, heat=first.heat, heat_edges=first.heat_edges) if heat else spec.format
    return form == first


def first_slots() -> dict[str, Slots]:
    """Slots of every number column before any value is known."""
    slots: dict[str, Slots] = {col: Slots(1, 0) for col in PRICE_COLS}
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
        self, visible: Sequence[ColumnSpec], slots: Mapping[str, Slots], asked_units: Mapping[str, int]
    ) -> None:
        self.slots = dict(slots)
        places, x = [], 0
        for spec in visible:
            place = _place(spec, x, self.slots.get(spec.col), asked_units.get(spec.col, 0))
            places.append(place)
            x = place.end
        self.places: tuple[Place, ...] = tuple(places)
        self.total_units = x
        # The symbol stays at the left edge while the other columns scroll below it.
        symbol_first = bool(places) and places[0].spec.col == Col.SYMBOL
        self.frozen_units = places[0].width if symbol_first else 0
        self.of_col = {place.spec.col: index for index, place in enumerate(places)}
        self.places_of_bitmaps = tuple(i for i, place in enumerate(places) if place.spec.bitmap)
        self.segment_of_unit: NDArray[np.intp] = np.zeros(x, np.intp)
        self.suffix_of: dict[int, int] = {}
        segment = len(places)
        for index, place in enumerate(places):
            self.segment_of_unit[place.x : place.end] = index
            if place.spec.format.suffix:
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
        case Shape.PRICE | Shape.CHANGE | Shape.PERCENT | Shape.NUMBER:
            assert slots is not None
            # 4 px before and 8 after are the 12 px of padding that half-digit places allow.
            return 1, slots.width, 2
        case _:
            return 0, 0, 0


def least_units(spec: ColumnSpec, slots: Slots | None) -> int:
    """Narrowest width of a column: what its widest value needs; text columns may elide down to 8 units."""
    left, content, right = content_units(spec, slots)
    return left + content + right if content else 8


def filled(widths: Mapping[str, int], units: int) -> dict[str, int]:
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
