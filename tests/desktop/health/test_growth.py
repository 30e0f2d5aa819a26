"""Memory is judged against what the desk settled at, and anew whenever something is opened."""

from desktop.health.growth import SETTLE_SECONDS, Growth


def test_growth_is_told_against_the_level_of_the_first_minute() -> None:
    growth = Growth()
    assert [growth.take(200.0, 1) for _ in range(SETTLE_SECONDS)] == [None] * SETTLE_SECONDS
    assert growth.take(200.0, 1) == 0.0
    found = [growth.take(300.0, 1) for _ in range(40)]
    assert found[0] <= 50.0, "one high second does not count"
    assert found[-1] == 100.0


def test_what_a_person_opens_is_no_growth() -> None:
    growth = Growth()
    for _ in range(SETTLE_SECONDS + 5):
        growth.take(200.0, (1, 2))
    assert growth.take(280.0, (1, 3)) is None
    for _ in range(SETTLE_SECONDS):
        growth.take(280.0, (1, 3))
    assert growth.take(280.0, (1, 3)) == 0.0
