"""What stands in a window, as plain data for `--inspect`."""

from typing import TYPE_CHECKING, Any

from core.clock import NS_PER_US
from desktop.desk import ClockReading
from desktop.workspaces.reading import window_data

if TYPE_CHECKING:
    from desktop.workspace.window import DeskWindow


def inspect_window(
    window: "DeskWindow", painted: ClockReading | None, flipped: tuple[int, int], now_ms: int
) -> dict[str, Any]:
    """What stands in this window, for `--inspect`; `tape_ns` is the clock that it shows."""
    panels = [panel.inspect(now_ms) for panel in window.panels]  # may bring a banner, and rows up to date
    return {
        "number": window.number,
        "session": window.scope.session,
        "run": window.scope.run_id,
        "on_screen": window.is_on_screen(),
        "in_front": window.is_in_front(),
        "size": [window.width(), window.height()],
        "geometry": list(window.geometry().getRect()),  # type: ignore[call-overload]
        "screen": window.screen().name(),
        "kept": window_data(window.saved()),
        "ratio": window.devicePixelRatioF(),
        "framed": window.frame.framed,
        "band": window.band.words.text if window.band.words is not None else "",
        "clock": window.bar.clock_text,
        "epoch": painted.epoch if painted is not None else 0,
        "tape_ns": painted.time_us * NS_PER_US if painted is not None else 0,
        "turning": window.is_turning(),
        "flipped": {"epoch": flipped[0], "at_ns": flipped[1]},
        "scope": window.bar.scope.word,
        "message": window.bar.lane.text,
        "health": window.strip.text,
        "panels": panels,
    }
