"""A killed desk comes back as it was: six windows over two screens of different scale, to the pixel."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from core.bus import Bus
from tests.e2e.stack import Desk, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.long]

SCREENS = [
    {"name": "Left", "x": 0, "y": 0, "width": 1920, "height": 1080, "logicalDpi": 96, "dpr": 1},
    {"name": "Right", "x": 1920, "y": 0, "width": 2560, "height": 1440, "logicalDpi": 96, "dpr": 1},
]
SCALES = "Left=1;Right=1.5"
NARROW = [SCREENS[0]]


def with_screens(stack: Stack, screens: list[dict[str, Any]], scales: str) -> None:
    """Desks started from now on have these screens."""
    file = stack.directory / "screens.json"
    file.write_text(json.dumps({"screens": screens}), encoding="utf-8")
    stack.environment["QT_QPA_PLATFORM"] = f"offscreen:configfile={file}"
    stack.environment["QT_SCREEN_SCALE_FACTORS"] = scales


async def started(stack: Stack, bus: Bus, desk_dir: Path, *options: str) -> Desk:
    """A desk that keeps its workspaces in `desk_dir`."""
    where = ("--desk-dir", str(desk_dir), *options)
    desk = Desk(stack.start("desk", "-m", "desktop", "--inspect", *stack.where(), *where), bus)
    await desk.until(lambda answer: answer["windows"], "the desk's first window")
    return desk


def standing(answer: dict[str, Any]) -> list[Any]:
    """What a trader would call the same desk: places, panels, layouts, scopes and what is set in panels."""
    return [
        (
            window["geometry"], window["screen"], window["ratio"], window["kept"]["layout"],
            window["kept"]["panels"], window["kept"]["session"], window["kept"]["zoomed"],
        )
        for window in answer["windows"]
    ]  # fmt: skip


def saved_as_shown(desk_dir: Path, answer: dict[str, Any], name: str) -> bool:
    """The file holds what stands on the screen."""
    file = desk_dir / "workspaces" / f"{name}.json"
    if not file.exists():
        return False
    windows = json.loads(file.read_text(encoding="utf-8"))["windows"]
    fields = ("panels", "layout", "zoomed", "session")
    said = [[window[field] for field in fields] for window in windows]
    return said == [[window["kept"][field] for field in fields] for window in answer["windows"]]


async def arrange(desk: Desk) -> dict[str, Any]:
    """Six windows on both screens with charts, tabs, a sort, a filter and a maximised panel."""
    for count in range(2, 7):  # one by one: each takes a busy machine a while
        await desk.inspect(do=[{"windows": count}], cells=False)
    answer = await desk.until(lambda said: len(said["windows"]) == 6, "six windows")
    numbers = [window["number"] for window in answer["windows"]]
    boxes = [
        [11, 43, 801, 507], [830, 60, 700, 611], [200, 500, 1001, 443],
        [1930, 51, 777, 555], [2720, 91, 655, 603], [2101, 401, 909, 511],
    ]  # fmt: skip
    acts: list[dict[str, Any]] = [
        {"window": number, "geometry": box} for number, box in zip(numbers, boxes, strict=True)
    ]
    acts += [
        {"window": numbers[0], "action": "chart.new"},
        {"window": numbers[1], "action": "chart.new"},
        {"window": numbers[1], "action": "panel.duplicate"},
        {"window": numbers[1], "action": "panel.onto_next"},
        {"window": numbers[2], "sort": ["last", True]},
        {"window": numbers[3], "filter": "BTC"},
        {"window": numbers[4], "action": "panel.pin"},
        {"window": numbers[5], "action": "chart.new"},
        {"window": numbers[5], "action": "panel.zoom"},
    ]
    for act in acts:
        await desk.inspect(do=[act])
    return await desk.inspect(cells=False)


async def test_six_windows_on_two_screens_come_back_to_the_pixel_after_a_kill(tmp_path: Path) -> None:
    async with Stack(tmp_path) as stack:
        with_screens(stack, SCREENS, SCALES)
        await stack.supervise()
        bus, desk_dir = await stack.connect(), tmp_path / "choices"
        desk = await started(stack, bus, desk_dir)
        await arrange(desk)
        before = await desk.until(lambda said: saved_as_shown(desk_dir, said, "main"), "the save")
        assert {window["screen"] for window in before["windows"]} == {"Left", "Right"}
        assert {window["ratio"] for window in before["windows"]} == {1.0, 1.5}
        desk.child.send_signal(signal.SIGKILL)
        desk.child.process.wait()
        again = await started(stack, bus, desk_dir)
        after = await again.until(lambda said: len(said["windows"]) == 6, "the six windows")
        assert standing(after) == standing(before)
        assert [window["geometry"] for window in after["windows"]][3] == [1930, 51, 777, 555]


async def test_a_desk_comes_back_within_the_one_screen_that_is_left(tmp_path: Path) -> None:
    async with Stack(tmp_path) as stack:
        with_screens(stack, SCREENS, SCALES)
        await stack.supervise()
        bus, desk_dir = await stack.connect(), tmp_path / "choices"
        desk = await started(stack, bus, desk_dir)
        await arrange(desk)
        before = await desk.until(lambda said: saved_as_shown(desk_dir, said, "main"), "the save")
        desk.child.stop()
        with_screens(stack, NARROW, "Left=1")
        narrow = await started(stack, bus, desk_dir)
        answer = await narrow.until(lambda said: len(said["windows"]) == 6, "the six windows")
        for window in answer["windows"]:
            x, y, width, height = window["geometry"]
            assert x >= 0
            assert y >= 0
            assert x + width <= 1920
            assert y + height <= 1080
        narrow.child.stop()
        with_screens(stack, SCREENS, SCALES)
        both = await started(stack, bus, desk_dir)
        answer = await both.until(lambda said: len(said["windows"]) == 6, "the six windows")
        assert [window["geometry"] for window in answer["windows"]] == [
            window["geometry"] for window in before["windows"]
        ], "each set of screens has its own places"


async def test_a_second_start_shows_the_running_desk_and_a_killed_one_is_in_nobodys_way(
    tmp_path: Path,
) -> None:
    async with Stack(tmp_path) as stack:
        await stack.supervise()
        bus, desk_dir = await stack.connect(), tmp_path / "choices"
        desk = await started(stack, bus, desk_dir)
        await desk.inspect(do=[{"action": "workspace.new_quotes"}])
        second = stack.start(
            "second", "-m", "desktop", *stack.where(), "--desk-dir", str(desk_dir), "--workspace", "Main"
        )
        assert second.process.wait(30) == 0
        assert "a desk is running here already" in second.tail()
        await desk.until(lambda said: said["workspace"] == "Main", "the workspace that was asked for")
        desk.child.send_signal(signal.SIGKILL)
        desk.child.process.wait()
        third = await started(stack, bus, desk_dir, "--workspace", "Quotes")
        answer = await third.inspect()
        assert (answer["workspace"], answer["workspaces"]) == ("Quotes", ["Main", "Quotes"])
