"""A desk on the bus: one scope's clock, directory and groups, shared by every window.

Fills the port of desk.py from one `Bus`. Equal groups are one feed; a lease of all groups held goes out once
a second and at every change. Receiving fills tables and tells holds; it never paints.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from core import subjects
from core.bus import BusError
from core.clock import NS_PER_MS, monotonic_ns
from core.market.group_feed import FeedState
from core.market.groups import GroupSpec, group_spec
from core.market.instruments import Instrument, InstrumentKey
from core.scope import Scope
from core.tasks import TaskSet
from core.wire.generated import control_pb2
from desktop.bus_group import BusQuoteHold, SharedGroup
from desktop.desk import UNKNOWN_SOURCE, LinkReading, MarketClock, QuoteHold, SourceReading
from desktop.directory import Directory
from desktop.scope_clock import market_clock
from desktop.station import Station

LEASE_INTERVAL_MS: Final = 1_000
TEND_S: Final = 0.25
TEND_BUSY_S: Final = 0.05  # while a group waits for a snapshot: its jitter is up to 200 ms


class BusQuotes:
    """Directory and groups of one scope; see `desk.Quotes`."""

    def __init__(
        self,
        station: Station,
        scope: Scope,
        tasks: TaskSet,
        on_directory: Callable[[], None],
        trader: str,
        desk: str,
    ) -> None:
        bus = station.bus
        self._bus = bus
        self._station = station
        self._scope = scope
        self._tasks = tasks
        self._lease_subject = subjects.interest(scope, trader, desk)
        self._lease_due_ms = 0
        self._wake = asyncio.Event()
        self._groups: dict[GroupSpec, SharedGroup] = {}
        self.directory = Directory(bus, scope, tasks, on_directory)
        self._end_status = bus.on_status(lambda _status: self._interest_changed())

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        return self.directory.instruments

    @property
    def directory_version(self) -> int:
        return self.directory.version

    @property
    def groups(self) -> tuple[SharedGroup, ...]:
        return tuple(self._groups.values())

    @property
    def sources(self) -> tuple[SourceReading, ...]:
        """As the directory says, newer where the process's health or a delta header said so.

        Unknown where nothing is heard.
        """
        known = {source.exchange: source for source in self.directory.sources}
        for told in self._station.sources_of(self._scope):
            count = known[told.exchange].instruments if told.exchange in known else told.instruments
            known[told.exchange] = replace(told, instruments=count)
        if not self._bus.connected:
            return tuple(replace(known[name], state=UNKNOWN_SOURCE) for name in sorted(known))
        for group in self._groups.values():
            feed = group.feed
            silent = feed.state is not FeedState.LIVE
            for name, state, late_ms in zip(
                feed.sources, feed.source_states, feed.source_late_ms, strict=False
            ):
                count = known[name].instruments if name in known else 0
                said = UNKNOWN_SOURCE if silent else int(state)
                known[name] = SourceReading(name, said, int(late_ms), count)
        return tuple(known[name] for name in sorted(known))

    def hold(self, keys: Sequence[InstrumentKey], on_data: Callable[[], None]) -> QuoteHold:
        spec = group_spec(keys)
        group = self._groups.get(spec)
        if group is None:
            group = SharedGroup(self._bus, self._scope, spec, self._tasks, self._interest_changed)
            self._groups[spec] = group
            self._tasks.start(group.open(), f"open-{group.group_id}")
        hold = BusQuoteHold(group, on_data, self._let_go)
        group.holds.append(hold)
        self._interest_changed()
        return hold

    def _let_go(self, hold: BusQuoteHold) -> None:
        group = hold.group
        if hold not in group.holds:
            return
        group.holds.remove(hold)
        if not group.holds:
            self._groups.pop(group.spec, None)
            group.close()
        self._interest_changed()

    def _interest_changed(self) -> None:
        self._lease_due_ms = 0
        self._wake.set()

    async def tend(self) -> None:
        """Runs for as long as the desk: leases, staleness and snapshot requests."""
        while True:
            now_ms = monotonic_ns() // NS_PER_MS
            for group in self.groups:
                group.tend(now_ms)
            if now_ms >= self._lease_due_ms:
                self._lease_due_ms = now_ms + LEASE_INTERVAL_MS
                self._lease()
            busy = any(group.feed.state is not FeedState.LIVE for group in self._groups.values())
            self._wake.clear()
            try:
                async with asyncio.timeout(TEND_BUSY_S if busy else TEND_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _lease(self) -> None:
        leases = [
            control_pb2.GroupLease(group=group.group_id, cadence_ms=group.cadence_ms)
            for group in self._groups.values()
        ]
        try:
            self._bus.publish(self._lease_subject, control_pb2.Interest(groups=leases).SerializeToString())
        except BusError:
            self._lease_due_ms = 0  # not connected: the first turn after the reconnect sends it

    def close(self) -> None:
        self._end_status()
        self.directory.close()
        for group in self._groups.values():
            group.close()
        self._groups.clear()


class BusDesk:
    """One scope on the bus; see `desk.Desk`. `start` it, `close` it before the bus."""

    def __init__(
        self,
        station: Station,
        scope: Scope,
        *,
        trader: str,
        name: str,
        on_directory: Callable[[], None],
        on_failure: Callable[[str, BaseException], None],
    ) -> None:
        self.scope = scope
        self.clock: MarketClock = market_clock(station, scope)
        self._station = station
        self._tasks = TaskSet(on_failure)
        self.quotes = BusQuotes(station, scope, self._tasks, on_directory, trader, name)

    async def start(self) -> None:
        await self.quotes.directory.start()
        self._tasks.start(self.quotes.tend(), "tend-groups")

    def link(self, now_ms: int) -> LinkReading:
        return self._station.link(now_ms)

    async def close(self) -> None:
        self.quotes.close()
        await self._tasks.close()
