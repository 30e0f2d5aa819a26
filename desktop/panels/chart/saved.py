"""What a person has set in a chart, as plain data, and back.

Everything is read and checked before anything is changed: a chart is restored whole or left as it was. What
is not said keeps what it is, keys of a newer Tapedeck are passed over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from core.market.indicators import IndicatorSpec, parse_indicator
from core.market.instruments import InstrumentKey
from core.market.intervals import Interval
from core.market.zones import Zone
from core.state.versioned_file import StateError
from desktop.links_saved import parse_key, read_interval
from desktop.links_terms import TimeStretch
from desktop.paint.candles import BAR_STYLES, BarStyle
from desktop.panels.chart.run_lines import HIDDEN_MAX
from desktop.panels.chart.studies import COLOURS, PANES_MAX, STUDIES_MAX
from desktop.panels.chart.viewport import PITCH_MAX_PX
from desktop.tr import tr
from desktop.zones import zone_or

if TYPE_CHECKING:
    from desktop.panels.chart.panel import ChartPanel

BAR_MIN_PX: Final = 1e-4  # logical, of one bar in the widest view
TIME_MAX_NS: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ManualPrices:
    """A range set by hand, in counts of the instrument's increment when it was set."""

    low: float
    high: float
    decimals: int


@dataclass(frozen=True, slots=True)
class SavedChart:
    """Checked. None: not said."""

    symbol: InstrumentKey | None
    interval: Interval | None
    style: BarStyle | None
    indicators: tuple[tuple[IndicatorSpec, int], ...] | None
    zone: str | None
    has_gaps: bool | None
    has_volume: bool | None
    bar_px: float | None
    is_following: bool | None
    view: TimeStretch | None
    prices: ManualPrices | None
    has_recorded: bool | None  # lines of what a played run recorded
    hidden_series: frozenset[str] | None


def chart_saved(panel: "ChartPanel") -> dict[str, Any]:
    """As `read_chart` reads it."""
    sight, key = panel.sight, panel.key
    stretch = panel.awaited.view or (None if sight.is_following else panel.stretch())
    saved: dict[str, Any] = {
        "symbol": str(key) if key is not None else "",
        "interval": str(panel.interval),
        "style": panel.style_name,
        "indicators": [{"spec": str(study.spec), "colour": study.colour} for study in panel.studies.all],
        "zone": panel.zone_name,
        "gaps": panel.shows_gaps,
        "volume": sight.shows_volume,
        "bar_px": round(sight.bar_px, 4),
        "follow": stretch is None,
        "recorded": panel.drawing.run_lines.is_shown,
        "hidden_series": sorted(panel.drawing.run_lines.hidden),
    }
    if stretch is not None:
        saved["view"] = {"left_ns": stretch.left_ns, "right_ns": stretch.right_ns}
    manual = panel.manual_prices
    if manual is not None:
        saved["prices"] = {"low": manual.low, "high": manual.high, "decimals": manual.decimals}
    return saved


def read_chart(saved: Mapping[str, Any]) -> SavedChart:
    """Raises `StateError`, naming the key."""
    view, prices = saved.get("view"), saved.get("prices")
    symbol = saved.get("symbol")
    bar_px = _number(saved, "bar_px", BAR_MIN_PX, PITCH_MAX_PX)
    return SavedChart(
        None if symbol in (None, "") else parse_key(symbol, "chart.symbol"),
        read_interval(saved["interval"], "chart.interval") if "interval" in saved else None,
        _style(saved.get("style")),
        _indicators(saved["indicators"]) if "indicators" in saved else None,
        _zone(saved.get("zone")),
        _flag(saved, "gaps"),
        _flag(saved, "volume"),
        bar_px,
        _flag(saved, "follow"),
        None if view is None else _view(view),
        None if prices is None else _prices(prices),
        _flag(saved, "recorded"),
        read_names(saved["hidden_series"], "chart.hidden_series") if "hidden_series" in saved else None,
    )


def apply_saved(panel: "ChartPanel", saved: SavedChart) -> None:
    """Show it; nothing of it is told to links, for nobody has chosen it now."""
    if saved.indicators is not None:
        panel.set_indicators(saved.indicators)
    if saved.style is not None:
        panel.set_style(saved.style)
    if saved.zone is not None:
        panel.set_zone(saved.zone)
    if saved.has_gaps is not None:
        panel.set_gaps(saved.has_gaps)
    if saved.has_volume is not None:
        panel.set_volume(saved.has_volume)
    if saved.has_recorded is not None:
        panel.set_recorded(saved.has_recorded)
    if saved.hidden_series is not None:
        panel.hide_series(saved.hidden_series)
    if saved.bar_px is not None:
        panel.sight.set_bar_px(saved.bar_px)
    if saved.interval is not None:
        panel.set_interval(saved.interval)
    if saved.symbol is not None:
        panel.show(saved.symbol)
    panel.redraw()  # bars as wide as they were, before a view is fitted
    panel.awaited.wait(None if saved.is_following else saved.view, saved.prices)


