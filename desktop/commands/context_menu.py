"""Menus made of actions: their words, the keys in force, what is on, and why something cannot be done now.

A menu acts on the panel it was opened for, whichever has the keys. A panel that stands alone (in a test, or
before it is docked) has its menu as well, with the keys it answers itself.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from desktop.actions import Action, ActionContext
from desktop.commands.key_texts import caps, panel_keys

if TYPE_CHECKING:
    from desktop.workspace.window import DeskWindow


def desk_window_of(widget: QWidget) -> "DeskWindow | None":
    """The desk's window that `widget` belongs to, floating or not; None for one that stands alone."""
    from desktop.workspace.window import DeskWindow

    above: QWidget | None = widget
    while above is not None and not isinstance(above, DeskWindow):
        above = above.parentWidget()
    return above


def add_actions(
    menu: QMenu, panel: Any, actions: Iterable[Action], titles: Iterable[str] | None = None
) -> list[QAction]:
    """One entry each, for `panel`; a refusal is the tooltip of an entry that cannot be chosen.

    `titles` where the menu's own says what the actions have in common.
    """
    actions = tuple(actions)
    shown = tuple(titles) if titles is not None else tuple(action.title for action in actions)
    window = desk_window_of(panel)
    at = ActionContext(cast("DeskWindow", window), panel)
    menu.setToolTipsVisible(True)
    added = []
    for action, title in zip(actions, shown, strict=True):
        entry = menu.addAction(_words(action, title, window))
        reason = action.refusal(at)
        entry.setEnabled(not reason)
        entry.setToolTip(reason)
        if action.checked is not None:
            entry.setCheckable(True)
            entry.setChecked(action.checked(at))
        entry.triggered.connect(lambda _checked=False, chosen=action: _run(chosen, at, window))
        added.append(entry)
    return added


def _run(action: Action, at: ActionContext, window: "DeskWindow | None") -> None:
    if window is not None and action.id in window.host.commands.actions:
        window.host.commands.run(action.id, window, at.panel)
    else:
        action.run(at)


def _words(action: Action, title: str, window: "DeskWindow | None") -> str:
    """The title and, after a tab as Qt wants it, the keys. They are shown, not bound: no key acts twice."""
    if window is not None:
        keys = window.host.commands.shown_keys(action.id)
    else:
        keys = next((key.keys[0] for key in panel_keys() if key.action == action.id), "")
    return f"{title}\t{'+'.join(caps(keys))}" if keys else title
