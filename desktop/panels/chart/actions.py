"""What can be done with a chart: the one in use, else the first of the window."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from core.market.indicators import INDICATORS
from core.market.intervals import parse_interval
from desktop.actions import Action, ActionContext
from desktop.tr import mark, tr

if TYPE_CHECKING:
    from desktop.paint.candles import BarStyle
    from desktop.panels.chart.panel import ChartPanel

INTERVALS: Final = ("1s", "3s", "15s", "1m", "5m", "1h", "1d")
STYLE_WORDS: Final[tuple[tuple["BarStyle", str], ...]] = (
    ("candles", mark("Candles")),
    ("bars", mark("Bars")),
    ("line", mark("Line")),
    ("heikin_ashi", mark("Heikin-Ashi")),
)
ZOOM_A_KEY: Final = 1.25


def chart_of(at: ActionContext) -> "ChartPanel | None":
    """The chart an action is for; None where there is none."""
    # Told by its name: pyqtgraph takes a quarter of a second to load, and a desk of grids does without it.
    if at.panel is not None and type(at.panel).__name__ == "ChartPanel":
        return cast("ChartPanel", at.panel)
    return at.window.contents.chart if at.window is not None else None


def _chart(at: ActionContext) -> "ChartPanel":
    chart = chart_of(at)
    assert chart is not None, "refused without one"
    return chart


def _needs_chart(at: ActionContext) -> str:
    return tr("There is no chart in this window") if chart_of(at) is None else ""


def _needs_bars(at: ActionContext) -> str:
    chart = chart_of(at)
    if chart is None:
        return _needs_chart(at)
    return "" if chart.sight.count else tr("The chart has no bars yet")


def _needs_prices(at: ActionContext) -> str:
    chart = chart_of(at)
    if chart is None or chart.sight.scale is None:
        return _needs_bars(at) or tr("The chart has no prices yet")
    return ""


def _needs_timed(at: ActionContext) -> str:
    chart = chart_of(at)
    if chart is None:
        return _needs_chart(at)
    return "" if chart.interval.is_timed else tr("Bars of trades or volume have no closed hours")


def _needs_recorded(at: ActionContext) -> str:
    chart = chart_of(at)
    if chart is None:
        return _needs_chart(at)
    return "" if chart.drawing.run_lines.all else tr("The run has recorded no price of this instrument")


def actions() -> tuple[Action, ...]:
    return (*_moving(), *_drawing(), *_styles(), *_intervals(), *_indicators(), *_saving())


def _act(
    name: str,
    title: str,
    run: Callable[["ChartPanel"], object],
    refusal: Callable[[ActionContext], str] = _needs_chart,
    checked: Callable[["ChartPanel"], bool] | None = None,
    icon: str = "chart-candlestick",
    words: str = "",
) -> Action:
    def is_on(at: ActionContext) -> bool:
        chart = chart_of(at)
        return checked is not None and chart is not None and checked(chart)

    return Action(
        f"chart.{name}",
        title,
        tr("Chart"),
        lambda at: run(_chart(at)),
        (),
        icon,
        refusal,
        words,
        None if checked is None else is_on,
    )


def _moving() -> tuple[Action, ...]:
    return (
        _act(
            "follow",
            tr("Follow the newest bar"),
            lambda chart: chart.set_follow(not chart.sight.is_following),
            _needs_bars,
            lambda chart: chart.sight.is_following,
        ),
        _act("first", tr("Go to the earliest bar"), lambda chart: chart.hand.go_to_first(), _needs_bars),
        _act("show_all", tr("Show every bar"), lambda chart: chart.show_all(), _needs_bars),
        _act("wider", tr("Wider bars"), lambda c: c.hand.zoom(ZOOM_A_KEY, None), _needs_prices),
        _act(
            "narrower",
            tr("Narrower bars"),
            lambda chart: chart.hand.zoom(1 / ZOOM_A_KEY, None),
            _needs_prices,
        ),
        _act(
            "prices_higher", tr("Prices higher"), lambda c: c.hand.zoom_prices(1 / ZOOM_A_KEY), _needs_prices
        ),
        _act("prices_lower", tr("Prices lower"), lambda c: c.hand.zoom_prices(ZOOM_A_KEY), _needs_prices),
        _act(
            "auto_prices",
            tr("Automatic prices"),
            lambda chart: chart.hand.auto_prices(),
            checked=lambda chart: chart.sight.window is None,
        ),
    )


def _prices_by(factor: float) -> Callable[["ChartPanel"], object]:
    return lambda chart: chart.hand.zoom_prices(factor)


def _drawing() -> tuple[Action, ...]:
    return (
        _act(
            "volume",
            tr("Volume"),
            lambda chart: chart.set_volume(not chart.sight.shows_volume),
            checked=lambda chart: chart.sight.shows_volume,
        ),
        _act(
            "gaps",
            tr("Room for closed hours"),
            lambda chart: chart.set_gaps(not chart.shows_gaps),
            _needs_timed,
            lambda chart: chart.shows_gaps,
        ),
        _act(
            "recorded",
            tr("Recorded values on the chart"),
            lambda chart: chart.set_recorded(not chart.drawing.run_lines.is_shown),
            _needs_recorded,
            lambda chart: chart.drawing.run_lines.is_shown,
            icon="chart-line",
            words="strategy run overlay lines playback",
        ),
    )


def _styles() -> tuple[Action, ...]:
    def take(style: "BarStyle", chart: "ChartPanel") -> None:
        chart.set_style(style)

    def is_on(style: "BarStyle", chart: "ChartPanel") -> bool:
        return chart.style_name == style

    return tuple(
        _act(f"style.{style}", tr(words), partial(take, style), checked=partial(is_on, style), words="style")
        for style, words in STYLE_WORDS
    )


def _intervals() -> tuple[Action, ...]:
    def take(text: str, chart: "ChartPanel") -> None:
        chart.choose_interval(parse_interval(text))

    def is_on(text: str, chart: "ChartPanel") -> bool:
        return str(chart.interval) == text

    usual = (
        _act(
            f"interval.{text}",
            tr("Bars of {interval}", interval=text),
            partial(take, text),
            checked=partial(is_on, text),
            words="interval time frame",
        )
        for text in INTERVALS
    )
    return (
        *usual,
        _act(
            "interval.other",
            tr("Type an interval…"),
            lambda chart: chart.entry.begin(str(chart.interval), is_whole=True),
            words="time frame trades volume",
        ),
    )


def _indicators() -> tuple[Action, ...]:
    def add(name: str, chart: "ChartPanel") -> None:
        from desktop.panels.chart.menus import add_indicator

        add_indicator(chart, name)

    def is_there(kind: Any) -> str:
        return f"{kind.title}, {kind.words}" if kind.words else str(kind.title)

    return tuple(
        _act(
            f"indicator.{kind.name}",
            tr("Add {indicator}", indicator=is_there(kind)),
            partial(add, kind.name),
            icon="chart-line",
            words="indicator study",
        )
        for kind in INDICATORS
    )


def _saving() -> tuple[Action, ...]:
    def save(kind: str, chart: "ChartPanel") -> None:
        from desktop.panels.chart.menus import ask_where_to_save

        ask_where_to_save(chart, kind)

    def needs_key(at: ActionContext) -> str:
        chart = chart_of(at)
        if chart is None:
            return _needs_chart(at)
        return "" if chart.key is not None else tr("The chart shows no instrument")

    return (
        _act("save_picture", tr("Save picture…"), partial(save, "png"), needs_key, icon="camera"),
        _act("save_bars", tr("Save bars as CSV…"), partial(save, "csv"), needs_key, icon="download"),
    )


def chosen(*names: str) -> list[Action]:
    """Of these names without `chart.`, in this order: for menus."""
    known = {action.id: action for action in actions()}
    return [known[f"chart.{name}"] for name in names]
