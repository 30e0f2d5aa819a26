"""The market's time of a scope: the host's clock when live, the session's when replayed.

A desk follows a session's clock and never advances it: between two messages the time stands. Silence of a
session that had not ended is told apart from its end.
"""

from typing import Final

from core.clock import NS_PER_MS, NS_PER_US, monotonic_ns, wall_ns
from core.scope import Scope
from core.wire.generated.control_pb2 import SessionClock as ClockMessage
from desktop.desk import ClockPhase, ClockReading, MarketClock
from desktop.station import SessionNews, Station

# The clock comes at 10 Hz and with every change; a session is gone after thirty missed ones.
VANISHED_AFTER_MS: Final = 3_000
_PHASES: Final = {
    ClockMessage.State.LOADING: ClockPhase.LOADING,
    ClockMessage.State.PLAYING: ClockPhase.PLAYING,
    ClockMessage.State.PAUSED: ClockPhase.PAUSED,
    ClockMessage.State.ENDED: ClockPhase.ENDED,
    ClockMessage.State.FAILED: ClockPhase.FAILED,
}
_FINAL: Final = (ClockPhase.ENDED, ClockPhase.FAILED)


class LiveClock:
    """The host's time is the market's."""

    def read(self, now_ms: int) -> ClockReading:
        return ClockReading(ClockPhase.LIVE, wall_ns() // NS_PER_US)


class SessionClock:
    """Follows `rp.<session>.clock` as the station hears it."""

    def __init__(self, station: Station, session: str) -> None:
        self._station = station
        self._session = session
        self._since_ms = monotonic_ns() // NS_PER_MS
        self._last: SessionNews | None = None

    def read(self, now_ms: int) -> ClockReading:
        self._last = self._station.sessions.get(self._session, self._last)
        if self._last is None:
            return ClockReading(ClockPhase.LOADING, 0, silent_ms=max(0, now_ms - self._since_ms))
        clock, silent_ms = self._last.clock, max(0, now_ms - self._last.heard_ms)
        phase = _PHASES.get(clock.state, ClockPhase.FAILED)
        # While our own link is down its silence says nothing about the session.
        if phase not in _FINAL and silent_ms > VANISHED_AFTER_MS and self._station.bus.connected:
            phase = ClockPhase.VANISHED
        return ClockReading(
            phase,
            time_us=clock.tape_ns // NS_PER_US,
            speed_milli=clock.speed_milli,
            title=clock.title,
            error=clock.error,
            silent_ms=silent_ms,
            epoch=clock.epoch,
            end_us=clock.end_ns // NS_PER_US,
        )


def market_clock(station: Station, scope: Scope) -> MarketClock:
    """The clock of `scope`."""
    return LiveClock() if scope.session is None else SessionClock(station, scope.session)
