"""Where a trade of a run is, for whoever opens the run there: the clock at its entry, the chart round it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from core.clock import NS_PER_S
from core.market.instruments import InstrumentKey

if TYPE_CHECKING:
    from desktop.run_desk import RunDesk
    from desktop.workspace.window import DeskWindow

CONTEXT_NS: Final = 30 * 60 * NS_PER_S  # on the chart, at least, on either side


@dataclass(frozen=True, slots=True)
class TradePlace:
    """`closed_ns` 0: it was still open at the end."""

    key: InstrumentKey
    opened_ns: int
    closed_ns: int


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
    length_ns = max(place.closed_ns - place.opened_ns, 0)
    around_ns = max(CONTEXT_NS, length_ns // 2)
    chart.reveal(place.opened_ns - around_ns, place.opened_ns + length_ns + around_ns)
