"""A whole desk in the test's process: real windows offscreen, a real nats-server, a market that does as told.

`play(scenario)` runs `async def scenario(stage)` on the desk's own loop and takes everything down after it.
"""

import asyncio
import gc
import shutil
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import qasync
from PySide6.QtCore import QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication

from core.backtest.home import ResearchHome
from core.market.instruments import Instrument
from core.profile import Profile
from core.scope import LIVE, Scope
from desktop.app import DeskApp
from desktop.options import DeskOptions
from desktop.paint.stylesheet import dress
from desktop.paint.theme import Theme
from tests.desktop.market import TestMarket, crypto, quote
from tests.nats_process import NatsServer
from tests.waiting import wait_for


@pytest.fixture(autouse=True)
def collected_on_the_gui_thread() -> Iterator[None]:
    """As in the desk's own process: a thread that allocates must not end Qt's objects."""
    gc.disable()
    yield
    gc.collect(1)


@pytest.fixture(autouse=True)
def mouse_is_elsewhere() -> None:
    """Where another test left it, it would lie over the rows of this one, and hold them."""
    if QApplication.instance() is not None:
        QCursor.setPos(-100, -100)


@pytest.fixture
def research_home() -> Iterator[ResearchHome]:
    """Empty, in the profile that the desk of the test uses, whatever others left there; gone after it."""
    home = ResearchHome.of(Profile.open())
    shutil.rmtree(home.directory)
    home.make()
    yield home
    shutil.rmtree(home.directory)


TIMEOUT_S = 20.0
SCENARIO_S_MAX = 110.0  # a little less than the timeout of a test


@dataclass
class Stage:
    """What a scenario acts on."""

    app: DeskApp
    url: str
    markets: list[TestMarket] = field(default_factory=list)

    async def market(
        self,
        instruments: Sequence[Instrument] | None = None,
        scope: Scope = LIVE,
        priced: bool = True,
        snapshots: bool = True,
        epoch: int = 0,
    ) -> TestMarket:
        """A running market; with `priced` every instrument has a quote of its own before anybody asks."""
        market = TestMarket(self.url, crypto() if instruments is None else instruments, scope)
        market.snapshots = snapshots
        market.epoch = epoch or market.epoch
        if priced:
            for number, key in enumerate(market.instruments):
                market.set_values(key, quote(10_000 + number, 10_003 + number, 10_001 + number))
        self.markets.append(market)
        return await market.start()

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        await wait_for(condition, TIMEOUT_S, what)

    def cells(self, window: int = 0) -> list[dict[str, str]]:
        """The rows in view of a window's first panel, as painted."""
        found: list[dict[str, str]] = self.app.windows[window].panels[0].grid.painted_cells()
        return found

    def words(self, window: int = 0) -> tuple[str, str, str]:
        """Kind, words and detail of the first panel's state."""
        state = self.app.windows[window].panels[0].state
        return state.kind.value, state.words, state.detail


class StandstillGuard:
    """Ends a scenario that waits for ever, and says for what.

    A loop without a timer runs no Python, and without Python no signal of a test's timeout is handled: one
    scenario would hold up the whole run.
    """

    def __init__(self, loop: qasync.QEventLoop) -> None:
        self._loop = loop
        self._end_s = time.monotonic() + SCENARIO_S_MAX
        self._timer = QTimer()
        self._timer.timeout.connect(self._look)
        self._timer.start(500)

    def _look(self) -> None:
        if time.monotonic() > self._end_s and self._loop.is_running():
            sys.stderr.write(f"the scenario has not ended in {SCENARIO_S_MAX:g} s; its tasks:\n")
            for task in asyncio.all_tasks(self._loop):
                task.print_stack(file=sys.stderr)
            self._loop.stop()

    def stop(self) -> None:
        self._timer.stop()


Scenario = Callable[[Stage], Coroutine[Any, Any, None]]
Play = Callable[..., None]


@pytest.fixture
def play(qapp: QApplication, nats_server: NatsServer, tmp_path: Path) -> Play:
    def run(scenario: Scenario, url: str = "", **options: Any) -> None:
        async def acts() -> None:
            options.setdefault("layout", "grids")
            options.setdefault("watch", False)  # a busy machine would warn into the lane under test
            options.setdefault("desk_dir", tmp_path / "desk")
            app = DeskApp(DeskOptions(server=url or nats_server.url, **options), qapp, loop)
            stage = Stage(app, nats_server.url)
            running = loop.create_task(app.run(), name="desk")
            try:
                await wait_for(lambda: app.desk is not None, TIMEOUT_S, "the desk")
                await scenario(stage)
            finally:
                for market in stage.markets:
                    await market.close()
                app.quit()
                await running
            assert app.failures.count == 0, [message.text for message in app.messages.all]
            assert not app.tasks.running

        dress(qapp, Theme())
        qapp.setQuitOnLastWindowClosed(False)
        loop = qasync.QEventLoop(qapp)
        guard = StandstillGuard(loop)
        try:
            with loop:
                loop.run_until_complete(acts())
        finally:
            guard.stop()

    return run