def read_names(value: object, named: str) -> frozenset[str]:
    """A list of texts. Raises `StateError`, naming the key."""
    is_list = isinstance(value, list) and len(value) <= HIDDEN_MAX
    if not is_list or not all(isinstance(each, str) for each in value):  # type: ignore[attr-defined]
        raise StateError(
            tr("{key} is {value}: use {use}", key=named, value=repr(value)[:200], use=tr("a list of names"))
        )
    return frozenset(value)  # type: ignore[call-overload]


# ---- pieces --------------------------------------------------------------------------------------
def _refuse(key: str, value: object, use: str) -> StateError:
    return StateError(tr("chart.{key} is {value}: use {use}", key=key, value=repr(value), use=use))


def _flag(saved: Mapping[str, Any], key: str) -> bool | None:
    value = saved.get(key)
    if value is not None and not isinstance(value, bool):
        raise _refuse(key, value, "true, false")
    return value


def _number(saved: Mapping[str, Any], key: str, least: float, most: float, named: str = "") -> float | None:
    value = saved.get(key)
    if value is None:
        return None
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not least <= value <= most:
        raise _refuse(named or key, value, f"{least:g} to {most:g}")
    return float(value)


def _style(value: object) -> BarStyle | None:
    for style in BAR_STYLES:
        if style == value:
            return style
    if value is None:
        return None
    raise _refuse("style", value, ", ".join(BAR_STYLES))


def _zone(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise _refuse("zone", value, "workspace, UTC, local, exchange or a name such as America/New_York")
    try:
        zone_or(value, Zone())
    except ValueError as error:
        raise StateError(f"chart.zone: {error}") from error
    return value


def _indicators(value: object) -> tuple[tuple[IndicatorSpec, int], ...]:
    if not isinstance(value, list):
        raise _refuse("indicators", value, tr("a list"))
    read: list[tuple[IndicatorSpec, int]] = []
    for place, one in enumerate(value):
        name = f"indicators[{place}]"
        if not isinstance(one, Mapping) or not isinstance(one.get("spec"), str):
            raise _refuse(name, one, '{"spec": "ema 21", "colour": 0}')
        colour = one.get("colour", place % COLOURS)
        if not isinstance(colour, int) or isinstance(colour, bool) or not 0 <= colour < COLOURS:
            raise _refuse(f"{name}.colour", colour, f"0 to {COLOURS - 1}")
        try:
            read.append((parse_indicator(one["spec"]), colour))
        except ValueError as error:
            raise StateError(f"chart.{name}.spec: {error}") from error
    panes = sum(not spec.is_overlay for spec, _ in read)
    if len(read) > STUDIES_MAX or panes > PANES_MAX:
        raise StateError(
            tr(
                "chart.indicators: {count} of them, {panes} in panes: use {most} and {panes_most} at most",
                count=len(read),
                panes=panes,
                most=STUDIES_MAX,
                panes_most=PANES_MAX,
            )
        )
    return tuple(read)


def _time(value: Mapping[str, Any], key: str) -> int:
    time_ns = value.get(key)
    if not isinstance(time_ns, int) or isinstance(time_ns, bool) or not 0 <= time_ns <= TIME_MAX_NS:
        raise _refuse(f"view.{key}", time_ns, tr("ns since 1970"))
    return time_ns


def _view(value: object) -> TimeStretch:
    if not isinstance(value, Mapping):
        raise _refuse("view", value, '{"left_ns": ..., "right_ns": ...}')
    left_ns, right_ns = _time(value, "left_ns"), _time(value, "right_ns")
    if left_ns >= right_ns:
        raise _refuse("view.right_ns", right_ns, tr("a time after left_ns"))
    return TimeStretch(left_ns, right_ns, is_following=False)


def _prices(value: object) -> ManualPrices:
    if not isinstance(value, Mapping):
        raise _refuse("prices", value, '{"low": ..., "high": ..., "decimals": ...}')
    most = float(2**63)
    low, high = (_number(value, key, -most, most, f"prices.{key}") for key in ("low", "high"))
    decimals = value.get("decimals")
    if not isinstance(decimals, int) or isinstance(decimals, bool):
        raise _refuse("prices.decimals", decimals, tr("a whole number"))
    if low is None or high is None or low >= high:
        raise _refuse("prices.high", high, tr("a count above prices.low"))
    return ManualPrices(low, high, decimals)
