"""Charts that pan and zoom together, by time.

A chart tells the links which stretch of time it shows; every other one in them shows the same stretch of its
own bars. Bars without trades do not exist, so equal times are other bar numbers in every chart. Holds charts
only while they are open, has no state of its own.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TimeStretch:
    """What a chart shows, in ns since 1970; `is_following`: its right edge is the newest bar."""

    left_ns: int
    right_ns: int
    is_following: bool


class LinkedChart(Protocol):
    """A chart in the links."""

    def show_stretch(self, stretch: TimeStretch) -> None:
        """Show it, without telling the links again."""


class ChartLinks:
    """`join` and `leave` with the panel's life; `moved` by the chart that a hand has moved."""

    def __init__(self) -> None:
        self._charts: list[LinkedChart] = []

    def join(self, chart: LinkedChart) -> None:
        if chart not in self._charts:
            self._charts.append(chart)

    def leave(self, chart: LinkedChart) -> None:
        if chart in self._charts:
            self._charts.remove(chart)

    def moved(self, source: LinkedChart, stretch: TimeStretch) -> None:
        """Move every other chart."""
        for chart in tuple(self._charts):
            if chart is not source:
                chart.show_stretch(stretch)

    def __len__(self) -> int:
        return len(self._charts)
