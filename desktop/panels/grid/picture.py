"""What the visible rows of a grid look like, as indices into the glyph atlas: the frame without the pixels.

Between two frames it takes the table's changes, the row states, hover and selection, and the clock; it hands
out which rows x which units differ. Nothing here knows a widget. Only a change of a row that was on the
screen and live in the frame before lights a flash.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import NULL, Field, TradingState
from core.market.instruments import Instrument
from core.market.quote_table import QuoteTable
from core.market.zones import Zone
from desktop.paint.glyphs import BG, FG, FOREGROUNDS, UNIT_COUNT
from desktop.panels.grid.bars import BarCells
from desktop.panels.grid.columns import FLASH_COLS, NUMBER_SHAPES, Col, GridLayout
from desktop.panels.grid.figures import HEAT_MIDDLE
from desktop.panels.grid.flash import DOWN, NEUTRAL, UP, FlashBoard
from desktop.panels.grid.lines import UTC, CellLines, Rows
from desktop.panels.grid.values import QuoteValues

_FLASH_FIELDS: Final = np.array([Field[col.name] for col in FLASH_COLS])
_NEUTRAL_FLASHES: Final = np.array([col in (Col.BID_SIZE, Col.ASK_SIZE) for col in FLASH_COLS])
_FLASH_GROUND: Final = np.array([0, BG["flash_up"], BG["flash_down"], BG["flash_neutral"]], np.intp)
_HEAT_GROUND: Final = np.array([BG[f"heat_{step}"] for step in range(7)], np.intp)
_CHANGE_COLOUR: Final = np.array([FG["down"], FG["secondary"], FG["up"]], np.intp)
# Tenths of a second that flicker thirty times a second cannot be read, and cost a repaint each.
AGE_EVERY_MS: Final = 200
WHOLE_ROW: Final = 1 << 20
# Composing unchanged units up to here costs less than another run and its regions.
GAP_UNITS: Final = 120


class RowState(IntEnum):
    """How far a row can be trusted."""

    LIVE = 0
    LATE = 1
    HALTED = 2
    STALE = 3


def row_states(
    table: QuoteTable, stale: NDArray[np.bool_], late: NDArray[np.bool_], halted: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """One `RowState` a row, the gravest that holds; the table's own trading state counts as a halt."""
    stopped = halted | (table.column(Field.TRADING_STATE) == TradingState.HALTED)
    states = np.where(late, RowState.LATE, RowState.LIVE)
    states = np.where(stopped, RowState.HALTED, states)
    return np.where(stale, RowState.STALE, states).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Damage:
    """Visible positions x units `[begin, end)` that must be composed again."""

    positions: Rows
    begin: int
    end: int  # WHOLE_ROW: to the right edge of the panel


