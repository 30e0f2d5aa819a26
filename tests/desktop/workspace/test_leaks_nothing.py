"""Two hundred windows with charts, opened and closed: the desk is as large as before."""

import asyncio
import gc
from collections import Counter
from typing import Any

import psutil
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication

from desktop.workspaces import templates
from tests.desktop.bar_market import BarMarket
from tests.desktop.commands.test_every_action import instruments
from tests.desktop.conftest import Play, Stage

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(900)]

WINDOWS = 200
WARM_UP = 60  # caches of glyphs and icons, the allocator's own pools
RSS_GROWTH_MAX = 0.05


def settle() -> None:
    """What was deleted is gone, also what only a cycle holds."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def figures(stage: Stage) -> dict[str, Any]:
    """What must be the same again."""
    app = stage.app
    settle()
    widgets = Counter(type(widget).__name__ for widget in QApplication.allWidgets())
    ours = Counter(
        type(found).__qualname__
        for found in gc.get_objects()
        if type(found).__module__.startswith("desktop.") or isinstance(found, QObject)
    )
    return {
        "windows": len(app.windows),
        "widgets": widgets,
        "objects": ours,
        "paces": len(app.frames._paces),
        "groups": [group["holds"] for group in app.groups_json()],
        "series": len(app.series_json()),
        "messages": len(app.messages._listeners),
        "keys": len(app.commands.keys._listeners),
        "tasks": len(asyncio.all_tasks()),
    }


async def open_and_close(stage: Stage) -> None:
    window = stage.app.open_window()
    chart = window.add_chart()
    await stage.until(lambda: chart.key is not None and window.is_on_screen(), "its chart")
    window.close()
    await asyncio.sleep(0)


def test_two_hundred_windows_with_charts_leave_nothing(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(instruments())
        bars = await BarMarket(stage.url).start()
        try:
            await stage.until(lambda: stage.words()[0] == "live")
            for _ in range(WARM_UP):
                await open_and_close(stage)
            before, rss = figures(stage), psutil.Process().memory_info().rss
            for _ in range(WINDOWS - WARM_UP):
                await open_and_close(stage)
            after = figures(stage)
            grown = {
                name: (before[name], after[name])
                for name in before
                if name not in ("objects", "tasks") and before[name] != after[name]
            }
            assert not grown
            more = after["objects"] - before["objects"]
            # What is bounded by itself may fill up; a leak would be one a window at least.
            leaked = {name: count for name, count in more.items() if count >= (WINDOWS - WARM_UP) // 2}
            assert not leaked
            growth = psutil.Process().memory_info().rss / rss - 1
            assert growth < RSS_GROWTH_MAX, f"{growth:.1%}"
        finally:
            await bars.close()

    play(scenario, keeps=True)


def test_switching_workspaces_fifty_times_leaves_nothing(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(instruments())
        await stage.until(lambda: stage.words()[0] == "live")
        workspaces = stage.app.workspaces
        workspaces.open_template(templates.CHARTS)
        for _ in range(10):
            workspaces.step(1)
            await asyncio.sleep(0)
        before = figures(stage)
        for _ in range(50):
            workspaces.step(1)
            await asyncio.sleep(0)
        after = figures(stage)
        assert after["widgets"] == before["widgets"]
        assert after["paces"] == before["paces"]
        more = after["objects"] - before["objects"]
        assert not {name: count for name, count in more.items() if count >= 50}

    play(scenario, keeps=True)
