"""Bars and means equal a plain loop: summer time, half days, silence, equal and disordered stamps."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.backtest.importing import dbn_stream
from core.market.bar_builder import build_bars
from core.market.intervals import parse_interval
from core.market.trading_day import TradingDay
from tests.core.backtest.importing import made_files, plain
from tests.core.backtest.importing.plain import NEW_YORK, NS, Trade

# The Friday before and the Monday after both changes of the clocks, half days, days around a holiday.
DAYS = ("2024-03-08", "2024-03-11", "2024-11-01", "2024-11-04", "2024-07-03", "2024-07-04", "2024-07-05",
        "2024-11-29", "2024-12-24", "2024-12-26")  # fmt: skip
INTERVALS = ("1s", "1m", "5m", "1h")


def moment(day: str, second: int) -> int:
    """Seconds after midnight in New York, as ns since 1970."""
    return (int(datetime.fromisoformat(day).replace(tzinfo=NEW_YORK).timestamp()) + second) * NS


@st.composite
def a_trade(draw: st.DrawFn) -> Trade:
    # Around the open, the early close and the close, in a few minutes, so that stamps meet.
    near = draw(st.sampled_from((9 * 3_600 + 1_800, 13 * 3_600, 16 * 3_600, 11 * 3_600)))
    second = near + draw(st.integers(-130, 130))
    part_ns = draw(st.sampled_from((0, 0, 1, 999_999_999)))
    price, size = draw(st.integers(9_990, 10_010)), draw(st.integers(0, 5))
    return Trade(moment(draw(st.sampled_from(DAYS)), second) + part_ns, price, size)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.lists(st.lists(a_trade(), min_size=1, max_size=60), min_size=1, max_size=3),
    interval=st.sampled_from(INTERVALS),
    block=st.sampled_from((48, 100, 48 * 7 + 5, 1 << 20)),
    compressed=st.booleans(),
)
def test_any_trades_make_the_bars_of_a_plain_loop(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    files: list[list[Trade]],
    interval: str,
    block: int,
    compressed: bool,
) -> None:
    monkeypatch.setattr(dbn_stream, "BLOCK_BYTES", block)
    directory = tmp_path_factory.mktemp("bars")
    paths = [
        made_files.write(
            directory / f"{number}.dbn", "trades", made_files.trade_rows(trades), compressed=compressed,
            symbols=("AAA", f"B{number}"),  # so that no two files are equal
        )
        for number, trades in enumerate(files)
    ]  # fmt: skip
    expected = plain.bars([trade for trades in files for trade in trades], parse_interval(interval).span_ns)
    home = made_files.home_in(directory)
    if not expected:
        with pytest.raises(ValueError, match="no trade or bar lies in a session of calendar XNYS"):
            made_files.imported(home, *paths, interval=interval)
        return
    dataset = made_files.opened(home, *paths, interval=interval)
    (instrument,) = dataset.manifest.instruments
    scale = 10 ** (2 - instrument.price_decimals)  # the fewest decimals that hold all prices
    rows = made_files.bar_rows(dataset)
    assert [(*row[:3], *(price * scale for price in row[3:7]), *row[7:]) for row in rows] == expected


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    quotes=st.lists(
        st.tuples(
            st.sampled_from(DAYS), st.integers(9 * 3_600, 10 * 3_600), st.integers(1, 9 * 10**18),
            st.integers(0, 10**17),
        ),
        min_size=1, max_size=80,
    ),
    block=st.sampled_from((80, 80 * 3 + 1, 1 << 20)),
)  # fmt: skip
def test_means_are_exact_sums_rounded_once(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    quotes: list[tuple[str, int, int, int]],
    block: int,
) -> None:
    """Also of prices whose sums no 64 bits hold."""
    monkeypatch.setattr(dbn_stream, "BLOCK_BYTES", block)
    directory = tmp_path_factory.mktemp("means")
    told = [(moment(day, second), bid, bid + wide) for day, second, bid, wide in quotes]
    trade = Trade(moment("2024-03-08", 40_000), 100, 1)  # a dataset needs a bar
    paths = (
        made_files.write(directory / "q.dbn.zst", "mbp-1", made_files.quote_rows(told)),
        made_files.write(directory / "t.dbn.zst", "trades", made_files.trade_rows([trade])),
    )
    dataset = made_files.opened(made_files.home_in(directory), *paths)
    expected = plain.means(told, 60 * NS)
    assert (made_files.mean_rows(dataset) if expected else []) == expected


def test_bars_are_those_of_charts(tmp_path: Path) -> None:
    """The live chart's own rules, over a day of UTC and 100,000 trades out of order."""
    rng = np.random.default_rng(3)
    times = np.sort(rng.integers(0, 86_400 * NS, 100_000)) + moment("2024-03-11", 0)
    times += rng.integers(-5 * NS, 5 * NS, len(times))
    times -= times % 1_000_000  # so that many are equal
    trades = [
        Trade(*each) for each in zip(times.tolist(), rng.integers(900, 1_100, len(times)).tolist(),
                                     rng.integers(1, 9, len(times)).tolist(), strict=True)
    ]  # fmt: skip
    path = made_files.write(tmp_path / "t.dbn.zst", "trades", made_files.trade_rows(trades))
    dataset = made_files.opened(made_files.home_in(tmp_path), path, calendar="24/7")
    columns = [np.array([getattr(each, name) for each in trades]) for name in ("event_ns", "price", "size")]
    chart = build_bars(
        parse_interval("1m"), *columns, np.zeros(len(trades), np.uint8), day=TradingDay(), size_decimals=0
    )
    mine = dataset.bars(dataset.manifest.instruments[0])
    names = {
        "open_ns": "key",
        **{name: name for name in ("open", "high", "low", "close", "volume", "trades")},
    }
    for name, theirs in names.items():
        assert mine[name].tolist() == getattr(chart, theirs).tolist(), name


