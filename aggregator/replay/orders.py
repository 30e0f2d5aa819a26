"""What a session was told and has not done yet, in order: only the newest of waiting seeks is carried out.

Keeps the reply subjects of everything that was asked; those of a seek that was overtaken are answered with
the newest one. Steps of one kind that wait are taken together. Bounded. Pure.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from aggregator.replay.steps import STEPS_MAX
from core.wire.generated.control_pb2 import ReplayControl

WAITING_MAX: Final = 256
REPLIES_MAX: Final = 1_024


@dataclass(slots=True)
class Order:
    """One thing to do, and where to say that it is done."""

    control: ReplayControl
    replies: list[str] = field(default_factory=list)


class Orders:
    """First come, first done, but for seeks that were overtaken."""

    def __init__(self) -> None:
        self._waiting: deque[Order] = deque()
        self._replies = 0

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def put(self, control: ReplayControl, reply: str) -> bool:
        """False: too much waits, and it is not taken."""
        if len(self._waiting) >= WAITING_MAX or self._replies >= REPLIES_MAX:
            return False
        order = Order(control, [reply] if reply else [])
        self._replies += len(order.replies)
        if control.action == ReplayControl.SEEK:
            order.replies = self._overtake() + order.replies
        elif self._is_more_of_the_last(control):
            last = self._waiting[-1]
            last.control.steps += control.steps
            last.replies += order.replies
            return True
        self._waiting.append(order)
        return True

    def take(self) -> Order | None:
        """The next to be done."""
        if not self._waiting:
            return None
        order = self._waiting.popleft()
        self._replies -= len(order.replies)
        return order

    def _overtake(self) -> list[str]:
        """Take out the seek that waits; who asked for it."""
        for order in self._waiting:
            if order.control.action == ReplayControl.SEEK:
                self._waiting.remove(order)
                return order.replies
        return []

    def _is_more_of_the_last(self, control: ReplayControl) -> bool:
        if control.action != ReplayControl.STEP or not self._waiting:
            return False
        last = self._waiting[-1].control
        if last.action != ReplayControl.STEP or last.step != control.step:
            return False
        if abs(last.steps + control.steps) > STEPS_MAX:
            return False  # each may be allowed where both together are not
        # Forward and back do not add up at the ends of the tape.
        return last.interval == control.interval and (last.steps > 0) == (control.steps > 0)
