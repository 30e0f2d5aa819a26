"""Which keys call which action: the defaults of the actions, and what a person has made of them.

Only what differs from the defaults is kept. One key never calls two actions: what a person chose goes before
defaults, and among equals the earlier action of the registry has it. Actions of another version of the desk
keep their keys in the file untouched. Knows no window.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from core.state.versioned_file import StateError
from desktop.actions import Actions
from desktop.commands.key_texts import normal_keys, why_not
from desktop.tr import tr

VERSION: Final = 1
KEYS_AN_ACTION_MAX: Final = 4
ACTIONS_MAX: Final = 2_000


class KeyBindings:
    """`changed` listeners are called after every change."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._chosen: dict[str, tuple[str, ...]] = {}
        self._effective: dict[str, tuple[str, ...]] = {}
        self._holders: dict[str, str] = {}
        self._listeners: list[Callable[[], None]] = []
        self._settle()

    # ---- reading ---------------------------------------------------------------------------------
    def keys(self, action_id: str) -> tuple[str, ...]:
        """Of an action, the first one to be shown; empty without any."""
        return self._effective.get(action_id, ())

    def holder(self, keys: str) -> str:
        """The action that has `keys`, empty when none does."""
        return self._holders.get(normal_keys(keys), "")

    def is_changed(self, action_id: str) -> bool:
        """Whether a person has chosen its keys."""
        return action_id in self._chosen

    @property
    def any_changed(self) -> bool:
        return any(action_id in self._actions for action_id in self._chosen)

    # ---- changing --------------------------------------------------------------------------------
    def refusal(self, keys: str) -> str:
        """Why no action can have `keys`; a holder among the actions is no reason, see `holder`."""
        spelled = normal_keys(keys)
        return why_not(spelled) if spelled else tr("That is no key")

    def add(self, action_id: str, keys: str) -> None:
        """One more key; whatever action had it loses it. Raises `StateError` for keys nobody can have."""
        reason = self.refusal(keys)
        if reason:
            raise StateError(reason)
        spelled, had = normal_keys(keys), self.keys(action_id)
        if spelled in had:
            return
        if len(had) >= KEYS_AN_ACTION_MAX:
            raise StateError(
                tr("An action has {most} keys at most: remove one first", most=KEYS_AN_ACTION_MAX)
            )
        holder = self.holder(spelled)
        if holder:
            self._choose(holder, (other for other in self.keys(holder) if other != spelled))
        self._choose(action_id, (*had, spelled))
        self._tell()

    def remove(self, action_id: str, keys: str) -> None:
        """One key less."""
        spelled = normal_keys(keys)
        self._choose(action_id, (other for other in self.keys(action_id) if other != spelled))
        self._tell()

    def reset(self, action_id: str) -> None:
        """Its default keys again; whoever was given one of them since loses it."""
        self._chosen.pop(action_id, None)
        for keys in self._defaults(action_id):
            holder = self.holder(keys)
            if holder and holder != action_id and self.is_changed(holder):
                self._choose(holder, (other for other in self.keys(holder) if other != keys))
        self._tell()

    def reset_all(self) -> None:
        """Every default again."""
        self._chosen.clear()
        self._tell()

    def _choose(self, action_id: str, keys: Iterable[str]) -> None:
        chosen = tuple(keys)
        if chosen == self._defaults(action_id):
            self._chosen.pop(action_id, None)
        else:
            self._chosen[action_id] = chosen
        self._settle()

    def _tell(self) -> None:
        self._settle()
        for listener in tuple(self._listeners):
            listener()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    # ---- who has what ----------------------------------------------------------------------------
    def _defaults(self, action_id: str) -> tuple[str, ...]:
        if action_id not in self._actions:
            return ()
        return tuple(normal_keys(keys) for keys in self._actions[action_id].keys)

    def _settle(self) -> None:
        """Hand every key to one action: choices first, then defaults, each in the registry's order."""
        self._holders.clear()
        ids = [action.id for action in self._actions]
        for action_id in ids:
            for keys in self._chosen.get(action_id, ()):
                if not why_not(keys):  # a newer desk may have given the key to a panel
                    self._holders.setdefault(keys, action_id)
        for action_id in ids:
            if action_id not in self._chosen:
                for keys in self._defaults(action_id):
                    self._holders.setdefault(keys, action_id)
        self._effective = {
            action_id: tuple(
                keys
                for keys in self._chosen.get(action_id, self._defaults(action_id))
                if self._holders.get(keys) == action_id
            )
            for action_id in ids
        }

    # ---- the file --------------------------------------------------------------------------------
    def saved(self) -> dict[str, Any]:
        """What differs from the defaults, as plain data."""
        return {"keys": {action_id: list(keys) for action_id, keys in sorted(self._chosen.items())}}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take what `saved` gave. Raises `StateError`, and nothing has changed then."""
        check_keys(data)
        self._chosen = {
            action_id: tuple(dict.fromkeys(normal_keys(keys) for keys in chosen))
            for action_id, chosen in data["keys"].items()
        }
        self._tell()


def check_keys(data: Mapping[str, Any]) -> None:
    """Raises `StateError` for a file of keys that cannot be used."""
    chosen = data.get("keys")
    if not isinstance(chosen, dict):
        raise StateError("“keys” must be a table of actions and their keys")
    if len(chosen) > ACTIONS_MAX:
        raise StateError(f"{len(chosen)} actions have keys, {ACTIONS_MAX} at most")
    for action_id, keys in chosen.items():
        if not isinstance(keys, list) or len(keys) > KEYS_AN_ACTION_MAX:
            raise StateError(f"“{action_id}” must have a list of {KEYS_AN_ACTION_MAX} keys at most")
        for text in keys:
            spelled = normal_keys(text) if isinstance(text, str) else ""
            if not spelled:
                raise StateError(f"“{action_id}” has {text!r}, which is no key")
