"""However raw messages are lost, doubled, swapped: each is used once, in order, or a state replaces all."""

import random
from collections import deque
from dataclasses import dataclass, field

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.pipeline import held
from aggregator.pipeline.held import HeldMessages
from aggregator.pipeline.sequencing import REPEATS_MAX, FeedGate, Headers, Phase, Reset, Resume, Use
from core.clock import NS_PER_MS
from core.metrics import Counters
from core.wire.generated.control_pb2 import FeedStateRequest
from core.wire.raw_events import RawFlag

STATE = int(RawFlag.STATE)
WHOLE_STATE = int(RawFlag.STATE | RawFlag.FIRST | RawFlag.LAST)


@dataclass(frozen=True)
class Message:
    """What the gate sees of one; `data` is unique to events of an epoch."""

    epoch: int
    sequence: int
    has_events: bool
    flags: int = 0
    version: int = 1

    @property
    def data(self) -> bytes:
        return f"{self.epoch} {self.sequence} {self.flags}".encode()


@dataclass
class Sender:
    """A feed that can repeat its last `kept` messages."""

    kept: int
    epoch: int = 5
    sequence: int = 0
    ring: deque[Message] = field(default_factory=deque)

    def event(self) -> Message:
        self.sequence += 1
        message = Message(self.epoch, self.sequence, True)
        self.ring.append(message)
        while len(self.ring) > self.kept:
            self.ring.popleft()
        return message

    def idle(self) -> Message:
        return Message(self.epoch, self.sequence, False)

    def state(self) -> list[Message]:
        return [Message(self.epoch, self.sequence, True, WHOLE_STATE)]

    def answer(self, request: bytes) -> list[Message]:
        asked = FeedStateRequest.FromString(request)
        if request and asked.epoch == self.epoch:
            missed = [each for each in self.ring if each.sequence > asked.after_sequence]
            if len(missed) == self.sequence - asked.after_sequence:
                return missed
        return self.state()


class Reader:
    """A gate and what was used through it: sequences since the last reset, and where that reset stood."""

    def __init__(self) -> None:
        self.counters = Counters()
        self.known = {1}
        self.gate = FeedGate(
            lambda _epoch, version: version in self.known, self.counters, random.Random(1), now_ns=0
        )
        self.now_ns = 0
        self.used: list[int] = []
        self.resets = 0

    def drain(self, messages: list[Message]) -> None:
        self.now_ns += 10 * NS_PER_MS
        if not messages:
            return
        headers = Headers(
            np.arange(len(messages)),
            np.array([each.epoch for each in messages], np.uint64),
            np.array([each.sequence for each in messages], np.uint64),
            np.array([each.version for each in messages], np.uint32),
            np.array([each.flags for each in messages], np.uint8),
            np.array([each.has_events for each in messages], np.bool_),
            0,
            0,
        )
        data = [each.data for each in messages]
        for step in self.gate.admit(headers, data, self.now_ns):
            if isinstance(step, Reset):
                self.resets += 1
                self.used = [_sequence(each) for each in (*step.state[-1:], *step.after)]
            elif isinstance(step, Resume):
                self.used += [_sequence(each) for each in step.messages]
            else:
                assert isinstance(step, Use)
                events = [messages[index] for index in step.index.tolist()]
                self.used += [each.sequence for each in events if each.has_events]

    def ask(self) -> bytes | None:
        ask_ns = self.gate.ask_ns()
        return None if ask_ns is None or ask_ns > self.now_ns else self.gate.on_asked(self.now_ns)

    def __getitem__(self, counter: str) -> int:
        return self.counters.counter(counter).value


def _sequence(data: bytes) -> int:
    return int(data.split()[1])


def _live() -> tuple[Reader, Sender]:
    reader, sender = Reader(), Sender(kept=100)
    reader.drain([sender.event()])
    return reader, sender


def _spoilt(messages: list[Message], dice: random.Random, percent: int) -> list[Message]:
    arrived: list[Message] = []
    for message in messages:
        fate = dice.randrange(100)
        if fate >= percent:
            arrived.append(message)
        elif fate % 3 == 1:
            arrived += [message, message]
        elif fate % 3 == 2:
            arrived.insert(max(0, len(arrived) - dice.randrange(1, 5)), message)
    return arrived


