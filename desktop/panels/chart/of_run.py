"""What a chart does otherwise while it shows a run: no shorter bars than its own, and any time at once."""

from typing import TYPE_CHECKING

from core.market.bar_series import BarField
from core.market.intervals import Interval
from desktop.desk import BarHold, Desk

if TYPE_CHECKING:
    from desktop.panels.chart.panel import ChartPanel


class RunInterval:
    """A run has no shorter bars than its own: those are shown, and the chosen ones again after it."""

    def __init__(self, panel: "ChartPanel") -> None:
        self._panel = panel
        self._chosen: Interval | None = None  # while the run has no such bars

    def follow(self, desk: Desk | None) -> None:
        """The panel is about to show another desk."""
        panel = self._panel
        film = desk.film if desk is not None else None
        if film is None:
            if self._chosen is not None and desk is not None and not desk.scope.is_run:
                panel.set_interval(self._chosen)
                self._chosen = None
            return
        own = film.film.interval
        if not panel.interval.is_timed or panel.interval.count % own.count:
            self._chosen = self._chosen or panel.interval
            panel.set_interval(own)


def take_earlier(hold: BarHold, begin_ns: int) -> None:
    """Pages before the first bar until one holds `begin_ns`, as far as no server has to be asked."""
    series = hold.series
    while series.has_earlier and series.count and int(series.column(BarField.KEY)[0]) > begin_ns:
        count = series.count
        hold.want_earlier()
        if series.count == count:
            return
