"""Places of windows: the same on the same screens, in proportion on others, and never out of reach."""

from hypothesis import given
from hypothesis import strategies as st

from desktop.workspaces.model import Place, ScreenPlace
from desktop.workspaces.screens import (
    SETS_MAX,
    SIZE_MIN_PX,
    TITLE_PX,
    Room,
    is_reachable,
    kept_reachable,
    place_for,
    remembered,
    set_key,
)

LEFT = ScreenPlace("DP-1", 0, 0, 1920, 1080)
RIGHT = ScreenPlace("DP-2", 1920, 0, 2560, 1440, 1.5)


def room(screen: ScreenPlace, top: int = 0) -> Room:
    return Room(screen, 0, top, screen.width, screen.height)


@st.composite
def desks(draw: st.DrawFn) -> list[Room]:
    """One to four screens beside each other, each with a bar of the system at its top."""
    found, x = [], 0
    for number in range(draw(st.integers(1, 4))):
        width, height = draw(st.integers(640, 4000)), draw(st.integers(480, 3000))
        scale = draw(st.sampled_from([1.0, 1.25, 1.5, 2.0, 3.0]))
        y = draw(st.integers(-500, 500))
        found.append(room(ScreenPlace(f"S{number}", x, y, width, height, scale), draw(st.integers(0, 60))))
        x += width
    return found


places = st.builds(
    Place,
    st.sampled_from(["S0", "S1", "S2", "S9"]),
    st.integers(-5_000, 9_000),
    st.integers(-5_000, 9_000),
    st.integers(1, 9_000),
    st.integers(1, 9_000),
    st.sampled_from(["normal", "maximised", "full"]),
)


@given(desks(), desks(), places)
def test_no_window_is_ever_put_where_it_cannot_be_taken_hold_of(
    before: list[Room], now: list[Room], place: Place
) -> None:
    known = {"before": tuple(room.screen for room in before)}
    put = place_for({"before": place}, known, now)
    assert put is not None
    assert is_reachable(put, now)
    screen = next(room for room in now if room.screen.name == put.screen)
    assert put.state == place.state
    assert screen.left <= put.x
    assert put.x + put.width <= screen.right
    assert screen.top <= put.y
    assert put.y + put.height <= screen.bottom


@given(desks(), places)
def test_on_the_same_screens_a_place_within_reach_is_the_same_to_the_pixel(
    now: list[Room], place: Place
) -> None:
    screens = [room.screen for room in now]
    put = place_for({set_key(screens): place}, {set_key(screens): tuple(screens)}, now)
    assert put is not None
    assert is_reachable(put, now)
    if is_reachable(place, now):
        assert put == place


@given(desks(), places)
def test_pulling_a_window_in_twice_is_pulling_it_in_once(now: list[Room], place: Place) -> None:
    once = kept_reachable(place, now)
    assert kept_reachable(once, now) == once


def test_the_key_of_screens_tells_names_sizes_and_scales_and_not_where_they_stand() -> None:
    moved = ScreenPlace("DP-2", -2560, 100, 2560, 1440, 1.5)
    assert set_key([LEFT, RIGHT]) == set_key([moved, LEFT])
    assert set_key([LEFT, RIGHT]) == "DP-1 1920x1080@1 | DP-2 2560x1440@1.5"
    assert set_key([LEFT]) != set_key([ScreenPlace("DP-1", 0, 0, 1920, 1080, 2.0)])


def test_a_window_of_the_screen_that_is_gone_comes_in_proportion_onto_the_one_left() -> None:
    both = {set_key([LEFT, RIGHT]): (LEFT, RIGHT)}
    place = Place("DP-2", 1280, 720, 1280, 700)
    put = place_for({set_key([LEFT, RIGHT]): place}, both, [room(LEFT, 24)])
    assert put == Place("DP-1", 960, 24 + 528, 960, 513)


def test_a_window_is_never_made_smaller_than_it_can_be() -> None:
    put = place_for({"": Place("", 0, 0, 10, 10)}, {"": (LEFT,)}, [room(RIGHT)])
    assert put == Place("DP-2", 0, TITLE_PX, *SIZE_MIN_PX)


def test_the_sets_of_screens_that_are_remembered_are_bounded_and_the_newest_is_last() -> None:
    known: dict[str, tuple[ScreenPlace, ...]] = {}
    for width in range(SETS_MAX + 5):
        known = remembered(known, [ScreenPlace("S", 0, 0, 1000 + width, 800)])
    assert len(known) == SETS_MAX
    assert next(reversed(known)) == f"S {1000 + SETS_MAX + 4}x800@1"
    assert "S 1000x800@1" not in known