@settings(deadline=None, max_examples=200)
@given(
    st.integers(1, 120), st.integers(0, 60), st.integers(0, 2**32), st.sampled_from([0, 3, 10, 1_000]),
    st.booleans(),
)  # fmt: skip
def test_every_message_is_used_once_and_in_order_or_the_state_replaces_all(
    count: int, percent: int, seed: int, kept: int, restarts: bool
) -> None:
    dice = random.Random(seed)
    reader, sender = Reader(), Sender(kept)
    under_way: list[Message] = []
    for number in range(count):
        if restarts and number == count // 2:
            sender.epoch, sender.sequence = sender.epoch + 1, 0
            sender.ring.clear()
        under_way.append(sender.event() if dice.random() < 0.8 else sender.idle())
        if dice.random() < 0.5:
            reader.drain(_spoilt(under_way, dice, percent))
            under_way = []
            request = reader.ask()
            under_way += [] if request is None else sender.answer(request)
            _check_order(reader)
    reader.drain(_spoilt(under_way, dice, percent))
    for _ in range(2_000):  # the way is good from now on
        reader.drain([sender.idle()])
        request = reader.ask()
        reader.drain([] if request is None else sender.answer(request))
        _check_order(reader)
        if reader.gate.phase is Phase.LIVE and reader.gate.sequence == sender.sequence:
            break
    assert reader.gate.phase is Phase.LIVE
    assert (reader.used[-1] if reader.used else 0) == sender.sequence


def _check_order(reader: Reader) -> None:
    used = reader.used
    assert used == list(range(used[0], used[0] + len(used))) if used else True


def test_a_lost_message_is_repeated_and_no_state_is_needed() -> None:
    reader, sender = _live()
    sender.event()  # lost
    reader.drain([sender.event(), sender.event()])
    assert reader.used == [1]
    request = reader.ask()
    assert request is not None
    assert FeedStateRequest.FromString(request).after_sequence == 1
    reader.drain(sender.answer(request))
    assert reader.used == [1, 2, 3, 4]
    assert (reader["raw_resumes"], reader["raw_states"], reader["raw_gaps"]) == (1, 0, 1)
    assert reader.gate.ask_ns() is None


def test_swapped_messages_need_no_answer_at_all() -> None:
    reader, sender = _live()
    second, third = sender.event(), sender.event()
    reader.drain([third, second])
    assert reader.used == [1, 2, 3]
    assert reader.gate.phase is Phase.LIVE


def test_the_loss_of_a_last_message_is_seen_by_the_idle_header() -> None:
    reader, sender = _live()
    sender.event()
    reader.drain([sender.idle()])
    request = reader.ask()
    assert request
    reader.drain(sender.answer(request))
    assert reader.used == [1, 2]


def test_a_feed_that_no_longer_has_them_answers_with_its_state() -> None:
    reader, sender = _live()
    sender.kept = 1
    sender.event()
    sender.event()
    reader.drain([sender.event()])
    request = reader.ask()
    assert request
    reader.drain(sender.answer(request))
    assert reader.used == [4]
    assert reader["raw_states"] == 1


def test_a_feed_that_never_repeats_is_asked_for_its_state_in_the_end() -> None:
    reader, sender = _live()
    sender.event()
    reader.drain([sender.event()])
    requests = []
    for _ in range(1_000):
        reader.drain([sender.idle()])
        request = reader.ask()
        requests += [] if request is None else [request]
        if request == b"":
            break
    assert len(requests) == REPEATS_MAX + 1
    reader.drain(sender.state())
    assert reader.used == [3]


def test_a_state_that_somebody_else_asked_for_does_not_cost_our_trades() -> None:
    reader, sender = _live()
    sender.event()
    reader.drain([sender.event(), *sender.state()])
    assert reader.resets == 1  # the beginning
    request = reader.ask()
    assert request
    reader.drain(sender.answer(request))
    assert reader.used == [1, 2, 3]


def test_events_of_unknown_definitions_wait_for_them() -> None:
    reader, sender = _live()
    sender.event()
    reader.drain([Message(5, 2, True, version=2)])
    request = reader.ask()
    assert request
    reader.known.add(2)  # they come before the answer
    reader.drain([Message(5, 2, True, version=2), sender.idle()])
    assert reader.used == [1, 2]
    assert reader.gate.phase is Phase.LIVE


def test_what_is_held_is_bounded() -> None:
    kept = HeldMessages()
    for sequence in range(held.HELD_MESSAGES_MAX):
        assert kept.add(sequence, 1, b"x")
    assert not kept.add(held.HELD_MESSAGES_MAX, 1, b"x")
    assert kept.add(0, 1, b"again")
    kept.drop_to(held.HELD_MESSAGES_MAX - 2)
    assert len(kept) == 1
    assert not kept.add(1, 1, b"x" * held.HELD_BYTES_MAX)
    assert kept.take(held.HELD_MESSAGES_MAX - 1, lambda _version: True) == (b"x",)
    assert len(kept) == 0
