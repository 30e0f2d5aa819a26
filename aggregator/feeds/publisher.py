"""Puts one exchange's events on the bus, numbered, so that whoever misses some can notice and be helped.

Keeps the feed's epoch, sequence, definitions version, source state, newest values and last messages. It
promises: every message with events takes the next number, also when the bus refused it; a header at least
every 250 ms; definitions on change and every second; when asked, the messages that somebody missed, or else
a whole state, of the numbers sent so far. It never waits: a feed hands over at most 5 ms or 256 events of its
market at a time.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from google.protobuf.message import DecodeError

from aggregator.feeds.events import EventBlock
from aggregator.feeds.newest import NewestValues
from aggregator.feeds.raw_writer import RawWriter
from aggregator.feeds.sent import SentMessages
from core import subjects
from core.bus import Bus, BusError, Subscription
from core.clock import NS_PER_MS, monotonic_ns, wall_ns
from core.logs import logger
from core.market.fields import SourceState
from core.market.instruments import Instrument
from core.metrics import Counters
from core.scope import Scope
from core.tasks import TaskSet
from core.wire.generated import control_pb2
from core.wire.raw import EVENTS_MAX, RawBatch, RawFlag, RawHeader

BATCH_EVENTS_MAX: Final = 256
BATCH_MS_MAX: Final = 5
IDLE_MS: Final = 250
DEFINITIONS_MS: Final = 1_000
# A state of 5,000 instruments is 20 messages; asking more often than this gets one answer.
STATE_SPACING_MS: Final = 100
_TICK_MS: Final = 50
_NEWS: Final = RawFlag(0)

_log = logger("feed")


class RawPublisher:
    """One exchange of one scope, on one event loop. Make it, `open` it, `publish` blocks, `close` it.

    `one_event_per_message` sends each event alone on its instrument's subject, as a feed without batching
    would (for measurements).
    """

    def __init__(
        self,
        bus: Bus,
        scope: Scope,
        exchange: str,
        instruments: Sequence[Instrument],
        epoch: int,
        *,
        one_event_per_message: bool = False,
        counters: Counters | None = None,
        wall: Callable[[], int] = wall_ns,
        monotonic: Callable[[], int] = monotonic_ns,
    ) -> None:
        self.exchange = exchange
        self.epoch = epoch
        self.sequence = 0
        self.definitions_version = 1
        self.source_state = SourceState.OK
        self.late_ms = 0
        self.counters = counters or Counters()
        self._bus = bus
        self._scope = scope
        self._instruments = tuple(instruments)
        self._is_single = one_event_per_message
        self._wall = wall
        self._monotonic = monotonic
        self._writer = RawWriter()
        self._sent = SentMessages()
        self._newest = NewestValues(len(self._instruments))
        self._mix = subjects.raw_mix(scope, exchange)
        self._singles = [subjects.raw(scope, instrument.key) for instrument in self._instruments]
        self._definitions = self._encode_definitions()
        self._tasks = TaskSet()
        self._subscription: Subscription | None = None
        self._sent_ns = 0
        self._defined_ns = 0
        self._state_ns = -STATE_SPACING_MS * NS_PER_MS
        self._is_state_due = False
        self._events_out = self.counters.counter("raw_events_out")
        self._messages_out = self.counters.counter("raw_messages_out")
        self._refused = self.counters.counter("raw_refused")
        self._states_out = self.counters.counter("raw_states_out")
        self._repeated = self.counters.counter("raw_repeated")
        self._overflows = self.counters.counter("raw_rescale_overflows")

    # ---- life --------------------------------------------------------------------------------------------
    async def open(self) -> None:
        """Announce the instruments and start answering."""
        asked = subjects.feed_state_get(self._scope, "*")
        self._subscription = await self._bus.subscribe(asked, self._on_asked)
        self._send_definitions()
        self._send_header()
        self._tasks.start(self._keep_alive(), f"feed-{self.exchange}")

    async def close(self) -> None:
        """Stop answering. The exchange is silent from here on, which its readers notice within a second."""
        if self._subscription is not None:
            self._subscription.unsubscribe()
        await self._tasks.close()

    # ---- what a feed calls -------------------------------------------------------------------------------
    @property
    def newest(self) -> NewestValues:
        return self._newest

    def publish(self, block: EventBlock) -> None:
        """Send one block, at most `BATCH_EVENTS_MAX` events unless they are one message of the venue."""
        count = block.event_count
        if not count:
            return
        assert count <= EVENTS_MAX, f"{count} events in one block"
        block = block.received_at(self._wall())
        if self._is_single:
            for single in block.single_events():
                _, events = next(single.kinds())
                self._send_events(single, self._singles[int(events.instrument[0])])
        else:
            self._send_events(block, self._mix)
        self._newest.note(block)
        self._events_out.add(count)

    def set_source(self, state: SourceState, late_ms: int = 0) -> None:
        """Tell how the venue's connection is doing; a change of state goes out at once."""
        is_news = state is not self.source_state
        self.source_state, self.late_ms = state, late_ms
        if is_news:
            self._send_header()

    def restart(self, epoch: int, newest: NewestValues) -> None:
        """Begin anew under a higher epoch with other values, which go out at once, after the definitions.

        With values to tell, the numbers begin at 1: a reader that lost this state then sees that its first
        message is not the epoch's first, and asks.
        """
        assert epoch > self.epoch
        self.epoch, self._newest = epoch, newest
        self.sequence = int(newest.has_values)
        self._sent.begin(self.sequence)
        self._definitions = self._encode_definitions()
        self._send_state()

    def define(self, instruments: Sequence[Instrument]) -> None:
        """Replace the instruments: those that were there keep their ids, new ones follow.

        Increments may get finer, not coarser.
        """
        before = len(self._instruments)
        assert [each.key for each in instruments[:before]] == [each.key for each in self._instruments]
        self._overflows.add(self._newest.define(self._instruments, instruments))
        self._instruments = tuple(instruments)
        self._singles = [subjects.raw(self._scope, instrument.key) for instrument in self._instruments]
        self.definitions_version += 1
        self._definitions = self._encode_definitions()
        self._send_definitions()

    # ---- messages ----------------------------------------------------------------------------------------
    def _send_events(self, block: EventBlock, subject: str) -> None:
        self.sequence += 1
        kinds = dict(block.kinds())
        payload = self._writer.encode(RawBatch(self._header(), **kinds))
        self._sent.note(self.sequence, subject, payload)
        self._send(subject, payload)

    def _send_header(self) -> None:
        self._send(self._mix, self._writer.encode(RawBatch(self._header())))

    def _send_definitions(self) -> None:
        self._defined_ns = self._monotonic()
        self._send(subjects.definitions(self._scope, self.exchange), self._definitions)

    def _send_state(self) -> None:
        """Definitions and every newest value, all under the number of the last message sent."""
        self._state_ns = self._monotonic()
        self._is_state_due = False
        self._send_definitions()
        blocks = self._newest.state(self._wall()) or [EventBlock()]
        for index, block in enumerate(blocks):
            flags = RawFlag.STATE
            if index == 0:
                flags |= RawFlag.FIRST
            if index == len(blocks) - 1:
                flags |= RawFlag.LAST
            batch = RawBatch(self._header(flags), **dict(block.kinds()))
            self._send(self._mix, self._writer.encode(batch))
        self._states_out.add()

    def _header(self, flags: RawFlag = _NEWS) -> RawHeader:
        return RawHeader(
            self.epoch, self.sequence, self.definitions_version, flags, self.source_state, self.late_ms
        )

    def _send(self, subject: str, payload: bytes) -> None:
        """A refused message leaves a hole in the numbers, so its readers ask for the state afterwards."""
        self._sent_ns = self._monotonic()
        try:
            self._bus.publish(subject, payload)
        except BusError:
            self._refused.add()
        else:
            self._messages_out.add()

    def _encode_definitions(self) -> bytes:
        message = control_pb2.Definitions(
            epoch=self.epoch, version=self.definitions_version, exchange=self.exchange
        )
        for number, instrument in enumerate(self._instruments):
            message.instruments.add(
                id=number,
                key=control_pb2.InstrumentKey(exchange=instrument.key.exchange, symbol=instrument.key.symbol),
                price_decimals=instrument.price_decimals,
                size_decimals=instrument.size_decimals,
                tick_counts=instrument.tick_counts,
                inferred=instrument.inferred,
                name=instrument.name,
            )
        return message.SerializeToString()

    # ---- answering ---------------------------------------------------------------------------------------
    def _on_asked(self, subject: str, data: bytes, _reply: str) -> None:
        mine = (
            subjects.feed_state_get(self._scope, self.exchange),
            subjects.feed_state_get(self._scope, "*"),
        )
        if subject not in mine or (data and self._repeat(data)):
            return
        if self._monotonic() - self._state_ns >= STATE_SPACING_MS * NS_PER_MS:
            self._send_state()
        else:
            self._is_state_due = True

    def _repeat(self, asked: bytes) -> bool:
        """Send again what a reader missed. False: not everything is at hand, or it is not a request."""
        try:
            request = control_pb2.FeedStateRequest.FromString(asked)
        except DecodeError:
            return False
        if request.epoch != self.epoch:
            return False
        missed = self._sent.after(request.after_sequence)
        if missed is None:
            return False
        self._send_definitions()
        for subject, payload in missed:
            self._send(subject, payload)
        self._repeated.add(len(missed))
        self._send_header()
        return True

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(_TICK_MS / 1_000)
            now_ns = self._monotonic()
            if self._is_state_due and now_ns - self._state_ns >= STATE_SPACING_MS * NS_PER_MS:
                self._send_state()
            if now_ns - self._defined_ns >= DEFINITIONS_MS * NS_PER_MS:
                self._send_definitions()
            if now_ns - self._sent_ns >= (IDLE_MS - _TICK_MS) * NS_PER_MS:
                self._send_header()
