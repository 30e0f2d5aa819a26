"""Where a trade of a run is, for whoever opens the run there: the clock at its entry, the chart at the clock.

When it closed is of later than that clock: nothing here knows it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.market.instruments import InstrumentKey

if TYPE_CHECKING:
    from desktop.run_desk import RunDesk
    from desktop.workspace.window import DeskWindow


@dataclass(frozen=True, slots=True)
class TradePlace:
    """Of which instrument, and since when."""

    key: InstrumentKey
    opened_ns: int


def go_to_trade(window: "DeskWindow", desk: "RunDesk", place: TradePlace) -> None:
    """An open run: what comes after the entry is not on the screen before it is played."""
    if desk.transport is None:
        return
    desk.transport.seek(place.opened_ns)
    chart = window.contents.chart
    if chart is None:
        return
    if chart.key != place.key:
        chart.choose(place.key)
    chart.set_follow(True)
