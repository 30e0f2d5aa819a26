"""Where a step leads: by events, by bars, by seconds of tape time, forward and back. Pure.

A position is a time: every event up to and including it has been played.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.clock import NS_PER_S
from core.market.intervals import Interval
from core.market.trading_day import TradingDay, day_begins, next_day_begin
from core.wire.generated.control_pb2 import ReplayControl

STEPS_MAX: Final = 10_000

Ints = NDArray[np.int64]


class StepError(ValueError):
    """A step that leads nowhere; one line that says what does."""


def check_step(step: "ReplayControl.Step", steps: int, interval: Interval | None) -> None:
    """Raises `StepError`."""
    if not 1 <= abs(steps) <= STEPS_MAX:
        raise StepError(f"{steps:,} steps: step by 1 to {STEPS_MAX:,}, negative to go back")
    if step not in (ReplayControl.EVENT, ReplayControl.BAR, ReplayControl.SECOND):
        raise StepError(f"step {step} is not known to this build: step by EVENT, BAR or SECOND")
    if step == ReplayControl.BAR and (interval is None or not interval.is_timed):
        raise StepError("a step by bars needs a time interval: choose 1s to 1d")


def event_target(times: Ints, position_ns: int, steps: int) -> int:
    """`times` are those of all events, ascending; a step is all events of one time. Stops at the ends."""
    if not len(times):
        return position_ns
    target = position_ns
    if steps > 0:
        for _ in range(steps):
            rank = int(times.searchsorted(target, "right"))
            if rank == len(times):
                break
            target = int(times[rank])
        return target
    rank = int(times.searchsorted(position_ns, "right"))
    for _ in range(1 - steps):  # the first of them is the event that is undone
        if rank == 0:
            return int(times[0]) - 1
        target = int(times[rank - 1])
        rank = int(times.searchsorted(target, "left"))
    return target


def second_target(position_ns: int, steps: int) -> int:
    return position_ns + steps * NS_PER_S


def bar_target(interval: Interval, day: TradingDay, position_ns: int, steps: int) -> int:
    """The last nanosecond of a bar: of the one that is under way, and `steps` - 1 further on, or back."""
    if interval.is_day:
        return _day_target(day, position_ns, steps)
    span_ns = interval.span_ns
    bars_done, rest_ns = divmod(position_ns + 1, span_ns)
    if steps > 0:
        return (bars_done + steps) * span_ns - 1
    return (bars_done + (rest_ns > 0) + steps) * span_ns - 1


def _day_target(day: TradingDay, position_ns: int, steps: int) -> int:
    begin_ns = int(day_begins(day, np.array([position_ns + 1]))[0])
    for _ in range(steps):
        begin_ns = next_day_begin(day, begin_ns)
    if steps < 0:
        is_within = position_ns + 1 > begin_ns
        for _ in range(-steps - is_within):
            begin_ns = int(day_begins(day, np.array([begin_ns - 1]))[0])
    return begin_ns - 1
