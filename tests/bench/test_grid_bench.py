"""The grid bench gives back every line it promises, and its load is really painted."""

import pytest
from pytestqt.qtbot import QtBot

from core.market.fields import Field
from desktop.bench import grid
from desktop.bench.grid_many import ManyFigures, measure_many
from desktop.bench.grid_market import BenchMarket
from desktop.bench.grid_peers import peer_fps
from desktop.bench.grid_runs import Figures, GridWindow, ImageWindow, run
from desktop.paint.theme import Theme

PROMISED = {
    "grid.w1_4k.frame_over_floor",
    "grid.w5_40k.fps",
    "grid.w5_40k.frame_p99_ms",
    "grid.w5_40k.vnpy_fps",
    "grid.w5_deltas.main_cpu",
}
CASES = ("one", "one_floor", "one_image", "five", "deltas", "same")


def test_every_promised_line_is_there_and_a_missing_peer_is_a_miss() -> None:
    turns = [dict.fromkeys(CASES, Figures(1.0, 2.0, 62.0, 0.1))]
    lines = {line.metric: line for line in grid._results(turns, 1.0, vnpy=4.0, table_widget=5.0)}
    assert set(lines) >= PROMISED
    assert all(lines[name].ok for name in PROMISED)
    assert lines["grid.w5_40k.fps"].peer == 4.0
    lines = {line.metric: line for line in grid._results(turns, 1.0, vnpy=None, table_widget=None)}
    assert lines["grid.w5_40k.vnpy_fps"].ok is False
    assert lines["grid.w5_40k.vnpy_fps"].peer is None


def test_a_slower_machine_gets_its_goals_scaled() -> None:
    turns = [dict.fromkeys(CASES, Figures(1.0, 24.0, 40.0, 0.4))]
    lines = {line.metric: line for line in grid._results(turns, 2.0, vnpy=1.0, table_widget=None)}
    assert all(lines[name].ok for name in PROMISED)


@pytest.mark.bench
def test_every_frame_of_the_load_is_painted(qtbot: QtBot) -> None:
    market = BenchMarket(1)
    messages = market.deltas(40, 26, 33_000)
    before = market.table.values.copy()
    window = GridWindow(market, Theme(density="compact"))
    figures = run([window], lambda _, number, __: market.apply(messages[number]), 16, 30)
    assert (market.table.values[Field.BID] != before[Field.BID]).any()
    assert figures.fps > 20
    assert 0 < figures.frame_p50_ms <= figures.frame_p99_ms
    floor = run([ImageWindow(market, Theme())], lambda *_: market.tick(64, 0), 16, 10)
    assert floor.fps > 20


def test_a_peer_that_is_not_there_is_none() -> None:
    assert peer_fps("no_such_peer", 1, 1, 0.1) is None


def test_ten_thousand_rows_have_their_lines_and_goals() -> None:
    lines = {line.metric: line for line in grid._many_results([ManyFigures(20.0, 4.0, 62.0, 61.0)], 1.0)}
    assert set(lines) == {
        "grid.filter_10k_ms", "grid.rank_10k_ms", "grid.scroll_10k_fps", "grid.typing_10k_fps",
    }  # fmt: skip
    assert all(line.ok for line in lines.values())
    slow = grid._many_results([ManyFigures(51.0, 11.0, 59.0, 59.0)], 1.0)
    assert not any(line.ok for line in slow)


@pytest.mark.bench
def test_ten_thousand_rows_are_typed_at_sorted_and_scrolled(qtbot: QtBot) -> None:
    figures = measure_many(Theme(density="compact"), 12)
    assert 0 < figures.filter_ms < 1_000
    assert 0 < figures.rank_ms < 1_000
    assert figures.scroll_fps > 5
    assert figures.typing_fps > 5