class GridPicture:
    """Frame state of one grid over one table."""

    def __init__(
        self,
        instruments: Sequence[Instrument],
        table: QuoteTable,
        flash_ms: int,
        zone: Zone = UTC,
        values: QuoteValues | None = None,
    ) -> None:
        count = len(instruments)
        self.table = table
        self.lines = CellLines(instruments, table, zone, values)
        self.flash = FlashBoard(count, flash_ms)
        self.state: NDArray[np.uint8] = np.zeros(count, np.uint8)
        self.all_dim = False  # disconnected or loading: every row reads as not live
        self.visible: Rows = np.zeros(0, np.intp)
        self.index: NDArray[np.intp] = np.zeros((0, 0), np.intp)  # (visible, units) into the atlas
        self.ground: NDArray[np.intp] = np.zeros(0, np.intp)  # row background by visible position
        self.age_ms: NDArray[np.int64] = np.full(count, NULL, np.int64)
        self.layout: GridLayout | None = None
        self.version = -1
        self._flashing = self._flash_places = np.zeros(0, np.intp)
        self._was_live = np.zeros(count, np.bool_)
        self._next_age_ms = 0
        self.clock_us = NULL  # of the frame before
        self._foreground: NDArray[np.intp] = np.zeros(0, np.intp)
        self._heated: list[tuple[int, NDArray[np.uint8]]] = []
        self._coloured: list[tuple[int, NDArray[np.int8]]] = []
        self.bars: list[BarCells] = []

    # --- what the picture is made of

    def set_layout(self, layout: GridLayout) -> None:
        """New columns or widths: everything is made again, nothing flashes."""
        self.layout = layout
        self.lines.set_layout(layout)
        self._foreground = np.array([FG[p.spec.foreground] for p in layout.places], np.intp)
        shown = [(at, layout.of_col[col]) for at, col in enumerate(FLASH_COLS) if col in layout.of_col]
        self._flashing = np.array([at for at, _ in shown], np.intp)
        self._flash_places = np.array([place for _, place in shown], np.intp)
        self._set_marks(layout)
        self.show(self.visible)

    def _set_marks(self, layout: GridLayout) -> None:
        """Which places carry heat, colour by sign, or bars."""
        lines, figures = self.lines, self.lines.figures.of
        self._heated, self._coloured, self.bars = [], [], []
        for index, place in enumerate(layout.places):
            figure, form = figures.get(place.spec.col), place.spec.format
            if form.heat:
                self._heated.append((index, lines.heat if figure is None else figure.heat))
            if form.colour:
                self._coloured.append((index, lines.change_sign if figure is None else figure.sign))
            if form.bar and figure is not None:
                self.bars.append(BarCells(index, place, figure))

    def show(self, visible: Rows) -> None:
        """Show these table rows from top to bottom, without flashes for rows that come into view."""
        assert self.layout is not None
        self.visible = visible
        stale_lines = visible[self._outdated(visible)]
        if len(stale_lines):
            self.lines.format(stale_lines)
        self._take_ages(visible)
        if len(self.ground) != len(visible):
            self.ground = np.full(len(visible), BG["panel"], np.intp)
        self.index = np.empty((len(visible), self.layout.total_units), np.intp)
        for bars in self.bars:
            bars.show(len(visible))
        self.rebuild(np.arange(len(visible)), 0, self.layout.total_units)
        self._was_live[:] = False
        self._was_live[visible] = self.live(visible)

    def _outdated(self, rows: Rows) -> NDArray[np.bool_]:
        return self.lines.fresh[rows] < np.maximum(self.table.stamp[rows], 0)

    def live(self, rows: Rows) -> NDArray[np.bool_]:
        """Whether each row may flash and carry heat."""
        return np.zeros(len(rows), np.bool_) if self.all_dim else self.state[rows] < RowState.HALTED

    def set_states(self, states: NDArray[np.uint8], *, all_dim: bool) -> Damage:
        """Row states by table row, and whether the whole panel is not live; which shown rows differ.

        Changes of the table that no frame has taken yet stay untaken, so that they can still flash.
        """
        differs = states[self.visible] != self.state[self.visible]
        if all_dim != self.all_dim:
            differs[:] = True
        self.state, self.all_dim = states, all_dim
        changed = np.flatnonzero(differs)
        if self.layout is not None:
            self.rebuild(changed, 0, self.layout.total_units)
        return Damage(changed, 0, WHOLE_ROW)

    def set_dashes(self, dashes: bool) -> bool:
        """Whether null reads as unknown (loading); True if that is new and the lines must be made again."""
        if dashes == self.lines.dashes:
            return False
        self.lines.set_dashes(dashes)
        return True

    def set_grounds(self, selected: NDArray[np.bool_], hovered: int, focused: bool) -> Damage:
        """Backgrounds of the visible rows: selected over hovered over the panel; what differs."""
        ground = np.full(len(self.visible), BG["panel"], np.intp)
        if 0 <= hovered < len(ground):
            ground[hovered] = BG["hover"]
        ground[selected[self.visible]] = BG["selected" if focused else "selected_inactive"]
        changed = np.flatnonzero(ground != self.ground)
        self.ground = ground
        if self.layout is not None:
            self.rebuild(changed, 0, self.layout.total_units)
        return Damage(changed, 0, WHOLE_ROW)

    # --- one frame

    def advance(self, now_ms: int, clock_us: int) -> list[Damage]:
        """Take what changed in the table; what has to be painted again."""
        layout, visible = self.layout, self.visible
        assert layout is not None
        cells = np.zeros((len(visible), len(layout.places)), np.bool_)
        self._sweep(now_ms, cells)
        if self.table.version != self.version:
            self.version = self.table.version
            at = np.flatnonzero(self._outdated(visible))
            if len(at):
                self._take_changes(at, now_ms, cells)
        clock_us = clock_us or NULL  # a session's clock not heard yet: an age of 0.0s would look fresh
        if now_ms >= self._next_age_ms or self.clock_us == NULL != clock_us:
            self._next_age_ms = now_ms + AGE_EVERY_MS
            self.clock_us = clock_us
            self._age(cells)
        self._was_live[visible] = self.live(visible)
        return self._damage(cells)

    def settle(self) -> None:
        """The values are others without a move of the market: nothing is lit, ages are due."""
        self.flash.darken(np.arange(self.flash.kind.shape[1]))
        self._next_age_ms = 0

    def next_deadline_ms(self) -> int | None:
        """When an age or a flash changes the picture without any message."""
        return self.flash.next_deadline_ms()

    def _sweep(self, now_ms: int, cells: NDArray[np.bool_]) -> None:
        assert self.layout is not None
        due = self.flash.sweep(now_ms)
        if due is None:
            return
        places = np.full(len(FLASH_COLS), -1)
        places[self._flashing] = self._flash_places
        position = np.full(len(self.state), -1)
        position[self.visible] = np.arange(len(self.visible))
        at, place = position[due[1]], places[due[0]]
        shown = (at >= 0) & (place >= 0)
        cells[at[shown], place[shown]] = True

    def _take_changes(self, at: Rows, now_ms: int, cells: NDArray[np.bool_]) -> None:
        rows = self.visible[at]
        changed, old, new = self.lines.format(rows)
        cells[at] |= changed
        may_flash = self._was_live[rows] & self.live(rows)
        if not may_flash.any():
            return
        before, after = old[_FLASH_FIELDS], new[_FLASH_FIELDS]
        known = np.not_equal(before, NULL) & np.not_equal(after, NULL)
        hit = np.not_equal(before, after) & known & may_flash
        flashes, at_row = np.nonzero(hit)
        kinds = np.where(after > before, UP, DOWN).astype(np.uint8)
        kinds[_NEUTRAL_FLASHES] = NEUTRAL
        self.flash.light(flashes, rows[at_row], kinds[hit], now_ms)

    def _take_ages(self, rows: Rows) -> NDArray[np.bool_]:
        """Ages by the clock of the last frame: a row scrolled into view never shows the age it left with."""
        event_us = self.table.values[Field.EVENT_US, rows]
        known = (event_us != NULL) & (self.clock_us != NULL)
        self.age_ms[rows] = np.where(known, (self.clock_us - np.where(known, event_us, 0)) // 1_000, NULL)
        return self.lines.set_ages(rows, self.age_ms[rows])

    def _age(self, cells: NDArray[np.bool_]) -> None:
        assert self.layout is not None
        changed = self._take_ages(self.visible)
        index = self.layout.of_col.get(Col.AGE)
        if index is not None:
            cells[:, index] |= changed
        timed = self.lines.figures.tick(self.visible, self.clock_us)
        for index in self.lines.rewrite(timed, self.visible):
            cells[:, index] = True

    def _damage(self, cells: NDArray[np.bool_]) -> list[Damage]:
        """Runs of changed columns, rebuilt; split at pictures and wide gaps that did not change."""
        assert self.layout is not None
        places = self.layout.places
        runs: list[list[int]] = []
        for index in np.flatnonzero(np.logical_or.reduce(cells, axis=0)).tolist():
            between = places[runs[-1][-1] + 1 : index] if runs else ()
            joined = sum(p.width for p in between) < GAP_UNITS and not any(p.spec.bitmap for p in between)
            if runs and joined:
                runs[-1].append(index)
            else:
                runs.append([index])
        out: list[Damage] = []
        for run in runs:
            hit: NDArray[np.bool_] = np.logical_or.reduce(cells[:, run[0] : run[-1] + 1], axis=1)
            damage = Damage(np.flatnonzero(hit), places[run[0]].x, places[run[-1]].end)
            self.rebuild(damage.positions, damage.begin, damage.end)
            out.append(damage)
        return out

    # --- from units and styles to atlas indices

    def rebuild(self, positions: Rows, begin: int, end: int) -> None:
        """Make the atlas indices of visible positions x units again."""
        layout = self.layout
        assert layout is not None
        if not len(positions):
            return
        rows = self.visible[positions]
        ground = self._grounds(positions, rows)
        base = self._style_base(rows, ground)
        block = base.take(layout.segment_of_unit[begin:end], axis=1)
        block += self.lines.units.take(rows, axis=0)[:, begin:end]
        for bars in self.bars:
            place = bars.place
            if begin <= place.x and place.end <= end:
                own = ground[:, bars.index]
                shown = self.live(rows) & (own == self.ground[positions])
                bars.write(block[:, place.x - begin : place.end - begin], positions, rows, own, shown)
        self.index[positions, begin:end] = block

    def _style_base(self, rows: Rows, ground: NDArray[np.intp]) -> NDArray[np.intp]:
        """Shape (n, segments): the first atlas index of the style of every segment."""
        layout = self.layout
        assert layout is not None
        count = len(layout.places)
        base = np.empty((len(rows), layout.segment_count), np.intp)
        base[:, :count] = ground * len(FOREGROUNDS) + self._foregrounds(rows)
        if len(layout.suffix_places):
            base[:, count:] = ground[:, layout.suffix_places] * len(FOREGROUNDS) + FG["tertiary"]
        base *= UNIT_COUNT
        return base

    def _grounds(self, positions: Rows, rows: Rows) -> NDArray[np.intp]:
        layout = self.layout
        assert layout is not None
        ground = np.repeat(self.ground[positions][:, None], len(layout.places), 1)
        live = self.live(rows)
        for index, step in self._heated:
            heat = step[rows]
            hot = live & (heat != HEAT_MIDDLE)
            ground[hot, index] = _HEAT_GROUND[heat[hot]]
        kind = self.flash.kind[self._flashing[:, None], rows]
        flashes, at = np.nonzero((kind > 0) & live)
        ground[at, self._flash_places[flashes]] = _FLASH_GROUND[kind[flashes, at]]
        return ground

    def _foregrounds(self, rows: Rows) -> NDArray[np.intp]:
        layout = self.layout
        assert layout is not None
        colour = np.repeat(self._foreground[None, :], len(rows), 0)
        for index, sign in self._coloured:
            colour[:, index] = _CHANGE_COLOUR[sign[rows] + 1]
        colour[~self.live(rows)] = FG["tertiary"]
        if self.lines.dashes:
            unknown = self.lines.seen[:, rows] == NULL
            for index, place in enumerate(layout.places):
                if place.spec.shape in NUMBER_SHAPES and place.spec.fields:
                    colour[unknown[place.spec.fields[0]], index] = FG["tertiary"]
        return colour
