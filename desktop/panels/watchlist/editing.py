"""What a person does to the list that a panel shows: add, paste, import, take out, undo, export.

Works on the panel's own list, else offers to make one of what was to be added. Every way in ends in one
message that says what was added and names what was not. Files are read and written beside the desk.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtGui import QGuiApplication

from core.market.instruments import Instrument, InstrumentKey
from desktop.export_file import ExportError, write_text
from desktop.messages import MessageLink
from desktop.panels.watchlist.lists import WatchChoice, own_choice
from desktop.panels.watchlist.mime import Carried, list_text, read_carried
from desktop.tr import tr
from desktop.watchlists.reading import TEXT_MAX, ReadList, read_file, read_text
from desktop.watchlists.search import SymbolSearch
from desktop.watchlists.watchlist import Watchlist, WatchlistError
from desktop.watchlists.watchlists import Watchlists
from desktop.words import count_words


class ListPanel(Protocol):
    """What the hand needs of its panel."""

    choice: WatchChoice

    @property
    def list_label(self) -> str: ...

    @property
    def scope_instruments(self) -> Sequence[Instrument]: ...

    @property
    def shown_keys(self) -> Sequence[InstrumentKey]: ...

    def selected_keys(self) -> list[InstrumentKey]: ...

    def choose(self, choice: WatchChoice) -> None: ...


class ListEditing:
    """One a panel."""

    def __init__(self, panel: ListPanel, lists: Watchlists) -> None:
        self._panel = panel
        self._lists = lists

    @property
    def own(self) -> Watchlist | None:
        """The list of the person's own that the panel shows; None for a built-in or a lost one."""
        choice = self._panel.choice
        if not choice.list_id:
            return None
        return self._lists.store.get(choice.list_id) or self._lists.store.named(choice.list_name)

    @property
    def search(self) -> SymbolSearch:
        return self._lists.symbols.of(self._panel.scope_instruments)

    # ---- adding ----------------------------------------------------------------------------------
    def add(
        self,
        keys: Sequence[InstrumentKey],
        before: InstrumentKey | None = None,
        complaints: str = "",
        name: str = "",
    ) -> None:
        """Add to the own list; without one make a list called `name`, or offer to."""
        own = self.own
        if own is None:
            self._without_own(keys, complaints, name)
            return
        done = []

        def change() -> None:
            done.append(self._lists.store.add(own.id, keys, before))

        if self._lists.attempt(change):
            self._tell(own, done[0].added, done[0].known, done[0].left_out, complaints)

    def _tell(self, own: Watchlist, added: int, known: int, left_out: int, complaints: str) -> None:
        parts = [tr("Added {count} to “{name}”", count=count_words(added, "instrument"), name=own.name)]
        if known:
            parts.append(tr("{count} in it already", count=known))
        if left_out:
            parts.append(tr("{count} left out: the list is full", count=left_out))
        if complaints:
            parts.append(complaints)
        undo = MessageLink(tr("Undo"), lambda: self._lists.store.undo(own.id)) if added else None
        say = self._lists.warn if complaints or left_out else self._lists.say
        say("; ".join(parts), undo)

    def _without_own(self, keys: Sequence[InstrumentKey], complaints: str, name: str) -> None:
        def make() -> None:
            self._panel.choose(own_choice(self._lists.store.create(self._lists.store.free_name(name), keys)))

        if not keys:
            self._lists.warn(complaints or tr("There was no instrument to add"))
        elif name:
            if self._lists.attempt(make) and (own := self.own) is not None:
                self._tell(own, len(keys), 0, 0, complaints)
        else:
            label = self._panel.list_label
            words = tr(
                "“{name}” is built in and stays as it is: make a watchlist of {count}?",
                name=label, count=count_words(len(keys), "instrument"),
            )  # fmt: skip
            made = MessageLink(tr("New watchlist"), lambda: self._lists.attempt(make))
            self._lists.warn("; ".join(part for part in (words, complaints) if part), made)

    def add_typed(self, text: str) -> str:
        """What was typed into the field; says what was wrong when nothing of it was taken."""
        try:
            found = read_text(text, self.search)
        except WatchlistError as error:
            return str(error)
        if not found.keys:
            return found.complaints or tr("There is no symbol in it")
        self.add(found.keys, complaints=found.complaints, name=self.new_name())
        return ""

    def new_name(self) -> str:
        """Of a list that has to be made for what is added on purpose; empty where there is one."""
        return "" if self.own is not None else tr("Watchlist")

    def paste(self) -> None:
        """What the clipboard names."""
        mime = QGuiApplication.clipboard().mimeData()
        carried = read_carried(mime)
        if carried is not None:
            self.add(carried.keys)
        elif mime.hasText() and mime.text().strip():
            self.take_text(mime.text())
        else:
            self._lists.warn(tr("There is no list on the clipboard: copy symbols first"))

    def take_text(self, text: str, before: InstrumentKey | None = None, name: str = "") -> None:
        """A pasted or dropped list."""
        found = self._read(lambda: read_text(text, self.search))
        if found is not None:
            self.add(found.keys, before, found.complaints, name)

    def take_file(self, path: Path, before: InstrumentKey | None = None) -> None:
        """A CSV or text file; read beside the desk."""
        self._lists.start(self._import(path, before), "import-watchlist")

    async def _import(self, path: Path, before: InstrumentKey | None) -> None:
        try:
            content = await asyncio.to_thread(_read_bounded, path)
        except OSError as error:
            reason = error.strerror or str(error)
            self._lists.warn(tr("{file} cannot be read: {reason}", file=path.name, reason=reason))
            return
        found = self._read(lambda: read_file(content, path.name, self.search))
        if found is not None:
            self.add(found.keys, before, found.complaints, path.stem)

    def _read(self, read: Callable[[], ReadList]) -> ReadList | None:
        try:
            return read()
        except WatchlistError as error:
            self._lists.warn(str(error))
            return None

    # ---- taking out ------------------------------------------------------------------------------
    def remove_selected(self) -> None:
        """Take the selected rows out of the list."""
        own, keys = self.own, self._panel.selected_keys()
        if own is None:
            self._lists.warn(
                tr(
                    "“{name}” is built in and stays as it is: hide rows with a filter",
                    name=self._panel.list_label,
                )
            )
            return
        if not keys:
            self._lists.warn(tr("No row is selected"))
            return
        if self._lists.attempt(lambda: self._lists.store.remove(own.id, keys)):
            words = tr(
                "Removed {count} from “{name}”", count=count_words(len(keys), "instrument"), name=own.name
            )
            self._lists.say(words, MessageLink(tr("Undo"), lambda: self._lists.store.undo(own.id)))

    def undo(self) -> None:
        """Take back the last change of the list, its deletion included."""
        words = self._lists.store.undo(self._panel.choice.list_id)
        self._lists.say(tr("Undone: {what}", what=words) if words else tr("There is nothing to undo here"))

    # ---- out -------------------------------------------------------------------------------------
    def carried(self, keys: Sequence[InstrumentKey]) -> Carried:
        """Rows of the panel, as they are dragged."""
        own = self.own
        return Carried(tuple(keys), own.id if own is not None else "")

    def copy_list(self) -> None:
        """The whole list to the clipboard, a line an instrument."""
        keys = self.all_keys()
        # As text: a clipboard that outlives Python must not hold an object of Python's.
        QGuiApplication.clipboard().setText(list_text(keys))
        self._lists.say(tr("Copied {count}", count=count_words(len(keys), "instrument")))

    def export(self, path: Path) -> None:
        """The whole list as a text file; written beside the desk."""
        self._lists.start(self._write(path, list_text(self.all_keys())), "export-watchlist")

    async def _write(self, path: Path, text: str) -> None:
        try:
            await asyncio.to_thread(write_text, path, text)
        except ExportError as error:
            self._lists.warn(str(error))
            return
        self._lists.say(tr("Wrote {file}", file=path.name))

    def all_keys(self) -> Sequence[InstrumentKey]:
        """Of the list, those that this scope does not have included."""
        own = self.own
        return own.keys if own is not None else self._panel.shown_keys


def _read_bounded(path: Path) -> bytes:
    """One byte more than may be, so that the reader sees that it is too much."""
    with path.open("rb") as file:
        return file.read(TEXT_MAX + 1)
