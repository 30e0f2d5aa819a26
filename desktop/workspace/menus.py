"""What the menus of a window offer, filled just before they open."""

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from core.scope import LIVE, Scope
from desktop.paint.theme import DENSITIES, MARKET_PALETTES, THEMES
from desktop.tr import tr
from desktop.workspace import panel_kinds

if TYPE_CHECKING:
    from collections.abc import Callable

    from desktop.workspace.host import DeskHost
    from desktop.workspace.window import DeskWindow

_PALETTE_NAMES: Final = {
    "western": "Green up, red down",
    "chinese": "Red up, green down",
    "colour_blind": "Blue up, orange down",
}


def fill_scopes(menu: QMenu, host: "DeskHost", window: "DeskWindow") -> None:
    """Live, and every session heard of lately: for this window, then for all of them."""
    sessions = host.sessions()
    scopes = [(LIVE, tr("Live market"))]
    scopes += [(Scope(name), tr("Replay {session}", session=name)) for name in sessions]
    played = {each.scope for each in host.windows if each.scope.is_run}
    scopes += [(scope, tr("Run {run}", run=scope.name)) for scope in sorted(played, key=lambda at: at.name)]
    for title, windows in (("This window", (window,)), ("All windows", None)):
        menu.addAction(title).setEnabled(False)
        group = QActionGroup(menu)
        for scope, name in scopes:
            here = window.scope == scope and windows is not None
            _choice(menu, group, name, here, partial(host.set_scope, scope, windows))
        menu.addSeparator()
    if not sessions:
        menu.addAction(tr("No replay session is running")).setEnabled(False)


def fill_settings(menu: QMenu, host: "DeskHost", window: "DeskWindow") -> None:
    """Window, theme, colours, density, keys."""
    keys = host.commands.shown_text
    _action(menu, "New window", keys("window.new"), lambda: host.commands.run("window.new", window))
    panels = menu.addMenu(tr("Add a panel"))
    for kind in panel_kinds.ALL:
        shown = keys("chart.new") if kind is panel_kinds.CHART else ""
        _action(panels, kind.title(), shown, partial(window.add_panel, kind))
    if not window.scope.is_live:
        has_player = window.contents.player is not None
        words = "Take the player away" if has_player else "Show the player"
        _action(menu, words, "", lambda: window.set_player(not has_player))
    _action(menu, "Close window", keys("window.close"), window.close)
    menu.addSeparator()
    theme = host.theme
    group = QActionGroup(menu)
    for name in THEMES:
        act = partial(host.set_theme, theme.with_(name=name))
        _choice(menu, group, f"{name.capitalize()} theme", theme.name == name, act)
    colours = menu.addMenu(tr("Colours"))
    colour_group = QActionGroup(colours)
    for palette in MARKET_PALETTES:
        act = partial(host.set_theme, theme.with_(market=palette))
        _choice(colours, colour_group, _PALETTE_NAMES[palette], theme.market == palette, act)
    _add_densities(menu, host)
    open_settings = partial(host.commands.run, "settings.open", window)
    _action(menu, tr("Settings…"), host.commands.shown_keys("settings.open"), open_settings)
    menu.addSeparator()
    _action(menu, tr("Keyboard shortcuts"), keys("keys.edit"), window.commands.edit_keys)
    _action(menu, tr("All keys"), keys("keys.sheet"), window.commands.show_keys)
    menu.addSeparator()
    _action(menu, "Quit", keys("desk.quit"), host.quit)


def _add_densities(menu: QMenu, host: "DeskHost") -> None:
    densities = menu.addMenu(tr("Density"))
    group = QActionGroup(densities)
    for density in DENSITIES:
        act = partial(host.set_theme, host.theme.with_(density=density))
        _choice(densities, group, density.capitalize(), host.theme.density == density, act)


def _action(menu: QMenu, text: str, keys: str, act: "Callable[[], object]") -> QAction:
    # The keys are shown, not bound: the window's own shortcut answers them.
    action = menu.addAction(f"{text}\t{keys}" if keys else text)
    action.triggered.connect(lambda _checked=False: act())
    return action


def _choice(
    menu: QMenu, group: QActionGroup, text: str, chosen: bool, act: "Callable[[], object]"
) -> QAction:
    action = _action(menu, text, "", act)
    action.setCheckable(True)
    action.setChecked(chosen)
    group.addAction(action)
    return action


def menu_filled_by(fill: "Callable[[QMenu], None]", parent: QWidget) -> QMenu:
    """A menu that is filled anew each time it is about to open."""
    menu = QMenu(parent)

    def refill() -> None:
        menu.clear()
        fill(menu)

    menu.aboutToShow.connect(refill)
    return menu
