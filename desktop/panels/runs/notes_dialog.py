"""What a person calls a run, its tags and the note: read when the dialog opens, kept when it is saved."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton, QWidget

from desktop.paint.theme import Theme
from desktop.research.dialogs import ResearchDialog
from desktop.research.rows import RunRow
from desktop.tr import tr

WIDTH_PX: Final = 420
NOTE_PX: Final = 120
NAME_LENGTH_MAX: Final = 120
TAG_LENGTH_MAX: Final = 40
TAGS_MAX: Final = 20
NOTE_LENGTH_MAX: Final = 10_000

Keep = Callable[[str, str, Sequence[str], str], object]


def tags_in(text: str) -> list[str]:
    """`best, first try` are two, each once, without a # in front."""
    tags = (" ".join(part.split()).lstrip("#") for part in text.split(","))
    return [tag for tag in dict.fromkeys(tags) if tag]


class NotesDialog(ResearchDialog):
    """`keep(run id, name, tags, note)` when it is saved."""

    def __init__(self, parent: QWidget, theme: Theme, row: RunRow, keep: Keep) -> None:
        super().__init__(parent, theme, tr("Run {run}", run=row.short_id), WIDTH_PX)
        self._row, self._keep = row, keep
        self.name = QLineEdit(row.name, self)
        self.name.setMaxLength(NAME_LENGTH_MAX)
        self.tags = QLineEdit(", ".join(row.tags), self)
        self.tags.setPlaceholderText(tr("best, to check"))
        self.note = QPlainTextEdit(row.note, self)
        self.note.setFixedHeight(theme.scaled_px(NOTE_PX))
        self.note.setTabChangesFocus(True)
        self.body.addWidget(self.label(row.title, "secondary"))
        for title, field in (
            (tr("Name"), self.name),
            (tr("Tags, separated by commas"), self.tags),
            (tr("Note"), self.note),
        ):
            label = self.label(title)
            label.setBuddy(field)
            field.setAccessibleName(title)
            self.body.addWidget(label)
            self.body.addWidget(field)
        cancel, self.save = QPushButton(tr("Cancel"), self), QPushButton(tr("Save"), self)
        cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self._save)
        self.add_buttons(cancel, self.save)

    def _save(self) -> None:
        tags, note = tags_in(self.tags.text()), self.note.toPlainText()
        long = next((tag for tag in tags if len(tag) > TAG_LENGTH_MAX), None)
        if long is not None:
            self.complain(
                tr("Tag “{tag}” is too long: use {most} letters at most", tag=long, most=TAG_LENGTH_MAX)
            )
        elif len(tags) > TAGS_MAX:
            self.complain(tr("{count} tags are too many: use {most} at most", count=len(tags), most=TAGS_MAX))
        elif len(note) > NOTE_LENGTH_MAX:
            self.complain(tr("The note is too long: use {most} letters at most", most=f"{NOTE_LENGTH_MAX:,}"))
        else:
            self._keep(self._row.id, " ".join(self.name.text().split()), tags, note)
            self.accept()
