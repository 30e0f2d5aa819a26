"""What a test may do to charts and to a session's transport, as a hand would.

`chart`: `place` (of the charts, from 0), `symbol` ("EXCHANGE:SYMBOL" or what can be typed), `interval`,
`style`, `indicators` (specs to add), `range` ([begin, end] in ns), `follow`, `show_all`.
`transport`: `seek` (ns), `play` (true or false), `speed` (thousandths), `step` ({"unit": "bar", "steps": 1,
"interval": "3s"}), `loop`, `bookmark` ([ns, name]), `remove_bookmark` (ns).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent

from core.market.intervals import parse_interval
from desktop.desk import StepUnit, Transport
from desktop.links_terms import TimeStretch
from desktop.panels.watchlist.lists import find

if TYPE_CHECKING:
    from desktop.panels.chart.panel import ChartPanel
    from desktop.workspace.window import DeskWindow


def act_on_chart(windows: Sequence["DeskWindow"], act: dict[str, Any]) -> None:
    """Raises `ValueError` for what is not there."""
    charts = [(window, chart) for window in windows for chart in window.contents.charts]
    place = act.get("place", 0)
    if not 0 <= place < len(charts):
        raise ValueError(f"there is no chart {place}; there are {len(charts)}")
    window, chart = charts[place]
    for what, value in act.items():
        if what == "place":
            continue
        if what == "symbol":
            _show_symbol(window, chart, value)
        elif what == "interval":
            chart.choose_interval(parse_interval(value))
        elif what == "style":
            chart.set_style(value)
        elif what == "indicators":
            for spec in value:
                chart.add_indicator(spec)
        elif what == "range":
            chart.show_stretch(TimeStretch(int(value[0]), int(value[1]), is_following=False))
        elif what == "show_all":
            chart.show_all()
        elif what == "follow":
            chart.set_follow(value)
        else:
            raise ValueError(f"nothing called {what!r} can be done to a chart")


def _show_symbol(window: "DeskWindow", chart: "ChartPanel", text: str) -> None:
    key = find(text, window.contents.instruments)
    if key is None:
        raise ValueError(f"there is no symbol {text!r} in this scope")
    chart.choose(key)


def act_on_transport(windows: Sequence["DeskWindow"], act: dict[str, Any]) -> None:
    """Of the first of the windows that shows a session. Raises `ValueError` without one."""
    transport: Transport | None = next(
        (window.deck.transport for window in windows if window.deck.transport is not None), None
    )
    if transport is None:
        raise ValueError("no window shows a session")
    for what, value in act.items():
        if what == "seek":
            transport.seek(int(value))
        elif what == "play":
            transport.play() if value else transport.pause()
        elif what == "speed":
            transport.set_speed(int(value))
        elif what == "step":
            unit = StepUnit[value.get("unit", "bar").upper()]
            transport.step(unit, int(value.get("steps", 1)), parse_interval(value.get("interval", "1m")))
        elif what == "loop":
            transport.set_looped(bool(value))
        elif what == "bookmark":
            transport.bookmark(int(value[0]), str(value[1]))
        elif what == "remove_bookmark":
            transport.remove_bookmark(int(value))
        else:
            raise ValueError(f"a session cannot {what!r}")


def act_on_grid(window: "DeskWindow", what: str, value: Any) -> None:
    """Sort the first watchlist, or type into its filter: keys come as from a keyboard, one by one."""
    if what == "sort":
        col, descending = value
        window.contents.watchlists[0].grid.set_sort(col, descending)
        return
    window.focus_filter()
    field = window.focusWidget()
    assert field is not None
    for text in value:
        key = Qt.Key.Key_Backspace if text == "\b" else Qt.Key(0)
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            said = "" if text == "\b" else text
            QCoreApplication.sendEvent(field, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, said))
