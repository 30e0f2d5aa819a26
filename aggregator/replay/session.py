"""A replay session: one tape in a scope of its own, with a clock, steered over the bus.

Refuses a name that is taken, loads its tape while it already says so, then plays and serves
`replay.ctl.<session>` and `replay.time.<session>`. Its clock goes out ten times a second, thirty when it
plays faster than the recording, and with every change. Every jump of its time begins a new epoch. At the end
the last picture stays until somebody stops it or plays on. Recorded events never reach a live subject.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Final

from google.protobuf.message import DecodeError

from aggregator.feeds.recorded.tape import RecordedTape
from aggregator.health import HealthFigures, HealthReporter
from aggregator.pipeline.epochs import EpochStore, MemoryEpochs
from aggregator.pipeline.service import Pipeline
from aggregator.replay.bookmarks import Bookmarks
from aggregator.replay.controls import Controls
from aggregator.replay.epochs import SessionEpochs
from aggregator.replay.playhead import FAILED, LOADING, NORMAL_MILLI, PLAYING
from aggregator.replay.reel import PreparedTape, Reel, prepare
from aggregator.replay.timeline import TimelineError
from core import subjects
from core.bus import Bus, BusError, BusTimeout, NoResponders
from core.clock import monotonic_ns, wall_ns
from core.logs import logger
from core.metrics import Counters
from core.scope import Scope
from core.tasks import TaskSet
from core.wire.generated.control_pb2 import ReplayControl, SessionClock, Timeline, TimelineRequest

CLOCK_INTERVAL_S: Final = 0.1
FAST_CLOCK_INTERVAL_S: Final = 0.033
ASK_TIMEOUT_MS: Final = 1_000
TIMELINES_WAITING_MAX: Final = 64
# With exit_at_end: until the pipeline has sent its last deltas (50 ms apart at worst) and snapshots.
LINGER_S: Final = 0.5
DONE, FAILED_CODE = 0, 1

_log = logger("replay")


class SessionTaken(ValueError):
    """Another process plays under that name; one line."""


class ReplaySession:
    """One session on a connected bus. `run` returns when it was stopped or, if so told, at the tape's end.

    `load` gives the tape and runs in a thread; a tape that is at hand may be given instead.
    """

    def __init__(
        self,
        bus: Bus,
        tape: RecordedTape | Callable[[], RecordedTape],
        session: str,
        *,
        title: str = "",
        speed_milli: int = NORMAL_MILLI,
        loop: bool = False,
        paused: bool = False,
        find_begin: Callable[[RecordedTape], int] | None = None,
        exit_at_end: bool = False,
        epochs: EpochStore | None = None,
        bookmarks: Bookmarks | None = None,
    ) -> None:
        """`find_begin` gives the tape time to begin at; without it that is before the first event."""
        self.scope = Scope(session)
        self.session = session
        self.counters = Counters()
        self.is_looped = loop
        self.bookmarks = bookmarks or Bookmarks()
        self.epoch = 0
        self.reel: Reel | None = None
        self._bus = bus
        self._load = tape if callable(tape) else lambda: tape
        self._title = title
        self._speed_milli = speed_milli
        self._begins_paused = paused
        self._find_begin = find_begin
        self._begin_ns: int | None = None
        self._ends_with_tape = exit_at_end
        self._store = epochs or MemoryEpochs()
        self._epochs: SessionEpochs | None = None
        self._controls = Controls(self)
        self._is_turning = False
        self._timelines = asyncio.Semaphore(1)
        self._timelines_waiting = 0
        self._stopped = asyncio.Event()
        self._error = ""
        self._tasks = TaskSet(on_failure=self._on_failure)

    # ---- life --------------------------------------------------------------------------------------------
    async def run(self) -> int:
        """0 when stopped or ended, 1 when a part failed. Raises `SessionTaken`, `TapeError`, `BusError`."""
        await self._check_name()
        self._epochs = SessionEpochs(self._store, f"{self.session}.session")
        self.epoch = self._epochs.next()
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._close_reel)
            for subject, handler in (
                (subjects.replay_control(self.session), self._on_control),
                (subjects.replay_timeline(self.session), self._on_timeline),
            ):
                subscription = await self._bus.subscribe(subject, handler)
                stack.callback(subscription.unsubscribe)
            await self._bus.flush()
            stack.push_async_callback(self._tasks.close)  # last in, so the player ends before what it needs
            self._tasks.start(
                HealthReporter(self._bus, f"replay-{self.session}", self._health).run(), "health"
            )
            self._tasks.start(self._send_clocks(), "clock")
            await self._load_reel()
            await self._stopped.wait()
            self._send_clock()
        return FAILED_CODE if self._tasks.failures else DONE

    def stop(self) -> None:
        """End the session; its desks see silence."""
        self._stopped.set()

    async def _check_name(self) -> None:
        """Raises `SessionTaken` when somebody answers for this session."""
        ask = ReplayControl(action=ReplayControl.STATUS).SerializeToString()
        try:
            answer = await self._bus.request(subjects.replay_control(self.session), ask, ASK_TIMEOUT_MS)
        except (NoResponders, BusTimeout):
            return
        title = SessionClock.FromString(answer).title
        raise SessionTaken(
            f"session {self.session} plays {title or 'something'} already: choose another --session name"
        )

    async def _load_reel(self) -> None:
        """Load and begin to play, unless stopped before."""
        loading = asyncio.create_task(asyncio.to_thread(self._prepare), name="load-tape")
        stopped = asyncio.create_task(self._stopped.wait(), name="stopped")
        try:
            await asyncio.wait((loading, stopped), return_when=asyncio.FIRST_COMPLETED)
            if not loading.done():
                return
            prepared = loading.result()
        except ValueError as error:
            self._error = str(error)
            self._send_clock()
            raise
        finally:
            stopped.cancel()
            loading.cancel()  # its thread goes on, but nobody waits for it
        reel = Reel(self._bus, self.scope, prepared, self.epoch, self.counters)
        await reel.open()
        self.reel = reel
        self._tasks.start(self._drive(reel), "player")
        self._tasks.start(reel.follow_market(), "market")
        self._tasks.start(_watch(reel.pipeline), "watch-pipeline")

    def _prepare(self) -> PreparedTape:
        tape = self._load()
        if self._find_begin is not None:
            self._begin_ns = min(max(self._find_begin(tape), tape.begin_ns), tape.end_ns)
        return prepare(tape, self._speed_milli)

    async def _close_reel(self) -> None:
        if self.reel is not None:
            await self.reel.close()

    def _on_failure(self, name: str, error: BaseException) -> None:
        self._error = f"{name}: {error}"
        if self.reel is not None:
            self.reel.playhead.state = FAILED
        self.stop()

    # ---- playing -----------------------------------------------------------------------------------------
    async def _drive(self, reel: Reel) -> None:
        """Does everything that moves the tape, one after the other."""
        await self.turn(self._begin_ns, plays=not self._begins_paused)
        while True:
            while (order := self._controls.take()) is not None:
                error = await self._controls.carry_out(order.control)
                for reply in order.replies:
                    self._answer(reply, error)
            if reel.playhead.state != PLAYING:
                await reel.player.wait()
            elif await reel.player.play():
                await self._end(reel)

    async def turn(self, tape_ns: int | None, *, plays: bool) -> None:
        """Go to another time, or to before the first event; its clock is out when this returns."""
        assert self.reel is not None
        assert self._epochs is not None
        epoch = self._epochs.next()
        self._is_turning = True
        try:
            await self.reel.turn(epoch, tape_ns)
        finally:
            self._is_turning = False
        self.epoch = epoch
        if plays:
            self.reel.playhead.play(monotonic_ns())
        self._send_clock()

    async def step(self, tape_ns: int) -> None:
        """Play on to `tape_ns` at once. The clock goes out first: no event is ever after it."""
        assert self.reel is not None
        self.reel.player.begin_step(tape_ns)
        self._send_clock()
        await self.reel.step()

    async def _end(self, reel: Reel) -> None:
        reel.playhead.end()
        self._send_clock()
        _log.info("played", session=self.session, events=reel.player.events_played)
        if self._ends_with_tape:
            await self._bus.flush()
            await asyncio.sleep(LINGER_S)
            self.stop()
            await reel.player.wait()
        elif self.is_looped:
            await self.turn(None, plays=True)

    # ---- clock -------------------------------------------------------------------------------------------
    def clock(self) -> SessionClock:
        """Where the session is now."""
        clock = SessionClock(
            session=self.session,
            epoch=self.epoch,
            state=FAILED if self._error else LOADING,
            speed_milli=self._speed_milli,
            sent_ns=wall_ns(),
            title=self._title,
            error=self._error,
            is_looped=self.is_looped,
        )
        reel = self.reel
        if reel is not None:
            head = reel.playhead
            clock.state = head.state
            clock.speed_milli = head.speed_milli
            clock.tape_ns = max(head.begin_ns, reel.player.position_ns())
            clock.begin_ns, clock.end_ns = head.begin_ns, head.end_ns
            clock.events_played, clock.events_total = reel.player.events_played, reel.player.events_total
            clock.instruments, clock.title = reel.tape.instrument_count, reel.tape.title
            clock.bookmarks.extend(self.bookmarks.within(head.begin_ns, head.end_ns))
        return clock

    async def _send_clocks(self) -> None:
        while True:
            self._send_clock()
            await asyncio.sleep(FAST_CLOCK_INTERVAL_S if self._is_fast() else CLOCK_INTERVAL_S)

    def _is_fast(self) -> bool:
        if self.reel is None or self.reel.playhead.state != PLAYING:
            return False
        return self.reel.playhead.is_unpaced or self.reel.playhead.speed_milli > NORMAL_MILLI

    def _send_clock(self) -> None:
        if self._is_turning:
            return  # its place is known again when the turn is done, within some tens of ms
        try:
            self._bus.publish(subjects.session_clock(self.session), self.clock().SerializeToString())
        except BusError as error:
            _log.debug("clock not sent", reason=str(error))  # the bus itself logs and counts being down

    # ---- requests ----------------------------------------------------------------------------------------
    def _on_control(self, _subject: str, data: bytes, reply: str) -> None:
        try:
            control = ReplayControl.FromString(data)
        except DecodeError:
            self._answer(reply, "not a replay control: send a ReplayControl message")
            return
        if control.action == ReplayControl.STOP:
            self.stop()
            self._answer(reply, "")
        elif self.reel is None:
            is_status = control.action == ReplayControl.STATUS
            self._answer(reply, "" if is_status else "still loading: ask again when it plays")
        elif control.action == ReplayControl.STATUS and not self._is_turning:
            self._answer(reply, "")
        elif self._controls.put(control, reply):
            self.reel.player.interrupt()
        else:
            self._answer(reply, "too many requests wait: ask again when some are answered")

    def _answer(self, reply: str, error: str) -> None:
        if not reply:
            return
        answer = self.clock()
        answer.error = error or answer.error
        self._respond(reply, answer.SerializeToString())

    def _on_timeline(self, _subject: str, data: bytes, reply: str) -> None:
        try:
            request = TimelineRequest.FromString(data)
        except DecodeError:
            self._respond(reply, Timeline(error="not a request for a time line").SerializeToString())
            return
        if self.reel is None or self._timelines_waiting >= TIMELINES_WAITING_MAX:
            busy = "still loading" if self.reel is None else "too many requests wait"
            self._respond(reply, Timeline(error=f"{busy}: ask again").SerializeToString())
            return
        self._timelines_waiting += 1
        self._tasks.start(self._answer_timeline(self.reel, request, reply), "timeline")

    async def _answer_timeline(self, reel: Reel, request: TimelineRequest, reply: str) -> None:
        """Counted in a thread: the first answer for an instrument of millions of trades takes long."""
        try:
            async with self._timelines:
                epoch, tape_ns = self.epoch, reel.player.played_ns()
                answer = await asyncio.to_thread(reel.timelines.answer, request, epoch, tape_ns)
        except TimelineError as error:
            answer = Timeline(error=str(error))
        finally:
            self._timelines_waiting -= 1
        self._respond(reply, answer.SerializeToString())

    def _respond(self, reply: str, data: bytes) -> None:
        try:
            self._bus.respond(reply, data)
        except BusError as gone:
            _log.info("request not answered", reason=str(gone))

    def _health(self) -> HealthFigures:
        if self.reel is None:
            return HealthFigures(counters=self.counters.totals())
        figures = self.reel.pipeline.figures()
        totals = {**figures.counters, **self.counters.totals()}
        totals |= {
            "rows_rejected": self.reel.tape.counts.rejected,
            "held_up_ms": self.reel.player.held_up_ms,
            "groups": figures.groups,
            "instruments": figures.instruments,
        }
        return HealthFigures(figures.cadence_ms, figures.degradation, figures.lag_ms, counters=totals)


async def _watch(pipeline: Pipeline) -> None:
    """Its own tasks log what they raise; here it becomes the end of the session."""
    while pipeline.is_running:  # noqa: ASYNC110 (its tasks are its own)
        await asyncio.sleep(CLOCK_INTERVAL_S)
    raise BusError("the pipeline ended")
