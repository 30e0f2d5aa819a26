"""The panel of recorded values: nothing of the future in any pixel, chosen by hand, kept over a restart."""

import json
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from core.backtest.columns import RECORDED, Columns, write_parquet
from core.backtest.home import ResearchHome
from core.backtest.run_files import MANIFEST, RunFiles
from core.profile import Profile
from core.state.versioned_file import StateError
from desktop.panels.film.recorded import RecordedPanel
from desktop.panels.film.recorded_columns import Ints
from desktop.workspace import panel_kinds
from tests.core.backtest.film import plain
from tests.desktop.conftest import Play
from tests.desktop.film.film_stage import FilmStage, Scene, dice, play_film, test_run
from tests.desktop.hand import move

NAMES = ["fast", "slow", "rsi", "score"]


EVERY_FIFTIETH = np.arange(0, 100_000, 50)


def record_more(
    run: RunFiles,
    first: Columns,
    changed_from_ns: int = 2**62,
    score_rows: Ints = EVERY_FIFTIETH,
    score_unit: float = 1 / 7_000,
) -> None:
    """Besides the means (`first`) an index at every bar and a score at some; from a time on all of it is
    other.
    """
    close_ns = run.read("equity")["close_ns"]
    score_rows = score_rows[score_rows < len(close_ns)]
    rsi = 50 + 20 * np.sin(np.arange(len(close_ns)) / 60)
    parts = [
        (first["ts_ns"], first["name"], first["value"]),
        (close_ns, np.full(len(close_ns), "rsi", object), rsi),
        (close_ns[score_rows], np.full(len(score_rows), "score", object), rsi[score_rows] * score_unit),
    ]
    times, names, values = (np.concatenate(each) for each in zip(*parts, strict=True))
    values = np.where(times >= changed_from_ns, values * 3 + 40, values)
    order = np.argsort(times, kind="stable")
    told = {"ts_ns": times[order], "name": names[order], "value": values[order]}
    path = run.directory / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    sha256 = write_parquet(run.directory / "recorded.parquet", told, RECORDED)
    manifest["artifacts"]["recorded.parquet"] = sha256
    path.write_text(json.dumps(manifest), encoding="utf-8")


@pytest.fixture(scope="module")
def run() -> RunFiles:
    made = test_run(instruments=("XNAS:AAA",), sessions=4, seed=21)
    record_more(made, made.read("recorded"))
    return RunFiles.open(ResearchHome.of(Profile.open()), made.manifest.run_id)


def play_panel(play: Play, run_id: str, scene: Scene, **options: object) -> None:
    async def with_panel(on: FilmStage) -> None:
        if not any(getattr(panel, "kind", "") == "recorded" for panel in on.window.panels):
            on.window.contents.add(panel_kinds.RECORDED)
        panel = panel_of(on)
        on.window.contents.docked_of(panel).dock.setAsCurrentTab()
        await on.until(lambda: panel.isVisible() and panel.film is not None, "the panel")
        await scene(on)

    play_film(play, run_id, with_panel, **options)


def panel_of(on: FilmStage) -> RecordedPanel:
    panel: RecordedPanel = on.panel("recorded")
    return panel


def told(on: FilmStage) -> dict[str, str]:
    """Name and value of every row of the list as it is painted."""
    return {row[1]: row[2] for row in panel_of(on).table.painted_rows()}


def assert_as_of(on: FilmStage) -> None:
    panel, now_ns = panel_of(on), on.now_ns
    columns = on.film.run.read("recorded")
    values: dict[str, list[float]] = {}
    for row in plain.rows(columns, "ts_ns", now_ns):
        values.setdefault(row["name"], []).append(row["value"])
    for name, words in told(on).items():
        if name not in values:
            assert words == "–"
            continue
        decimals = len(words.partition(".")[2])
        assert words == f"{values[name][-1]:,.{decimals}f}"
    picture = panel.view.picture
    known = on.film.curve.known(now_ns)
    assert (picture is None) == (known == 0)
    if picture is None:
        return
    assert picture.axis.rows == known
    assert picture.axis.span <= max(known * 1.1, 4), "room for what is to come"
    for lane in picture.lanes:
        seen = [value for one in lane.series for value in values.get(one.name, ())]
        assert (lane.range is None) == (not seen)
        if lane.range is not None:
            reach = max(max(seen) - min(seen), abs(max(seen)) * 1e-4)
            assert min(seen) - 0.2 * reach <= lane.range[0] <= min(seen)
            assert max(seen) <= lane.range[1] <= max(seen) + 0.2 * reach


