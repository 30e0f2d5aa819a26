"""Where the columns stand: they fill the window, the important ones come first, a dragged edge stays."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.panels.grid import Col, QuoteGrid
from tests.desktop.panels.grid.lists import NOON_US, quote_list

ShowGrid = Callable[..., QuoteGrid]


def ends_px(grid: QuoteGrid) -> dict[Col, float]:
    metrics = grid.rows.painter.atlas.metrics
    return {p.spec.col: p.end * metrics.unit_px / metrics.ratio for p in grid.rows.columns.layout.places}


def test_a_wide_window_leaves_no_empty_area_at_the_right(show_grid: ShowGrid) -> None:
    grid = show_grid(quote_list(60), width=1900)
    assert 1900 - 8 - max(ends_px(grid).values()) < 4  # the scroll bar and less than a unit
    assert not grid.rows.scrolling.horizontal.isVisible()


def test_trend_and_age_are_in_view_where_high_low_and_time_are_not(show_grid: ShowGrid) -> None:
    grid = show_grid(quote_list(60), width=1030)
    ends = ends_px(grid)
    assert max(ends[col] for col in (Col.LAST, Col.ASK, Col.TREND, Col.AGE)) < 1022 < ends[Col.TIME]


def test_a_filter_that_leaves_few_rows_moves_no_column(show_grid: ShowGrid) -> None:
    grid = show_grid(quote_list(60), width=1700)
    before = ends_px(grid)
    grid.set_filter(grid.rows.instruments[0].key.symbol)
    assert not grid.rows.scrolling.vertical.isVisible()
    assert ends_px(grid) == before


def test_dragging_one_edge_leaves_the_other_columns_as_wide_as_they_were(show_grid: ShowGrid) -> None:
    grid = show_grid(quote_list(60), width=1700)
    layout = grid.rows.columns.layout
    before = {place.spec.col: place.width for place in layout.places}
    header = grid.rows.header
    bid = grid.rows.model.section(Col.BID)
    header.resizeSection(bid, header.sectionSize(bid) + 40)
    after = {place.spec.col: place.width for place in grid.rows.columns.layout.places}
    assert after.pop(Col.BID) == before.pop(Col.BID) + 10
    assert after == before
    grid.rows.columns.reset()
    assert 1700 - 8 - max(ends_px(grid).values()) < 4


def test_a_row_scrolled_into_view_shows_its_age_at_once(show_grid: ShowGrid, qtbot: QtBot) -> None:
    quotes = quote_list(200)
    quotes.tick(np.arange(200), NOON_US)
    grid = show_grid(quotes)
    scrolling = grid.rows.scrolling
    scrolling.vertical.setValue(100)
    grid.frame(10_000, NOON_US + 10_000_000)
    scrolling.vertical.setValue(0)  # no frame in between: a tenth of a second is enough to act on it
    assert {cells["Age"] for cells in grid.painted_cells()} == {"10s"}


def test_the_symbol_stays_while_the_other_columns_scroll_by_whole_ones(show_grid: ShowGrid) -> None:
    grid = show_grid(quote_list(60), width=520)
    rows = grid.rows
    whole = rows.grab().toImage()
    bar, layout = rows.scrolling.horizontal, rows.columns.layout
    symbol_px = layout.frozen_units * 4
    begins = {place.x - layout.frozen_units for place in layout.places}
    for value in range(0, bar.maximum() + 1, 7):
        bar.setValue(value)
        assert rows.painter.first_unit in begins, "no number is cut at the symbol"
        now = rows.grab().toImage()
        below = rows.header.height()
        assert now.copy(0, below, symbol_px, 400) == whole.copy(0, below, symbol_px, 400)
    bar.setValue(bar.maximum())
    last = layout.places[-1]
    assert last.end - rows.painter.first_unit <= rows.scrolling.whole_units, "the last column is reached"


def test_what_is_scrolled_is_painted_as_a_window_that_has_room_paints_it(show_grid: ShowGrid) -> None:
    quotes = quote_list(15, nulls=False)
    wide, narrow = show_grid(quotes, width=1300), show_grid(quotes, width=900)
    for grid in (wide, narrow):
        grid.rows.columns.restore({**grid.rows.columns.state(), "fills": False})
        grid.rows.columns.changed.emit()
    narrow.rows.scrolling.horizontal.setValue(60)
    layout, first = wide.rows.columns.layout, narrow.rows.painter.first_unit
    assert first > 0
    quotes.tick(np.arange(0, 15, 2))
    for grid in (wide, narrow):
        grid.frame(100, NOON_US + 100_000)
        grid.rows.canvas.repaint()
    whole, part = wide.rows.canvas.grab().toImage(), narrow.rows.canvas.grab().toImage()
    frozen_px, shift = layout.frozen_units * 4, first * 4
    assert part.copy(0, 0, frozen_px, 280) == whole.copy(0, 0, frozen_px, 280)
    assert part.copy(frozen_px, 0, 700, 280) == whole.copy(frozen_px + shift, 0, 700, 280)


def test_the_arrow_keys_bring_every_column_wholly_into_view(show_grid: ShowGrid, qtbot: QtBot) -> None:
    grid = show_grid(quote_list(60), width=520)
    rows = grid.rows
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Left):
        for _ in range(20):
            qtbot.keyClick(rows.canvas, key)
            place = rows.columns.place(rows.hand.ring_col)
            left = place.x if place.x < rows.painter.frozen else place.x - rows.painter.first_unit
            assert left >= rows.painter.frozen or place.x == 0
            assert left + place.width <= rows.scrolling.whole_units


def test_no_column_is_cut_at_the_right_where_half_a_price_would_read_as_another(show_grid: ShowGrid) -> None:
    grid = show_grid(quote_list(60, nulls=False), width=700)
    rows = grid.rows
    end = rows.painter.end_unit
    assert end in {place.end for place in rows.columns.layout.places}
    image, below = rows.grab().toImage(), rows.header.height()
    for x in range(end * 4, 692):
        column = {image.pixel(x, y) for y in range(below, below + 200)}
        assert len(column) <= 2, "only ground and row lines"
