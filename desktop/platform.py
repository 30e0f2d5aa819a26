"""What the desk asks of the system before Qt starts: a window system that can place windows, or none."""

import os
import sys


def has_display() -> bool:
    """Whether windows could be shown to somebody."""
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def prepare_platform(offscreen: bool = False) -> None:
    """Set Qt's platform where the caller's environment has not: xcb on Linux (Wayland clients cannot place
    their windows), offscreen when asked for or when there is no display."""
    if offscreen or not has_display():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    elif sys.platform == "linux" and os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "xcb")
    # Inter has no hinting worth having at 11 to 13 px; fractional scale factors are taken as they are.
    os.environ.setdefault("QT_SCALE_FACTOR_ROUNDING_POLICY", "PassThrough")