def test_values_lines_and_axes_are_as_of_the_clock(play: Play, run: RunFiles) -> None:
    async def scene(on: FilmStage) -> None:
        assert list(told(on)) == NAMES
        span = on.film.end_ns - on.film.begin_ns
        for share in dice(3).random(8):
            await on.seek(on.film.begin_ns + int(share * span))
            assert_as_of(on)
        for at_ns in (on.film.begin_ns, int(on.film.pace.close_ns[0]), on.film.end_ns):
            await on.seek(at_ns)
            assert_as_of(on)
        on.deck.set_speed(0)
        on.deck.seek(on.film.begin_ns)
        on.deck.play()
        await on.until(lambda: on.now_ns > on.film.begin_ns + span // 2)
        on.deck.pause()
        await on.painted()
        assert_as_of(on)

    play_panel(play, run.manifest.run_id, scene)


def test_no_pixel_knows_what_comes_later(play: Play, run: RunFiles) -> None:
    """Runs that recorded the same up to a time, and other values from then on, look the same until then."""
    other = test_run(instruments=("XNAS:AAA",), sessions=4, seed=21, fast=10, slow=41)
    at_ns, first = int(run.read("equity")["close_ns"][900]), other.read("recorded")
    pictures: list[QImage] = []

    async def look(on: FilmStage) -> None:
        on.deck.seek(on.film.end_ns)
        await on.seek(at_ns)
        chart = on.window.contents.chart
        assert chart is not None
        pictures.extend(part.grab().toImage() for part in (panel_of(on), chart.plots))

    for changed_from_ns in (2**62, at_ns + 1, at_ns):
        record_more(other, first, changed_from_ns)
        play_panel(play, other.manifest.run_id, look)
    (panel, chart), (same_panel, same_chart), (now_panel, now_chart) = (
        pictures[:2], pictures[2:4], pictures[4:],
    )  # fmt: skip
    assert panel == same_panel
    assert chart == same_chart
    assert panel != now_panel, "what is changed at the clock is seen"
    assert chart != now_chart


def test_series_are_hidden_by_click_key_and_menu_and_stay_hidden(play: Play, run: RunFiles) -> None:
    async def hide(on: FilmStage) -> None:
        await on.seek(on.film.end_ns)
        panel = panel_of(on)
        table = panel.table
        row_px = table.theme.row_height_px
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(10, row_px + row_px // 2))
        assert panel.hidden == {"slow"}
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(80, row_px // 2))
        assert panel.hidden == {"slow"}, "beside the box a row is chosen, not hidden"
        QTest.keyClick(table, Qt.Key.Key_Down)
        QTest.keyClick(table, Qt.Key.Key_Down)
        QTest.keyClick(table, Qt.Key.Key_Return)
        assert panel.hidden == {"slow", "rsi"}
        picture = panel.view.picture
        assert picture is not None
        assert [[one.name for one in lane.series] for lane in picture.lanes] == [["fast"], ["score"]]
        assert list(told(on)) == NAMES, "the list says hidden ones too"
        menu = QMenu()
        panel.fill_menu(menu)
        acts = {action.text(): action for action in menu.actions()}
        assert not acts["rsi"].isChecked()
        acts["rsi"].trigger()
        acts["Last session"].trigger()
        assert panel.hidden == {"slow"}
        menu.deleteLater()

    async def find(on: FilmStage) -> None:
        await on.seek(on.film.end_ns)
        panel = panel_of(on)
        picture = panel.view.picture
        assert picture is not None
        assert (panel.hidden, panel.sessions) == ({"slow"}, 1)
        assert [len(lane.series) for lane in picture.lanes] == [1, 1, 1]
        last_open_ns = int(on.film.pace.session_ns[-1])
        assert on.film.curve.close_ns[picture.axis.first - 1] <= last_open_ns
        assert last_open_ns < on.film.curve.close_ns[picture.axis.first]
        panel.hide_series(frozenset(NAMES))
        assert panel.view.picture is None
        assert "Every series is hidden" in panel.view.words
        for broken in (
            {"hidden": "slow"},
            {"hidden": [1]},
            *({"sessions": no} for no in (3, 1.0, True, [1])),
        ):
            with pytest.raises(StateError, match=r"recorded\.(hidden|sessions) is"):
                panel.restore(broken)

    play_panel(play, run.manifest.run_id, hide, keeps=True)
    play_panel(play, run.manifest.run_id, find, keeps=True)


def test_the_mouse_says_values_of_its_time_and_a_double_click_goes_there(play: Play, run: RunFiles) -> None:
    async def scene(on: FilmStage) -> None:
        await on.seek(int(on.film.pace.close_ns[800]))
        panel = panel_of(on)
        now = told(on)
        at = QPoint(panel.view.width() // 4, 40)
        row = panel.view.row_at(at.x())
        move(panel.view, at)
        await on.until(lambda: told(on) != now, "the values under the mouse")
        time_ns = int(on.film.curve.close_ns[row])
        fast = next(one for one in on.film.recorded.all if one.name == "fast")
        assert told(on)["fast"] == f"{fast.value(time_ns):.2f}"
        for share in (0.9, 0.5, 1.0, 0.2):  # the clock goes on under a mouse that rests
            await on.seek(int(on.film.pace.close_ns[int(share * 1_200)]))
            row = panel.view.row_at(at.x())
            time_ns = on.now_ns if row < 0 else int(on.film.curve.close_ns[row])
            assert told(on)["fast"] == f"{fast.value(time_ns):.2f}", share
        await on.seek(int(on.film.pace.close_ns[800]))
        row = panel.view.row_at(at.x())
        time_ns = int(on.film.curve.close_ns[row])
        panel.view._hover(None)
        assert told(on) == now
        assert panel.view.row_at(panel.view.width() - 70) == -1, "right of the clock there is nothing to seek"
        QTest.mouseDClick(panel.view, Qt.MouseButton.LeftButton, pos=at)
        assert on.now_ns == time_ns

    play_panel(play, run.manifest.run_id, scene)


def test_a_run_that_recorded_nothing_says_so(play: Play) -> None:
    silent = test_run(instruments=("XNAS:AAA",), sessions=1, seed=22, recorded=False)

    async def scene(on: FilmStage) -> None:
        panel = panel_of(on)
        assert panel.state.title == "This run recorded nothing"
        assert not panel.table.isVisible()
        on.window.return_to_live()
        await on.until(lambda: panel.state.title == "No run is played here")

    async def with_panel(on: FilmStage) -> None:
        on.window.contents.add(panel_kinds.RECORDED)
        await on.until(lambda: panel_of(on).isVisible() and panel_of(on).film is not None)
        await scene(on)

    play_film(play, silent.manifest.run_id, with_panel)


def test_what_is_painted_while_it_plays_is_what_is_painted_at_once(play: Play, run: RunFiles) -> None:
    """Frames add columns to the picture of before; the same picture made anew has every pixel alike."""

    async def scene(on: FilmStage) -> None:
        closes = on.film.pace.close_ns
        panel = panel_of(on)
        grown: list[QImage] = []
        drawn: list[object] = []
        on.window.resize(3_000, 1_000)
        await on.painted()
        for row in range(816, 831):  # as long as the axis keeps its length
            assert on.desk._head is not None
            on.desk._head.time_ns = int(closes[row])  # the same epoch, as while it plays
            panel.prepare_frame(0, 0)
            grown.append(panel.view.grab().toImage())
            drawn.append(panel.view._scene)
        assert len({id(scene) for scene in drawn}) < len(drawn), "some frames only add to the picture"
        panel.view.forget()
        assert panel.view.grab().toImage() == grown[-1]

    play_panel(play, run.manifest.run_id, scene)


@pytest.mark.parametrize("beside", [(0,), (-7, 0, 1)])
def test_the_line_between_far_values_is_there_as_soon_as_they_are(
    play: Play, beside: tuple[int, ...]
) -> None:
    """Also when a value comes into a pixel column that has already begun: two bars share one."""
    made = test_run(instruments=("XNAS:AAA",), sessions=4, seed=21)
    score_rows = np.unique(np.add.outer(np.arange(130, 100_000, 130), np.array(beside)))
    record_more(made, made.read("recorded"), score_rows=score_rows)

    async def scene(on: FilmStage) -> None:
        panel = panel_of(on)

        def frame(row: int) -> QImage:
            assert on.desk._head is not None
            on.desk._head.time_ns = int(on.film.pace.close_ns[row])
            panel.prepare_frame(0, 0)
            return panel.view.grab().toImage()

        rows = range(1_000, 1_200, 2)
        drawn: list[object] = []
        grown: list[QImage] = []
        for row in rows:
            grown.append(frame(row))
            drawn.append(panel.view._scene)
        assert len({id(scene) for scene in drawn}) < len(drawn) // 2, "most frames only add to the picture"
        for row, before in zip(rows, grown, strict=True):
            panel.view.forget()
            assert frame(row) == before, row

    play_panel(play, made.manifest.run_id, scene)


def test_large_figures_and_large_text_find_room_beside_the_lanes(play: Play) -> None:
    made = test_run(instruments=("XNAS:AAA",), sessions=2, seed=21)
    record_more(made, made.read("recorded"), score_rows=np.arange(0, 780, 5), score_unit=40_000_000.0)

    async def scene(on: FilmStage) -> None:
        view = panel_of(on).view
        on.window.resize(1_600, 1_000)
        for percent in ("100", "150"):
            on.stage.app.settings.change("text_percent", percent)
            await on.seek(int(on.film.pace.close_ns[700]))
            image, ratio = view.grab().toImage(), view.devicePixelRatioF()
            free = {"chart.background", "chart.axis_line"}
            inks = {view.theme.color(name).rgb() for name in free}
            edge = range(image.width() - round(4 * ratio), image.width())
            assert {image.pixel(x, y) for x in edge for y in range(image.height())} <= inks, percent
            picture = view.picture
            assert picture is not None
            assert picture.axis.width == view.plot_px[0], "the lanes go up to the axis"
            assert all(one[1] < other[0] for one, other in pairwise(view._labels)), "times beside each other"

    play_panel(play, made.manifest.run_id, scene)
