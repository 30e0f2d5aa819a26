"""Which bars a chart shows, and where: arithmetic of following, panning and zooming.

Pure. Bar i of a series reaches from i - 0.5 to i + 0.5; pixels are device pixels of the plot. From 3 px a bar
on the pitch is a whole number, so that every body and every gap is equally wide.
"""

from dataclasses import dataclass, replace
from typing import Final

PITCH_START_PX: Final = 7.0
PITCH_WHOLE_FROM_PX: Final = 3.0
PITCH_MAX_PX: Final = 160.0
BARS_MAX: Final = 4_000_000  # what the widest view may hold
AIR_SHARE: Final = 0.06  # right of the last bar while following
NEAR_BARS: Final = 0.6  # a view moved by hand as near as this counts as following
KEPT_SHARE: Final = 0.2  # a pan leaves at least so much of the view filled with bars


@dataclass(frozen=True, slots=True)
class Viewport:
    """`right` is the place in bars of the right edge, `pitch` the device pixels of one bar."""

    width_px: int = 1
    pitch: float = PITCH_START_PX
    right: float = 0.5

    @property
    def bars(self) -> float:
        """How many bars wide the view is."""
        return self.width_px / self.pitch

    @property
    def left(self) -> float:
        return self.right - self.bars

    def rows(self, count: int) -> tuple[int, int]:
        """First row and the one after the last of `count` that are in view, in part or whole."""
        first = int(self.left + 0.5) if self.left > -0.5 else 0
        last = int(-(-(self.right + 0.5) // 1))
        return min(max(first, 0), count), min(max(last, 0), count)

    def at(self, x_px: float) -> float:
        """Place in bars under a pixel."""
        return self.left + x_px / self.pitch

    def snapped(self) -> "Viewport":
        """On whole device pixels."""
        pitch = self.pitch
        if pitch >= PITCH_WHOLE_FROM_PX:
            pitch = float(round(pitch))
        # Half a pitch may be half a pixel: what counts is where the middle of a bar lies.
        return Viewport(self.width_px, pitch, round(self.right * pitch) / pitch)

    def resized(self, width_px: int) -> "Viewport":
        """The right edge stays."""
        return replace(self, width_px=max(1, width_px)).snapped()

    # ---- following -------------------------------------------------------------------------------
    def following(self, count: int) -> "Viewport":
        """The last bar at the right, with air."""
        air = max(round(self.width_px * AIR_SHARE), self.pitch / 2)
        return replace(self, right=count - 1 + air / self.pitch).snapped()

    def air_share(self, count: int) -> float:
        """Part of the view right of the middle of the last bar; negative when that is out of view."""
        return (self.right - (count - 1)) / self.bars

    def is_following(self, count: int) -> bool:
        """Where following would put it, to the bar."""
        return abs(self.right - self.following(count).right) < NEAR_BARS

    # ---- by hand ---------------------------------------------------------------------------------
    def panned(self, bars: float, count: int) -> "Viewport":
        """Move by so many bars, to later ones when positive, never off the bars."""
        return replace(self, right=self.right + bars).clamped(count)

    def zoomed(self, factor: float, at_px: float, count: int) -> "Viewport":
        """Bars `factor` times as wide; the place under `at_px` stays there."""
        place = self.at(at_px)
        widest = max(1.0, min(BARS_MAX, count * (1 + AIR_SHARE) + 2))
        pitch_min = min(self.width_px / widest, PITCH_START_PX)
        pitch = min(max(self.pitch * factor, pitch_min), PITCH_MAX_PX)
        if pitch >= PITCH_WHOLE_FROM_PX:
            # A gentle turn of the wheel must not round back to the same width.
            whole = round(pitch)
            if whole == self.pitch and pitch != self.pitch:
                whole += 1 if factor > 1 else -1
            pitch = float(whole)
        right = place + (self.width_px - at_px) / pitch
        return Viewport(self.width_px, pitch, right).clamped(count)

    def clamped(self, count: int) -> "Viewport":
        """Some bars always stay in view."""
        kept = min(self.bars * KEPT_SHARE, float(count))
        latest = count - 0.5 + self.bars - kept
        earliest = -0.5 + kept
        return replace(self, right=min(max(self.right, earliest), latest)).snapped()

    def fitted(self, left: float, right: float) -> "Viewport":
        """Show the places from `left` to `right`."""
        bars = max(right - left, 1.0)
        return Viewport(self.width_px, min(self.width_px / bars, PITCH_MAX_PX), right).snapped()

    def whole(self, count: int) -> "Viewport":
        """Every one of `count` bars, none cut at the edges."""
        view = self.fitted(-0.5, count - 0.5)
        if view.bars < count and view.pitch > 1:  # rounded up to a whole pitch
            view = replace(view, pitch=view.pitch - 1).snapped()
        return view

    def fitted_left(self, left: float) -> "Viewport":
        """The place `left` near the left edge, with the air the newest bar has at the right."""
        return replace(self, right=left + self.bars * (1 - AIR_SHARE)).snapped()

    def shifted(self, bars: int) -> "Viewport":
        """The same bars after so many came in front."""
        return replace(self, right=self.right + bars)
