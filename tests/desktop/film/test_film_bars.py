"""A held series is the newest part of what has closed, wherever the clock has been before."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backtest.film.film import Film
from core.market.bar_series import BarField
from core.market.intervals import parse_interval
from desktop.film import bars as film_bars
from desktop.film.bars import RunBars
from desktop.paint.lod import BarPyramid
from tests.core.backtest.film import plain
from tests.core.backtest.made import made_dataset, made_home, made_run

KEPT, AHEAD = 16, 40


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    home = made_home(tmp_path_factory.mktemp("film-bars"))
    run = made_run(home, made_dataset(home, sessions=3, minutes=120, quiet=0.1), fast=3, slow=9)
    return Film.open(home, run.manifest.run_id)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(["1m", "5m", "1h"]), st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=14))
def test_back_and_forth_it_is_what_has_closed(
    film: Film, interval: str, moves: list[tuple[float, bool]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(film_bars, "BARS_KEPT", KEPT)
        patch.setattr(film_bars, "BARS_AHEAD_MAX", AHEAD)
        held, pyramid = RunBars(), BarPyramid()
        held.begin(film)
        hold = held.hold(film.reels[0].instrument.key, parse_interval(interval), lambda: None)
        assert hold.series.count == 0, "before the clock stands anywhere"
        for share, looks_back in moves:
            at_ns = film.begin_ns + int(share * (film.end_ns - film.begin_ns))
            held.follow([film.reels[0].known(at_ns)], at_ns)
            if looks_back:
                hold.want_earlier()
            expected = plain.bars(film, 0, parse_interval(interval), at_ns)
            series = hold.series
            shown = list(zip(*(series.column(field).tolist() for field in (
                BarField.KEY, BarField.OPEN, BarField.HIGH, BarField.LOW, BarField.CLOSE, BarField.VOLUME
            )), strict=True))  # fmt: skip
            assert shown == expected[len(expected) - len(shown) :]
            assert len(shown) >= min(KEPT, len(expected))
            assert series.has_earlier == (len(shown) < len(expected))
            pyramid.follow(series)
            assert np.array_equal(pyramid.keys, series.column(BarField.KEY))
            assert np.array_equal(pyramid.prices[3], series.column(BarField.CLOSE))


def test_what_the_run_has_no_bars_for_is_said(film: Film) -> None:
    held = RunBars()
    held.begin(film)
    held.follow([0], film.begin_ns)
    key = film.reels[0].instrument.key
    assert "choose 1m" in held.hold(key, parse_interval("15s"), lambda: None).reading(0).error
    assert "choose 1m" in held.hold(key, parse_interval("100t"), lambda: None).reading(0).error
