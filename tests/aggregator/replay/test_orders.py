"""Everything asked is answered once, in order; of waiting seeks only the newest is carried out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.replay.orders import WAITING_MAX, Orders
from aggregator.replay.steps import STEPS_MAX
from core.wire.generated.control_pb2 import BarInterval, ReplayControl

controls = st.one_of(
    st.integers(1, 99).map(lambda at: ReplayControl(action=ReplayControl.SEEK, tape_ns=at)),
    st.integers(-3, 3).map(lambda steps: ReplayControl(action=ReplayControl.STEP, steps=steps)),
    st.sampled_from([ReplayControl(action=ReplayControl.PLAY), ReplayControl(action=ReplayControl.PAUSE)]),
)


@given(st.lists(st.tuples(controls, st.booleans()), max_size=60))
def test_all_is_answered_and_the_newest_seek_is_done(asked: list[tuple[ReplayControl, bool]]) -> None:
    orders = Orders()
    done, expected, waiting_seek = [], [], None
    replies: list[str] = []
    for number, (control, takes) in enumerate(asked):
        assert orders.put(ReplayControl.FromString(control.SerializeToString()), f"reply {number}")
        expected.append(f"reply {number}")
        if control.action == ReplayControl.SEEK:
            waiting_seek = control.tape_ns
        if takes:
            while (order := orders.take()) is not None:
                done.append(order.control)
                replies += order.replies
            if waiting_seek is not None:
                seeks = [each.tape_ns for each in done if each.action == ReplayControl.SEEK]
                assert seeks[-1] == waiting_seek
            done, waiting_seek = [], None
    while (order := orders.take()) is not None:
        done.append(order.control)
        replies += order.replies
    assert sorted(replies) == sorted(expected)
    assert len([each for each in done if each.action == ReplayControl.SEEK]) <= 1
    assert not orders


def test_waiting_steps_of_one_kind_are_taken_together() -> None:
    orders = Orders()
    minute = BarInterval(count=60)
    for steps in (1, 1, 1):
        orders.put(ReplayControl(action=ReplayControl.STEP, step=ReplayControl.SECOND, steps=steps), "")
    orders.put(ReplayControl(action=ReplayControl.STEP, step=ReplayControl.SECOND, steps=-1), "")
    orders.put(
        ReplayControl(action=ReplayControl.STEP, step=ReplayControl.BAR, steps=-1, interval=minute), ""
    )
    taken = []
    while (order := orders.take()) is not None:
        taken.append((order.control.step, order.control.steps))
    assert taken == [(ReplayControl.SECOND, 3), (ReplayControl.SECOND, -1), (ReplayControl.BAR, -1)]


@pytest.mark.parametrize("steps", [STEPS_MAX, 2**31 - 1, -(2**31)])
def test_steps_are_not_taken_together_beyond_what_one_request_may_ask(steps: int) -> None:
    orders = Orders()
    for reply in ("one", "two"):
        assert orders.put(ReplayControl(action=ReplayControl.STEP, steps=steps), reply)
    taken = [orders.take(), orders.take()]
    assert [(each.control.steps, each.replies) for each in taken if each] == [
        (steps, ["one"]),
        (steps, ["two"]),
    ]


def test_no_more_wait_than_the_bound() -> None:
    orders = Orders()
    for number in range(WAITING_MAX):
        assert orders.put(ReplayControl(action=ReplayControl.PLAY), str(number))
    assert not orders.put(ReplayControl(action=ReplayControl.PLAY), "one more")
    assert orders.take() is not None
    assert orders.put(ReplayControl(action=ReplayControl.PLAY), "one more")
