"""The column chooser: which columns a grid shows, in what order, how they are written, and computed ones."""

from desktop.panels.grid.chooser.dialog import ColumnChooser

__all__ = ["ColumnChooser"]
