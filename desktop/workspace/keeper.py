"""Which workspace is on the screen: opens, switches, saves and closes them.

One is open at a time: another one's windows open first, then the old ones close, so that nothing of the old
stays and no connection is given up in between. Every change of a window is saved a moment later. What was
closed can be opened again.
"""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, Signal

from core.scope import Scope
from core.state.versioned_file import StateError
from desktop.links import LinkGroups
from desktop.messages import Level
from desktop.tr import tr
from desktop.workspace.leaving import Leaving
from desktop.workspace.screen_places import place_of, put, rooms
from desktop.workspace.screen_watch import ScreenWatch
from desktop.workspaces import templates
from desktop.workspaces.model import Closed, Data, SavedPanel, SavedWindow, SavedWorkspace
from desktop.workspaces.screens import Room, kept_reachable, place_for, remembered, set_key
from desktop.workspaces.store import WorkspaceStore
from desktop.workspaces.templates import Template

if TYPE_CHECKING:
    from desktop.app import DeskApp
    from desktop.workspace.window import DeskWindow

CLOSED_MAX: Final = 30
FIRST_NAME: Final = "Main"


class Workspaces(QObject):
    """`start` opens the first one. Signal `changed`: names, their order, or which is open."""

    changed = Signal()

    def __init__(self, app: "DeskApp") -> None:
        super().__init__()
        self._app = app
        self.store = WorkspaceStore(app.desk_dir, app.tasks, self._warn)
        self.store.capture = self.capture
        self.closed: deque[Closed] = deque(maxlen=CLOSED_MAX)
        self.read_rooms: Callable[[], list[Room]] = rooms
        self._has_begun = False
        self._is_settled = False  # else what windows say of themselves is on its way somewhere
        self.screens = ScreenWatch(self, app)
        self.leaving = Leaving(self, app)

    def _warn(self, text: str) -> None:
        self._app.messages.add(Level.WARNING, text, self._app.now_ms())

    def say(self, text: str) -> None:
        """Tell of something that was done."""
        self._app.messages.add(Level.INFO, text, self._app.now_ms())

    # ---- the beginning and the end ---------------------------------------------------------------
    def start(self) -> None:
        """Open what was open, or what the command line names."""
        app, options, store = self._app, self._app.options, self.store
        self.screens.begin()
        self.leaving.begin()
        if options.keeps:
            store.load()
        name = (options.workspace or "").strip()
        if not options.keeps:
            store.open = store.add(SavedWorkspace(name or FIRST_NAME), draft=True)
            for _ in range(options.windows):
                app.open_window()
        elif name and not store.named(name):
            self._open_saved(self.store.add(templates.CHART_AND_LIST.workspace(name)))
            self.say(tr("There was no workspace “{name}”: it is a new one", name=name))
        elif store.named(name) or store.open:
            self._open_saved(store.named(name) or store.open)
        else:
            store.open = store.add(SavedWorkspace(FIRST_NAME))
            app.open_window()
        self._settled()

    def _open_saved(self, slug: str) -> None:
        self.store.set_open(slug)
        self._show(self.store[slug])

    def _settled(self) -> None:
        self._is_settled = self._has_begun = True
        self.note_change()
        self.changed.emit()

    def close(self) -> None:
        """The desk ends: write what is there now, before any window goes."""
        self.screens.end()
        self.leaving.end()
        self.write_now(last=True)

    def write_now(self, last: bool = False) -> None:
        """To the disk, and wait; after the `last` time nothing counts that happens to windows."""
        if self._is_settled:
            self.close_book()
            self._is_settled = not last
        self.store.flush()

    @property
    def is_settled(self) -> bool:
        """No workspace is on its way to the screen or away from it."""
        return self._is_settled

    # ---- saving ----------------------------------------------------------------------------------
    @property
    def slug(self) -> str:
        return self.store.open

    @property
    def name(self) -> str:
        """Of the open one."""
        return self.store[self.slug].name if self.slug in self.store else FIRST_NAME

    @property
    def zone(self) -> str:
        """Of the open one's times; empty while it goes by the settings."""
        return self.store[self.slug].zone if self.slug in self.store else ""

    def set_zone(self, choice: str) -> None:
        """Another zone for the open one, in all its windows."""
        self.store.put(self.slug, self._now().with_(zone=choice))
        for window in self._app.windows:
            window.set_zone(self._app.zone_choice)
        self.note_change()

    def note_change(self) -> None:
        """Something of a window is another: to be saved in a moment."""
        if self._is_settled:
            self.store.changed(self.slug)

    def capture(self) -> SavedWorkspace | None:
        """The open workspace as it stands on the screen; None while it is on its way there.

        While screens come and go, windows stand where the system pushed them: their places stay as kept.
        """
        if not self._is_settled or not self._app.windows or self.slug not in self.store:
            return None
        there = [] if self.screens.is_settling else self.read_rooms()
        kept = self.store[self.slug]
        windows = tuple(self.saved_window(window, kept, there) for window in self._app.windows)
        screens = remembered(kept.screens, [room.screen for room in there]) if there else kept.screens
        return kept.with_(windows=windows, screens=screens, links=self._app.links.saved())

    def saved_window(
        self, window: "DeskWindow", kept: SavedWorkspace, there: list[Room] | None = None
    ) -> SavedWindow:
        """One window, with where it stands on the screens of now and where it stood on others."""
        if there is None:
            there = [] if self.screens.is_settling else self.read_rooms()
        places = dict(next((other.places for other in kept.windows if other.id == window.id), {}))
        place = place_of(window, there)
        if place is not None:
            key = set_key([room.screen for room in there])
            places.pop(key, None)
            places[key] = place
        known = {*kept.screens, set_key([room.screen for room in there])}
        return window.saved().with_(places={key: at for key, at in places.items() if key in known})

    # ---- windows ---------------------------------------------------------------------------------
    def _begin_links(self, workspace: SavedWorkspace) -> None:
        """Groups of its own: what the windows of another one show must not reach these."""
        links = LinkGroups()
        try:
            links.restore(workspace.links)
        except StateError as error:
            self._warn(tr("Workspace {name}: {error}", name=workspace.name, error=str(error)))
        links.listen(self.note_change)
        self._app.links = links

    def _show(self, workspace: SavedWorkspace) -> None:
        self._begin_links(workspace)
        for saved in workspace.windows:
            self.show_window(saved, workspace)
        if not workspace.windows:
            self._app.open_window()

    def show_window(self, saved: SavedWindow, workspace: SavedWorkspace | None = None) -> "DeskWindow":
        """A window of the open workspace, where it was or as near as the screens allow."""
        workspace = workspace or self.store[self.slug]
        there = self.read_rooms()
        place = place_for(saved.places, workspace.screens, there)

        def stand(window: "DeskWindow") -> None:
            if place is not None:
                put(window, place, there)

        window = self._app.open_saved_window(saved, self.scope_of(saved), stand)
        for failed in window.restored:
            self._warn(
                tr("Workspace {name}, window {number}: {failed}", name=workspace.name,
                   number=window.number, failed=failed)
            )  # fmt: skip
        return window

    def scope_of(self, saved: SavedWindow) -> Scope:
        """What it shows; the command line may name another session for all, for this run alone."""
        options = self._app.options
        if not self._has_begun and (options.session or options.run_id):
            return Scope(options.session, options.run_id)
        return saved.scope

    def window_opened(self, window: "DeskWindow") -> None:
        """It is watched from now on."""
        window.closing.connect(self._window_closing)
        window.changed.connect(self.note_change)
        self.note_change()

    def free_id(self) -> str:
        """For another window of the open workspace."""
        taken = {window.id for window in self._app.windows}
        if self.slug in self.store:
            taken |= {window.id for window in self.store[self.slug].windows}
        return next(name for number in range(1, len(taken) + 2) if (name := f"w{number}") not in taken)

    def _window_closing(self, window: "DeskWindow") -> None:
        if not self._is_settled:
            return
        if len(self._app.windows) == 1:  # the desk ends with it, and comes back with it
            self.close_book()
            return
        saved = self.saved_window(window, self.store[self.slug])
        self.closed.append(Closed(self.slug, window=saved))

    def close_book(self) -> None:
        """Take the workspace as it is now; nothing that happens to its windows after this counts."""
        now = self.capture()
        if now is not None:
            self.store.put(self.slug, now)
        self._is_settled = False

    # ---- switching -------------------------------------------------------------------------------
    def switch(self, slug: str) -> None:
        """Show another workspace instead of the open one."""
        if slug == self.slug or slug not in self.store or not self._is_settled:
            return
        was = self.slug
        self._replace_windows(lambda: self._open_saved(slug), lambda: self.store.set_open(was))

    def _replace_windows(self, show: Callable[[], None], undo: Callable[[], None]) -> None:
        """Other windows instead of those there are; these stay when the others cannot be shown."""
        app, links = self._app, self._app.links
        self.close_book()
        old = tuple(app.windows)
        try:
            show()
        except Exception:
            for window in [window for window in app.windows if window not in old]:
                window.close()
            undo()
            app.links = links
            self._is_settled = True
            raise
        try:
            for window in old:
                window.close()
        finally:
            self._settled()

    def switch_to(self, number: int) -> None:
        """The one whose tab is number `number` from 0, if there is one."""
        if number < len(self.store):
            self.switch(self.store.order[number])

    def step(self, by: int) -> None:
        """The next tab, or the one before with -1."""
        self.switch_to((self.store.order.index(self.slug) + by) % len(self.store))

    def open_template(self, template: Template, name: str = "") -> None:
        """A new workspace, on the screen at once."""
        self.open_workspace(template.workspace(name or template.title()))

    def open_workspace(self, workspace: SavedWorkspace) -> None:
        """Another one, on the screen at once."""
        self.switch(self.store.add(workspace))

    def save_as(self, name: str) -> None:
        """A draft gets its name; any other workspace stays as it was and a copy is gone on with."""
        slug = self.slug
        if self.store.is_draft(slug):
            self.store.keep(slug, name)
            self.store.set_open(slug)
        else:
            if self.store.named(name):
                raise StateError(tr("There is a workspace “{name}” already", name=name))
            self._go_on_as(self.store.add(self._now().with_(name=name)))
        self._settled()

    def _now(self) -> SavedWorkspace:
        return self.capture() or self.store[self.slug]

    def _go_on_as(self, slug: str) -> None:
        """The windows on the screen are those of this workspace from now on."""
        self.store.put(self.slug, self._now())
        self.store.set_open(slug)

    def rename(self, slug: str, name: str) -> None:
        """Raises `StateError` for a name that cannot be had."""
        if self.store.is_draft(slug):
            self.store.keep(slug, name)
        else:
            self.store.rename(slug, name)
        self.changed.emit()

    def duplicate(self, slug: str) -> None:
        """A copy beside it, which is shown."""
        workspace = self._now() if slug == self.slug else self.store[slug]
        copy = self.store.add(workspace, self.store.order.index(slug) + 1)
        self.switch(copy)

    def delete(self, slug: str) -> None:
        """Away, with its windows; `reopen` brings it back. The last one cannot be deleted."""
        if len(self.store) < 2:
            raise StateError(tr("The last workspace cannot be deleted"))
        place = self.store.order.index(slug)
        if slug == self.slug:
            self.switch(self.store.order[place - 1 if place else 1])
        workspace = self.store.delete(slug)
        self.closed.append(Closed("", workspace=workspace, place=place))
        self.say(tr("Workspace {name} was deleted: Ctrl+Shift+T brings it back", name=workspace.name))
        self.changed.emit()

    def reset(self) -> None:
        """The open one as a new one is; what it was can be brought back."""
        was = self._now()
        slug, template = self.slug, templates.CHART_AND_LIST.workspace(was.name)

        def show() -> None:
            self.store.put(slug, template)
            self._show(template)

        self._replace_windows(show, lambda: self.store.put(slug, was))
        self.closed.append(Closed("", workspace=was, place=self.store.order.index(slug) + 1))
        self.say(tr("{name} was reset: Ctrl+Shift+T brings the old one back", name=was.name))

    def move(self, slug: str, place: int) -> None:
        """Its tab stands elsewhere."""
        self.store.move(slug, place)
        self.changed.emit()

    def bring_up(self, name: str) -> None:
        """Another start of the desk asks for it, and may name a workspace."""
        if name and self.store.named(name):
            self.switch(self.store.named(name))
        elif name:
            self._warn(tr("There is no workspace “{name}”", name=name))
        for window in self._app.windows:
            window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
            window.raise_()
        if self._app.windows:
            self._app.windows[0].activateWindow()

    # ---- undo close ------------------------------------------------------------------------------
    @property
    def can_reopen(self) -> bool:
        return self._newest_closed() is not None

    def _newest_closed(self) -> Closed | None:
        return next((closed for closed in reversed(self.closed) if closed.slug in ("", self.slug)), None)

    def panel_closed(self, window: "DeskWindow", panel: SavedPanel, layout: Data | None) -> None:
        """A panel is about to go from a window."""
        self.closed.append(Closed(self.slug, panel=panel, window_id=window.id, layout=layout))

    def reopen(self) -> None:
        """Open what was closed last; panels and windows of another workspace wait for it."""
        closed = self._newest_closed()
        if closed is None:
            return
        self.closed.remove(closed)
        if closed.workspace is not None:
            self.switch(self.store.add(closed.workspace, closed.place))
        elif closed.window is not None:
            self.show_window(closed.window.with_(id=self.free_id()))
        elif closed.panel is not None:
            self._reopen_panel(closed, closed.panel)

    def _reopen_panel(self, closed: Closed, panel: SavedPanel) -> None:
        windows = self._app.windows
        window = next((window for window in windows if window.id == closed.window_id), windows[0])
        for failed in window.contents.arrangement.restore_panel(panel, closed.layout):
            self._warn(failed)
        window.activateWindow()

    def pull_in(self, window: "DeskWindow") -> None:
        """Where a window stands shall be reachable."""
        there = self.read_rooms()
        place = place_of(window, there)
        if place is not None and there:
            put(window, kept_reachable(place, there), there)
