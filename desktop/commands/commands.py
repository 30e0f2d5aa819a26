"""The desk's actions and their keys together: what menus, shortcuts and the palette are handed.

One a desk. Runs an action in a window, or says why it cannot be done there. Keeps the keys a person chose in
`keys.json` and what was done lately, newest first and bounded; nothing here waits for the disk.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core.market.instruments import InstrumentKey
from core.state.versioned_file import VersionedFile
from core.tasks import TaskSet
from desktop.actions import Action, ActionContext, Actions
from desktop.commands.all_actions import all_actions
from desktop.commands.bindings import VERSION, KeyBindings, check_keys
from desktop.commands.key_texts import caps, panel_keys
from desktop.commands.palette.action_items import (
    action_source,
    settings_source,
    watchlist_source,
    workspace_source,
)
from desktop.commands.palette.sources import PaletteSource
from desktop.commands.palette.symbols import ScopePrices, Symbols
from desktop.messages import Level
from desktop.saver import Saver
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.workspace.window import DeskWindow

RECENT_MAX: Final = 50


class Commands:
    """`say` puts a line into the messages."""

    def __init__(self, desk_dir: Path, tasks: TaskSet, say: Callable[[Level, str], None]) -> None:
        self.actions: Actions = all_actions()
        self.keys = KeyBindings(self.actions)
        self.recent: list[str] = []  # ids of actions that were run, newest first
        self._say = say
        self._file = VersionedFile(desk_dir / "keys.json", VERSION, check=check_keys)
        self._saver = Saver(self._file, self.keys.saved, tasks, lambda text: self._say(Level.ERROR, text))
        self._load()
        self.keys.listen(self._saver.changed)

    def _load(self) -> None:
        try:
            loaded = self._file.load()
        except OSError as error:
            self._say(Level.ERROR, tr("The keys cannot be read: {reason}", reason=error.strerror or error))
            return
        if loaded.notice:
            self._say(Level.WARNING, loaded.notice)
        if loaded.data is not None:
            self.keys.restore(loaded.data)

    def context(self, window: "DeskWindow") -> ActionContext:
        """Of `window`, with the panel in use there."""
        return ActionContext(window, window.panel_in_use)

    def refusal(self, action: Action, window: "DeskWindow") -> str:
        """Why it cannot be done in `window` now, empty when it can."""
        return action.refusal(self.context(window))

    def run(self, action_id: str, window: "DeskWindow", panel: Any | None = None) -> bool:
        """Do it, for `panel` or the one in use, or say why not; False when it was not done."""
        action = self.actions[action_id]
        at = self.context(window) if panel is None else ActionContext(window, panel)
        reason = action.refusal(at)
        if reason:
            self._say(Level.INFO, tr("{title}: {reason}", title=action.title, reason=reason))
            return False
        self.recent = [action_id, *(other for other in self.recent if other != action_id)][:RECENT_MAX]
        action.run(at)
        return True

    # ---- the palette -----------------------------------------------------------------------------
    def sources(
        self, window: "DeskWindow", show_symbol: Callable[[InstrumentKey, bool], object]
    ) -> list[PaletteSource]:
        """What the palette of `window` searches, in the order of its groups."""
        host, instruments = window.host, window.contents.instruments
        beside = [other for other in host.windows if other.scope == window.scope]
        return [
            Symbols(host.symbols.of(instruments), len(instruments), ScopePrices(beside), show_symbol),
            action_source(self, window),
            workspace_source(self, window),
            watchlist_source(window),
            settings_source(window),
        ]

    def shown_keys(self, action_id: str) -> str:
        """The key to tell a person: a shortcut, else the one a panel answers itself; empty without any."""
        bound = self.keys.keys(action_id)
        if bound:
            return bound[0]
        return next((key.keys[0] for key in panel_keys() if key.action == action_id), "")

    def shown_text(self, action_id: str) -> str:
        """The same as it stands on the caps: for menus."""
        return "+".join(caps(self.shown_keys(action_id)))

    def close(self) -> None:
        """The desk is about to end: write what is not written yet."""
        self._saver.flush()
