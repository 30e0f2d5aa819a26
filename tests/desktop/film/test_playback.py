"""A run on the screen: at any time of it, back and forth, nothing that is painted is of later."""

import json

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from core.backtest.metric_list import metric_text
from core.backtest.run_files import RunFiles
from core.clock import NS_PER_S
from core.market.fields import NULL, Field
from core.market.intervals import parse_interval
from core.scope import LIVE
from desktop.desk import ClockPhase, StepUnit
from desktop.film.transport import BOOKMARKS
from desktop.run_desk import RunDesk
from tests.core.backtest.film import plain
from tests.desktop.conftest import Play, Stage
from tests.desktop.film.film_stage import FilmStage, dice, play_film, test_run

MINUTE_NS = 60 * NS_PER_S


@pytest.fixture(scope="module")
def run() -> RunFiles:
    return test_run()


def assert_all_as_of(on: FilmStage, interval: str) -> None:
    """Every panel against plain loops over the files up to the clock."""
    now_ns, film, window = on.now_ns, on.film, on.window
    chart, grid = window.contents.chart, window.contents.watchlists[0]
    assert chart is not None
    assert chart.key is not None
    place = film.place_of[chart.key]
    # The chart: its bars, its axes, its marks.
    expected = plain.bars(film, place, parse_interval(interval), now_ns)
    pyramid = chart.sight.pyramid
    assert pyramid.count == min(len(expected), pyramid.count)
    told = [
        (int(key), *(int(price) for price in prices), int(volume))
        for key, prices, volume in zip(pyramid.keys, pyramid.prices.T, pyramid.volumes, strict=True)
    ]
    assert told == expected[len(expected) - len(told) :]
    assert len(told) == len(expected) or pyramid.has_earlier
    if expected:
        assert (chart.plots.time_axis.end_ns or 0) <= now_ns
        first, last = chart.sight.rows()
        assert last <= len(told)
        in_view = np.array(told)[first:last]
        window_of = chart.sight.price_window
        if len(in_view):
            assert window_of.low <= in_view[:, 3].min()
            assert in_view[:, 2].max() <= window_of.high
            span = in_view[:, 2].max() - in_view[:, 3].min()
            room = 4 * max(span, 8) * max(1, 12 / len(in_view))
            assert window_of.high - window_of.low <= room, "room for what is to come"
    marks = chart.plots.main.run_marks.marks
    fills = [
        fill
        for fill in plain.rows(film.run.read("fills"), "ts_ns", now_ns)
        if fill["instrument"] == str(chart.key)
    ]
    assert len(marks.fills[0]) <= len(fills)
    held = plain.position(film, place, now_ns)
    assert (marks.position is None) == (held is None or not expected)
    if marks.position is not None and held is not None:
        last = expected[-1][4] / 100
        assert f"{abs((last - held[2]) * held[1]):,.2f}" in marks.position.gain
        assert marks.position.value == pytest.approx(held[2] * 100)
    # The grid.
    for row, instrument in enumerate(grid.instruments):
        bars = list(plain.rows(film.reels[film.place_of[instrument.key]].columns, "close_ns", now_ns))
        shown = int(grid.table.column(Field.LAST)[row])
        assert shown == (int(bars[-1]["close"]) if bars else NULL)
    # Equity, metrics, lists.
    equity = [row["equity"] for row in plain.rows(film.run.read("equity"), "close_ns", now_ns)]
    start = film.run.spec.venue.starting_cash
    panel = on.panel("equity")
    assert panel.equity == (equity[-1] if equity else start)
    columns = panel.columns()
    if columns is not None:
        assert columns.equity_range == (min(equity), max(equity)) or len(equity) < len(columns.low)
        (low, high), _ = panel.ranges
        reach = max(*equity, start) - min(*equity, start)
        assert low >= min(*equity, start) - 0.2 * reach - 20
        assert high <= max(*equity, start) + 0.2 * reach + 20
        assert all(row < len(equity) for row, _ in panel.time_labels(panel.film, columns.span, 800))
    figures = film.figures(now_ns)
    assert on.panel("metrics").figures == {
        name: metric_text(name, figures[name]) for name in on.panel("metrics").figures
    }
    trades = list(plain.rows(film.run.read("positions"), "opened_ns", now_ns))
    table = on.panel("trades").table
    assert table.count == len(trades)
    for number in list(table.numbers_in_view())[:5]:
        cells = [text for text, _ in on.panel("trades").cells(number)]
        over = 0 < trades[number]["closed_ns"] <= now_ns
        assert (cells[3] == "open") == (not over)
        assert cells[6] == (f"{trades[number]['exit_price']:,.2f}" if over else "")
    orders = {event["order_id"] for event in plain.rows(film.run.read("orders"), "ts_ns", now_ns)}
    assert on.panel("orders").table.count == len(orders)
    # The time line.
    player = window.contents.player
    assert player is not None
    line = player.line
    assert line.drawn_until_ns <= now_ns
    reel = film.reels[place]
    volume = sum(int(bar["volume"]) for bar in plain.rows(reel.columns, "close_ns", now_ns))
    assert sum(line.picture.volumes) == pytest.approx(volume)


