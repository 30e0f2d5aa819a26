"""The charts of a tear sheet as inline SVG: equity over drawdown, exposure, the distribution of trades.

Bars stand side by side as on the desk's charts: nights and weekends take no room. Colours are the style's
variables, so that one drawing is right in dark and in light. Every text is escaped.
"""

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import Final

import numpy as np

from core.backtest.daily_figures import F64
from core.backtest.metric_list import DECIMALS_MAX, decimal_text, metric_text
from core.backtest.tearsheet_data import I64, Histogram, date_ticks, thinned, ticks

WIDTH: Final = 960
AXIS: Final = 76  # on the right, for the numbers
PLOT: Final = WIDTH - AXIS
DATES: Final = 20  # below, for the dates
_LABEL_DY: Final = 4  # from a line to the base of its label
_DATE_TICKS: Final = 9
_TICK_PX: Final = 44


class Scale:
    """Numbers to pixels: `low` at `bottom`, `high` at `top`."""

    def __init__(self, low: float, high: float, top: float, bottom: float) -> None:
        if not high > low:
            low, high = low - 1, high + 1
        self.low, self.high, self.top, self.bottom = low, high, top, bottom

    def __call__(self, value: float) -> float:
        return self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)

    def many(self, values: F64) -> F64:
        pixels: F64 = self.bottom - (values - self.low) / (self.high - self.low) * (self.bottom - self.top)
        return pixels


def equity_chart(equity: F64, drawdown: F64, days: I64, starting_cash: float) -> str:
    """`days` since 1970 of each bar. The starting cash is dashed; drawdown hangs below on its own axis."""
    height, split = 380, 250
    money = _padded(
        min(float(equity.min()), starting_cash), max(float(equity.max()), starting_cash), 8, split
    )
    fall = Scale(min(float(drawdown.min()), -1e-6), 0.0, split + 24, height - DATES)
    parts = [*_dates(days, height), *_grid(money, plain_labels), *_grid(fall, percent_labels)]
    parts.append(_rule("start", money(starting_cash)))
    parts.append(f'<polyline class="equity" points="{_line(equity, money)}"/>')
    parts += _area("drawdown", drawdown, fall, 0.0)
    said = (
        f"Equity from {decimal_text(starting_cash)} to {decimal_text(float(equity[-1]))};"
        f" deepest drawdown {metric_text('max_drawdown', float(drawdown.min()))}"
    )
    return _svg(height, said, parts)


def exposure_chart(share: F64, days: I64) -> str:
    """`share`: gross notional over equity, by bar."""
    height = 130
    scale = Scale(0.0, max(float(share.max()) * 1.08, 1e-6), 8, height - DATES)
    parts = [*_dates(days, height), *_grid(scale, percent_labels), *_area("exposure", share, scale, 0.0)]
    return _svg(height, f"Exposure, at most {metric_text('exposure', float(share.max()))} of equity", parts)


def trades_chart(histogram: Histogram) -> str:
    """How many trades earned how much; what lost is left of zero and in the colour of a fall."""
    height = 220
    edges, counts = histogram.edges, histogram.counts
    across = Scale(float(edges[0]), float(edges[-1]), WIDTH - AXIS, 0)  # low at the left
    up = Scale(0.0, float(counts.max()) * 1.08, 8, height - DATES)
    parts = _grid(up, plain_labels, whole=True)
    for begin, end, count in zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True):
        if not count:
            continue
        left, right, top = across(begin) + 0.5, across(end) - 0.5, up(count)
        kind = "win" if begin >= 0 else "loss"
        said = f"{decimal_text(begin)} to {decimal_text(end)}: {count:,}"
        parts.append(
            f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{max(right - left, 0.5):.1f}"'
            f' height="{up.bottom - top:.1f}"><title>{escape(said)}</title></rect>'
        )
    zero = across(0.0)
    parts.append(f'<line class="zero" x1="{zero:.1f}" x2="{zero:.1f}" y1="8" y2="{up.bottom:.1f}"/>')
    marks = ticks(float(edges[0]), float(edges[-1]), 8)
    for value, label in zip(marks, plain_labels(marks), strict=True):
        parts.append(_text(across(value), height - 6, label, _anchor(across(value))))
    return _svg(height, f"Distribution of {int(counts.sum()):,} trades by profit", parts)


# ---- parts -------------------------------------------------------------------------------------------
def _padded(low: float, high: float, top: float, bottom: float) -> Scale:
    pad = (high - low) * 0.04 or max(abs(high) * 0.001, 1e-6)
    return Scale(low - pad, high + pad, top, bottom)


def _line(values: F64, scale: Scale) -> str:
    rows, kept = thinned(values, PLOT)
    x = rows * (PLOT / max(1, len(values) - 1))
    return " ".join(
        f"{px:.1f},{py:.1f}" for px, py in zip(x.tolist(), scale.many(kept).tolist(), strict=True)
    )


def _area(name: str, values: F64, scale: Scale, base: float) -> list[str]:
    points, ground = _line(values, scale), scale(base)
    return [
        f'<polygon class="{name}" points="0,{ground:.1f} {points} {PLOT},{ground:.1f}"/>',
        f'<polyline class="{name}-line" points="{points}"/>',
    ]


def _grid(scale: Scale, labels: Callable[[Sequence[float]], list[str]], *, whole: bool = False) -> list[str]:
    wanted = max(2, round((scale.bottom - scale.top) / _TICK_PX))
    values = [value for value in ticks(scale.low, scale.high, wanted) if not whole or value == int(value)]
    parts = []
    for value, text in zip(values, labels(values), strict=True):
        y = scale(value)
        parts += [_rule("grid", y), _text(PLOT + 8, y + _LABEL_DY, text, "start")]
    return parts


def _dates(days: I64, height: int) -> list[str]:
    parts = []
    for row, text in date_ticks(days, _DATE_TICKS):
        x = row * (PLOT / max(1, len(days) - 1))
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="8" y2="{height - DATES}"/>')
        parts.append(_text(x, height - 6, text, _anchor(x)))
    return parts


def _rule(name: str, y: float) -> str:
    return f'<line class="{name}" x1="0" x2="{PLOT}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _anchor(x: float) -> str:
    return "start" if x < 24 else "end" if x > PLOT - 24 else "middle"


def _svg(height: int, said: str, parts: Sequence[str]) -> str:
    said = escape(said)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{said}"><title>{said}</title>'
        + "".join(parts)
        + "</svg>"
    )


def plain_labels(values: Sequence[float]) -> list[str]:
    """With as many decimals as tell them apart, the same for all."""
    decimals = next(
        (each for each in range(DECIMALS_MAX) if all(_is_round(value, each) for value in values)),
        DECIMALS_MAX,
    )
    return [f"{value + 0.0:,.{decimals}f}".replace("-", "−") for value in values]  # + 0.0: no minus zero


def percent_labels(values: Sequence[float]) -> list[str]:
    """The same of fractions, as percents."""
    return [f"{text} %" for text in plain_labels([value * 100 for value in values])]


def _is_round(value: float, decimals: int) -> bool:
    return math.isclose(round(value, decimals), value, rel_tol=1e-9, abs_tol=1e-12)


def exposure_share(equity: F64, exposure: F64) -> F64:
    """Gross notional over equity; 0 where equity is 0 or less."""
    alive = equity > 0
    return np.where(alive, exposure / np.where(alive, equity, 1.0), 0.0)
