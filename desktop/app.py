"""The composition root: the only place that knows all the parts of the desk.

Makes one bus, one desk a scope, one frame clock and the windows, hands each what it needs, and takes them
down again in order. Every timer and task belongs to something that is closed here.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from core.backtest.home import ResearchHome
from core.bus import Bus, BusError, ServerAddress
from core.clock import wall_ns
from core.profile import Profile
from core.scope import LIVE, Scope
from core.server_address import CredentialsError
from core.tasks import TaskSet
from desktop.app_figures import AppFigures
from desktop.bus_desk import BusDesk
from desktop.commands.commands import Commands
from desktop.crash.safety import CrashSafety
from desktop.desks import AnyDesk, Desks
from desktop.ending import Ending
from desktop.film.trade_place import TradePlace, go_to_trade
from desktop.frame import FrameClock
from desktop.health.desk_health import DeskHealth
from desktop.inspect import Inspector
from desktop.jobs import Jobs
from desktop.links import LinkGroups
from desktop.messages import Level, Messages
from desktop.options import DeskOptions, Layout
from desktop.paint.theme import Theme
from desktop.panels.watchlist.lists import WatchChoice, first_choice
from desktop.recordings import Recordings
from desktop.research.research import Research
from desktop.run_desk import RunDesk
from desktop.server import NoServer
from desktop.settings.live import LiveSettings
from desktop.settings.look import choices_of
from desktop.settings.start import Start
from desktop.settings.store import SettingsStore
from desktop.station import Station
from desktop.support import Support
from desktop.thread_work import ThreadWork
from desktop.tr import tr
from desktop.watchlists.watchlists import Watchlists
from desktop.workspace.keeper import Workspaces
from desktop.workspace.window import DeskWindow, new_window
from desktop.workspaces.model import SavedWindow

TRADER: Final = "trader"
CONNECT_TIMEOUT_MS: Final = 3_000
DIRECTORY_SETTLE_MS: Final = 300  # instruments that appear one by one change a group once, not each time


class DeskApp(AppFigures):
    """`run` until the last window is closed or `quit` is called. One a process."""

    def __init__(self, options: DeskOptions, qt: QApplication, loop: asyncio.AbstractEventLoop) -> None:
        self.options = options
        self.qt = qt
        self.name = f"desk-{os.getpid()}"
        self.desk_dir = options.desk_dir or Profile.open().state_dir / "desk"
        self.messages = Messages()
        self.crash = CrashSafety(self)
        self.failures = self.crash.failures
        self.failures.install(loop)
        self.tasks = TaskSet(self._task_failed)
        self.commands = Commands(
            self.desk_dir, self.tasks, lambda level, text: self.messages.add(level, text, self.now_ms())
        )
        self.theme = Theme()
        self.settings = SettingsStore(self.desk_dir / "settings.json", self.tasks, self._warn)
        self.links = LinkGroups()  # of the open workspace
        self.windows: list[DeskWindow] = []
        self.desks = Desks(self._make_desk, self._play_run, self.start_task)
        self._scope = Scope(options.session, options.run_id)  # that windows open with
        self._begins_at: tuple[Scope, DeskWindow, TradePlace] | None = None  # a run that is being opened
        self.frames = FrameClock()
        self.frames.failed = self.failures.report
        self.first_value_ns = 0
        self.first_value = asyncio.Event()
        self.bus: Bus | None = None
        self.station: Station | None = None
        self.watchlists = Watchlists(self.desk_dir / "watchlists.json", self.tasks, self.messages)
        self.symbols = self.watchlists.symbols
        self.workspaces = Workspaces(self)
        self._inspector: Inspector | None = None
        self._windows_opened = 0
        self._closing = asyncio.Event()
        self.health = DeskHealth(self)
        self.support = Support(self)
        self._settle = QTimer()
        self._settle.setSingleShot(True)
        self._settle.timeout.connect(self._follow_directory)
        self.frames.ticked.connect(self._tick)
        self._live = LiveSettings(self)
        self.start = Start(self)
        self.recordings = Recordings(self)
        self.threads = ThreadWork()
        self.jobs = Jobs(self)
        self.research = Research(self)

    # ---- life ------------------------------------------------------------------------------------
    async def run(self) -> int:
        """0 when the user left, 1 when there is no server, 2 for credentials that cannot be used."""
        try:
            self.crash.begin()
            self.workspaces.start()
            address = await self.start.address(self._closing)
            if address is not None:
                await self._connect(address)
                self.start.begun()
                self.health.start()
            await self._closing.wait()
        except (NoServer, CredentialsError) as error:
            sys.stderr.write(f"tapedeck: {error}\n")
            return 2 if isinstance(error, CredentialsError) else 1
        finally:
            await self._take_down()
        return 0

    async def _connect(self, address: ServerAddress) -> None:
        self.bus = Bus(self.name, address, counts_each=True)
        self.station = Station(self.bus)
        await self.station.start()
        if self.options.inspect:
            self._inspector = Inspector(self, self.bus, self.name)
            await self._inspector.start()
            self.start_task(self._inspector.announce(), "announce-inspect")
        self.desks.station = self.station
        for window in self.windows:
            window.set_desk(self.desks.open(window.scope))
        self._place_players()
        try:
            await self.bus.connect(CONNECT_TIMEOUT_MS, keep_trying=True)
        except BusError as error:
            self.messages.add(Level.WARNING, tr("Not connected yet: {error}", error=error), self.now_ms())

    async def connect_to(self, address: ServerAddress) -> None:
        """Another server than the one before: nothing of that one stays."""
        for window in self.windows:
            window.set_desk(None, LIVE)
        self._scope = LIVE if self._scope.is_run else self._scope
        await self._disconnect()
        await self._connect(address)

    async def _disconnect(self) -> None:
        if self._inspector is not None:
            self._inspector.close()
        await self.desks.close()
        if self.station is not None:
            self.station.close()
        if self.bus is not None:
            await self.bus.close()

    async def _take_down(self) -> None:
        ending = Ending(self.failures)
        self.crash.is_ending = True
        ending.do(self._settle.stop, self.health.close, self.frames.close, self.workspaces.close)
        ending.do(*(window.close for window in tuple(self.windows)))
        if self._inspector is not None:
            ending.do(self._inspector.close)
        await ending.wait(self.desks.close)
        if self.station is not None:
            ending.do(self.station.close)
        ending.do(self.commands.close, self._live.close)
        await ending.wait(self.recordings.close)
        await ending.wait(self.jobs.close)
        await ending.wait(self.research.close)
        await ending.wait(self.tasks.close)
        await ending.wait(self.threads.close)
        ending.do(self.settings.flush, self.watchlists.flush)
        if self.bus is not None:
            await ending.wait(self.bus.close)
        ending.do(self.failures.remove, self.crash.close)

    def quit(self) -> None:
        self._closing.set()

    def _warn(self, text: str) -> None:
        self.messages.add(Level.WARNING, text, self.now_ms())

    def _task_failed(self, name: str, error: BaseException) -> None:
        self.failures.report(tr("Task {name} failed", name=name), error)

    def start_task(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        """Run `work` for as long as the desk lives."""
        self.tasks.start(work, name)

    # ---- scope -----------------------------------------------------------------------------------
    @property
    def scope(self) -> Scope:
        """Of the first window."""
        return self.windows[0].scope if self.windows else self._scope

    @property
    def desk(self) -> AnyDesk | None:
        """Of the first window."""
        return self.desks.get(self.scope)

    def set_scope(self, scope: Scope, windows: Sequence[DeskWindow] | None = None) -> None:
        """These windows, or all without any, show another scope; nothing of the old one stays in them."""
        if self.station is None and not scope.is_run:
            return
        if windows is None:
            self._scope = scope
        for window in self.windows if windows is None else windows:
            if window.scope != scope:
                window.set_desk(self.desks.open(scope), scope)
        self.desks.keep({window.scope for window in self.windows})
        self._place_players()
        desk = self.desks.get(scope)
        if desk is not None and desk.quotes.directory_version:
            self._follow_directory()

    def _make_desk(self, station: Station, scope: Scope) -> BusDesk:
        return BusDesk(
            station,
            scope,
            trader=TRADER,
            name=self.name,
            on_directory=lambda: self._directory_changed(scope),
            on_news=lambda: self._news(scope),
            on_failure=self._task_failed,
            say=self._warn,
        )

    def _play_run(self, scope: Scope) -> RunDesk:
        return RunDesk(
            scope,
            lambda: ResearchHome.of(Profile.open()),
            on_opened=lambda: self._run_opened(scope),
            on_news=lambda: self._news(scope),
            on_failure=self._task_failed,
            say=self._warn,
        )

    def _run_opened(self, scope: Scope) -> None:
        """Its windows have waited for it: deck, instruments and bars are there at once."""
        desk = self.desks.get(scope)
        begins_at = self._begins_at
        for window in self._windows_of(scope):
            window.set_desk(desk)
        self._place_players()
        self._directory_changed(scope)
        if begins_at is not None and begins_at[0] == scope:
            self._begins_at = None
            self._go_to(*begins_at)

    def open_run(
        self, run_id: str, window: DeskWindow | None = None, at_trade: TradePlace | None = None
    ) -> None:
        """Play a finished run as a film, in this window or in the first one, where a trade was. Raises
        `ScopeError`.
        """
        scope = Scope(run_id=run_id)
        chosen = [window] if window is not None else self.windows[:1]
        self._begins_at = (scope, chosen[0], at_trade) if at_trade is not None and chosen else None
        self.set_scope(scope, chosen)
        desk = self.desks.get(scope)
        if self._begins_at is not None and isinstance(desk, RunDesk) and desk.transport is not None:
            begins_at, self._begins_at = self._begins_at, None
            self._go_to(*begins_at)

    def _go_to(self, scope: Scope, window: DeskWindow, place: TradePlace) -> None:
        desk = self.desks.get(scope)
        if isinstance(desk, RunDesk) and window in self._windows_of(scope):
            go_to_trade(window, desk, place)

    def _windows_of(self, scope: Scope) -> list[DeskWindow]:
        return [window for window in self.windows if window.scope == scope]

    def _news(self, scope: Scope) -> None:
        """A session's clock has come, or its epoch has turned: its windows flip in one frame."""
        windows = self._windows_of(scope)
        for window in windows:
            window.follow_turn()
        self.frames.data_arrived(windows)

    def _place_players(self) -> None:
        """One a session, in the first window that shows it; none where only grids are wanted."""
        seen: set[Scope] = set()
        for window in sorted(self.windows, key=lambda window: window.contents.player is None):
            first = not window.scope.is_live and window.scope not in seen
            if window.scope.is_live:
                window.set_player(False)
            elif first and self.options.layout == "desk":
                window.set_player(True)
            seen.add(window.scope)

    def _directory_changed(self, scope: Scope) -> None:
        # The first answer is shown at once; what trickles in after it is gathered.
        desk = self.desks.get(scope)
        if desk is not None and desk.quotes.directory_version == 1:
            self._follow_directory()
        elif not self._settle.isActive():
            self._settle.start(DIRECTORY_SETTLE_MS)

    def _follow_directory(self) -> None:
        for desk in self.desks:
            instruments = desk.quotes.instruments
            for place, window in enumerate(self._windows_of(desk.scope)):
                for panel in window.contents.watchlists[:1]:
                    if not panel.chosen_by_hand:
                        panel.choice = first_choice(place, instruments)
                window.follow_directory()

    def sessions(self) -> tuple[str, ...]:
        return self.station.running_sessions() if self.station is not None else ()

    # ---- windows ---------------------------------------------------------------------------------
    def open_window(self, scope: Scope | None = None) -> DeskWindow:
        """Of this scope, without one of that of the command line or of the last change of all windows."""
        scope = scope or self._scope
        desk = self.desks.open(scope)
        choice = first_choice(len(self._windows_of(scope)), desk.quotes.instruments if desk else ())
        layout = self.options.layout if not self.windows else "grids"
        window = self._new_window(scope, choice, layout)
        return self._begin(window, desk)

    def open_saved_window(
        self, saved: SavedWindow, scope: Scope, stand: Callable[[DeskWindow], None]
    ) -> DeskWindow:
        """One that was saved; `stand` puts it where it was before it is shown."""
        desk = self.desks.open(scope)
        window = self._new_window(scope, WatchChoice(), saved=saved)
        stand(window)
        return self._begin(window, desk)

    def _new_window(
        self, scope: Scope, choice: WatchChoice, layout: Layout = "grids", saved: SavedWindow | None = None
    ) -> DeskWindow:
        self._windows_opened += 1
        name = self.workspaces.name
        window = new_window(self, self.frames, name, self._windows_opened, choice, scope, layout, saved)
        if saved is None:
            window.id = self.workspaces.free_id()
        window.closed.connect(self._window_closed)
        return window

    def _begin(self, window: DeskWindow, desk: AnyDesk | None) -> DeskWindow:
        self.windows.append(window)
        window.set_desk(desk)
        self._place_players()
        window.show()
        self.workspaces.window_opened(window)
        if desk is not None and desk.quotes.directory_version:
            self._follow_directory()
        return window

    def _window_closed(self, window: DeskWindow) -> None:
        if window in self.windows:
            self.windows.remove(window)
        if not self.windows:
            self._scope = window.scope
            self.quit()
            return
        self.desks.keep({window.scope for window in self.windows})
        self._place_players()

    def set_theme(self, theme: Theme) -> None:
        """Another look for every window, now and after the next start: a choice like one in the settings."""
        self.settings.change_all(choices_of(theme))

    @property
    def zone_choice(self) -> str:
        """Of the open workspace, else that of the settings."""
        return self.workspaces.zone or self.settings.current.zone

    # ---- time ------------------------------------------------------------------------------------
    def value_painted(self) -> None:
        """A window has finished a paint that shows live values."""
        if not self.first_value_ns:
            self.first_value_ns = wall_ns()
            self.first_value.set()

    def _tick(self, now_ms: int) -> None:
        for window in tuple(self.windows):
            window.tick(now_ms)

    def show_health(self) -> None:
        """The Health panel, in the window in front or in the first one."""
        window = next((window for window in self.windows if window.isActiveWindow()), None)
        if window is not None or self.windows:
            (window or self.windows[0]).open_health()
