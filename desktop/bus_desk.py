"""A desk on the bus: one scope's clock, directory, groups and bars, shared by every window.

Fills the port of desk.py from one `Bus`. Equal groups are one feed, equal series too; a lease of all that is
held goes out once a second and at every change. Receiving fills tables and tells holds; it never paints.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from core import subjects
from core.market.group_feed import FeedState
from core.market.groups import GroupSpec, group_spec
from core.market.instruments import Instrument, InstrumentKey
from core.scope import Scope
from core.tasks import TaskSet
from desktop.bus_bars import BusBars
from desktop.bus_group import BusQuoteHold, SharedGroup
from desktop.bus_leases import DeskLeases
from desktop.desk import UNKNOWN_SOURCE, LinkReading, MarketClock, QuoteHold, SourceReading
from desktop.directory import Directory
from desktop.scope_clock import market_clock
from desktop.scope_turn import Held, ScopeTurn, TurningClock
from desktop.station import Station
from desktop.transport import BusTransport


class BusQuotes:
    """Directory and groups of one scope; see `desk.Quotes`."""

    def __init__(
        self,
        station: Station,
        scope: Scope,
        tasks: TaskSet,
        on_directory: Callable[[], None],
        on_interest: Callable[[], None],
        on_epoch: Callable[[int], None],
    ) -> None:
        bus = station.bus
        self._bus = bus
        self._station = station
        self._scope = scope
        self._tasks = tasks
        self._interest_changed = on_interest
        self._groups: dict[GroupSpec, SharedGroup] = {}
        self._on_epoch = on_epoch
        self.directory = Directory(bus, scope, tasks, on_directory)

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
            if group.asleep:
                continue
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
            group = SharedGroup(
                self._bus, self._scope, spec, self._tasks, self._interest_changed, self._on_epoch
            )
            self._groups[spec] = group
            self._tasks.start(group.open(), f"open-{group.group_id}")
        hold = BusQuoteHold(group, on_data, self._let_go)
        group.holds.append(hold)
        group.follow_holds()
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
        else:
            group.follow_holds()
        self._interest_changed()

    def close(self) -> None:
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
        on_news: Callable[[], None],
        on_failure: Callable[[str, BaseException], None],
        say: Callable[[str], None],
    ) -> None:
        """`on_news`: windows may have to paint though no group brought data. `say`: what was refused."""
        self.scope = scope
        self.clock: MarketClock = market_clock(station, scope)
        self.transport: BusTransport | None = None
        self._station = station
        self._tasks = TaskSet(on_failure)
        self._turn: ScopeTurn | None = None
        self._leases = DeskLeases(
            station.bus,
            subjects.interest(scope, trader, name),
            lambda: self.quotes.groups,
            lambda: self.bars.series,
        )
        changed = self._leases.changed
        self.quotes = BusQuotes(station, scope, self._tasks, on_directory, changed, self._on_epoch)
        self.bars = BusBars(station.bus, scope, self._tasks, changed, self._on_epoch)
        if scope.session is not None:
            self._turn = ScopeTurn(station, scope.session, self._held, on_news)
            self.clock = TurningClock(self.clock, self._turn)
            self.transport = BusTransport(station, scope.session, self._tasks, self.clock, on_news, say)

    def _on_epoch(self, epoch: int) -> None:
        if self._turn is not None:
            self._turn.hear(epoch)

    def _held(self) -> tuple[Held, ...]:
        """Everything that has to turn together."""
        return *self.quotes.groups, *self.bars.series

    @property
    def film(self) -> None:
        """Nothing on the bus is a run."""
        return None

    @property
    def is_turning(self) -> bool:
        return self._turn is not None and self._turn.is_turning

    async def start(self) -> None:
        await self.quotes.directory.start()
        self._tasks.start(self._leases.tend(), "tend-groups")

    def link(self, now_ms: int) -> LinkReading:
        return self._station.link(now_ms)

    async def close(self) -> None:
        if self._turn is not None:
            self._turn.close()
        self._leases.close()
        self.quotes.close()
        self.bars.close()
        await self._tasks.close()
