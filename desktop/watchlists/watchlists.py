"""What every watchlist panel shares: the lists, the symbol search, and how a person is told of a change.

One a desk. Holds no widget and no scope.
"""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from core.clock import NS_PER_MS, monotonic_ns
from core.tasks import TaskSet
from desktop.messages import Level, MessageLink, Messages
from desktop.tr import tr
from desktop.watchlists.search import SymbolSearches
from desktop.watchlists.store import WatchlistStore
from desktop.watchlists.watchlist import WatchlistError


class Watchlists:
    """`store` and `symbols`, and messages about them."""

    def __init__(self, path: Path, tasks: TaskSet, messages: Messages) -> None:
        self._tasks = tasks
        self._messages = messages
        self.store = WatchlistStore(path, tasks, self.warn)
        self.symbols = SymbolSearches(self.store.recents)

    def say(self, text: str, link: MessageLink | None = None) -> None:
        """Something was done; `link` undoes it or leads on."""
        self._messages.add(Level.INFO, text, monotonic_ns() // NS_PER_MS, link)

    def warn(self, text: str, link: MessageLink | None = None) -> None:
        """Something was not done, or not wholly."""
        self._messages.add(Level.WARNING, text, monotonic_ns() // NS_PER_MS, link)

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run `work`, which reads or writes a file, beside the desk."""
        self._tasks.start(work, name)

    def attempt(self, change: Callable[[], object]) -> bool:
        """Do a change of the lists; what cannot be is said in its own words."""
        try:
            change()
        except WatchlistError as error:
            self.warn(str(error))
            return False
        return True

    def delete(self, list_id: str) -> None:
        """Delete a list and offer it back."""
        known = self.store.get(list_id)
        if known is None or not self.attempt(lambda: self.store.delete(list_id)):
            return
        self.say(
            tr(
                "Deleted the watchlist “{name}” of {count} instruments",
                name=known.name,
                count=len(known.keys),
            ),
            MessageLink(tr("Undo"), lambda: self.store.undo(list_id)),
        )

    def flush(self) -> None:
        self.store.flush()
