"""The one list of all actions. A part of the desk that has actions of its own adds its module here.

A module has `def actions() -> tuple[Action, ...]`. The order is that of menus and of the list of keys.
"""

from desktop import links_actions
from desktop.actions import Action, Actions
from desktop.commands import key_actions, look_actions, panel_actions, window_actions
from desktop.film import actions as film_actions
from desktop.panels.chart import actions as chart_actions
from desktop.panels.data import actions as data_actions
from desktop.panels.grid import actions as grid_actions
from desktop.panels.grid import sort_actions
from desktop.panels.health import actions as health_actions
from desktop.panels.player import actions as player_actions
from desktop.panels.runs import actions as runs_actions
from desktop.settings import actions as settings_actions
from desktop.watchlists import actions as watchlist_actions
from desktop.workspace import actions as workspace_actions

_MODULES = (
    window_actions,
    panel_actions,
    watchlist_actions,
    look_actions,
    key_actions,
    grid_actions,
    sort_actions,
    chart_actions,
    player_actions,
    film_actions,
    links_actions,
    runs_actions,
    data_actions,
    health_actions,
    workspace_actions,
    settings_actions,
)


def all_actions() -> Actions:
    """A registry with every action of the desk; an id that is taken twice stops the desk at once."""
    actions = Actions()
    for module in _MODULES:
        actions.add(*_of(module.actions()))
    return actions


def _of(found: tuple[Action, ...]) -> tuple[Action, ...]:
    for action in found:
        assert "." in action.id, f"{action.id} must be dotted"
        assert action.title, f"{action.id} lacks a title"
        assert action.group, f"{action.id} lacks a group"
    return found
