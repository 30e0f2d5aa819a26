"""Asks before runs are deleted, and names what goes: a starred one twice."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtWidgets import QPushButton, QWidget

from desktop.paint.theme import Theme
from desktop.research.dialogs import ResearchDialog
from desktop.research.rows import RunRow
from desktop.tr import tr

WIDTH_PX: Final = 400
NAMED_MAX: Final = 6


def runs_words(count: int) -> str:
    return tr("1 run") if count == 1 else tr("{count} runs", count=f"{count:,}")


class DeleteDialog(ResearchDialog):
    """`delete(ids)` when it is confirmed."""

    def __init__(
        self, parent: QWidget, theme: Theme, rows: Sequence[RunRow], delete: Callable[[Sequence[str]], object]
    ) -> None:
        count = runs_words(len(rows))
        super().__init__(parent, theme, tr("Delete {runs}?", runs=count), WIDTH_PX)
        self._ids, self._delete = [row.id for row in rows], delete
        named = [
            f"{row.short_id}  {row.title}" + ("  ★" if row.is_starred else "") for row in rows[:NAMED_MAX]
        ]
        if len(rows) > NAMED_MAX:
            named.append(tr("and {count} more", count=len(rows) - NAMED_MAX))
        self.body.addWidget(self.label("\n".join(named), "secondary"))
        gone = tr("Files, figures, tags and notes are gone for good; the same spec makes the run again.")
        self.body.addWidget(self.label(gone))
        starred = sum(row.is_starred for row in rows)
        if starred:
            words = tr("Starred among them: {count}", count=starred)
            self.body.addWidget(self.label(words, "error"))
        cancel, self.confirm = (
            QPushButton(tr("Cancel"), self),
            QPushButton(tr("Delete {runs}", runs=count), self),
        )
        cancel.clicked.connect(self.reject)
        self.confirm.clicked.connect(self._confirm)
        self.add_buttons(cancel, self.confirm)
        cancel.setFocus()

    def _confirm(self) -> None:
        self._delete(self._ids)
        self.accept()
