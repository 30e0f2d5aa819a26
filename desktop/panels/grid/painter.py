"""Puts the visible rows of a picture on a surface: glyphs, text bitmaps, trend lines, tags, marks.

Remembers what it has composed, row by row, so that `painted` can say afterwards what stands on the screen
without asking the values. Draws only what it is told to and decides nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import NULL
from core.market.instruments import Instrument
from desktop.paint.cells import CellBitmaps, Tag, cell_bitmaps
from desktop.paint.compose import compose
from desktop.paint.glyphs import BACKGROUNDS, FG, UNIT_COUNT, GlyphAtlas, decode_units, glyph_atlas
from desktop.paint.sparks import spark_colours, spark_levels
from desktop.paint.surface import Surface
from desktop.paint.theme import Theme, Weight
from desktop.panels.grid.bars import NO_BAR, STYLE_ITEMS, BarCells
from desktop.panels.grid.columns import Col, ColumnSpec, Place
from desktop.panels.grid.formats import Shape
from desktop.panels.grid.picture import GridPicture, RowState
from desktop.panels.grid.text import DASH, age_text, range_text, yes_no_text
from desktop.panels.grid.trend import TrendRing
from desktop.panels.grid.venues import venue_code

Rows = NDArray[np.intp]

_TAGS: Final[dict[int, Tag]] = {
    RowState.LATE: "late",
    RowState.HALTED: "halted",
    RowState.STALE: "stale",
}
SPARK_INSET_PX: Final = 3
SPARK_WIDTH_MIN_PX: Final = 8
RANGE_MARK_PX: Final = (3, 9)  # wide, high
ACCENT_PX: Final = 2
NOT_PAINTED: Final = np.iinfo(np.uint16).max


@dataclass(frozen=True, slots=True)
class Marks:
    """What is drawn over the cells: selected positions, the current cell while keys are in use."""

    selected: NDArray[np.bool_]
    ring: tuple[int, int] | None = None  # (visible position, place index)


class RowPainter:
    """Composes one grid's rows for one theme and device pixel ratio."""

    def __init__(self, theme: Theme, ratio: float) -> None:
        self.theme = theme
        self.atlas: GlyphAtlas = glyph_atlas(theme, ratio)
        self.cells: CellBitmaps = cell_bitmaps(theme, ratio)
        self.first_unit = 0  # how far the columns behind the frozen one are scrolled
        self.frozen = 0  # units that stay
        self.end_unit = NOT_PAINTED  # columns that would be cut at the right begin here: they stay blank
        self._instruments: Sequence[Instrument] = ()
        self._painted: NDArray[np.uint16] = np.zeros((0, 0), np.uint16)
        self._painted_rows: Rows = np.zeros(0, np.intp)
        self._painted_text: dict[tuple[int, int], str] = {}

    def set_instruments(self, instruments: Sequence[Instrument]) -> None:
        self._instruments = instruments

    def forget(self, picture: GridPicture) -> None:
        """Other rows or columns are shown from now on: nothing of them is painted yet."""
        self._painted = np.full(picture.index.shape, NOT_PAINTED, np.uint16)
        self._painted_rows = picture.visible.copy()
        self._painted_text.clear()

    # --- drawing

    def draw(
        self,
        surface: Surface,
        picture: GridPicture,
        trend: TrendRing,
        marks: Marks,
        positions: Rows,
        begin: int,
        end: int,
    ) -> None:
        """Draw units `[begin, end)` of the rows at `positions`, with all that belongs into them."""
        layout = picture.layout
        assert layout is not None
        until = min(end, self.end_unit)
        compose(surface, self.atlas, picture.index, positions, begin, until, self.first_unit, self.frozen)
        self._painted[positions, begin:end] = picture.index[positions, begin:end]
        for bars in picture.bars:
            if bars.place.x < end and bars.place.end > begin:
                self._draw_bar_edges(surface, picture, positions, bars)
        for index in layout.places_of_bitmaps:
            place = layout.places[index]
            if place.x < end and place.end > begin:
                if place.spec.shape is Shape.SPARK:
                    self._draw_sparks(surface, picture, trend, positions, place)
                elif place.spec.shape is Shape.RANGE:
                    self._draw_ranges(surface, picture, positions, index)
                else:
                    self._draw_texts(surface, picture, positions, index)
        age = layout.of_col.get(Col.AGE)
        if age is not None and layout.places[age].x < end and layout.places[age].end > begin:
            self._draw_tags(surface, picture, positions, age)
        if end >= layout.total_units:
            self._fill_right(surface, picture, positions, min(layout.total_units, self.end_unit))
        if begin <= (0 if self.frozen else self.first_unit):
            self._draw_accents(surface, positions[marks.selected[picture.visible[positions]]])
        if marks.ring is not None and marks.ring[0] in positions:
            place = layout.places[marks.ring[1]]
            if place.x < end and place.end > begin and place.end <= self.end_unit:
                self._draw_ring(surface, marks.ring[0], place)

    def fill_below(self, surface: Surface, picture: GridPicture) -> None:
        """Panel ground under the last row."""
        top = len(picture.visible) * self.atlas.metrics.row_px
        if top < surface.height:
            surface.pixels[top:] = self.theme.argb("surface.panel")

    def _fill_right(self, surface: Surface, picture: GridPicture, positions: Rows, end: int) -> None:
        """Row ground to the right of the last column or of the last whole unit in view."""
        metrics = self.atlas.metrics
        x = min((end - self.first_unit) * metrics.unit_px, surface.width // metrics.unit_px * metrics.unit_px)
        x = max(0, x)
        if x >= surface.width:
            return
        pixels, line_at = surface.pixels, metrics.row_px - metrics.line_px
        line = self.theme.argb("border.subtle")
        argb = self._ground_argb()[picture.ground[positions]]
        for position, ground in zip(positions.tolist(), argb.tolist(), strict=True):
            top = position * metrics.row_px
            pixels[top : top + line_at, x:] = ground
            pixels[top + line_at : top + metrics.row_px, x:] = line

    def _ground_argb(self) -> NDArray[np.uint32]:
        return np.asarray(self.atlas.pixels[0, :: len(FG), 0, 0])

    def _x_px(self, place: Place) -> int:
        first = 0 if place.x < self.frozen else self.first_unit
        return (place.x - first) * self.atlas.metrics.unit_px

    def _edge_px(self, place: Place) -> int:
        """Where what can be seen of a column may begin: behind the frozen one, if it is another."""
        return 0 if place.x < self.frozen else self.frozen * self.atlas.metrics.unit_px

    def _blit(
        self, surface: Surface, bitmap: NDArray[np.uint32], position: int, x: int, place: Place
    ) -> None:
        """Copy a cell, cut at the edges of the surface and at the frozen column."""
        if place.end > self.end_unit:
            return
        top, edge = position * self.atlas.metrics.row_px, self._edge_px(place)
        left = max(0, edge - x)
        target = surface.pixels[top : top + bitmap.shape[0], max(edge, x) : max(edge, x + bitmap.shape[1])]
        target[:] = bitmap[: target.shape[0], left : left + target.shape[1]]

    def _draw_texts(self, surface: Surface, picture: GridPicture, positions: Rows, index: int) -> None:
        layout = picture.layout
        assert layout is not None
        place = layout.places[index]
        symbol = place.spec.col == Col.SYMBOL
        weight: Weight = "strong" if symbol else "body"
        width_px, x = place.width * self.atlas.metrics.unit_px, self._x_px(place)
        styles = picture.index[positions, place.x] // UNIT_COUNT
        for position, style in zip(positions.tolist(), styles.tolist(), strict=True):
            whole, text = self._texts(picture, place.spec, int(picture.visible[position]))
            background, foreground = divmod(style, len(FG))
            bitmap = self.cells.text(text, weight, foreground, background, width_px)
            self._blit(surface, bitmap, position, x, place)
            self._painted_text[position, index] = whole

    def _texts(self, picture: GridPicture, spec: ColumnSpec, row: int) -> tuple[str, str]:
        """What a text cell stands for, and what is written in it."""
        instrument = self._instruments[row]
        if spec.shape is Shape.YES_NO:
            said = yes_no_text(float(picture.lines.figures.of[spec.col].values[row]))
            return said, said
        if spec.col == Col.SYMBOL:
            return instrument.key.symbol, instrument.key.symbol
        if spec.col == Col.NAME:
            return instrument.name, instrument.name
        return instrument.key.exchange, venue_code(instrument.key.exchange)

    def _draw_bar_edges(
        self, surface: Surface, picture: GridPicture, positions: Rows, bars: BarCells
    ) -> None:
        """The last part of each bar, narrower than a unit: its glyph half on one ground, half on another."""
        place, metrics = bars.place, self.atlas.metrics
        positions = positions[bars.rest[positions] != NO_BAR]
        if place.end > self.end_unit or self._x_px(place) < self._edge_px(place) or not len(positions):
            return
        edges = bars.edges(picture.visible[positions], bars.rest[positions])
        glyph = picture.index[positions, place.x + edges.unit] % STYLE_ITEMS
        items = self.atlas.pixels.reshape(metrics.row_px, -1, metrics.unit_px)
        left, right = (items[:, side * STYLE_ITEMS + glyph] for side in (edges.left, edges.right))
        cut = np.rint(edges.share * metrics.unit_px)
        tiles = np.where(np.arange(metrics.unit_px) < cut[:, None], left, right)
        x, pixels = self._x_px(place), surface.pixels
        for at, position in enumerate(positions.tolist()):
            top, begin = position * metrics.row_px, x + int(edges.unit[at]) * metrics.unit_px
            target = pixels[top : top + metrics.row_px, begin : begin + metrics.unit_px]
            target[:] = tiles[: target.shape[0], at, : target.shape[1]]

    def _draw_ranges(self, surface: Surface, picture: GridPicture, positions: Rows, index: int) -> None:
        """A line from low to high with a mark where the last price stands."""
        layout = picture.layout
        assert layout is not None
        place, metrics = layout.places[index], self.atlas.metrics
        if place.end > self.end_unit or self._x_px(place) < self._edge_px(place):
            return
        pad = round(self.theme.px("spacing.cell_pad_x") * metrics.ratio)
        thick = max(1, round(self.theme.px("line_px.hairline") * metrics.ratio))
        mark_wide, mark_high = (round(px * metrics.ratio) for px in RANGE_MARK_PX)
        x, room = self._x_px(place) + pad, place.width * metrics.unit_px - 2 * pad - mark_wide
        middle = (metrics.row_px - metrics.line_px - thick) // 2
        mark_top = middle + thick // 2 - mark_high // 2
        rows = picture.visible[positions]
        values = picture.lines.figures.of[place.spec.col].values[rows]
        inks = np.where(
            picture.live(rows), self.theme.argb("text.secondary"), self.theme.argb("text.tertiary")
        )
        line, pixels = self.theme.argb("border.strong"), surface.pixels
        for position, value, ink in zip(positions.tolist(), values.tolist(), inks.tolist(), strict=True):
            self._painted_text[position, index] = range_text(value)
            if value == value:  # a number
                top, at = position * metrics.row_px, x + round(value / 100 * room)
                pixels[top + middle : top + middle + thick, x : x + room + mark_wide] = line
                pixels[top + mark_top : top + mark_top + mark_high, at : at + mark_wide] = ink

    def _draw_sparks(
        self, surface: Surface, picture: GridPicture, trend: TrendRing, positions: Rows, place: Place
    ) -> None:
        metrics = self.atlas.metrics
        pad = round(self.theme.px("spacing.cell_pad_x") * metrics.ratio)
        inset = round(SPARK_INSET_PX * metrics.ratio)
        height = metrics.row_px - metrics.line_px
        x, width = self._x_px(place) + pad, place.width * metrics.unit_px - 2 * pad
        samples = trend.of(picture.visible[positions])
        if (
            x < self._edge_px(place)
            or x + width > surface.width
            or width < SPARK_WIDTH_MIN_PX
            or samples.shape[1] < 2
        ):
            return
        line_px = max(1.0, self.theme.px("line_px.spark") * metrics.ratio)
        levels = spark_levels(samples, width, height - 2 * inset, line_px)
        grounds = picture.index[positions, place.x] // UNIT_COUNT // len(FG)
        pixels = spark_colours(self.theme)[grounds[:, None, None], levels]
        target = surface.pixels
        for picture_of_row, position in zip(pixels, positions.tolist(), strict=True):
            top = position * metrics.row_px + inset
            block = target[top : top + picture_of_row.shape[0], x : x + width]
            block[:] = picture_of_row[: block.shape[0]]

    def _draw_tags(self, surface: Surface, picture: GridPicture, positions: Rows, index: int) -> None:
        layout = picture.layout
        assert layout is not None
        place = layout.places[index]
        tagged = positions[picture.state[picture.visible[positions]] > 0]
        for position in positions.tolist():
            self._painted_text.pop((position, index), None)
        if picture.all_dim:
            return
        x = self._x_px(place)
        for position in tagged.tolist():
            row = int(picture.visible[position])
            text = tag_text(int(picture.state[row]), int(picture.age_ms[row]))
            tag = _TAGS[int(picture.state[row])]
            ground = int(picture.ground[position])
            bitmap = self.cells.tag(text, tag, ground, place.width * self.atlas.metrics.unit_px)
            self._blit(surface, bitmap, position, x, place)
            self._painted_text[position, index] = text

    def _draw_accents(self, surface: Surface, selected: Rows) -> None:
        """The bar at the left edge of selected rows."""
        metrics, pixels = self.atlas.metrics, surface.pixels
        bar = round(ACCENT_PX * metrics.ratio)
        accent = self.theme.argb("accent.base")
        for position in selected.tolist():
            top = position * metrics.row_px
            pixels[top : top + metrics.row_px - metrics.line_px, :bar] = accent

    def _draw_ring(self, surface: Surface, position: int, place: Place) -> None:
        """The inset ring of the current cell."""
        metrics, pixels = self.atlas.metrics, surface.pixels
        ring, thick = self.theme.argb("focus.ring"), metrics.line_px
        edge = self._edge_px(place)
        top, left = position * metrics.row_px, max(edge, self._x_px(place))
        bottom = top + metrics.row_px - metrics.line_px
        right = self._x_px(place) + place.width * metrics.unit_px
        if right <= edge:
            return
        pixels[top : top + thick, left:right] = ring
        pixels[bottom - thick : bottom, left:right] = ring
        pixels[top:bottom, left : left + thick] = ring
        pixels[top:bottom, max(edge, right - thick) : right] = ring

    # --- what stands on the screen

    def painted_cells(self, picture: GridPicture) -> list[dict[str, str]]:
        """Column title -> text for every row composed, decoded from the glyphs that were written."""
        layout = picture.layout
        assert layout is not None
        rows = []
        for position in range(len(self._painted_rows)):
            row: dict[str, str] = {}
            for index, place in enumerate(layout.places):
                if place.spec.shape is Shape.SPARK:
                    continue
                text = self._painted_text.get((position, index))
                row[place.spec.title] = self._decode(position, place) if text is None else text
            rows.append(row)
        return rows

    def _decode(self, position: int, place: Place) -> str:
        line = self._painted[position, place.x : place.end]
        if (line == NOT_PAINTED).any():
            return "\ufffd"
        return decode_units(line % UNIT_COUNT)

    def painted_tag(self, picture: GridPicture, position: int) -> str:
        """The tag drawn in a row, empty for none."""
        assert picture.layout is not None
        age = picture.layout.of_col.get(Col.AGE)
        return "" if age is None else self._painted_text.get((position, age), "")

    def painted_grounds(self, picture: GridPicture) -> list[dict[str, str]]:
        """Column title -> name of the background composed, where it is not the row's own."""
        layout = picture.layout
        assert layout is not None
        rows = []
        barred = {
            (bars.index, position)
            for bars in picture.bars
            for position in np.flatnonzero(bars.rest != NO_BAR)
        }
        for position in range(len(self._painted_rows)):
            grounds = {
                place.spec.title: BACKGROUNDS[int(self._painted[position, place.x]) // STYLE_ITEMS]
                for index, place in enumerate(layout.places)
                if self._painted[position, place.x] != NOT_PAINTED and (index, position) not in barred
            }
            rows.append({title: name for title, name in grounds.items() if name[:4] in ("flas", "heat")})
        return rows


def tag_text(state: int, age_ms: int) -> str:
    """LATE, HALT, or the age of a stale row; a stale row that never had an event shows a dash."""
    if state == RowState.LATE:
        return "LATE"
    if state == RowState.HALTED:
        return "HALT"
    return DASH if age_ms == NULL else age_text(age_ms, whole=True)
