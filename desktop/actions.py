"""Everything a person can have the desk do, by name: menus, shortcuts and the palette all run the same thing.

An action is data: an id that key bindings and tests refer to, words, default keys, and what it does in a
window with the panel in use. Nothing here knows a widget.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from desktop.workspace.window import DeskWindow


@dataclass(frozen=True, slots=True)
class ActionContext:
    """Where an action was called: `panel` is the one in use, None without any."""

    window: "DeskWindow"
    panel: Any | None = None


def always(_context: ActionContext) -> str:
    """No reason against it."""
    return ""


@dataclass(frozen=True, slots=True)
class Action:
    """`id` is dotted and stable (`window.new`). `title` is a sentence-case English verb phrase.

    `keys` are portable Qt texts (`Ctrl+Shift+N`). `refusal` says why it cannot be done now, empty when
    it can.
    """

    id: str
    title: str
    group: str
    run: Callable[[ActionContext], object]
    keys: tuple[str, ...] = ()
    icon: str = ""
    refusal: Callable[[ActionContext], str] = always
    words: str = ""  # further words a search finds it by
    checked: Callable[[ActionContext], bool] | None = None  # whether it is on; None: it is not of that kind


class Actions:
    """All actions, by id, in the order they were added."""

    def __init__(self) -> None:
        self._actions: dict[str, Action] = {}

    def add(self, *actions: Action) -> None:
        for action in actions:
            assert action.id not in self._actions, f"{action.id} is taken"
            self._actions[action.id] = action

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def __getitem__(self, action_id: str) -> Action:
        return self._actions[action_id]

    def __contains__(self, action_id: str) -> bool:
        return action_id in self._actions