@pytest.mark.slow
@pytest.mark.parametrize("interval", ["16s", "108s"])
def test_the_first_trades_of_a_session_are_in_its_first_bar(tmp_path: Path, interval: str) -> None:
    """Also where the open, a whole minute, is no multiple of the interval."""
    trades = [Trade(moment("2023-01-03", 9 * 3_600 + 1_800 + each), 100 + each, 1) for each in range(8)]
    path = made_files.write(tmp_path / "a.dbn", "trades", made_files.trade_rows(trades))
    dataset = made_files.opened(made_files.home_in(tmp_path), path, interval=interval, calendar="XNYS")
    rows = made_files.bar_rows(dataset)
    assert (rows[0][0], rows[0][3]) == (trades[0].event_ns, 100)
    assert sum(row[8] for row in rows) == 8
    assert "outside_session" not in made_files.findings(dataset)


def test_a_year_of_trades_equals_a_plain_loop(tmp_path: Path) -> None:
    """Every session of 2024, both changes of the clocks and all half days, in two files."""
    rng = np.random.default_rng(4)
    count = 150_000
    times = np.sort(rng.integers(moment("2024-01-02", 0), moment("2024-12-31", 80_000), count))
    times += rng.integers(-NS, NS, count)
    times -= times % 10_000_000
    price = 10_000 + np.cumsum(rng.integers(-1, 2, count))
    trades = [
        Trade(*each)
        for each in zip(times.tolist(), price.tolist(), rng.integers(1, 90, count).tolist(), strict=True)
    ]
    half = count // 2
    paths = [
        made_files.write(tmp_path / f"{name}.dbn.zst", "trades", made_files.trade_rows(part))
        for name, part in (("a", trades[:half]), ("b", trades[half:]))
    ]
    dataset = made_files.opened(made_files.home_in(tmp_path), *paths)
    assert made_files.bar_rows(dataset) == plain.bars(trades, 60 * NS)
