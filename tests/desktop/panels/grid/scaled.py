"""Run by test_pixels.py with another scale factor: all ways of painting must agree there too."""

import sys

from PySide6.QtWidgets import QApplication

from desktop.paint.theme import Theme
from desktop.panels.grid import QuoteGrid
from tests.desktop.panels.grid.lists import NOON_US, quote_list
from tests.desktop.panels.grid.test_pixels import check


def main() -> None:
    app = QApplication([])
    for width, height in ((1100, 437), (733, 391)):
        quotes = quote_list(60)
        grid = QuoteGrid(Theme())
        grid.resize(width, height)
        grid.set_layout(quotes.instruments, quotes.table)
        grid.show()
        app.processEvents()
        grid.frame(0, NOON_US)
        check(grid, quotes)
        sys.stdout.write(f"ratio {grid.devicePixelRatioF()}\n")
        grid.close()


if __name__ == "__main__":
    main()
