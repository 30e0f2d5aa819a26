"""Carries out what a session is told, one request after the other.

Checks each request and answers a bad one with one line that names the remedy. It moves the session's tape
only through the session's turn and its reel's step, and keeps nothing but the requests that wait.
"""

import asyncio
from typing import Final, Protocol

from aggregator.replay.bookmarks import BookmarkError, Bookmarks
from aggregator.replay.orders import Order, Orders
from aggregator.replay.playhead import PLAYING
from aggregator.replay.reel import Reel
from aggregator.replay.steps import StepError, bar_target, check_step, event_target, second_target
from core.clock import NS_PER_S, monotonic_ns
from core.market.intervals import Interval, IntervalError, IntervalUnit
from core.market.trading_day import trading_day
from core.wire.generated.control_pb2 import ReplayControl

SPEED_MILLI_MAX: Final = 1_000_000
# Desks count in microseconds and round; what is further off the tape is a mistake.
OFF_TAPE_NS: Final = NS_PER_S


class Steered(Protocol):
    """What is steered: the session."""

    bookmarks: Bookmarks
    is_looped: bool

    @property
    def reel(self) -> Reel | None: ...

    async def turn(self, tape_ns: int | None, *, plays: bool) -> None: ...

    async def step(self, tape_ns: int) -> None: ...


class RefusedControl(ValueError):
    """A request that cannot be carried out as asked; one line."""


class Controls:
    """`put` what was asked, `take` the next, `carry_out`."""

    def __init__(self, session: Steered) -> None:
        self._session = session
        self._orders = Orders()

    def put(self, control: ReplayControl, reply: str) -> bool:
        """False: too much waits."""
        return self._orders.put(control, reply)

    def take(self) -> Order | None:
        return self._orders.take()

    async def carry_out(self, control: ReplayControl) -> str:
        """What is wrong with the request; empty: done."""
        reel = self._session.reel
        assert reel is not None
        try:
            await self._do(control, reel)
        except (RefusedControl, StepError, IntervalError, BookmarkError) as error:
            return str(error)
        return ""

    async def _do(self, control: ReplayControl, reel: Reel) -> None:
        now_ns = monotonic_ns()
        match control.action:
            case ReplayControl.STATUS:
                return
            case ReplayControl.PLAY if reel.player.is_at_end:
                await self._session.turn(None, plays=True)
            case ReplayControl.PLAY:
                reel.playhead.play(now_ns)
            case ReplayControl.PAUSE:
                _pause(reel)
            case ReplayControl.SPEED:
                if control.speed_milli > SPEED_MILLI_MAX:
                    most = "1,000 times the recording's: choose less, or 0 for max"
                    raise RefusedControl(f"speed {control.speed_milli} is above {SPEED_MILLI_MAX} ({most})")
                reel.playhead.set_speed(control.speed_milli, now_ns)
            case ReplayControl.SEEK:
                await self._session.turn(
                    _on_tape(control.tape_ns, reel), plays=reel.playhead.state == PLAYING
                )
            case ReplayControl.STEP:
                await self._step(control, reel)
            case ReplayControl.LOOP:
                self._session.is_looped = control.is_looped
            case ReplayControl.BOOKMARK:
                at_ns = _on_tape(control.tape_ns, reel)
                await asyncio.to_thread(self._session.bookmarks.put, at_ns, control.name)
            case ReplayControl.REMOVE_BOOKMARK:
                await asyncio.to_thread(self._session.bookmarks.remove, control.tape_ns)
            case _:
                raise RefusedControl(
                    f"action {control.action} is not known to this build: update the session"
                )

    async def _step(self, control: ReplayControl, reel: Reel) -> None:
        interval = _interval(control)
        check_step(control.step, control.steps, interval)
        _pause(reel)
        position_ns = reel.player.position_ns()
        if control.step == ReplayControl.EVENT:
            target_ns = event_target(reel.player.times, position_ns, control.steps)
        elif control.step == ReplayControl.SECOND:
            target_ns = second_target(position_ns, control.steps)
        else:
            assert interval is not None
            day = trading_day(reel.tape.exchanges[0].exchange)
            target_ns = bar_target(interval, day, position_ns, control.steps)
        target_ns = min(target_ns, reel.tape.end_ns)
        if target_ns < reel.tape.begin_ns:
            await self._session.turn(None, plays=False)
        elif target_ns < position_ns or not reel.can_step_to(target_ns):
            await self._session.turn(target_ns, plays=False)
        else:
            await self._session.step(target_ns)


def _pause(reel: Reel) -> None:
    """Stand where every event up to the clock has been published."""
    if reel.playhead.state == PLAYING:
        reel.playhead.pause_at(reel.player.position_ns())


def _on_tape(tape_ns: int, reel: Reel) -> int:
    begin_ns, end_ns = reel.tape.begin_ns, reel.tape.end_ns
    if not begin_ns - OFF_TAPE_NS <= tape_ns <= end_ns + OFF_TAPE_NS:
        raise RefusedControl(f"{tape_ns} is not on this tape: choose a time from {begin_ns} to {end_ns} (ns)")
    return min(max(tape_ns, begin_ns), end_ns)


def _interval(control: ReplayControl) -> Interval | None:
    if not control.HasField("interval"):
        return None
    try:
        return Interval(IntervalUnit(control.interval.unit), control.interval.count)
    except IntervalError:
        raise
    except ValueError as error:
        raise RefusedControl("the interval's unit is unknown to this build: use 1s to 1d") from error
