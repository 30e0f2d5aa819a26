"""What a desk asks for, told once a second and at every change: groups of quotes and series of bars.

One message holds all of it. Between two of them everything held is tended: staleness, and what its feed asks
for. Never paints.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from core.bus import Bus, BusError
from core.clock import NS_PER_MS, monotonic_ns
from core.market.group_feed import FeedState
from core.wire.generated import control_pb2
from desktop.bus_bars import SharedBars
from desktop.bus_group import SharedGroup

LEASE_INTERVAL_MS: Final = 1_000
TEND_S: Final = 0.25
TEND_BUSY_S: Final = 0.05  # while something waits for a snapshot or a page: their jitter is up to 200 ms


class DeskLeases:
    """`groups` and `series` are what is held now; `subject` is that of the desk's Interest."""

    def __init__(
        self,
        bus: Bus,
        subject: str,
        groups: Callable[[], tuple[SharedGroup, ...]],
        series: Callable[[], tuple[SharedBars, ...]],
    ) -> None:
        self._bus = bus
        self._subject = subject
        self._groups = groups
        self._series = series
        self._due_ms = 0
        self._wake = asyncio.Event()
        self._end_status = bus.on_status(lambda _status: self.changed())

    def changed(self) -> None:
        """Something else is held, or at another cadence."""
        self._due_ms = 0
        self._wake.set()

    async def tend(self) -> None:
        """Runs for as long as the desk."""
        while True:
            now_ms = monotonic_ns() // NS_PER_MS
            for group in self._groups():
                group.tend(now_ms)
            for series in self._series():
                series.tend(now_ms)
            if now_ms >= self._due_ms:
                self._due_ms = now_ms + LEASE_INTERVAL_MS
                self._send()
            is_busy = any(
                group.feed.state is not FeedState.LIVE for group in self._groups() if not group.asleep
            ) or not all(series.is_settled for series in self._series())
            self._wake.clear()
            try:
                async with asyncio.timeout(TEND_BUSY_S if is_busy else TEND_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _send(self) -> None:
        interest = control_pb2.Interest(
            groups=[
                control_pb2.GroupLease(group=group.group_id, cadence_ms=group.cadence_ms)
                for group in self._groups()
                if not group.asleep
            ],
            bars=[series.lease for series in self._series() if not series.asleep],
        )
        try:
            self._bus.publish(self._subject, interest.SerializeToString())
        except BusError:
            self._due_ms = 0  # not connected: the first turn after the reconnect sends it

    def close(self) -> None:
        self._end_status()
