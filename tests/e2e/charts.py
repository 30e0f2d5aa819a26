"""What a chart of a desk paints, and how it differs from the reference."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from core.bus import BusError, NoResponders
from tests.e2e.bar_reference import Reference
from tests.e2e.events import Tape
from tests.e2e.stack import ASK_INTERVAL_S, START_TIMEOUT_S, Desk, panels

CLOSED, QUOTE_MID, INCOMPLETE, CHANGED, OF_BARS = 1, 2, 4, 8, 16
PAINTED_COLUMNS = 6  # key, open, high, low, close, volume; the flags follow
EXAMPLES = 8

PaintedBar = tuple[Any, ...]


def chart_of(answer: dict[str, Any], place: int = 0) -> dict[str, Any]:
    """The `place`-th chart of all windows."""
    charts = [panel for panel in panels(answer) if panel["kind"] == "chart"]
    return charts[place]


def painted_bars(chart: dict[str, Any]) -> list[PaintedBar]:
    """(key, open, high, low, close, volume) of the bars on the screen."""
    return [tuple(bar[:PAINTED_COLUMNS]) for bar in chart["bars"]]


def flags_of(chart: dict[str, Any]) -> dict[int, int]:
    """Flags of the bars on the screen, by key."""
    return {bar[0]: bar[PAINTED_COLUMNS] for bar in chart["bars"]}


def name_of(tape: Tape, listing: int) -> str:
    return f"{tape.listings[listing].exchange}:{tape.listings[listing].symbol}"


def bar_differences(
    chart: dict[str, Any],
    expected: Reference,
    required: Reference | None = None,
    *,
    is_tail: bool = False,
) -> list[str]:
    """Every bar that is wrong, missing or made up.

    `required`: only its bars must be there, and those that say they may lack trades are excused. `is_tail`:
    what lies before the first painted bar is out of sight.
    """
    texts = expected.painted_at(*_decimals(chart, expected))
    true = {bar.key: (text, bar.amended) for bar, text in zip(expected.bars, texts, strict=True)}
    flags = flags_of(chart)
    painted = painted_bars(chart)
    wrong = [] if list(flags) == sorted(flags) and len(flags) == len(painted) else ["keys are not ascending"]
    for bar in painted:
        key = bar[0]
        if required is not None and flags[key] & INCOMPLETE:
            continue
        text, amended = true.get(key, ((), False))
        if not text:
            wrong.append(f"{key} is painted but nobody traded: {bar}")
        elif bar != text:
            wrong.append(f"{key}: painted {bar[1:]}, true {text[1:]} flags {flags[key]}")
        elif amended and not flags[key] & CHANGED:
            wrong.append(f"{key} was amended and does not say so: flags {flags[key]}")
        if expected.is_mid != bool(flags[key] & QUOTE_MID):
            wrong.append(f"{key}: flags {flags[key]}, of quote mids: {expected.is_mid}")
    missing = {bar.key for bar in (required or expected).bars} - flags.keys()
    if is_tail and painted:
        missing = {key for key in missing if key > painted[0][0]}
    return wrong + [f"{key} is not painted" for key in sorted(missing)]


def _decimals(chart: dict[str, Any], expected: Reference) -> tuple[int, int]:
    """Of the chart's counts; those of the reference while it has no bars."""
    if not chart["bars"]:
        return expected.price_decimals, expected.size_decimals
    return chart["price_decimals"], chart["size_decimals"]


async def point(desk: Desk, symbol: str, interval: str, place: int = 0) -> None:
    """Make the chart show all bars of another instrument and interval."""
    await desk.inspect(cells=False, do=[{"chart": {"place": place, "symbol": symbol, "interval": interval}}])


async def shows_bars(
    desk: Desk,
    symbol: str,
    interval: str,
    expected: Reference,
    *,
    required: Reference | None = None,
    timeout_s: float = START_TIMEOUT_S,
    place: int = 0,
) -> dict[str, Any]:
    """Point the chart there and wait until it paints exactly the reference; the chart as inspected."""
    await point(desk, symbol, interval, place)
    wrong: list[str] = ["no answer yet"]
    deadline_s = time.monotonic() + timeout_s
    chart: dict[str, Any] = {}
    while wrong and time.monotonic() < deadline_s:
        await desk.inspect(cells=False, do=[{"chart": {"place": place, "show_all": True}}])
        try:
            chart = chart_of(await desk.inspect(), place)
        except (NoResponders, BusError):
            continue  # cut off for a while
        if (chart["symbol"], chart["interval"]) != (symbol, interval):
            wrong = [f"the chart shows {chart['symbol']} {chart['interval']}"]
        else:
            wrong = bar_differences(chart, expected, required)
        if wrong:
            await asyncio.sleep(ASK_INTERVAL_S)
    assert not wrong, _told(f"{symbol} {interval}", wrong, chart, desk)
    return chart


def _told(what: str, wrong: Sequence[str], chart: dict[str, Any], desk: Desk) -> str:
    state = (
        f"{what}: chart {chart.get('state')} {chart.get('banner')}, {len(chart.get('bars', ()))} bars painted"
    )
    return "\n".join([state, *wrong[:EXAMPLES], f"({len(wrong)} in all)", desk.child.tail()])
