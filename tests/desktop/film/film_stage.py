"""A real desk that plays a run: `play_film(play, run_id, scene)` hands over its window, deck and film."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.backtest.film.film import Film
from core.backtest.home import ResearchHome
from core.backtest.run_files import RunFiles
from core.profile import Profile
from desktop.film.transport import RunTransport
from desktop.run_desk import RunDesk
from desktop.workspace import panel_kinds
from desktop.workspace.window import DeskWindow
from tests.core.backtest.made import made_dataset, made_run
from tests.desktop.conftest import Play, Stage

KINDS = (panel_kinds.EQUITY, panel_kinds.METRICS, panel_kinds.TRADES, panel_kinds.ORDERS)


@dataclass
class FilmStage:
    """What a scene acts on."""

    stage: Stage
    window: DeskWindow
    desk: RunDesk
    film: Film

    @property
    def deck(self) -> RunTransport:
        assert self.desk.transport is not None
        return self.desk.transport

    @property
    def now_ns(self) -> int:
        reading = self.desk.film
        assert reading is not None
        return reading.time_ns

    def panel(self, kind: str) -> Any:
        return next(panel for panel in self.window.panels if getattr(panel, "kind", "") == kind)

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        await self.stage.until(condition, what)

    async def seek(self, time_ns: int) -> None:
        """And wait until the window has painted it."""
        self.deck.seek(time_ns)
        await self.painted()

    async def painted(self) -> None:
        """The window stands where the clock stands."""
        window = self.window

        def is_there() -> bool:
            painted = window._painted
            now = self.now_ns // 1_000
            return (
                painted is not None
                and painted.time_us == now
                and not window._frames._paces[id(window)].waiting
            )

        await self.until(is_there, "the frame of the clock")


Scene = Callable[[FilmStage], Coroutine[Any, Any, None]]


def test_run(**options: Any) -> RunFiles:
    """Of the profile that tests run in."""
    home = ResearchHome.of(Profile.open())
    made: dict[str, Any] = {"instruments": ("XNAS:AAA", "XNAS:BBB"), "sessions": 5, "quiet": 0.05, "seed": 3}
    own = ("fast", "slow", "strategy", "recorded")
    strategy = {name: options.pop(name) for name in own if name in options}
    return made_run(home, made_dataset(home, **(made | options)), **{"fast": 10, "slow": 40, **strategy})


test_run.__test__ = False  # type: ignore[attr-defined]


def play_film(play: Play, run_id: str, scene: Scene, **options: Any) -> None:
    """On a window with every panel of a run."""

    async def scenario(stage: Stage) -> None:
        window = stage.app.windows[0]
        await stage.until(lambda: stage.app.desk is not None and stage.app.desk.film is not None, "the film")
        desk = stage.app.desk
        assert isinstance(desk, RunDesk)
        for kind in KINDS:
            window.contents.add(kind)
        window.resize(1_600, 1_000)
        window.activateWindow()
        await stage.until(lambda: window.contents.chart is not None and window.contents.chart.key is not None)
        film = desk.film
        assert film is not None
        await scene(FilmStage(stage, window, desk, film.film))

    play(scenario, run_id=run_id, layout="desk", **options)


def dice(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)
