"""What a demo measured, as the one report object: read off the running desk, nothing computed from goals."""

from typing import TYPE_CHECKING

from core.bench_report import Report, describe_machine, recorded
from core.clock import NS_PER_S, monotonic_ns
from desktop.memory import resident_mb

if TYPE_CHECKING:
    from desktop.app import DeskApp
    from desktop.workspace.window import DeskWindow

TICK_COUNTERS = ("events", "ticks", "events_in")


class Measuring:
    """From its making to `report`."""

    def __init__(self, app: "DeskApp", asked_ticks_per_s: int) -> None:
        self._app = app
        self._asked_ticks_per_s = asked_ticks_per_s
        self._begin_ns = monotonic_ns()
        self._begin_events = self._events()
        self._begin_dropped = app.dropped

    def _events(self) -> tuple[int, int] | None:
        """(market events counted by the market process, when it said so) from its newest health message."""
        station = self._app.station
        news = station.processes.get("market") if station is not None else None
        if news is None:
            return None
        for name in TICK_COUNTERS:
            if name in news.health.counters:
                return int(news.health.counters[name]), news.health.host_clock_ns
        return None

    def _ticks_per_s(self) -> float | None:
        begin, end = self._begin_events, self._events()
        if begin is None or end is None or end[1] <= begin[1]:
            return None
        return (end[0] - begin[0]) / ((end[1] - begin[1]) / NS_PER_S)

    def _focused(self) -> "DeskWindow":
        windows = self._app.windows
        return next((window for window in windows if window.is_in_front()), windows[0])

    def report(self) -> Report:
        app, now_ns = self._app, monotonic_ns()
        figures = app.frames.figures
        every = figures.summary(self._begin_ns, now_ns)
        focused = figures.summary(self._begin_ns, now_ns, self._focused().frame_number)
        ticks_per_s = self._ticks_per_s()
        results = (
            recorded(
                "demo.rows",
                sum(panel.row_count for w in app.windows for panel in w.contents.watchlists),
                "rows",
            ),
            recorded("demo.windows", len(app.windows), "windows"),
            recorded("demo.fps", _rounded(focused.frames_per_s), "frames/s"),
            recorded("demo.frame_p99_ms", _rounded(every.frame_p99_ms), "ms"),
            recorded("demo.paint_latency_p95_ms", _rounded(every.latency_p95_ms), "ms"),
            recorded("demo.paint_latency_p99_ms", _rounded(every.latency_p99_ms), "ms"),
            recorded("demo.ticks_per_s", _rounded(ticks_per_s, 0), "ticks/s"),
            recorded("demo.dropped", app.dropped - self._begin_dropped, "messages"),
            recorded("demo.rss_mb", _rounded(resident_mb(), 0), "MB"),
        )
        return Report("demo", describe_machine(repeats=3), results)


def _rounded(value: float | None, digits: int = 1) -> float | None:
    return None if value is None else round(value, digits)