@pytest.mark.parametrize("interval", ["1m", "5m", "1h"])
def test_nothing_is_of_the_future(play: Play, run: RunFiles, interval: str) -> None:
    async def scene(on: FilmStage) -> None:
        chart = on.window.contents.chart
        assert chart is not None
        chart.choose_interval(parse_interval(interval))
        random = dice(len(interval))
        span = on.film.end_ns - on.film.begin_ns
        for _ in range(12):
            await on.seek(on.film.begin_ns + int(random.random() * span))
            assert_all_as_of(on, interval)
        for at in (on.film.begin_ns, on.film.end_ns, int(on.film.fills.ts_ns[0])):
            await on.seek(at)
            assert_all_as_of(on, interval)
        on.deck.set_speed(0)
        on.deck.seek(on.film.begin_ns)
        on.deck.play()
        await on.until(lambda: on.now_ns > on.film.begin_ns + span // 3)
        on.deck.pause()
        await on.painted()
        assert_all_as_of(on, interval)

    play_film(play, run.manifest.run_id, scene)


def test_a_frame_says_that_it_is_a_playback_and_the_way_back(play: Play, run: RunFiles) -> None:
    async def scene(on: FilmStage) -> None:
        window = on.window
        await on.seek(int(on.film.pace.close_ns[500]))
        words = window.band.words
        assert words is not None
        assert words.word == "PLAYBACK"
        assert words.state == "Paused"
        assert words.speed == "600×"
        assert "sma_crossover fast 10" in words.session
        assert run.manifest.run_id[:8] in words.session
        assert window.frame.framed
        assert window.bar.scope.word == "PLAYBACK"
        window.return_to_live()
        await on.until(lambda: window.scope == LIVE and not window.frame.framed)
        assert window.contents.player is None
        assert on.panel("equity").state.title == "No run is played here"
        assert next(iter(on.stage.app.desks)).scope == LIVE

    play_film(play, run.manifest.run_id, scene)


def test_steps_go_by_bars_sessions_and_fills_and_stand(play: Play, run: RunFiles) -> None:
    async def scene(on: FilmStage) -> None:
        closes, minute = on.film.pace.close_ns, parse_interval("1m")
        await on.seek(int(closes[100]))
        on.deck.step(StepUnit.BAR, 1, minute)
        assert on.now_ns == closes[101]
        on.deck.step(StepUnit.BAR, -10, minute)
        assert on.now_ns == closes[91]
        on.deck.step(StepUnit.BAR, 1, parse_interval("15m"))
        assert on.now_ns % (15 * MINUTE_NS) == 0 or on.now_ns in closes
        on.deck.step(StepUnit.SESSION, 1, minute)
        second = int(on.film.pace.session_ns[1])
        assert second < on.now_ns <= second + 3 * MINUTE_NS
        on.deck.step(StepUnit.FILL, 1, minute)
        assert on.now_ns in on.film.fills.ts_ns
        on.deck.play()
        on.deck.step(StepUnit.BAR, 1, minute)
        assert on.deck.reading(0).phase is ClockPhase.PAUSED
        await on.painted()
        player = on.window.contents.player
        assert player is not None
        player.setFocus()
        QTest.keyClick(player, Qt.Key.Key_Home)
        assert on.now_ns == on.film.begin_ns
        QTest.keyClick(player, Qt.Key.Key_5)
        assert on.deck.reading(0).speed_milli == on.deck.speeds[4].milli

    play_film(play, run.manifest.run_id, scene)


def test_at_the_end_it_stands_or_begins_again(play: Play, run: RunFiles) -> None:
    async def scene(on: FilmStage) -> None:
        on.deck.set_speed(0)
        on.deck.play()
        await on.until(lambda: on.now_ns == on.film.end_ns and not on.desk.clock.read(0).is_moving)
        await on.painted()
        assert on.panel("equity").equity == run.read("equity")["equity"][-1]
        on.deck.set_looped(True)
        on.deck.seek(on.film.end_ns - MINUTE_NS)
        epoch = on.desk.clock.read(0).epoch
        on.deck.play()
        await on.until(lambda: on.desk.clock.read(0).epoch > epoch and on.now_ns < on.film.end_ns)
        on.deck.pause()

    play_film(play, run.manifest.run_id, scene)


def test_bookmarks_lie_beside_the_run_and_are_there_again(play: Play, run: RunFiles) -> None:
    at_ns = 0

    async def set_one(on: FilmStage) -> None:
        nonlocal at_ns
        at_ns = int(on.film.pace.close_ns[300])
        await on.seek(at_ns)
        player = on.window.contents.player
        assert player is not None
        player.setFocus()
        QTest.keyClick(player, Qt.Key.Key_B)
        player._name(player.bookmarks[0], "Turn")
        await on.until(lambda: [mark.name for mark in player.line.picture.bookmarks] == ["Turn"])

    async def find_it(on: FilmStage) -> None:
        marks = on.deck.reading(0).bookmarks
        assert [(mark.tape_ns, mark.name) for mark in marks] == [(at_ns, "Turn")]
        on.deck.remove_bookmark(at_ns)

    play_film(play, run.manifest.run_id, set_one)
    kept = json.loads((run.directory / BOOKMARKS).read_text(encoding="utf-8"))
    assert "Turn" in json.dumps(kept)
    play_film(play, run.manifest.run_id, find_it)


def test_a_click_on_a_trade_shows_it_and_a_double_click_goes_there(play: Play, run: RunFiles) -> None:
    async def scene(on: FilmStage) -> None:
        await on.seek(on.film.end_ns)
        trades, chart = on.panel("trades"), on.window.contents.chart
        assert chart is not None
        table = trades.table
        number = table.count - 30
        table.verticalScrollBar().setValue(25)
        y = (table.count - 1 - number - 25) * table.theme.row_height_px + 4
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(40, y))
        assert table.selected == number
        opened_ns = int(on.film.trades.opened_ns[number])
        stretch = chart.stretch()
        assert stretch is not None
        assert stretch.left_ns < opened_ns < stretch.right_ns
        assert chart.key == on.film.reels[int(on.film.trades.place[number])].instrument.key
        assert on.now_ns == on.film.end_ns
        QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(40, y))
        assert on.now_ns == opened_ns
        await on.painted()
        assert table.count == number + 1 or table.count > number

    play_film(play, run.manifest.run_id, scene)


