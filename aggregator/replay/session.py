"""A replay session: tape, clock, publishers and pipeline of one scope, in one process.

Loads the whole tape before anything is heard on the bus, refuses a name that is taken, then plays and serves
`replay.ctl.<session>`. Its clock goes out ten times a second and with every change. At the end the last
picture stays until somebody stops it. Recorded events never reach a live subject.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from google.protobuf.message import DecodeError

from aggregator.feeds.publisher import RawPublisher
from aggregator.feeds.recorded.load import load_tape
from aggregator.feeds.recorded.tape import RecordedTape, TapeCounts, TapeError
from aggregator.health import HealthFigures, HealthReporter
from aggregator.pipeline.epochs import EpochStore, MemoryEpochs
from aggregator.pipeline.service import Pipeline
from aggregator.replay.names import session_name
from aggregator.replay.player import Player
from aggregator.replay.playhead import ENDED, FAILED, NORMAL_MILLI, PLAYING, Playhead
from core import platform, subjects
from core.bus import Bus, BusError, BusTimeout, NoResponders, ServerAddress
from core.clock import monotonic_ns, wall_ns
from core.logs import logger
from core.metrics import Counters
from core.scope import Scope
from core.tasks import TaskSet
from core.wire.generated.control_pb2 import ReplayControl, SessionClock

CLOCK_INTERVAL_S: Final = 0.1
CONNECT_TIMEOUT_MS: Final = 10_000
ASK_TIMEOUT_MS: Final = 1_000
SPEED_MILLI_MAX: Final = 1_000_000
# With exit_at_end: until the pipeline has sent its last deltas (50 ms apart at worst) and snapshots.
LINGER_S: Final = 0.5
DONE, FAILED_CODE, BAD_INPUT = 0, 1, 2

_log = logger("replay")


class SessionTaken(ValueError):
    """Another process plays under that name; one line."""


class ReplaySession:
    """One session on a connected bus. `run` returns when it was stopped or, if so told, at the tape's end."""

    def __init__(
        self,
        bus: Bus,
        tape: RecordedTape,
        session: str,
        *,
        speed_milli: int = NORMAL_MILLI,
        loop: bool = False,
        exit_at_end: bool = False,
        epochs: EpochStore | None = None,
    ) -> None:
        self.scope = Scope(session)
        self.session = session
        self.tape = tape
        self.counters = Counters()
        self.playhead = Playhead(tape.begin_ns, tape.end_ns, speed_milli)
        self.player = Player(tape, self.playhead, bus.flush)
        self.epoch = 0
        self._bus = bus
        self._is_looped = loop
        self._ends_with_tape = exit_at_end
        self._epochs = epochs or MemoryEpochs()
        self._publishers: dict[str, RawPublisher] = {}
        self._stopped = asyncio.Event()
        self._error = ""
        self._tasks = TaskSet(on_failure=self._on_failure)

    # ---- life --------------------------------------------------------------------------------------------
    async def run(self) -> int:
        """0 when stopped or ended, 1 when a part of it failed. Raises `SessionTaken`, `BusError`."""
        await self._check_name()
        async with AsyncExitStack() as stack:
            pipeline = Pipeline(self._bus, self.scope, self._next_epoch("market"))
            await pipeline.start()
            stack.push_async_callback(pipeline.close)
            stack.push_async_callback(self._close_publishers)
            control = subjects.replay_control(self.session)
            subscription = await self._bus.subscribe(control, self._on_control)
            stack.callback(subscription.unsubscribe)
            await self._bus.flush()
            reporter = HealthReporter(self._bus, f"replay-{self.session}", lambda: self._health(pipeline))
            stack.push_async_callback(self._tasks.close)  # last in, so the player ends before what it needs
            self._tasks.start(reporter.run(), "health")
            self._tasks.start(self._send_clocks(), "clock")
            self._tasks.start(self._play(), "player")
            self._tasks.start(_watch(pipeline), "watch-pipeline")
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

    def _next_epoch(self, line: str) -> int:
        return self._epochs.next_epoch(f"{self.session}.{line}", wall_ns())

    async def _play(self) -> None:
        while True:
            if not self.epoch or self.playhead.state != PLAYING:
                self._start_round()
            await self._open_publishers()
            self.player.rewind()
            self._send_clock()
            await self.player.run_to_end()
            self._send_clock()
            _log.info("played", session=self.session, events=self.player.events_played)
            if self._ends_with_tape:
                await self._bus.flush()
                await asyncio.sleep(LINGER_S)
                self.stop()
                return
            while not self._is_looped and self.playhead.state == ENDED:
                await self.player.wait_moved()

    def _start_round(self) -> None:
        """Play from the first event: tape time goes back, so the epoch is a new one."""
        self.epoch = self._next_epoch("session")
        self.playhead.play(monotonic_ns())

    async def _open_publishers(self) -> None:
        """New epochs: what desks and pipeline knew of an earlier round is void."""
        await self._close_publishers()
        for exchange in self.tape.exchanges:
            publisher = RawPublisher(
                self._bus,
                self.scope,
                exchange.exchange,
                exchange.instruments,
                self._next_epoch(f"feed.{exchange.exchange}"),
                counters=self.counters,
            )
            await publisher.open()
            self._publishers[exchange.exchange] = publisher
        self.player.publishers = self._publishers

    async def _close_publishers(self) -> None:
        while self._publishers:
            _, publisher = self._publishers.popitem()
            await publisher.close()

    def _on_failure(self, name: str, error: BaseException) -> None:
        self._error = f"{name}: {error}"
        self.playhead.state = FAILED
        self.stop()

    # ---- clock and control -------------------------------------------------------------------------------
    def clock(self) -> SessionClock:
        """Where the session is now."""
        return SessionClock(
            session=self.session,
            epoch=self.epoch,
            state=self.playhead.state,
            speed_milli=self.playhead.speed_milli,
            tape_ns=self.playhead.tape_ns(monotonic_ns()),
            begin_ns=self.playhead.begin_ns,
            end_ns=self.playhead.end_ns,
            sent_ns=wall_ns(),
            events_played=self.player.events_played,
            events_total=self.player.events_total,
            instruments=self.tape.instrument_count,
            title=self.tape.title,
            error=self._error,
        )

    async def _send_clocks(self) -> None:
        while True:
            self._send_clock()
            await asyncio.sleep(CLOCK_INTERVAL_S)

    def _send_clock(self) -> None:
        try:
            self._bus.publish(subjects.session_clock(self.session), self.clock().SerializeToString())
        except BusError as error:
            _log.debug("clock not sent", reason=str(error))  # the bus itself logs and counts being down

    def _on_control(self, _subject: str, data: bytes, reply: str) -> None:
        try:
            control = ReplayControl.FromString(data)
        except DecodeError:
            control = None
        error = "not a replay control" if control is None else self._obey(control)
        answer = self.clock()
        answer.error = error or answer.error
        try:
            self._bus.respond(reply, answer.SerializeToString())
        except BusError as gone:
            _log.info("control not answered", reason=str(gone))
        if control is not None and control.action != ReplayControl.STATUS:
            self._send_clock()

    def _obey(self, control: ReplayControl) -> str:
        """What is wrong with the request; empty: done."""
        now_ns = monotonic_ns()
        match control.action:
            case ReplayControl.STATUS:
                return ""
            case ReplayControl.PLAY if self.playhead.state == ENDED:
                self._start_round()
            case ReplayControl.PLAY:
                self.playhead.play(now_ns)
            case ReplayControl.PAUSE:
                self.playhead.pause(now_ns)
            case ReplayControl.SPEED if control.speed_milli <= SPEED_MILLI_MAX:
                self.playhead.set_speed(control.speed_milli, now_ns)
            case ReplayControl.SPEED:
                return f"speed {control.speed_milli} is above {SPEED_MILLI_MAX} (1,000 times the recording's)"
            case ReplayControl.STOP:
                self.stop()
            case _:
                return f"action {control.action} is not known to this build"
        self.player.moved()
        return ""

    def _health(self, pipeline: Pipeline) -> HealthFigures:
        figures = pipeline.figures()
        totals = {**figures.counters, **self.counters.totals()}
        totals |= {
            "rows_rejected": self.tape.counts.rejected,
            "held_up_ms": self.player.held_up_ms,
            "groups": figures.groups,
            "instruments": figures.instruments,
        }
        return HealthFigures(figures.cadence_ms, figures.degradation, figures.lag_ms, counters=totals)


