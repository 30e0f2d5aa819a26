"""A loaded tape with everything that plays it: player, keyframes, index, publishers and pipeline of a scope.

`prepare` does the work that takes long, in any thread. A turn (seek) gives every exchange its state at the
time sought and the pipeline a new epoch; nothing plays meanwhile. It never decides when to play or to turn.
"""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from aggregator.feeds.publisher import RawPublisher
from aggregator.feeds.recorded.tape import RecordedTape
from aggregator.pipeline.service import Pipeline
from aggregator.replay.backfill import TapeBackfill
from aggregator.replay.index import TapeIndex
from aggregator.replay.keyframes import Keyframes
from aggregator.replay.player import Player, sorted_times
from aggregator.replay.playhead import Playhead
from aggregator.replay.timeline import Timelines
from core.bus import Bus, BusError
from core.metrics import Counters
from core.scope import Scope

# A step further on than this is a seek: publishing as many events takes about a fifth of a second.
STEP_EVENTS_MAX: Final = 100_000
MARKET_INTERVAL_S: Final = 0.05
_DRAINED_S: Final = 0.02  # the pipeline folds what it was delivered within 8 ms


@dataclass(frozen=True, slots=True)
class PreparedTape:
    """What is worked out once a tape."""

    tape: RecordedTape
    keyframes: Keyframes
    index: TapeIndex
    player: Player
    timelines: Timelines


def prepare(tape: RecordedTape, speed_milli: int) -> PreparedTape:
    """About a second for 4 million events."""
    index = TapeIndex(tape)
    player = Player(tape, Playhead(tape.begin_ns, tape.end_ns, speed_milli), sorted_times(tape))
    return PreparedTape(tape, Keyframes.of(tape), index, player, Timelines(index))


class Reel:
    """One per session. `open`, then `turn` and `step`, while its player plays; `close`."""

    def __init__(
        self, bus: Bus, scope: Scope, prepared: PreparedTape, epoch: int, counters: Counters
    ) -> None:
        self.tape = prepared.tape
        self.player = prepared.player
        self.playhead = prepared.player.playhead
        self.timelines = prepared.timelines
        self._bus = bus
        self._keyframes = prepared.keyframes
        self._index = prepared.index
        self._turns = 0
        self._market_ns = self.tape.begin_ns
        self._stack = AsyncExitStack()
        start = [0] * len(self.tape.exchanges)
        self.pipeline = Pipeline(
            bus, scope, epoch, market_ns=self.market_ns, backfill=TapeBackfill(self._index, start)
        )
        self._publishers = [
            RawPublisher(bus, scope, each.exchange, each.instruments, epoch, counters=counters)
            for each in self.tape.exchanges
        ]
        self.player.publishers = {each.exchange: each for each in self._publishers}
        self.player.confirm = self._confirm

    async def open(self) -> None:
        """Serve the scope; nothing is played before the first turn. Raises `BusError`."""
        await self.pipeline.start()
        self._stack.push_async_callback(self.pipeline.close)
        for publisher in self._publishers:
            self._stack.push_async_callback(publisher.close)
            await publisher.open()
        await self._bus.flush()

    async def close(self) -> None:
        """Publishers first; the pipeline then hears no more."""
        await self._stack.aclose()

    async def turn(self, epoch: int, tape_ns: int | None) -> None:
        """Stand at `tape_ns`, every event up to it in the tables; None: before the first event of the tape.

        Returns when the pipeline has told its groups and series. The playhead is paused then.
        """
        self._turns += 1
        begin_ns = self.tape.begin_ns
        ranks = [0 if tape_ns is None else each.rank_at(tape_ns) for each in self.tape.exchanges]
        states = [self._keyframes.state_after(number, rank) for number, rank in enumerate(ranks)]
        epochs = {publisher.exchange: epoch for publisher in self._publishers}
        turned = self.pipeline.turn(epoch, epochs, TapeBackfill(self._index, ranks))
        self._market_ns = begin_ns if tape_ns is None else tape_ns
        self.playhead.move_to(self._market_ns)
        self.player.place(ranks)
        for publisher, state in zip(self._publishers, states, strict=True):
            publisher.restart(epoch, state.newest)
        await turned

    def can_step_to(self, tape_ns: int) -> bool:
        """Whether the events up to there are few enough to be published one after the other."""
        ahead = int(self.player.times.searchsorted(tape_ns, "right")) - self.player.events_played
        return 0 <= ahead <= STEP_EVENTS_MAX

    async def step(self) -> None:
        """Publish what the step that was begun leads over; the pipeline has it when this returns."""
        await self.player.step()
        await self._confirm()

    def market_ns(self) -> int:
        """A time up to which the pipeline has folded every event: what its bars close by."""
        return self._market_ns

    async def follow_market(self) -> None:
        """Keep `market_ns` close to the player's position, until cancelled."""
        while True:
            await asyncio.sleep(MARKET_INTERVAL_S)
            turns, played_ns = self._turns, self.player.played_ns()
            if played_ns <= self._market_ns:
                continue
            await self._confirm()
            await asyncio.sleep(_DRAINED_S)
            if turns == self._turns:
                self._market_ns = played_ns

    async def _confirm(self) -> None:
        """The bus has taken, and delivered to this process, what was published; while it is away, wait."""
        while True:
            try:
                await self._bus.flush()
            except BusError:
                await asyncio.sleep(MARKET_INTERVAL_S)  # lost messages are asked for again; the bus says why
            else:
                return
