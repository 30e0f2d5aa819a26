"""Where times stand on a time line, and which of them are named. Pure; x in logical pixels."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from core.clock import NS_PER_S
from desktop.panels.player.words import DAY_S, HOUR_S, MINUTE_S

LABEL_EVERY_PX: Final = 150  # at least, so that a line reads as a scale and not as text
_STEPS_S: Final = (
    1, 2, 5, 10, 15, 30, MINUTE_S, 2 * MINUTE_S, 5 * MINUTE_S, 10 * MINUTE_S, 15 * MINUTE_S, 30 * MINUTE_S,
    HOUR_S, 2 * HOUR_S, 3 * HOUR_S, 6 * HOUR_S, 12 * HOUR_S, DAY_S, 2 * DAY_S, 7 * DAY_S, 28 * DAY_S,
    91 * DAY_S, 182 * DAY_S, 364 * DAY_S,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TimeScale:
    """From `begin_ns` at `left_px` to `end_ns` at `left_px + width_px`."""

    begin_ns: int
    end_ns: int
    left_px: float
    width_px: float
    zone: tzinfo = UTC

    def x(self, time_ns: int) -> float:
        """Times outside stand at the edges."""
        span_ns = max(1, self.end_ns - self.begin_ns)
        share = min(max(time_ns - self.begin_ns, 0), span_ns) / span_ns
        return self.left_px + share * self.width_px

    def time_ns(self, x: float) -> int:
        """The time under a pixel, within the tape."""
        share = min(max((x - self.left_px) / max(1.0, self.width_px), 0.0), 1.0)
        return self.begin_ns + round(share * (self.end_ns - self.begin_ns))

    def labels(self) -> tuple[tuple[int, str], ...]:
        """(time, `23:55`) at whole steps of the zone's clock, without begin and end."""
        step_s = self._step_s()
        if not step_s:
            return ()
        begin_s = self.begin_ns // NS_PER_S
        east_s = round((self._at(begin_s).utcoffset() or timedelta()).total_seconds())
        first_s = ((begin_s + east_s) // step_s + 1) * step_s - east_s
        times = range(first_s, -(-self.end_ns // NS_PER_S), step_s)
        return tuple((time_s * NS_PER_S, _label(self._at(time_s), step_s)) for time_s in times)

    def _at(self, time_s: int) -> datetime:
        return datetime.fromtimestamp(time_s, self.zone)

    def _step_s(self) -> int:
        span_s = (self.end_ns - self.begin_ns) / NS_PER_S
        if span_s <= 0 or self.width_px < LABEL_EVERY_PX:
            return 0
        least_s = span_s * LABEL_EVERY_PX / self.width_px
        return next((step_s for step_s in _STEPS_S if step_s >= least_s), 0)


def _label(when: datetime, step_s: int) -> str:
    if step_s >= DAY_S:
        return f"{when.day} {when:%b}"
    return f"{when:%H:%M:%S}" if step_s < MINUTE_S else f"{when:%H:%M}"