async def _watch(pipeline: Pipeline) -> None:
    """Its own tasks log what they raise; here it becomes the end of the session."""
    while pipeline.is_running:  # noqa: ASYNC110 (its tasks are its own)
        await asyncio.sleep(CLOCK_INTERVAL_S)
    raise BusError("the pipeline ended")


async def run_replay(
    files: Sequence[Path],
    *,
    find_address: Callable[[], ServerAddress],
    session: str | None = None,
    speed_milli: int = NORMAL_MILLI,
    loop: bool = False,
    exit_at_end: bool = False,
    epochs: EpochStore | None = None,
) -> int:
    """Play files as a session until stopped; the exit code: 0 done, 1 failed, 2 bad input or a name in use.

    `find_address` may block (it may start a server), and is called only once the files are known to play.
    Raises `BusError` when there is no server. What is wrong with the input is one line on stderr.
    """
    try:
        tape = await asyncio.to_thread(load_tape, files)
        name = session or session_name(files)
        _say(summary(tape, name))
        bus = Bus(f"replay-{name}", await asyncio.to_thread(find_address))
        await bus.connect(CONNECT_TIMEOUT_MS)
        playing = ReplaySession(
            bus, tape, name, speed_milli=speed_milli, loop=loop, exit_at_end=exit_at_end, epochs=epochs
        )
        undo = platform.on_termination(asyncio.get_running_loop(), playing.stop)
        try:
            return await playing.run()
        finally:
            undo()
            await bus.close()
    except (TapeError, SessionTaken) as error:
        sys.stderr.write(f"tapedeckd: {error}\n")
        return BAD_INPUT


def summary(tape: RecordedTape, session: str) -> str:
    """What will be played, and what of the files will not, for a person."""
    counts = tape.counts
    events = _listed(counts.events)
    seconds = (tape.end_ns - tape.begin_ns) / 1e9
    exchanges = ", ".join(f"{each.exchange} ({len(each.instruments)})" for each in tape.exchanges)
    lines = [
        f"session {session}: {tape.title}",
        f"  {tape.event_count:,} events ({events}) in {seconds:,.3f} s",
        f"  {tape.instrument_count:,} instruments: {exchanges}",
        *_left_out(counts),
    ]
    return "\n".join(lines)


def _left_out(counts: TapeCounts) -> list[str]:
    lines = [f"  unused: {_listed(counts.unused)}"] if counts.unused else []
    return lines + [f"  {rejection}" for rejection in counts.rejections]


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
