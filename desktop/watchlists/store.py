"""The watchlists of a person, shared by every window and scope, and what was used last.

Read once, saved off the GUI thread after every change, told by one signal. A change is whole or raises
`WatchlistError`; every change of rows, every renaming and every deletion can be undone. What cannot be read
is set aside by the file, never overwritten.
"""

import secrets
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QObject, Signal

from core.market.instruments import InstrumentKey
from core.state.versioned_file import Data, StateError, VersionedFile
from core.tasks import TaskSet
from desktop.saver import Saver
from desktop.tr import tr
from desktop.watchlists.recents import RECENTS_MAX, RecentSymbols
from desktop.watchlists.watchlist import (
    ALL_ROWS_MAX,
    LISTS_MAX,
    ROWS_MAX,
    Watchlist,
    WatchlistError,
    checked_name,
    free_name,
    key_text,
    list_data,
    read_keys,
    read_list,
)

VERSION: Final = 1
UNDO_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class _Undo:
    """`before` stood at `place`; `words` say what was done."""

    before: Watchlist
    place: int
    words: str


@dataclass(frozen=True, slots=True)
class Added:
    """What became of instruments that were to be added."""

    added: int
    known: int  # in the list already
    left_out: int  # more than a list holds


class WatchlistStore(QObject):
    """`say` gets one line for whatever a person must know. Changes need the running loop."""

    changed = Signal(str)  # the id of a list that is new, another or gone

    def __init__(self, path: Path, tasks: TaskSet, say: Callable[[str], None]) -> None:
        super().__init__()
        file = VersionedFile(path, VERSION, check=_read)
        self._say = say
        self._saver = Saver(file, self._data, tasks, say)
        self._undo: deque[_Undo] = deque(maxlen=UNDO_MAX)
        self._lists: dict[str, Watchlist] = {}
        recent = self._load(file)
        self.recents = RecentSymbols(recent, self._saver.changed)

    # ---- the file --------------------------------------------------------------------------------
    def _load(self, file: VersionedFile) -> tuple[InstrumentKey, ...]:
        try:
            loaded = file.load()
        except OSError as error:
            self._say(tr("{path} cannot be read: {reason}", path=file.path, reason=error.strerror or error))
            return ()
        if loaded.notice:
            self._say(loaded.notice)
        if loaded.data is None:
            return ()
        lists, recent = _read(loaded.data)
        self._lists = {each.id: each for each in lists}
        return recent

    def _data(self) -> dict[str, Any]:
        return {
            "lists": [list_data(each) for each in self._lists.values()],
            "recents": [key_text(key) for key in self.recents.keys],
        }

    def flush(self) -> None:
        """Write what is not written yet: for the end of the desk."""
        self._saver.flush()

    # ---- reading ---------------------------------------------------------------------------------
    @property
    def lists(self) -> tuple[Watchlist, ...]:
        """In the person's order."""
        return tuple(self._lists.values())

    def get(self, list_id: str) -> Watchlist | None:
        return self._lists.get(list_id)

    def named(self, name: str) -> Watchlist | None:
        """The list of that name, in any case."""
        wanted = " ".join(name.split()).casefold()
        return next((each for each in self.lists if each.name.casefold() == wanted), None)

    def free_name(self, wanted: str = "") -> str:
        """A name that no list has."""
        return free_name(wanted, self.lists)

    # ---- lists -----------------------------------------------------------------------------------
    def create(self, name: str, keys: Iterable[InstrumentKey] = ()) -> Watchlist:
        """A new list, the last one. Raises `WatchlistError`."""
        if len(self._lists) >= LISTS_MAX:
            raise WatchlistError(tr("There are {most} watchlists: delete one first", most=LISTS_MAX))
        kept = tuple(dict.fromkeys(keys))
        room = self._room(())
        if len(kept) > room:
            raise WatchlistError(
                tr("A watchlist has room for {room} instruments, not {count}", room=room, count=len(kept))
            )
        made = Watchlist(secrets.token_hex(4), checked_name(name, self.lists), kept)
        self._put(made)
        return made

    def duplicate(self, list_id: str) -> Watchlist:
        """The same under another name. Raises `WatchlistError`."""
        known = self._known(list_id)
        return self.create(self.free_name(tr("{name} copy", name=known.name)), known.keys)

    def rename(self, list_id: str, name: str) -> None:
        """Raises `WatchlistError`."""
        known = self._known(list_id)
        name = checked_name(name, [each for each in self.lists if each.id != list_id])
        if name != known.name:
            self._change(replace(known, name=name), tr("Renamed “{name}”", name=known.name))

    def delete(self, list_id: str) -> Watchlist:
        """`undo` of the same id brings it back, to its place. Raises `WatchlistError`."""
        known = self._known(list_id)
        self._note(known, tr("Deleted “{name}”", name=known.name))
        del self._lists[list_id]
        self._saver.changed()
        self.changed.emit(list_id)
        return known

    def move(self, list_id: str, place: int) -> None:
        """To another place among the lists. Raises `WatchlistError`."""
        known = self._known(list_id)
        others = [each for each in self.lists if each.id != list_id]
        others.insert(max(0, place), known)
        self._lists = {each.id: each for each in others}
        self._saver.changed()
        self.changed.emit(list_id)

    # ---- rows ------------------------------------------------------------------------------------
    def add(self, list_id: str, keys: Iterable[InstrumentKey], before: InstrumentKey | None = None) -> Added:
        """Put `keys` in front of `before`, at the end without one; those it has stay where they are.

        Raises `WatchlistError`.
        """
        known = self._known(list_id)
        wanted, held = tuple(dict.fromkeys(keys)), set(known.keys)
        fresh = [key for key in wanted if key not in held]
        taken = fresh[: self._room(known.keys)]
        if taken:
            rows = list(known.keys)
            at = rows.index(before) if before in held else len(rows)
            rows[at:at] = taken
            words = tr("Added {count} to “{name}”", count=len(taken), name=known.name)
            self._change(replace(known, keys=tuple(rows)), words)
        return Added(len(taken), len(wanted) - len(fresh), len(fresh) - len(taken))

    def remove(self, list_id: str, keys: Iterable[InstrumentKey]) -> int:
        """How many of `keys` it had. Raises `WatchlistError`."""
        known, gone = self._known(list_id), set(keys)
        rows = tuple(key for key in known.keys if key not in gone)
        count = len(known.keys) - len(rows)
        if count:
            words = tr("Removed {count} from “{name}”", count=count, name=known.name)
            self._change(replace(known, keys=rows), words)
        return count

    def place(self, list_id: str, keys: Iterable[InstrumentKey], before: InstrumentKey | None) -> None:
        """Move rows of the list in front of `before`, to the end without one. Raises `WatchlistError`."""
        known = self._known(list_id)
        moved = [key for key in dict.fromkeys(keys) if key in set(known.keys)]
        if before in moved:  # dropped on one of themselves: in front of the next row that stays
            below = known.keys[known.keys.index(before) :] if before is not None else ()
            before = next((key for key in below if key not in set(moved)), None)
        held = set(moved)
        rows = [key for key in known.keys if key not in held]
        at = rows.index(before) if before is not None and before in rows else len(rows)
        rows[at:at] = moved
        if tuple(rows) != known.keys:
            self._change(replace(known, keys=tuple(rows)), tr("Moved rows of “{name}”", name=known.name))

    # ---- undo ------------------------------------------------------------------------------------
    def undo(self, list_id: str) -> str:
        """Take back the last change of a list, its deletion included; what that was, empty for nothing."""
        for number in range(len(self._undo) - 1, -1, -1):
            if self._undo[number].before.id == list_id:
                undo = self._undo[number]
                del self._undo[number]
                self._restore(undo)
                return undo.words
        return ""

    def can_undo(self, list_id: str) -> bool:
        return any(undo.before.id == list_id for undo in self._undo)

    def _restore(self, undo: _Undo) -> None:
        others = [each for each in self.lists if each.id != undo.before.id]
        was = undo.before
        if any(each.name.casefold() == was.name.casefold() for each in others):
            was = replace(was, name=free_name(was.name, others))  # somebody has taken the name since
        if was.id in self._lists:
            self._lists[was.id] = was
        else:
            others.insert(undo.place, was)
            self._lists = {each.id: each for each in others}
        self._saver.changed()
        self.changed.emit(was.id)

    # ---- inside ----------------------------------------------------------------------------------
    def _known(self, list_id: str) -> Watchlist:
        known = self._lists.get(list_id)
        if known is None:
            raise WatchlistError(tr("This watchlist does not exist any more: choose another"))
        return known

    def _room(self, keys: tuple[InstrumentKey, ...]) -> int:
        held = sum(len(each.keys) for each in self.lists)
        return max(0, min(ROWS_MAX - len(keys), ALL_ROWS_MAX - held))

    def _note(self, before: Watchlist, words: str) -> None:
        self._undo.append(_Undo(before, list(self._lists).index(before.id), words))

    def _change(self, now: Watchlist, words: str) -> None:
        self._note(self._lists[now.id], words)
        self._put(now)

    def _put(self, now: Watchlist) -> None:
        self._lists[now.id] = now
        self._saver.changed()
        self.changed.emit(now.id)


def _read(data: Data) -> tuple[list[Watchlist], tuple[InstrumentKey, ...]]:
    """Everything of the file. Raises `StateError`."""
    found = data.get("lists", [])
    if not isinstance(found, list):
        raise StateError("lists must be a list")
    if len(found) > LISTS_MAX:
        raise StateError(f"lists has {len(found)} entries, {LISTS_MAX} at most")
    lists = [read_list(each, place) for place, each in enumerate(found)]
    if len({each.id for each in lists}) != len(lists):
        raise StateError("two lists have the same id")
    if sum(len(each.keys) for each in lists) > ALL_ROWS_MAX:
        raise StateError(f"there are more than {ALL_ROWS_MAX:,} symbols in it")
    return lists, read_keys(data.get("recents", []), "recents")[:RECENTS_MAX]
