"""The quote grid: one panel that shows the rows of a quote table and stays readable while they tick."""

from desktop.panels.grid.columns import Col
from desktop.panels.grid.quote_grid import QuoteGrid
from desktop.panels.grid.states import LIVE, PanelKind, PanelState
from desktop.panels.grid.tools import GridTools

__all__ = ["LIVE", "Col", "GridTools", "PanelKind", "PanelState", "QuoteGrid"]
