"""The deck of a session on the bus: what a person asks of it, and what it says of itself.

Requests are tasks of their own and return at once; only the newest seek is on its way while somebody scrubs.
What a session refuses, or does not answer, is said in words. Time lines are kept and asked for again as
the session plays. Nothing here paints, and no time is advanced here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from google.protobuf.message import DecodeError

from core import subjects
from core.bus import BusError
from core.clock import NS_PER_MS, NS_PER_US, monotonic_ns
from core.logs import logger
from core.market.instruments import InstrumentKey
from core.market.intervals import Interval
from core.tasks import TaskSet
from core.wire.generated import control_pb2
from core.wire.generated.control_pb2 import ReplayControl
from desktop.desk import Bookmark, MarketClock, Speed, StepUnit, TimelineReading, TransportReading
from desktop.station import Station
from desktop.tr import tr
from desktop.words import SPEED_MILLI_MAX, SPEEDS_MILLI, speed_words

CONTROL_TIMEOUT_MS: Final = 3_000
SEEK_TIMEOUT_MS: Final = 10_000  # in a tape without keyframes near, on a busy host
TIMELINE_TIMEOUT_MS: Final = 2_000
TIMELINE_EVERY_MS: Final = 1_000
TIMELINES_MAX: Final = 8  # one a chart symbol and width; the oldest goes
BUCKETS_MAX: Final = 2_000
_STEPS: Final = {
    StepUnit.EVENT: ReplayControl.Step.EVENT,
    StepUnit.BAR: ReplayControl.Step.BAR,
    StepUnit.SECOND: ReplayControl.Step.SECOND,
}
_DONE_WORDS: Final = {
    ReplayControl.Action.PLAY: "play",
    ReplayControl.Action.PAUSE: "pause",
    ReplayControl.Action.SPEED: "change the speed",
    ReplayControl.Action.STEP: "step",
    ReplayControl.Action.SEEK: "seek",
    ReplayControl.Action.LOOP: "loop",
    ReplayControl.Action.BOOKMARK: "set the bookmark",
    ReplayControl.Action.REMOVE_BOOKMARK: "remove the bookmark",
}

_log = logger("transport")


@dataclass(slots=True)
class _Line:
    """One time line: the newest answer, and what was asked when."""

    reading: TimelineReading | None = None
    asked_ms: int = -TIMELINE_EVERY_MS
    asked_epoch: int = -1
    asked_tape_ns: int = -1
    is_asking: bool = False


@dataclass(slots=True)
class TransportCounters:
    """Of one session, since this desk follows it."""

    requests: int = 0
    refused: int = 0
    unanswered: int = 0
    seeks_skipped: int = field(default=0)  # overtaken by a newer one before they were sent


class BusTransport:
    """See `desk.Transport`. `on_news` when a time line has come, `say` for what went wrong."""

    def __init__(
        self,
        station: Station,
        session: str,
        tasks: TaskSet,
        clock: MarketClock,
        on_news: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        self.counters = TransportCounters()
        self._station = station
        self._session = session
        self._tasks = tasks
        self._clock = clock
        self._on_news = on_news
        self._say = say
        self._wanted_ns: int | None = None
        self._is_seeking = False
        self._wanted_steps: tuple[StepUnit, Interval, int] | None = None
        self._is_stepping = False
        self._lines: dict[tuple[int, InstrumentKey | None], _Line] = {}

    # ---- what is read ----------------------------------------------------------------------------
    @property
    def units(self) -> tuple[StepUnit, ...]:
        return tuple(_STEPS)

    @property
    def speeds(self) -> tuple[Speed, ...]:
        return tuple(Speed(milli, speed_words(milli)) for milli in SPEEDS_MILLI)

    @property
    def speed_milli_max(self) -> int:
        return SPEED_MILLI_MAX

    def speed_words(self, speed_milli: int) -> str:
        return speed_words(speed_milli)

    def reading(self, now_ms: int) -> TransportReading | None:
        """The newest the session said, at the time that windows show."""
        news = self._station.sessions.get(self._session)
        shown = self._clock.read(now_ms)
        if news is None or not shown.time_us:
            return None
        said = news.clock
        return TransportReading(
            phase=shown.phase,
            epoch=shown.epoch,
            tape_ns=shown.time_us * NS_PER_US,
            begin_ns=said.begin_ns,
            end_ns=said.end_ns,
            speed_milli=said.speed_milli,
            events_played=said.events_played,
            events_total=said.events_total,
            instruments=said.instruments,
            is_looped=said.is_looped,
            title=said.title,
            bookmarks=tuple(Bookmark(mark.tape_ns, mark.name) for mark in said.bookmarks),
        )

    @property
    def is_seeking(self) -> bool:
        return self._is_seeking

    # ---- what is asked ---------------------------------------------------------------------------
    def play(self) -> None:
        self._ask(ReplayControl(action=ReplayControl.PLAY))

    def pause(self) -> None:
        self._ask(ReplayControl(action=ReplayControl.PAUSE))

    def step(self, unit: StepUnit, steps: int, interval: Interval) -> None:
        waiting = self._wanted_steps
        if waiting is not None and waiting[:2] == (unit, interval):
            steps += waiting[2]  # a key held down repeats faster than steps may be done
        self._wanted_steps = (unit, interval, steps)
        if not self._is_stepping:
            self._is_stepping = True
            self._tasks.start(self._step(), f"step-{self._session}")

    async def _step(self) -> None:
        try:
            while self._wanted_steps is not None:
                (unit, interval, steps), self._wanted_steps = self._wanted_steps, None
                by = control_pb2.BarInterval(unit=int(interval.unit), count=interval.count)
                control = ReplayControl(
                    action=ReplayControl.STEP, step=_STEPS[unit], steps=steps, interval=by
                )
                if steps and not await self._control(control, SEEK_TIMEOUT_MS):
                    self._wanted_steps = None
        finally:
            self._is_stepping = False

    def set_speed(self, speed_milli: int) -> None:
        self._ask(ReplayControl(action=ReplayControl.SPEED, speed_milli=speed_milli))

    def set_looped(self, is_looped: bool) -> None:
        self._ask(ReplayControl(action=ReplayControl.LOOP, is_looped=is_looped))

    def bookmark(self, tape_ns: int, name: str) -> None:
        self._ask(ReplayControl(action=ReplayControl.BOOKMARK, tape_ns=tape_ns, name=name))

    def remove_bookmark(self, tape_ns: int) -> None:
        self._ask(ReplayControl(action=ReplayControl.REMOVE_BOOKMARK, tape_ns=tape_ns))

    def seek(self, tape_ns: int) -> None:
        if self._wanted_ns is not None:
            self.counters.seeks_skipped += 1
        self._wanted_ns = tape_ns
        if not self._is_seeking:
            self._is_seeking = True
            self._tasks.start(self._seek(), f"seek-{self._session}")

    async def _seek(self) -> None:
        try:
            while self._wanted_ns is not None:
                tape_ns, self._wanted_ns = self._wanted_ns, None
                control = ReplayControl(action=ReplayControl.SEEK, tape_ns=tape_ns)
                if not await self._control(control, SEEK_TIMEOUT_MS):
                    self._wanted_ns = None  # what has just failed is not tried again with the next place
        finally:
            self._is_seeking = False

    def _ask(self, control: ReplayControl) -> None:
        name = f"replay-{ReplayControl.Action.Name(control.action).lower()}"
        self._tasks.start(self._control(control, CONTROL_TIMEOUT_MS), name)

    async def _control(self, control: ReplayControl, timeout_ms: int) -> bool:
        """True when the session did it; what was wrong is said."""
        self.counters.requests += 1
        what = _DONE_WORDS[control.action]
        subject = subjects.replay_control(self._session)
        try:
            data = await self._station.bus.request(subject, control.SerializeToString(), timeout_ms)
            answer = control_pb2.SessionClock.FromString(data)
        except (BusError, DecodeError) as error:
            self.counters.unanswered += 1
            _log.info("control not answered", session=self._session, action=what, reason=str(error))
            self._say(
                tr("Session {session} did not answer: could not {what}", session=self._session, what=what)
            )
            return False
        if answer.error:
            self.counters.refused += 1
            self._say(
                tr(
                    "Session {session} could not {what}: {error}",
                    session=self._session,
                    what=what,
                    error=answer.error,
                )
            )
            return False
        news = self._station.sessions.get(self._session)
        if answer.session == self._session and (news is None or answer.sent_ns > news.clock.sent_ns):
            self._station.take_session(answer)  # the next clock message may be 100 ms away
        return True

    # ---- time lines ------------------------------------------------------------------------------
    def timeline(self, buckets: int, key: InstrumentKey | None) -> TimelineReading | None:
        """Buckets after its `tape_ns` are not there; another epoch may have set the clock back before it."""
        buckets = max(1, min(buckets, BUCKETS_MAX))
        line = self._lines.pop((buckets, key), None) or _Line()
        self._lines[buckets, key] = line  # the newest used last
        while len(self._lines) > TIMELINES_MAX:
            del self._lines[next(iter(self._lines))]
        now_ms = monotonic_ns() // NS_PER_MS
        clock = self._clock.read(now_ms)
        tape_ns = clock.time_us * NS_PER_US
        other_epoch = clock.epoch != line.asked_epoch
        due = now_ms - line.asked_ms >= TIMELINE_EVERY_MS and tape_ns != line.asked_tape_ns
        if (other_epoch or due) and not line.is_asking and tape_ns and self._station.bus.connected:
            line.is_asking, line.asked_ms = True, now_ms
            line.asked_epoch, line.asked_tape_ns = clock.epoch, tape_ns
            self._tasks.start(self._ask_timeline(line, buckets, key), f"timeline-{self._session}")
        return line.reading

    async def _ask_timeline(self, line: _Line, buckets: int, key: InstrumentKey | None) -> None:
        request = control_pb2.TimelineRequest(buckets=buckets)
        if key is not None:
            request.key.exchange, request.key.symbol = key.exchange, key.symbol
        try:
            data = await self._station.bus.request(
                subjects.replay_timeline(self._session), request.SerializeToString(), TIMELINE_TIMEOUT_MS
            )
            answer = control_pb2.Timeline.FromString(data)
        except (BusError, DecodeError) as error:
            _log.info("no time line", session=self._session, reason=str(error))
            line.asked_tape_ns = -1  # again in a second, also when nothing plays
            return
        finally:
            line.is_asking = False
        if answer.error or not answer.bucket_ns:
            _log.info("no time line", session=self._session, reason=answer.error or "buckets without length")
            return
        line.reading = TimelineReading(
            epoch=answer.epoch,
            begin_ns=answer.begin_ns,
            bucket_ns=answer.bucket_ns,
            tape_ns=answer.tape_ns,
            trades=np.array(answer.trades, np.int64),
            volume=np.array(answer.volume, np.float64) if key is not None else None,
        )
        self._on_news()


def cut_timeline(timeline: TimelineReading, tape_ns: int) -> TimelineReading:
    """What of it may be shown while the clock stands at `tape_ns`.

    A line asked for before a seek back holds more: then only buckets that ended by the clock are left, for
    the one the clock stands in has trades of after it.
    """
    if timeline.tape_ns <= tape_ns:
        return timeline
    whole = max(0, (tape_ns - timeline.begin_ns) // timeline.bucket_ns)
    volume = timeline.volume[:whole] if timeline.volume is not None else None
    return replace(timeline, tape_ns=tape_ns, trades=timeline.trades[:whole], volume=volume)
