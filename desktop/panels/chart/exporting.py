"""Takes what one chart shows out of the desk: what is in it decides caption, zone and increments."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.market.zones import UTC_ZONE, zone_info
from desktop.panels.chart.export import write_png
from desktop.panels.chart.text import caption_words
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.panels.chart.panel import ChartPanel


def export_png(panel: "ChartPanel", path: Path) -> None:
    """The chart as it is on the screen. Raises `ExportError`."""
    subject, scope = panel.subject(), panel.scope
    session = ""
    if scope is not None and not scope.is_live:
        session = (
            tr("Run {run}", run=scope.name) if scope.is_run else tr("Replay {session}", session=scope.name)
        )
    caption = ""
    if subject is not None:
        caption = caption_words(subject.key, subject.interval, subject.zone, panel.clock_ns(), session)
    write_png(path, panel.plots, caption, panel.theme)


def export_csv(panel: "ChartPanel", path: Path) -> None:
    """Every bar that is held. Raises `ExportError`."""
    from desktop.panels.chart.export_csv import write_csv  # loads polars: 0.2 s that no start should pay

    subject, series = panel.subject(), panel.series
    if subject is None or series is None:
        return
    decimals = (series.price_decimals, series.size_decimals)
    write_csv(path, series.columns, subject.interval, zone_info(UTC_ZONE), subject.day, *decimals)
