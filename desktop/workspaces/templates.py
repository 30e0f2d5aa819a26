"""Workspaces to begin with. Places are thousandths of a screen, and mapped onto the screens there are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from desktop.tr import tr
from desktop.workspaces.model import Place, SavedPanel, SavedWindow, SavedWorkspace, ScreenPlace

PAPER: Final = "template"  # the screen that templates are drawn on
SIDE: Final = 1_000
SCREENS: Final = {PAPER: (ScreenPlace(PAPER, 0, 0, SIDE, SIDE),)}


@dataclass(frozen=True, slots=True)
class Template:
    """`windows` are made anew each time."""

    name: str
    title: Callable[[], str]
    windows: Callable[[], tuple[SavedWindow, ...]]

    def workspace(self, name: str) -> SavedWorkspace:
        """A new one of this name."""
        return SavedWorkspace(name, self.windows(), SCREENS)


def _place(x: int, y: int, width: int, height: int) -> dict[str, Place]:
    return {PAPER: Place(PAPER, x, y, width, height)}


def _tabs(*names: str) -> dict[str, Any]:
    return {"tabs": list(names), "active": names[0]}


def _beside(way: str, *parts: tuple[dict[str, Any], int]) -> dict[str, Any]:
    return {"split": way, "sizes": [size for _, size in parts], "parts": [part for part, _ in parts]}


def _quotes(window_id: str, places: dict[str, Place]) -> SavedWindow:
    panel = SavedPanel("watchlist-1", "watchlist")
    return SavedWindow(window_id, None, places, (panel,), _tabs("watchlist-1"))


def _chart_and_list(window_id: str, places: dict[str, Place]) -> SavedWindow:
    panels = (SavedPanel("watchlist-1", "watchlist"), SavedPanel("chart-1", "chart"))
    layout = _beside("across", (_tabs("watchlist-1"), 580), (_tabs("chart-1"), 420))
    return SavedWindow(window_id, None, places, panels, layout)


def _four_charts(window_id: str, places: dict[str, Place]) -> SavedWindow:
    names = [f"chart-{number}" for number in range(1, 5)]
    rows = [_beside("across", (_tabs(left), 500), (_tabs(right), 500)) for left, right in
            (names[:2], names[2:])]  # fmt: skip
    panels = tuple(SavedPanel(name, "chart") for name in names)
    return SavedWindow(window_id, None, places, panels, _beside("down", (rows[0], 500), (rows[1], 500)))


def _playback(window_id: str, places: dict[str, Place]) -> SavedWindow:
    """Runs, figures and trades beside chart and equity; the player comes with the run."""
    kinds = (
        "runs", "compare", "data", "metrics", "tearsheet", "trades", "orders", "recorded", "chart", "equity",
    )  # fmt: skip
    panels = tuple(SavedPanel(f"{kind}-1", kind) for kind in kinds)
    left = _beside(
        "down",
        (_tabs("runs-1", "compare-1", "data-1"), 330),
        (_tabs("metrics-1", "tearsheet-1"), 260),
        (_tabs("trades-1", "orders-1", "recorded-1"), 410),
    )
    right = _beside("down", (_tabs("chart-1"), 640), (_tabs("equity-1"), 360))
    return SavedWindow(window_id, None, places, panels, _beside("across", (left, 375), (right, 625)))


def _six() -> tuple[SavedWindow, ...]:
    """Two rows of three."""
    makers = (_chart_and_list, _quotes, _quotes, _quotes, _quotes, _four_charts)
    return tuple(
        make(f"w{number + 1}", _place(number % 3 * 333, number // 3 * 500, 333, 490))
        for number, make in enumerate(makers)
    )


QUOTES: Final = Template("quotes", lambda: tr("Quotes"), lambda: (_quotes("w1", _place(100, 60, 640, 840)),))
CHART_AND_LIST: Final = Template(
    "chart", lambda: tr("Chart and watchlist"), lambda: (_chart_and_list("w1", _place(60, 60, 840, 860)),)
)
CHARTS: Final = Template(
    "charts", lambda: tr("Four charts"), lambda: (_four_charts("w1", _place(60, 60, 840, 860)),)
)
SIX: Final = Template("six", lambda: tr("Six windows"), _six)
REPLAY: Final = Template(
    "replay",
    lambda: tr("Replay deck"),
    lambda: (
        _chart_and_list("w1", _place(0, 0, 640, 960)),
        _quotes("w2", _place(640, 0, 360, 960)),
    ),
)

PLAYBACK: Final = Template(
    "playback", lambda: tr("Research"), lambda: (_playback("w1", _place(0, 0, 1_000, 980)),)
)

ALL: Final[tuple[Template, ...]] = (CHART_AND_LIST, QUOTES, CHARTS, PLAYBACK, SIX, REPLAY)
