"""Asks before a dataset is deleted: which runs were made of it, what they lose, and which are starred."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Final

from PySide6.QtWidgets import QPushButton, QWidget

from desktop.paint.theme import Theme
from desktop.research.dialogs import ResearchDialog
from desktop.research.rows import DatasetRow, RunRow
from desktop.research.words import day_words, size_words
from desktop.tr import tr

WIDTH_PX: Final = 460
NAMED_MAX: Final = 6


class DeleteDatasetDialog(ResearchDialog):
    """`delete(id, told)` when it is confirmed: `told` are its runs by id, and whether they are starred."""

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        row: DatasetRow,
        runs: Sequence[RunRow],
        delete: Callable[[str, Mapping[str, bool]], object],
    ) -> None:
        super().__init__(parent, theme, tr("Delete dataset {name}?", name=row.name), WIDTH_PX)
        self._id, self._delete = row.id, delete
        self._told = {run.id: run.is_starred for run in runs}
        self.body.addWidget(self.label(_dataset_words(row), "secondary"))
        if runs:
            self._name_runs(sorted(runs, key=lambda run: not run.is_starred))
        self.body.addWidget(
            self.label(
                tr(
                    "The files that it was made of are not touched. Importing them again with the same "
                    "choices makes the same dataset again, and its runs play again."
                )
            )
        )
        cancel, self.confirm = QPushButton(tr("Cancel"), self), QPushButton(tr("Delete the dataset"), self)
        cancel.clicked.connect(self.reject)
        self.confirm.clicked.connect(self._confirm)
        self.add_buttons(cancel, self.confirm)
        cancel.setFocus()

    def _name_runs(self, runs: Sequence[RunRow]) -> None:
        """The starred ones first."""
        count = (
            tr("1 run was made") if len(runs) == 1 else tr("{count} runs were made", count=f"{len(runs):,}")
        )
        loss = tr(
            "{runs} of it. They keep figures, trades and notes, but can no longer be played; "
            "their tear sheets count days of UTC.",
            runs=count,
        )
        self.body.addWidget(self.label(loss))
        named = [
            f"{run.short_id}  {run.title}" + ("  ★" if run.is_starred else "") for run in runs[:NAMED_MAX]
        ]
        if len(runs) > NAMED_MAX:
            named.append(tr("and {count} more", count=len(runs) - NAMED_MAX))
        self.body.addWidget(self.label("\n".join(named), "secondary"))
        starred = sum(run.is_starred for run in runs)
        if starred:
            self.body.addWidget(self.label(tr("Starred among them: {count}", count=starred), "error"))

    def _confirm(self) -> None:
        self._delete(self._id, self._told)
        self.accept()


def _dataset_words(row: DatasetRow) -> str:
    """`98,280 bars of 1m, HISTDATA:EURUSD, 2017-01-02 to 2017-12-29, 4.1 MB`."""
    return tr(
        "{bars} bars of {interval}, {instruments}, {begin} to {end}, {size}",
        bars=f"{row.bars:,}",
        interval=row.interval,
        instruments=", ".join(row.instruments[:3]) + (" …" if len(row.instruments) > 3 else ""),
        begin=day_words(row.begin_ns, UTC),
        end=day_words(row.end_ns, UTC),
        size=size_words(row.size_bytes),
    )
