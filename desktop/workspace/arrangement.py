"""How the panels of a window stand: read as plain data, built again, one of them made as large as the window.

Holds no panel of its own. What a panel cannot restore is said and left at its default; the others are there.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QSplitter, QWidget

from core.state.versioned_file import StateError
from desktop.tr import tr
from desktop.workspace import panel_kinds
from desktop.workspace.dock_tree import Tree, apply_sizes, build, names_of, only, read_tree
from desktop.workspace.docks import DockedPanel, dock_beside
from desktop.workspaces.model import Data, SavedPanel

if TYPE_CHECKING:
    from desktop.workspace.window_panels import WindowPanels


class Arrangement:
    """Of the panels `contents` in the dock manager `manager`."""

    def __init__(self, contents: "WindowPanels", manager: Any) -> None:
        self._contents = contents
        self._manager = manager
        self._tree: Tree | None = None  # restored, until the window has its size; or as before the zoom
        self.zoomed: Any | None = None  # the panel that fills the window
        self._unknown: list[SavedPanel] = []  # kept for the Tapedeck that has them

    # ---- reading ---------------------------------------------------------------------------------
    @property
    def zoomed_name(self) -> str:
        """Of the dock of the zoomed panel; empty without one."""
        return self._contents.docked_of(self.zoomed).name if self.zoomed is not None else ""

    def saved(self) -> tuple[SavedPanel, ...]:
        """Every panel but the player, in reading order; then those this Tapedeck does not have."""
        return (*(self.saved_panel(panel) for panel in self._contents.kept), *self._unknown)

    def saved_panel(self, panel: Any) -> SavedPanel:
        """One panel as it is now."""
        docked = self._contents.docked_of(panel)
        return SavedPanel(
            docked.name,
            docked.kind,
            docked.title,
            docked.is_pinned,
            docked.link.saved() if docked.link is not None else None,
            self._content(docked),
        )

    def _content(self, docked: DockedPanel) -> Data:
        """What the panel keeps; of one that fails what it kept last, so that the rest is saved."""
        if not hasattr(docked.content, "saved"):
            return {}
        try:
            docked.kept = docked.content.saved()
            docked.fails_to_save = False
        except Exception as error:  # noqa: BLE001 (whatever it is, the other panels are saved)
            if not docked.fails_to_save:
                docked.fails_to_save = True
                self._contents.guards.told(tr("{panel} cannot be saved", panel=docked.name), error)
        return docked.kept

    def layout(self) -> Tree | None:
        """How they stand; while one is zoomed, how they will again."""
        names = [self._contents.docked_of(panel).name for panel in self._contents.kept]
        return only(self._tree, names) if self._tree is not None else read_tree(self._manager, names)

    # ---- building --------------------------------------------------------------------------------
    def restore(self, panels: Sequence[SavedPanel], tree: Tree | None, zoomed: str = "") -> list[str]:
        """Into a window without panels; says what could not be restored, a line a panel."""
        failed: list[str] = []
        made: dict[str, DockedPanel] = {}
        for saved in panels:
            docked = self._made(saved, failed)
            if docked is not None:
                made[docked.name] = docked
            else:
                self._unknown.append(saved)
        self._dock(made, tree)
        self._tree = only(tree, made)
        panel = self._contents.named(zoomed)
        if panel is not None:
            self.zoom(panel)
        return failed

    def _dock(self, made: dict[str, DockedPanel], tree: Tree | None) -> None:
        if tree is not None:
            build(self._manager, tree, made)
            apply_sizes(self._manager, tree)
        last = None
        for docked in made.values():
            if docked.area is None:
                dock_beside(self._manager, docked, last)
            last = docked
            self._contents.begin(docked.content)

    def _made(self, saved: SavedPanel, failed: list[str]) -> DockedPanel | None:
        """A panel that is not docked yet."""
        kind = panel_kinds.kind_named(saved.kind)
        if kind is None:
            failed.append(
                tr("{panel}: this Tapedeck has no panel “{kind}”", panel=saved.name, kind=saved.kind)
            )
            return None
        name = saved.name if self._contents.named(saved.name) is None else ""
        docked = self._contents.make(kind, name, saved.title)
        docked.set_pinned(saved.is_pinned)
        docked.kept = saved.content
        try:
            if saved.content and hasattr(docked.content, "restore"):
                docked.content.restore(saved.content)
            if docked.link is not None and saved.link is not None:
                docked.link.restore(saved.link)  # after its symbol: it may have one to give
        except StateError as error:
            failed.append(f"{saved.name}: {error}")
        return docked

    def settle(self) -> None:
        """The window has its size: the restored sizes of panels count from now on."""
        if self.zoomed is not None:
            return
        if self._tree is not None:
            apply_sizes(self._manager, self._tree)
            self._tree = None
        else:
            self._contents.share_width()

    def add(self, saved: SavedPanel, beside: Any | None = None) -> tuple[Any | None, list[str]]:
        """A panel as it was saved, right of `beside` or of the last one; None for an unknown kind."""
        self.zoom(None)
        failed: list[str] = []
        neighbours = self._contents.kept
        neighbour = beside if beside is not None else (neighbours[-1] if neighbours else None)
        docked = self._made(saved, failed)
        if docked is None:
            return None, failed
        dock_beside(
            self._manager, docked, self._contents.docked_of(neighbour) if neighbour is not None else None
        )
        self._contents.begin(docked.content)
        docked.content.setFocus()
        return docked.content, failed

    def restore_panel(self, saved: SavedPanel, layout: Tree | None) -> list[str]:
        """A panel that was closed, back where it stood if what stood beside it is there still."""
        panel, failed = self.add(saved)
        if panel is None:
            return failed
        name = self._contents.docked_of(panel).name
        now = {self._contents.docked_of(other).name for other in self._contents.kept}
        if layout is not None and name in names_of(layout) and now <= set(names_of(layout)):
            self.stand(only(layout, now))
            panel.setFocus()
        return failed

    def stand(self, tree: Tree | None) -> None:
        """Dock the panels that are there otherwise."""
        if tree is None:
            return
        focused = self._manager.window().focusWidget()
        docked = {docked.name: docked for docked in self._contents.docked if docked.name in names_of(tree)}
        for panel in docked.values():
            self._manager.removeDockWidget(panel.dock)
        build(self._manager, tree, docked)
        apply_sizes(self._manager, tree)
        if focused is not None:  # docks were hidden in between, and Qt handed the keys on
            focused.setFocus()

    # ---- one panel as large as the window --------------------------------------------------------
    def zoom(self, panel: Any | None) -> None:
        """Hide every other panel; None: show all as they stood. The player stays."""
        if panel is self.zoomed:
            return
        if self.zoomed is not None:
            self.zoomed = None
            self._show_parts(self._manager.rootSplitter(), None)
            apply_sizes(self._manager, self._tree)
            self._tree = None
        if panel is not None:
            self._tree = self.layout()
            self.zoomed = panel
            docked = self._contents.docked_of(panel)
            docked.dock.setAsCurrentTab()
            player = self._contents.player
            stays = [docked.area]
            if player is not None:
                stays.append(self._contents.docked_of(player).area)
            self._show_parts(self._manager.rootSplitter(), stays)
        self._contents.note_change()

    def _show_parts(self, widget: QWidget | None, stays: Sequence[QWidget | None] | None) -> bool:
        """Show what is or holds one of `stays`, everything with None; whether it is shown."""
        if isinstance(widget, QSplitter):
            parts = [self._show_parts(widget.widget(place), stays) for place in range(widget.count())]
            shown = any(parts)
        else:
            shown = stays is None or widget in stays
        if widget is not None and widget is not self._manager.rootSplitter():
            widget.setVisible(shown)
        return shown
