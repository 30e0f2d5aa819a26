"""Turns everything a desk holds of a session to a new epoch, in one step for all windows.

Told of every clock message and of every snapshot and series that came, it decides with `EpochTurn`. What is
still of another epoch when the time is up is blanked: nothing of the time after a seek back stays.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from core.clock import NS_PER_MS, monotonic_ns
from desktop.desk import ClockReading, MarketClock
from desktop.station import Station
from desktop.turning import EpochTurn, TurnStep

EARLY_MS: Final = 5  # Qt's timers may fire a twentieth before their time: then once more, so much later


class Held(Protocol):
    """A group or a series that panels of the scope hold."""

    @property
    def epoch(self) -> int:
        """Of the values it has; 0 while it has none."""

    @property
    def is_awaited(self) -> bool:
        """False when it is known that nothing will come: then nobody waits for it."""

    @property
    def newest_event_us(self) -> int:
        """Market time of the newest event in it, 0 for none."""

    def set_blank(self, blank: bool) -> None:
        """Show no value until it has those of the epoch shown."""


class ScopeTurn:
    """`on_news` is called after a clock message, and when a turn begins or ends."""

    def __init__(
        self,
        station: Station,
        session: str,
        held: Callable[[], Iterable[Held]],
        on_news: Callable[[], None],
    ) -> None:
        self.turn = EpochTurn()
        self._station = station
        self._session = session
        self._held = held
        self._on_news = on_news
        self._overdue: asyncio.TimerHandle | None = None
        self._end_news = station.listen(self._on_clock)

    @property
    def is_turning(self) -> bool:
        return self.turn.is_turning

    def close(self) -> None:
        self._end_news()
        self._stop_timer()

    def _on_clock(self, session: str) -> None:
        if session == self._session:
            self.hear(self._station.sessions[session].clock.epoch)
            if not self.turn.is_turning:
                self._on_news()

    def hear(self, epoch: int) -> None:
        """Something of `epoch` has come. Call it before panels are told."""
        now_ms = monotonic_ns() // NS_PER_MS
        if self.turn.hear(epoch, now_ms):
            self._arm(now_ms)
            self._on_news()
        if self.turn.is_turning:
            self.settle()
        else:
            self._blank()

    def settle(self) -> None:
        """See whether the turn has ended; what is held or let go may end it, too."""
        news = self._station.sessions.get(self._session)
        epochs = [0 if news is None else news.clock.epoch]
        epochs += [held.epoch for held in self._held() if held.is_awaited]
        step = self.turn.settle(epochs, monotonic_ns() // NS_PER_MS)
        if step in (TurnStep.COMPLETE, TurnStep.OVERDUE):
            self._stop_timer()
            self._blank()
            self._on_news()

    def _arm(self, now_ms: int) -> None:
        due_ms = self.turn.due_ms
        if due_ms is not None:
            wait_s = max(EARLY_MS, due_ms - now_ms) / 1_000
            self._overdue = asyncio.get_running_loop().call_later(wait_s, self._on_timer)

    def _on_timer(self) -> None:
        self.settle()
        self._arm(monotonic_ns() // NS_PER_MS)

    def _blank(self) -> None:
        for held in self._held():
            held.set_blank(held.epoch not in (0, self.turn.shown))

    def newest_event_us(self) -> int:
        """Of everything that is of the epoch shown."""
        shown = self.turn.shown
        return max((held.newest_event_us for held in self._held() if held.epoch == shown), default=0)

    def _stop_timer(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None


class TurningClock:
    """The session's clock as windows may show it: never before what they paint, and still during a turn."""

    def __init__(self, clock: MarketClock, turn: ScopeTurn) -> None:
        self._clock = clock
        self._turn = turn
        self._last: ClockReading | None = None

    def read(self, now_ms: int) -> ClockReading:
        if self._turn.is_turning and self._last is not None:
            return self._last
        self._last = self._clock.read(now_ms).not_before(self._turn.newest_event_us())
        return self._last
