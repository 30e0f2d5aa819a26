"""The keys themselves: change them, look at them."""

from desktop.actions import Action, ActionContext
from desktop.tr import tr


def actions() -> tuple[Action, ...]:
    group = tr("Keyboard")
    return (
        Action(
            "keys.edit",
            tr("Keyboard shortcuts"),
            group,
            lambda at: at.window.commands.edit_keys(),
            ("Ctrl+/",),
            "keyboard",
            words="rebind change hotkeys bindings",
        ),
        Action(
            "keys.sheet",
            tr("All keys on one sheet"),
            group,
            lambda at: at.window.commands.show_keys(),
            ("F1",),
            "keyboard",
            words="help cheat print list",
        ),
        Action(
            "keys.reset",
            tr("All default keys"),
            group,
            lambda at: at.window.host.commands.keys.reset_all(),
            (),
            "undo-2",
            _nothing_changed,
            words="shortcuts reset",
        ),
    )


def _nothing_changed(at: ActionContext) -> str:
    return "" if at.window.host.commands.keys.any_changed else tr("Every action has its default keys")
