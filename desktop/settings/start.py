"""Where a desk begins: what the command line says, else what was chosen before, else the start page.

Ends with an address that has been tried, or with nothing when the person left. A choice is remembered; the
page is not shown again unless it is asked for, or what was chosen cannot be used any more.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.bus import Bus, BusError
from core.server_address import CredentialsError, ServerAddress
from desktop.server import NoServer, ServerPlace, find_server
from desktop.settings.complaints import server_complaint
from desktop.settings.setting import SettingError
from desktop.settings.start_page import StartPage
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.app import DeskApp
    from desktop.workspace.window import DeskWindow

TRY_TIMEOUT_MS: Final = 3_000
OWN: Final = ServerPlace()


class Start:
    """`place` is where the desk is connected to, or will be."""

    def __init__(self, app: "DeskApp") -> None:
        self._app = app
        self.page: StartPage | None = None
        self.place = ServerPlace(app.options.server, app.options.credentials_file)
        self._chosen: asyncio.Future[ServerAddress] | None = None
        self._recording: Path | None = None
        self._wants_research = False

    async def address(self, closing: asyncio.Event) -> ServerAddress | None:
        """None: the desk was closed before anything was chosen. Raises `NoServer`, `CredentialsError`."""
        app, settings = self._app, self._app.settings.current
        if self.place.server or not app.options.asks:
            return await find_server(self.place)
        asked = app.settings.is_new and not app.options.session
        if not asked and settings.start_with == "own":
            return await find_server(OWN)
        if not asked:
            place = _place(settings.server, settings.credentials_file)
            try:
                address = await find_server(place)
            except CredentialsError as error:
                return await self._ask(closing, str(error))
            self.place = place
            return address
        return await self._ask(closing, "")

    async def _ask(self, closing: asyncio.Event, error: str) -> ServerAddress | None:
        self._chosen = asyncio.get_running_loop().create_future()
        self._show(self._app.windows[0], can_leave=False)
        if error and self.page is not None:
            self.page.say(error)
        left = asyncio.ensure_future(closing.wait())
        await asyncio.wait((self._chosen, left), return_when=asyncio.FIRST_COMPLETED)
        left.cancel()
        self._hide()
        return self._chosen.result() if self._chosen.done() else None

    def begun(self) -> None:
        """The desk is connected: what was wanted with the first choice can be done."""
        if self._wants_research:
            self._wants_research = False
            self._app.research.open_workspace(self._app.windows[0])
        if self._recording is not None:
            recording, self._recording = self._recording, None
            self._app.recordings.open(recording)

    # ---- the page --------------------------------------------------------------------------------
    def show_page(self, window: "DeskWindow") -> None:
        """Again, over a desk that is at work."""
        if self.page is None:
            self._show(window, can_leave=True)

    def _show(self, window: "DeskWindow", can_leave: bool) -> None:
        app, settings = self._app, self._app.settings.current
        page = StartPage(app.theme, window.manager, settings.server, settings.credentials_file, can_leave)
        page.demo.connect(lambda: app.start_task(self._take_own(None), "start-own"))
        page.research.connect(
            lambda: app.start_task(self._take_own(None, is_research=True), "start-research")
        )
        page.recording.connect(lambda path: app.start_task(self._take_own(path), "start-recording"))
        page.connect_to.connect(
            lambda server, file: app.start_task(self._take_server(server, file), "start-server")
        )
        page.left.connect(self._hide)
        window.closed.connect(self._forget)
        self._window = window
        self.page = page

    def _forget(self, _window: object) -> None:
        self.page = None

    def _hide(self) -> None:
        page, self.page = self.page, None
        if page is not None:
            self._window.closed.disconnect(self._forget)
            page.hide()
            page.deleteLater()

    # ---- what was chosen -------------------------------------------------------------------------
    async def _take_own(self, recording: Path | None, is_research: bool = False) -> None:
        """The market of this computer; with a recording or research, that besides."""
        page = self.page
        if page is None or page.is_busy:
            return
        if recording is not None and (self._chosen is None or self._chosen.done()):
            self._hide()
            self._app.recordings.open(recording)
            return
        if is_research and (self._chosen is None or self._chosen.done()):
            self._hide()
            self._app.research.open_workspace(self._window)
            return
        page.set_busy(True)
        try:
            address = await find_server(OWN)
        except (NoServer, CredentialsError) as error:
            page.say(str(error))
            return
        self._app.settings.change("start_with", "own")
        self._recording, self._wants_research = recording, is_research
        await self._go(OWN, address)

    async def _take_server(self, server: str, credentials_file: str) -> None:
        page, settings = self.page, self._app.settings
        if page is None or page.is_busy:
            return
        page.set_busy(True)
        place = _place(server, credentials_file)
        try:
            if not server:
                raise CredentialsError(tr("Type where the server is, such as nats://host:4222"))
            complaint = server_complaint(server)
            if complaint:
                raise CredentialsError(complaint)
            address = await find_server(place)
            await _try(address)
            settings.change_all(
                {"server": server, "credentials_file": credentials_file, "start_with": "server"}
            )
        except (CredentialsError, BusError, NoServer) as error:
            page.say(str(error))
            return
        except SettingError as error:
            page.say(error.words)
            return
        await self._go(place, address)

    async def _go(self, place: ServerPlace, address: ServerAddress) -> None:
        self.place = place
        self._app.settings.touch()
        if self._chosen is not None and not self._chosen.done():
            self._chosen.set_result(address)
            return
        self._hide()
        await self._app.connect_to(address)
        self.begun()


async def _try(address: ServerAddress) -> None:
    """Raises `BusError` when nobody answers there."""
    bus = Bus("desk-tries", address)
    try:
        await bus.connect(TRY_TIMEOUT_MS)
    finally:
        await bus.close()


def _place(server: str, credentials_file: str) -> ServerPlace:
    return ServerPlace(server or None, Path(credentials_file).expanduser() if credentials_file else None)
