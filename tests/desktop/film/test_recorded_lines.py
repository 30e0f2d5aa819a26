"""Recorded prices over the bars of a played run: as of the clock, hidden by hand, and so again next time."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QMenu

from core.backtest.run_files import RunFiles
from core.market.instruments import format_counts
from core.market.intervals import parse_interval
from desktop.panels.chart.lines import Curve
from desktop.panels.chart.menus import fill_more
from desktop.panels.chart.panel import ChartPanel
from tests.core.backtest.film import plain
from tests.desktop.conftest import Play
from tests.desktop.film.film_stage import FilmStage, dice, play_film, test_run
from tests.desktop.panels.chart.test_chart_menus import acts


@pytest.fixture(scope="module")
def run() -> RunFiles:
    return test_run(sessions=3, seed=11)


def chart_of(on: FilmStage) -> ChartPanel:
    chart = on.window.contents.chart
    assert chart is not None
    return chart


def pixels_near(chart: ChartPanel, token: str) -> int:
    """How many pixels of the plot have nearly that colour: the edges of a line are mixed with the ground."""
    picture = chart.plots.grab().toImage()
    channels = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), -1, 4)[40:, :, :3]
    ink = QColor(chart.theme.color(token))
    wanted = np.array([ink.blue(), ink.green(), ink.red()], np.int64)
    return int((np.abs(channels - wanted) < 40).all(axis=2).sum())


def assert_lines_as_of(on: FilmStage) -> None:
    """Every painted value against a plain loop over the file up to the end of its bar, or the clock."""
    chart, now_ns = chart_of(on), on.now_ns
    assert chart.key is not None
    layer, times = chart.plots.main.recorded, chart.times()
    columns = on.film.run.read("recorded")
    names = [f"fast {chart.key.symbol}", f"slow {chart.key.symbol}"]
    rows, _ = chart.sight.drawn_rows()
    assert len(layer.marks) == len(names)
    for name, mark in zip(names, layer.marks, strict=True):
        assert isinstance(mark, Curve)
        mine = columns["name"] == name
        own = {key: column[mine] for key, column in columns.items()}
        painted = mark.values / 100
        assert len(painted) == len(rows)
        for row, value in list(zip(rows.tolist(), painted.tolist(), strict=True))[:: max(len(rows) // 12, 1)]:
            end_ns = min(int(times[row + 1]) if row + 1 < len(times) else now_ns, now_ns)
            told = [each["value"] for each in plain.rows(own, "ts_ns", end_ns)]
            assert value == pytest.approx(told[-1]) if told else math.isnan(value)
    # The legend says the newest one.
    last = {row["name"]: row["value"] for row in plain.rows(columns, "ts_ns", now_ns)}
    line = chart.plots.legend.text.splitlines()[1]
    words = [format_counts(round(last[name] * 100), 2) for name in names if name in last]
    assert (
        line
        == "  ".join(f"{name.split()[0]} {word}" for name, word in zip(names, words or ("", ""), strict=True))
        .replace(" " * 3, "  ")
        .rstrip()
    )


@pytest.mark.parametrize("interval", ["1m", "1h"])
def test_recorded_prices_are_drawn_as_of_the_clock(play: Play, run: RunFiles, interval: str) -> None:
    async def scene(on: FilmStage) -> None:
        chart = chart_of(on)
        chart.choose_interval(parse_interval(interval))
        random, span = dice(5), on.film.end_ns - on.film.begin_ns
        for share in random.random(6):
            await on.seek(on.film.begin_ns + int(share * span))
            assert_lines_as_of(on)
        await on.seek(on.film.end_ns)
        assert_lines_as_of(on)
        chart.show_all()
        assert_lines_as_of(on)
        assert pixels_near(chart, "chart.series.0") > 50, "seen, and not only held"
        # Before the first value there is a name without one.
        await on.seek(on.film.begin_ns + 5 * 60 * 10**9)
        assert chart.plots.legend.text.splitlines()[1] == "fast  slow"

    play_film(play, run.manifest.run_id, scene)


def test_the_legend_says_the_values_under_the_cursor(play: Play, run: RunFiles) -> None:
    async def scene(on: FilmStage) -> None:
        chart = chart_of(on)
        await on.seek(int(on.film.pace.close_ns[700]))
        area = chart.plots.rect_of(chart.plots.main)
        chart.hand.hover(QPointF(chart.plots.pos()) + area.center())
        row = chart.drawing.row_under_mouse()
        assert row is not None
        end_ns = int(chart.times()[row + 1])
        assert chart.key is not None
        (fast, _) = on.film.recorded.on_price(on.film.place_of[chart.key])
        words = format_counts(round(fast.value(end_ns) * 100), 2)
        assert f"fast {words}" in chart.plots.legend.text
        chart.hand.hover(None)

    play_film(play, run.manifest.run_id, scene)


def test_what_is_hidden_stays_hidden_and_can_be_shown(play: Play, run: RunFiles) -> None:
    symbol = ""

    async def hide(on: FilmStage) -> None:
        nonlocal symbol
        chart = chart_of(on)
        assert chart.key is not None
        symbol = chart.key.symbol
        await on.seek(on.film.end_ns)
        menu = chart_menu_texts(chart)
        assert {"Show them", "fast", "slow"} <= set(menu)
        chart.show_series(f"slow {symbol}", False)
        assert chart.plots.legend.text.splitlines()[1].startswith("fast ")
        assert "slow" not in chart.plots.legend.text
        assert len(chart.plots.main.recorded.marks) == 1
        commands = on.stage.app.commands
        commands.run("chart.recorded", on.window, chart)
        assert len(chart.plots.legend.text.splitlines()) == 1
        assert not chart.plots.main.recorded.marks
        commands.run("chart.recorded", on.window, chart)
        assert len(chart.plots.main.recorded.marks) == 1

    async def find(on: FilmStage) -> None:
        chart = chart_of(on)
        await on.seek(on.film.end_ns)
        assert len(chart.plots.main.recorded.marks) == 1
        assert "slow" not in chart.plots.legend.text
        chart.show_series(f"slow {symbol}", True)
        assert len(chart.plots.main.recorded.marks) == 2
        on.window.return_to_live()
        await on.until(lambda: not chart.drawing.film())
        assert not chart.plots.main.recorded.marks

    play_film(play, run.manifest.run_id, hide, keeps=True)
    play_film(play, run.manifest.run_id, find, keeps=True)


def chart_menu_texts(chart: ChartPanel) -> list[str]:
    menu = QMenu(chart)
    fill_more(menu, chart)
    found = [words for words, _ in acts(menu)]
    menu.deleteLater()
    return found
