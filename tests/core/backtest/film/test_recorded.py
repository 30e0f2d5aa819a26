"""What a strategy recorded, as of any time: a plain loop over the file says the same, and nothing later."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from core.backtest.columns import ColumnsError
from core.backtest.film.film import Film
from core.backtest.film.recorded import OWN_AXIS, SERIES_MAX, RecordedSeries
from core.backtest.recorded_series import SERIES, Described, read_series, series_text
from core.backtest.run_files import RunFiles
from tests.core.backtest.film import plain
from tests.core.backtest.made import made_dataset, made_home, made_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Film, RunFiles]:
    home = made_home(tmp_path_factory.mktemp("recorded"))
    made = made_run(home, made_dataset(home, ("XNAS:AAA", "ARCX:BBB"), 3, quiet=0.1), fast=5, slow=20)
    return Film.open(home, made.manifest.run_id), made


def test_a_value_is_known_from_its_time_on(run: tuple[Film, RunFiles]) -> None:
    film, made = run
    columns = made.read("recorded")
    assert [one.name for one in film.recorded.all] == ["fast AAA", "slow AAA", "fast BBB", "slow BBB"]
    dice = np.random.default_rng(7)
    times = [
        *dice.integers(film.begin_ns, film.end_ns, 8).tolist(),
        *dice.choice(columns["ts_ns"], 4).tolist(),
    ]
    for at_ns in [time for each in times for time in (each, each - 1)]:
        last = {row["name"]: row["value"] for row in plain.rows(columns, "ts_ns", at_ns)}
        for one in film.recorded.all:
            told = one.value(at_ns)
            assert told == last.get(one.name) or (math.isnan(told) and one.name not in last)


def test_prices_belong_to_their_instrument_and_the_rest_to_none(run: tuple[Film, RunFiles]) -> None:
    film, made = run
    assert [one.name for one in film.recorded.on_price(1)] == ["fast BBB", "slow BBB"]
    columns, names = made.coded("recorded", "name")
    assert set(names) == {"fast AAA", "slow AAA", "fast BBB", "slow BBB"}
    said = {"fast AAA": Described("price", "XNAS:AAA"), "slow AAA": Described("price", "XNAS:GONE")}
    other = RecordedSeries.of(columns, names, said, made.spec.instruments, film.curve.close_ns)
    assert [one.name for one in other.on_price(0)] == ["fast AAA"]
    assert [one.place for one in other.all[1:]] == [OWN_AXIS] * 3


def test_a_run_of_before_says_nothing_of_its_values_and_plays(tmp_path: Path) -> None:
    home = made_home(tmp_path)
    old = made_run(home, made_dataset(home, sessions=1), described=False)
    assert SERIES not in old.manifest.artifacts
    film = Film.open(home, old.manifest.run_id)
    assert [(one.name, one.is_price) for one in film.recorded.all] == [("fast", False), ("slow", False)]
    assert film.recorded.on_price(0) == ()
    nothing = made_run(home, made_dataset(home, sessions=1, seed=2), recorded=False)
    assert Film.open(home, nothing.manifest.run_id).recorded.all == ()


def test_a_description_that_was_changed_is_refused(tmp_path: Path) -> None:
    home = made_home(tmp_path)
    made = made_run(home, made_dataset(home, sessions=1))
    (made.directory / SERIES).write_text("{}")
    with pytest.raises(ColumnsError, match=r"series\.json is damaged"):
        Film.open(home, made.manifest.run_id)


def test_values_in_any_order_and_gaps_are_told_by_time() -> None:
    columns = {
        "ts_ns": np.array([30, 10, 20, 40], np.int64),
        "name": np.zeros(4, np.int32),
        "value": np.array([3.0, 1.0, math.inf, 4.0]),
    }
    (one,) = RecordedSeries.of(columns, ("x",), {}, ("A:B",), np.array([20, 40], np.int64)).all
    assert one.ts_ns.tolist() == [10, 20, 30, 40]
    assert [one.value(at) for at in (10, 19, 30, 45)] == [1.0, 1.0, 3.0, 4.0]
    assert math.isnan(one.value(20))
    assert one.rows.tolist() == [0, 0, 1, 1]
    assert math.isnan(one.value(9))


def test_too_many_series_are_counted() -> None:
    count = SERIES_MAX + 3
    columns = {
        "ts_ns": np.arange(count, dtype=np.int64),
        "name": np.arange(count, dtype=np.int32),
        "value": np.ones(count),
    }
    names = tuple(f"s{number}" for number in range(count))
    found = RecordedSeries.of(columns, names, {}, (), np.arange(count, dtype=np.int64))
    assert (len(found.all), found.left_out) == (SERIES_MAX, 3)


def test_a_description_is_read_as_it_was_written() -> None:
    said = {"fast": Described("price", "XNAS:AAPL"), "rsi": Described()}
    assert read_series(series_text(said)) == said
    newer = json.dumps({"x": {"on": "volume", "instrument": "A:B", "unit": "lots"}})
    assert read_series(newer) == {"x": Described()}
    for broken in ("{", "[]", '{"x": 3}', '{"x": {"on": "price"}}'):
        with pytest.raises(ColumnsError, match=r"series\.json is damaged"):
            read_series(broken)