def test_a_window_without_a_watchlist_shows_what_the_run_trades(play: Play, run: RunFiles) -> None:
    async def scenario(stage: Stage) -> None:
        app, window = stage.app, stage.app.windows[0]
        for panel in list(window.contents.watchlists):
            window.contents.remove(panel)
        chart = window.add_chart()
        app.open_run(run.manifest.run_id, window)
        await stage.until(lambda: chart.key is not None, "its symbol")
        desk = app.desk
        assert isinstance(desk, RunDesk)
        assert desk.transport is not None
        desk.transport.seek(run.manifest.end_ns)
        await stage.until(lambda: chart.sight.count, "its bars")
        assert str(chart.key) == "XNAS:AAA"
        assert chart.interval == parse_interval("1m")
        window.return_to_live()
        await stage.until(lambda: not window.frame.framed)

    play(scenario, layout="grids")


def test_a_run_that_is_not_there_is_said_in_one_line(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        app = stage.app
        app.open_run("0123456789abcdef")
        await stage.until(lambda: any("0123456789abcdef" in message.text for message in app.messages.all))
        window = app.windows[0]
        await stage.until(
            lambda: window.band.words is not None and window.band.words.state == "Cannot be opened"
        )
        window.return_to_live()
        await stage.until(lambda: not window.frame.framed)

    play(scenario, layout="desk")
