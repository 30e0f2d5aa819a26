"""Asks a person what an action on the list needs: symbols, a name, a file. In the panel, never over prices.

Fields stand above the rows, files are chosen in the system's dialog without holding up the desk.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFileDialog

from desktop.panels.typed_entry import typed_text
from desktop.panels.watchlist import empty
from desktop.panels.watchlist.editing import ListEditing
from desktop.panels.watchlist.field import SUGGESTIONS_MAX, PanelField, Question
from desktop.panels.watchlist.lists import EVERYTHING, own_choice
from desktop.tr import tr
from desktop.watchlists.search import Match
from desktop.watchlists.watchlist import WatchlistError
from desktop.watchlists.watchlists import Watchlists

if TYPE_CHECKING:
    from desktop.panels.watchlist.panel import WatchlistPanel


class ListAsking:
    """One a panel."""

    def __init__(self, panel: "WatchlistPanel", editing: ListEditing, lists: Watchlists) -> None:
        self._panel = panel
        self._editing = editing
        self._lists = lists
        self.field = PanelField(panel.theme, panel)
        self.field.closed.connect(lambda: panel.setFocus(Qt.FocusReason.OtherFocusReason))

    def act(self, label: str) -> None:
        """A button of the page that stands in the place of the rows."""
        acts: dict[str, Callable[[], object]] = {
            empty.add_symbols(): self.ask_symbols,
            empty.import_list(): self.ask_file,
            empty.bring_back(): self._editing.undo,
            empty.show_all(): lambda: self._panel.choose(EVERYTHING),
        }
        acts.get(label, lambda: None)()

    def take_key(self, event: QKeyEvent) -> bool:
        """A key that the rows have no use for; False when it is none of the list's."""
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if event.matches(QKeySequence.StandardKey.Paste):
            self._editing.paste()
        elif event.matches(QKeySequence.StandardKey.Undo):
            self._editing.undo()
        elif plain and event.key() == Qt.Key.Key_Delete:
            self._editing.remove_selected()
        elif plain and event.key() == Qt.Key.Key_Insert:
            self.ask_symbols()
        elif self._panel.takes_letters and typed_text(event):
            self.ask_symbols()
            self.field.begin(typed_text(event))
        else:
            return False
        event.accept()
        return True

    # ---- symbols ---------------------------------------------------------------------------------
    def ask_symbols(self) -> None:
        """The field for symbols to add; it stays for the next one."""
        own = self._editing.own
        prompt = (
            tr("Add symbols to “{name}”", name=own.name)
            if own is not None
            else tr("New watchlist: its first symbols")
        )
        self.field.ask(
            Question(
                prompt, tr("{prompt}, or paste a list", prompt=prompt), "plus", self._add_typed,
                stays=True, suggest=lambda text: self._editing.search.search(text, SUGGESTIONS_MAX),
                take_match=self._add_match,
            )
        )  # fmt: skip

    def _add_typed(self, text: str) -> str:
        return self._editing.add_typed(text)

    def _add_match(self, match: Match) -> None:
        self._editing.search.note_used(match.key)
        self._editing.add([match.key], name=self._editing.new_name())

    # ---- names -----------------------------------------------------------------------------------
    def ask_new(self) -> None:
        """A new, empty list under a name to be given."""

        def make(name: str) -> None:
            self._panel.choose(own_choice(self._lists.store.create(name)))

        text = self._lists.store.free_name()
        self.field.ask(
            Question(tr("Name of the new watchlist"), tr("Name"), "plus", _refusal(make), text=text)
        )

    def ask_name(self) -> None:
        """Another name for the list."""
        own = self._editing.own
        if own is None:
            self._lists.warn(tr("“{name}” is built in and keeps its name", name=self._panel.list_label))
            return
        self.field.ask(
            Question(
                tr("New name of “{name}”", name=own.name), tr("Name"), "layers",
                _refusal(lambda name: self._lists.store.rename(own.id, name)), text=own.name,
            )
        )  # fmt: skip

    def duplicate(self) -> None:
        """The same rows in a list of one's own, shown here."""
        own = self._editing.own

        def copy() -> None:
            store = self._lists.store
            if own is not None:
                made = store.duplicate(own.id)
            else:
                name = store.free_name(tr("{name} copy", name=self._panel.list_label))
                made = store.create(name, self._panel.shown_keys)
            self._panel.choose(own_choice(made))

        self._lists.attempt(copy)

    def delete(self) -> None:
        """Delete the list; it can be brought back."""
        own = self._editing.own
        if own is None:
            self._lists.warn(tr("“{name}” is built in and stays", name=self._panel.list_label))
        else:
            self._lists.delete(own.id)

    # ---- files -----------------------------------------------------------------------------------
    def ask_file(self) -> None:
        """A CSV or text file to add from."""
        dialog = QFileDialog(
            self._panel, tr("Import a list"), "", tr("Lists (*.csv *.txt *.tsv);;All files (*)")
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self._editing.take_file(Path(path)))
        _open(dialog)

    def ask_export(self) -> None:
        """Where to write the list."""
        dialog = QFileDialog(self._panel, tr("Export the list"), f"{self._panel.list_label}.txt")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("txt")
        dialog.fileSelected.connect(lambda path: self._editing.export(Path(path)))
        _open(dialog)


def _open(dialog: QFileDialog) -> None:
    """Without waiting: prices go on."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def _refusal(change: Callable[[str], None]) -> Callable[[str], str]:
    """Do a change with the text; what is wrong with it, empty when nothing was."""

    def take(text: str) -> str:
        try:
            change(text)
        except WatchlistError as error:
            return str(error)
        return ""

    return take
