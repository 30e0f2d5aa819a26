"""When the desk flips to a new epoch: never before all of it is there, never kept from it for long."""

from hypothesis import given
from hypothesis import strategies as st

from desktop.turning import TURN_MS_MAX, EpochTurn, TurnStep

PARTS = 4  # the clock, two groups, a series
Act = tuple[int, int]  # a part that hears an epoch, or -1 and the ms that pass

acts = st.lists(
    st.one_of(
        st.tuples(st.integers(0, PARTS - 1), st.integers(1, 6)),
        st.tuples(st.just(-1), st.integers(1, 300)),
    ),
    max_size=80,
)


class Played:
    """A turn as a desk drives it, with what is painted and what is held."""

    def __init__(self) -> None:
        self.turn = EpochTurn()
        self.epochs = [0] * PARTS
        self.now_ms = 1_000
        self.steps: list[TurnStep] = []

    def act(self, part: int, value: int) -> None:
        if part < 0:
            self.now_ms += value
        else:
            self.epochs[part] = max(self.epochs[part], value)
            self.turn.hear(self.epochs[part], self.now_ms)
        self.steps.append(self.turn.settle(self.epochs, self.now_ms))


@given(acts)
def test_the_screen_never_goes_back_and_never_shows_what_was_not_heard(played: list[Act]) -> None:
    desk, shown = Played(), 0
    for part, value in played:
        desk.act(part, value)
        assert shown <= desk.turn.shown <= desk.turn.newest == max(desk.epochs)
        shown = desk.turn.shown


@given(acts)
def test_a_complete_flip_has_every_part_in_the_epoch_shown(played: list[Act]) -> None:
    desk = Played()
    for part, value in played:
        desk.act(part, value)
        if desk.steps[-1] is TurnStep.COMPLETE:
            assert set(desk.epochs) == {desk.turn.shown}
            assert not desk.turn.is_turning


@given(acts)
def test_no_turn_outlasts_its_time(played: list[Act]) -> None:
    desk, since_ms = Played(), None
    for part, value in played:
        desk.act(part, value)
        since_ms = (since_ms or desk.now_ms) if desk.turn.is_turning else None
        assert since_ms is None or desk.now_ms - since_ms < TURN_MS_MAX


@given(acts)
def test_between_turns_what_is_shown_is_the_newest(played: list[Act]) -> None:
    desk = Played()
    for part, value in played:
        desk.act(part, value)
        assert desk.turn.is_turning or desk.turn.shown == desk.turn.newest


def test_the_first_epoch_is_shown_as_it_comes() -> None:
    turn = EpochTurn()
    assert not turn.hear(7, 0)
    assert (turn.shown, turn.is_turning) == (7, False)
    assert turn.settle([7, 0, 0], 0) is TurnStep.STANDING


def test_a_seek_waits_for_the_last_part_and_then_flips() -> None:
    turn = EpochTurn()
    turn.hear(7, 0)
    assert turn.hear(8, 100)
    assert turn.due_ms == 100 + TURN_MS_MAX
    assert turn.settle([7, 8, 7], 110) is TurnStep.WAITING
    assert turn.settle([8, 8, 7], 120) is TurnStep.WAITING
    assert turn.shown == 7
    assert turn.settle([8, 8, 8], 130) is TurnStep.COMPLETE
    assert turn.shown == 8


def test_while_one_scrubs_the_time_runs_from_the_first_seek() -> None:
    turn = EpochTurn()
    turn.hear(7, 0)
    turn.hear(8, 100)
    assert not turn.hear(9, 500)
    assert turn.settle([9, 8], 100 + TURN_MS_MAX) is TurnStep.OVERDUE
    assert turn.shown == 9
