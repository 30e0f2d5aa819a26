"""The instruments a person went to last, newest first. Bounded; an instrument no scope has now is kept."""

from collections.abc import Callable, Iterable
from typing import Final

from core.market.instruments import InstrumentKey

RECENTS_MAX: Final = 50


class RecentSymbols:
    """`keys` newest first, each once. `on_change` is called after another one was used."""

    def __init__(
        self, keys: Iterable[InstrumentKey] = (), on_change: Callable[[], None] = lambda: None
    ) -> None:
        self._keys: dict[InstrumentKey, None] = {}  # oldest first
        for key in reversed(list(keys)):
            self._put(key)
        self.on_change = on_change

    @property
    def keys(self) -> tuple[InstrumentKey, ...]:
        return tuple(reversed(self._keys))

    def use(self, key: InstrumentKey) -> None:
        """It becomes the newest."""
        if not self._keys or next(reversed(self._keys)) != key:
            self._put(key)
            self.on_change()

    def _put(self, key: InstrumentKey) -> None:
        self._keys.pop(key, None)
        self._keys[key] = None
        while len(self._keys) > RECENTS_MAX:
            del self._keys[next(iter(self._keys))]
