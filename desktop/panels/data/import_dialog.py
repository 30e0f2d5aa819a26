"""Files become a dataset: chosen or dropped, recognised, named; then a child imports while the desk goes on.

What each file is stands beside it before anything starts. The dialog closes when the import has begun; its
progress, its end and what it found stand in the panel of the datasets.
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
)

from core.backtest.calendars import ALWAYS, FX, CalendarError, check_calendar
from core.backtest.importing.said import of_file
from core.market.intervals import IntervalError, parse_interval
from desktop.jobs import JobsFull
from desktop.panels.data.mapping_dialog import MappingDialog, without_command
from desktop.panels.data.recognised import Recognised, recognise, suggested_name
from desktop.research.dialogs import ResearchDialog
from desktop.research.files import FILES_FILTER
from desktop.research.form import FieldError, Form, FormField, choice, line
from desktop.research.words import size_words
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.workspace.window import DeskWindow

WIDTH_PX: Final = 640
LISTED_PX: Final = 150
NAME_LENGTH_MAX: Final = 100
FILES_MAX: Final = 1_000
INTERVALS: Final = ("1m", "5m", "15m", "1h", "1d", "1s")
USUAL: Final = ""
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CALENDARS: Final = ("XNYS", "CMES", FX, ALWAYS, "XLON", "XETR", "XTKS", "XHKG")


class ImportDialog(ResearchDialog):
    """`files` stand in it at the start."""

    def __init__(self, window: "DeskWindow", files: list[Path]) -> None:
        super().__init__(window, window.host.theme, tr("Import data"), WIDTH_PX)
        self._window = window
        self._files: list[Recognised] = []
        self._changes: dict[tuple[object, ...], dict[str, str]] = {}  # by the form of the files
        self._is_gone = self._is_named = False
        self._asked = 0  # files that a thread looks at
        theme = self.theme
        self.setAcceptDrops(True)
        says = tr("Drop DBN, CSV or Parquet files here, or choose them. They become one dataset of bars.")
        self.body.addWidget(self.label(says, "secondary"))
        self.list = QTreeWidget(self)
        self.list.setHeaderLabels([tr("File"), tr("What it is"), tr("Size")])
        self.list.setRootIsDecorated(False)
        self.list.setFixedHeight(theme.scaled_px(LISTED_PX))
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        for column, width_px in ((0, 210), (2, 74)):
            self.list.setColumnWidth(column, theme.scaled_px(width_px))
        self.list.headerItem().setTextAlignment(2, _RIGHT)
        self.list.setAccessibleName(tr("Files to import"))
        self.list.setStyleSheet(
            f"QTreeWidget {{ background: {theme.css('surface.input')};"
            f" border: 1px solid {theme.css('border.default')}; border-radius: 4px; }}"
            "QTreeWidget::item { padding: 2px 3px; }"
            f"QTreeWidget::item:selected {{ background: {theme.css('surface.selected')};"
            f" color: {theme.css('text.primary')}; }}"
            f"QTreeWidget:focus {{ border-color: {theme.css('focus.ring')}; }}"
            f"QHeaderView::section {{ background: {theme.css('surface.raised')}; border: none;"
            f" padding: 2px 6px; color: {theme.css('text.tertiary')}; }}"
        )
        self.body.addWidget(self.list)
        self.choose, self.remove = QPushButton(tr("Choose files…"), self), QPushButton(tr("Remove"), self)
        self.columns = QPushButton(tr("Columns…"), self)
        row = QHBoxLayout()
        for button in (self.choose, self.remove, self.columns):
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addStretch(1)
        self.body.addLayout(row)
        self.form = Form(theme, self)
        self.name = self.form.add(FormField("name", tr("Dataset"), line(theme), tr("What the lists call it")))
        calendars = [(USUAL, tr("The usual one of the exchange")), *((name, name) for name in CALENDARS)]
        self.form.add(
            FormField(
                "calendar", tr("Calendar"), choice(theme, calendars), tr("Sessions, half days, summer time")
            )
        )
        self.form.add(
            FormField("interval", tr("Bars of"), choice(theme, [(each, each) for each in INTERVALS]))
        )
        self.body.addWidget(self.form)
        cancel, self.go = QPushButton(tr("Cancel"), self), QPushButton(tr("Import"), self)
        self.add_buttons(cancel, self.go)
        self.choose.clicked.connect(self._choose)
        self.remove.clicked.connect(self._remove)
        self.columns.clicked.connect(self._map_columns)
        self.list.itemSelectionChanged.connect(self._follow)
        self.list.itemDoubleClicked.connect(lambda *_: self._map_columns())
        self.name.control.textEdited.connect(self._named)  # type: ignore[attr-defined]
        cancel.clicked.connect(self.reject)
        self.go.clicked.connect(self.start)
        self._follow()
        self.add_files(files)

    # ---- files -----------------------------------------------------------------------------------
    def add_files(self, paths: list[Path]) -> None:
        """Look at them in a thread, then list them."""
        known = {each.path for each in self._files}
        new = [path for path in paths if path not in known]
        if len(self._files) + len(new) > FILES_MAX:
            self.complain(tr("Give {most} files at once at most", most=f"{FILES_MAX:,}"))
            return
        if new:
            self._asked += len(new)
            self._window.host.start_task(self._recognise(new), "recognise-files")
        self._follow()

    async def _recognise(self, paths: list[Path]) -> None:
        for path in paths:
            found = await self._window.host.threads.run(recognise, path)
            if not self._is_open():
                return
            self._asked -= 1
            self._files.append(found)
            item = QTreeWidgetItem([path.name, "", size_words(found.size_bytes) if found.size_bytes else ""])
            item.setTextAlignment(2, _RIGHT)
            item.setToolTip(0, str(path))
            self.list.addTopLevelItem(item)
            self._say_what(item, found)
            self._suggest()
            self._follow()

    def _say_what(self, item: QTreeWidgetItem, found: Recognised) -> None:
        """What the file is, or what still stands in the way of its import."""
        unclear = without_command(found.unclear(self._changes.get(found.form, {})))
        prefix = f"{found.path.name}: "
        wrong = (found.wrong or unclear).removeprefix(prefix)
        words = f"{wrong}; {found.words}" if unclear and not found.wrong else wrong or found.words
        item.setText(1, words)
        item.setToolTip(1, words)
        token = "state.error" if found.wrong else "state.warning" if unclear else "text.primary"
        item.setForeground(1, self.theme.color(token))

    @property
    def is_looking(self) -> bool:
        """A thread still looks at a file."""
        return self._asked > 0

    def _suggest(self) -> None:
        if not self._is_named:
            self.name.set_value(suggested_name(self._files)[:NAME_LENGTH_MAX])

    def _named(self) -> None:
        self._is_named = True

    def _follow(self) -> None:
        self.remove.setEnabled(bool(self.list.selectedItems()))
        self.columns.setEnabled(self._mappable() is not None)
        self.go.setEnabled(bool(self._files) and not self.is_looking)

    def _mappable(self) -> Recognised | None:
        """The chosen file that has columns to be named, else the first one."""
        chosen = [self.list.indexOfTopLevelItem(item) for item in self.list.selectedItems()]
        files = [self._files[place] for place in chosen] or self._files
        return next((each for each in files if each.guess is not None), None)

    def _choose(self) -> None:
        dialog = QFileDialog(self, tr("Choose files to import"), "", FILES_FILTER)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda chosen: self.add_files([Path(each) for each in chosen]))
        dialog.open()

    def _remove(self) -> None:
        for item in self.list.selectedItems():
            place = self.list.indexOfTopLevelItem(item)
            self.list.takeTopLevelItem(place)
            del self._files[place]
        self._suggest()
        self._follow()

    def _map_columns(self) -> None:
        """One mapping serves all files of the same columns."""
        file = self._mappable()
        if file is None or file.guess is None:
            return
        alike = [each.path.name for each in self._files if each.guess is not None and each.form == file.form]
        alike.remove(file.path.name)
        given = self._changes.get(file.form, {})
        MappingDialog(
            self, self.theme, file.path.name, file.guess, given, partial(self._take_mapping, file.form), alike
        ).open()

    def _take_mapping(self, form: tuple[object, ...], changes: dict[str, str]) -> None:
        self._changes[form] = changes
        self.complain("")
        for place, found in enumerate(self._files):
            item = self.list.topLevelItem(place)
            if item is not None:
                self._say_what(item, found)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.add_files([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    # ---- importing -------------------------------------------------------------------------------
    def arguments(self) -> list[str]:
        """Of `tapedeckd`. Raises `FieldError`, which names what cannot be used."""
        wrong = next((each for each in self._files if each.wrong), None)
        if wrong is not None:
            raise FieldError("files", tr("{reason}: remove the file or mend it", reason=wrong.wrong))
        unclear = next(
            (said for each in self._files if (said := each.unclear(self._changes.get(each.form, {})))), ""
        )
        if unclear:
            raise FieldError("files", tr("{reason}: choose Columns…", reason=without_command(unclear)))
        name = " ".join(self.name.text.split())
        if not 1 <= len(name) <= NAME_LENGTH_MAX:
            raise FieldError(
                "name", tr("Dataset: give it a name of 1 to {most} letters", most=NAME_LENGTH_MAX)
            )
        calendar, interval = self.form.fields["calendar"].text, self.form.fields["interval"].text
        try:
            parse_interval(interval)
            if calendar:
                check_calendar(calendar)
        except (IntervalError, CalendarError) as error:
            raise FieldError("calendar", str(error)) from error
        words = ["data", "import", *(str(each.path.absolute()) for each in self._files), "--dataset", name]
        words += ["--interval", interval]
        words += ["--calendar", calendar] if calendar else []
        return [*words, *self._maps()]

    def _maps(self) -> list[str]:
        """What differs from the guesses: of each file by its name, unless all are read alike."""
        files = [each for each in self._files if each.guess is not None]
        said = [self._changes.get(each.form, {}) for each in files]
        if all(changes == said[0] for changes in said):
            return [
                word for what, which in (said or [{}])[0].items() for word in ("--map", f"{what}={which}")
            ]
        return [
            word
            for file, changes in zip(files, said, strict=True)
            for what, which in changes.items()
            for word in ("--map", f"{of_file(file.path, what)}={which}")
        ]

    def start(self) -> None:
        """Begin, and show the panel that follows it."""
        self.complain("")
        self.name.mark(False)
        try:
            arguments = self.arguments()
            name = arguments[arguments.index("--dataset") + 1]
            self._window.host.research.start_import(name, arguments, self._window)
        except FieldError as error:
            self.complain(str(error))
            self.name.mark(error.field == "name")
            return
        except JobsFull as full:
            self.complain(str(full))
            return
        self.accept()

    def _is_open(self) -> bool:
        return shiboken6.isValid(self) and not self._is_gone

    def done(self, result: int) -> None:
        self._is_gone = True
        super().done(result)
