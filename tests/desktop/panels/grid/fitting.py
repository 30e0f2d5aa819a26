"""Run by test_fits.py at a scale factor: numbers read back whole, titles uncut, in three densities."""

import sys

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QFontMetricsF, QImage
from PySide6.QtWidgets import QApplication

from core.expressions import parse
from desktop.paint.stylesheet import dress
from desktop.paint.theme import DENSITIES, Theme
from desktop.panels.grid import Col, GridTools, QuoteGrid
from desktop.panels.grid.catalogue import built_ins
from desktop.panels.grid.formats import CellFormat, Shape
from desktop.panels.grid.menus import choose_columns
from tests.desktop.fits import assert_fits
from tests.desktop.panels.grid.lists import NOON_US, QuoteList, quote_list

WHOLE = (Shape.PRICE, Shape.CHANGE, Shape.PERCENT, Shape.NUMBER)
LONG = 3_600  # wide enough for every column at once


def all_columns(grid: QuoteGrid) -> None:
    columns = grid.rows.columns
    for spec in built_ins().values():
        columns.set_shown(spec.col, True)
    columns.put_computed("edge", "Edge of the spread", parse("spread_bps - 1.5", grid.rows.values.names))
    columns.set_format("edge", CellFormat(decimals=6, sign=True, bar=True))
    columns.set_format(Col.VOLUME, CellFormat(suffix=True, decimals=4, heat=True, bar=True))
    columns.set_format(Col.BID_SIZE, CellFormat())


def check_numbers(grid: QuoteGrid, quotes: QuoteList) -> None:
    """What is read back from the glyphs is the whole text of the value."""
    for cells, row in zip(grid.painted_cells(), grid.rows.picture.visible.tolist(), strict=True):
        assert not any("\ufffd" in text for text in cells.values()), cells
        for spec in grid.rows.columns.shown():
            exact = grid.rows.model.exact(row, spec.col)
            if spec.shape in WHOLE and not spec.format.suffix:
                assert cells[spec.title] in (exact, "–"), (spec.title, cells[spec.title], exact)
            if spec.shape is Shape.SIZE:
                assert bool(cells[spec.title]) == bool(exact)


def check_ink(grid: QuoteGrid) -> None:
    """No ink touches the edge of a number's column: nothing was cut there."""
    image = grid.rows.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)[:, : image.width()]
    metrics = grid.rows.painter.atlas.metrics
    for place in grid.rows.columns.layout.places:
        if place.content_units and place.end <= grid.rows.painter.end_unit and not place.spec.format.bar:
            edge = flat[: metrics.row_px - metrics.line_px, (place.end * metrics.unit_px) - 1]
            assert len(set(edge.tolist())) == 1, place.spec.title


def check_titles(grid: QuoteGrid, theme: Theme) -> None:
    """A title stands whole in its column, sort mark included."""
    header = grid.rows.header
    for place in grid.rows.columns.layout.places:
        metrics = QFontMetricsF(theme.font("header", "title"))
        room = header.sectionSize(grid.rows.model.section(place.spec.col))
        assert metrics.horizontalAdvance(place.spec.title) + 2 <= room, place.spec.title
        assert metrics.capHeight() < header.height()


def check_symbols(grid: QuoteGrid, theme: Theme) -> None:
    """A symbol is whole, or elided with all of it in the tooltip."""
    rows, place = grid.rows, grid.rows.columns.place(Col.SYMBOL)
    unit = rows.painter.atlas.metrics.unit_px
    for position, row in enumerate(rows.picture.visible.tolist()):
        symbol = rows.instruments[row].key.symbol
        if rows.painter.cells.elides(symbol, "strong", place.width * unit):
            x = round((place.x + 2) * unit / rows.painter.atlas.metrics.ratio)
            assert symbol in rows._tooltip(position, x)
    assert QFontMetricsF(theme.font("cell")).height() <= theme.row_height_px + 1


def main() -> None:
    app = QApplication([])
    for density in DENSITIES:
        theme = Theme(density=density)
        dress(app, theme)
        quotes = quote_list(30)
        grid = QuoteGrid(theme)
        grid.resize(LONG, 420)
        grid.set_layout(quotes.instruments, quotes.table)
        grid.show()
        all_columns(grid)
        app.processEvents()
        grid.frame(0, NOON_US)
        grid.set_row_states(*(np.arange(30) % 7 == step for step in (1, 2, 3)))
        check_numbers(grid, quotes)
        check_ink(grid)
        check_titles(grid, theme)
        check_symbols(grid, theme)
        tools = GridTools(grid, theme)
        tools.resize(420, 26)
        tools.show()
        chooser = choose_columns(grid)
        for col in (Col.LAST, Col.VOLUME, "edge"):
            chooser.choose(col)
            app.processEvents()
            assert_fits(chooser)
        chooser.new_computed()
        chooser.computed.text.setText("spred_in_basis_points - something_long > last")
        app.processEvents()
        assert_fits(chooser)
        assert_fits(tools)
        assert QRect(0, 0, *grid.size().toTuple()).contains(grid.rows.geometry())
        sys.stdout.write(f"ratio {grid.devicePixelRatioF()}\n")
        for widget in (chooser, tools, grid):
            widget.close()


if __name__ == "__main__":
    main()
