"""A restored view whose bars have yet to come: the time it shows and prices set by hand.

Earlier pages are asked for until the view is filled, within a bound; a hand that moves the chart ends it.
"""

from typing import TYPE_CHECKING, Final

from desktop.links_terms import TimeStretch
from desktop.panels.chart.saved import ManualPrices
from desktop.panels.chart.sight import PriceWindow

if TYPE_CHECKING:
    from desktop.panels.chart.panel import ChartPanel

PAGES_MAX: Final = 20  # bars far back, of a desk long closed, are not worth more


class AwaitedView:
    """`wait` when restored, `bars_came` after a frame with other bars, `end` when a hand moves the view."""

    def __init__(self, panel: "ChartPanel") -> None:
        self._panel = panel
        self._pages_left = 0
        self.view: TimeStretch | None = None
        self.prices: ManualPrices | None = None

    def wait(self, view: TimeStretch | None, prices: ManualPrices | None) -> None:
        self.view, self.prices, self._pages_left = view, prices, PAGES_MAX
        self.bars_came()

    def end(self) -> None:
        self.view = self.prices = None

    def bars_came(self) -> None:
        """Show what can be shown of it now."""
        sight = self._panel.sight
        if (self.view is None and self.prices is None) or not sight.count or sight.scale is None:
            return
        prices, self.prices = self.prices, None
        if prices is not None and prices.decimals == sight.pyramid.price_decimals:
            sight.set_window(PriceWindow(prices.low, prices.high))
        view = self.view
        if view is not None:
            times = self._panel.times()
            sight.show_stretch(view, times)
            self._pages_left -= 1
            if times[0] <= view.left_ns or not sight.pyramid.has_earlier or self._pages_left <= 0:
                self.view = None
        self._panel.draw()
