"""What a chart has painted, as plain values for --inspect."""

from typing import TYPE_CHECKING, Any

from core.market.fields import NULL

if TYPE_CHECKING:
    from desktop.panels.chart.panel import ChartPanel


def chart_words(panel: "ChartPanel") -> dict[str, Any]:
    """Everything but the bars. Times are ns since 1970, prices counts."""
    sight, state, key = panel.sight, panel.state, panel.key
    first, last = sight.rows() if sight.count else (0, 0)
    pyramid = sight.pyramid
    shown: dict[str, Any] = {"first_row": first, "last_row": last - 1}
    if last > first:
        times = pyramid.keys if panel.interval.is_timed else pyramid.first_ns
        shown |= {
            "first_key": int(pyramid.keys[first]),
            "last_key": int(pyramid.keys[last - 1]),
            "first_ns": int(times[first]),
            "last_ns": int(times[last - 1]),
        }
    window = sight.price_window
    return {
        "kind": "chart",
        "symbol": str(key) if key is not None else "",
        "interval": str(panel.interval),
        "style": panel.style_name,
        "follow": sight.is_following,
        "gaps": panel.shows_gaps,
        "zone": panel.zone_name,
        "bars": sight.count,
        "price_decimals": pyramid.price_decimals,
        "size_decimals": pyramid.size_decimals,
        "range": shown,
        "price_range": [window.low, window.high],
        "is_price_manual": sight.window is not None,
        "last_bar": bars_of(panel, sight.count - 1, sight.count)[0] if sight.count else None,
        "axis_end_ns": panel.plots.time_axis.end_ns if sight.count else None,
        "step": sight.bars.step if sight.bars is not None else 0,
        "is_painted": panel.plots.main.bars.painted is sight.bars,
        "indicators": [[study.study_id, str(study.spec)] for study in panel.studies.all],
        "recorded": [one.name for one in panel.drawing.run_lines.shown],
        "state": state.kind.value,
        "banner": " ".join(part for part in (state.words, state.detail) if part),
        "page": " ".join(part for part in (state.title, state.sentence) if part),
        "legend": panel.plots.legend.text,
    }


def bars_of(panel: "ChartPanel", first: int, last: int) -> list[list[int | None]]:
    pyramid = panel.sight.pyramid
    keys, flags = pyramid.keys[first:last].tolist(), pyramid.flags[first:last].tolist()
    volumes = [None if volume == NULL else volume for volume in pyramid.volumes[first:last].tolist()]
    prices = pyramid.prices[:, first:last].tolist()
    return [list(bar) for bar in zip(keys, *prices, volumes, flags, strict=True)]


def chart_bars(panel: "ChartPanel") -> list[list[int | None]]:
    """Bars in view: those the last frame drew, where each bar was drawn by itself.

    When a pixel column stands for several, the copied series in view, which those were made of.
    """
    sight = panel.sight
    drawn = sight.bars  # of the same copy as the pyramid; what Qt painted last may be of another
    if drawn is None or not len(drawn):
        return []
    rows = slice(int(drawn.first[0]), int(drawn.last[-1]) + 1)
    if drawn.step > 1 or sight.style == "heikin_ashi":
        return bars_of(panel, rows.start, rows.stop)
    pyramid = sight.pyramid
    volumes = [None if volume == NULL else volume for volume in pyramid.volumes[rows].tolist()]
    prices = [column.astype("int64").tolist() for column in (drawn.open, drawn.high, drawn.low, drawn.close)]
    both = zip(pyramid.keys[rows].tolist(), *prices, volumes, pyramid.flags[rows].tolist(), strict=True)
    return [list(bar) for bar in both]
