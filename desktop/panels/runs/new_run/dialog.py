"""The form of a new run: dataset, instruments, strategy and its parameters, seed, the model of the venue.

What is chosen is planned in a thread into a spec; a field that cannot be used is marked and named. The same
spec is the same run: then the one that is there is shown, and nothing runs again.
"""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.backtest.catalog import CatalogError
from core.backtest.dataset import DatasetError
from core.backtest.planning import default_venue, plan
from core.backtest.run_child import EngineError, describe_strategies
from core.backtest.running import QueueFullError
from core.backtest.spec import SEED_MAX, RunSpec, SpecError, VenueModel
from core.backtest.strategies import BUILT_IN, StrategyDescription
from desktop.panels.runs.new_run.parameter_form import ParameterForm
from desktop.panels.runs.new_run.venue_form import VenueForm
from desktop.research.dialogs import ResearchDialog, ScrolledForms
from desktop.research.form import FieldError, Form, FormField, choice, line, small_words, whole
from desktop.research.rows import DatasetRow, RunRow
from desktop.research.words import day_words
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.workspace.window import DeskWindow

WIDTH_PX: Final = 860
LISTED_MAX: Final = 5  # instruments in view
LIST_PAD_PX: Final = 8


class NewRunDialog(ResearchDialog):
    """`like`: a run whose choices fill the form; `dataset_id`: the one to begin with."""

    def __init__(self, window: "DeskWindow", like: RunRow | None = None, dataset_id: str = "") -> None:
        super().__init__(window, window.host.theme, tr("New run"), WIDTH_PX)
        self._window, self._research = window, window.host.research
        self._library = self._research.library
        self._like = like
        self._first_dataset = like.dataset_id if like is not None else dataset_id
        self._described: dict[str, StrategyDescription] = dict(BUILT_IN)
        self._is_busy = False
        theme = self.theme
        self.what = Form(theme, self)
        self._datasets, self._strategies = choice(theme, ()), choice(theme, ())
        self.dataset = self.what.add(FormField("dataset", tr("Dataset"), self._datasets))
        self.instruments = QListWidget(self)
        self.instruments.setAccessibleName(tr("Instruments"))
        self.instruments.setToolTip(tr("Those that the strategy trades"))
        self.instruments.hide()
        self.what.add_below(self.instruments)
        self.strategy = self.what.add(FormField("strategy", tr("Strategy"), self._strategies))
        self._help = small_words("", theme, self)
        self.what.add_wide(self._help)
        self.parameters = ParameterForm(theme)
        self.rest = Form(theme, self)
        hint, read = tr("Decides every draw of the models"), whole(0, SEED_MAX)
        self.seed = self.rest.add(FormField("seed", tr("Seed"), line(theme, "0"), hint, read))
        self.venue = VenueForm(theme)
        self._folder, self._again = (
            QPushButton(tr("Strategy folder"), self),
            QPushButton(tr("Read again"), self),
        )
        self._folder.setToolTip(tr("Your own strategies: one Python file each"))
        self._lay_out()
        cancel, self.run = QPushButton(tr("Cancel"), self), QPushButton(tr("Run"), self)
        self.get_data = QPushButton(tr("Import data…"), self)  # where there is none to run over
        self.get_data.hide()
        self.get_data.clicked.connect(self._import)
        self.add_buttons(cancel, self.run, left=self.get_data)
        cancel.clicked.connect(self.reject)
        self.run.clicked.connect(self.start)
        self._folder.clicked.connect(self._open_folder)
        self._again.clicked.connect(self._read_strategies)
        self._datasets.currentIndexChanged.connect(self._follow_dataset)
        self._strategies.currentIndexChanged.connect(self._follow_strategy)
        self._end = self._library.listen(self._fill_datasets)
        self._library.refresh()
        self._fill_strategies()
        self._fill_datasets()
        if like is not None and like.spec is not None:
            self.seed.set_value(like.spec.seed)
            self.venue.show_model(like.spec.venue)
        self._read_strategies()

    def _lay_out(self) -> None:
        left, right = QVBoxLayout(), QVBoxLayout()
        for column, title, parts in (
            (left, tr("What runs"), (self.what, self.parameters)),
            (right, tr("Venue model"), (self.venue, self.rest)),
        ):
            heading = QLabel(title, self)
            heading.setProperty("role", "title")
            column.setSpacing(self.theme.px("spacing.form_row_gap"))
            column.addWidget(heading)
            for part in parts:
                column.addWidget(part)
            column.addStretch(1)
        own = QHBoxLayout()
        own.addWidget(self._folder)
        own.addWidget(self._again)
        own.addStretch(1)
        left.insertLayout(2, own)
        for button in (self._folder, self._again):
            button.setAutoDefault(False)
        forms = QWidget(self)
        both = QHBoxLayout(forms)
        both.setContentsMargins(0, 0, self.theme.px("spacing.m"), 0)  # beside the scroll bar
        both.setSpacing(self.theme.px("spacing.xxl"))
        both.addLayout(left, 11)
        both.addLayout(right, 9)
        self.body.addWidget(ScrolledForms(forms, self.theme, self), 1)

    # ---- what can be chosen ----------------------------------------------------------------------
    def _fill_datasets(self) -> None:
        """Those of the catalog; the choice stays while it is there."""
        box, rows = self._datasets, self._library.datasets
        if self._library.is_loaded and not rows:
            self.complain(tr("There is no dataset yet: import data first."))
        self.get_data.setVisible(self._library.is_loaded and not rows)
        self.run.setEnabled(bool(rows) and not self._is_busy)
        known = [box.itemData(place) for place in range(box.count())]
        if known == [row.id for row in rows]:
            return
        if not known:
            self.complain("")
        wanted = self.dataset.text if known else self._first_dataset
        box.blockSignals(True)
        box.clear()
        for row in rows:
            box.addItem(dataset_words(row), row.id)
        box.blockSignals(False)
        self.dataset.set_value(wanted)
        self._follow_dataset()

    def _follow_dataset(self) -> None:
        """Its instruments, all of them chosen; its currency."""
        row = self._library.dataset(self.dataset.text)
        self._datasets.setToolTip(self._datasets.currentText())
        self.instruments.clear()
        chosen = (
            self._like.instruments
            if self._like is not None and row and row.id == self._like.dataset_id
            else ()
        )
        for name in row.instruments if row is not None else ():
            item = QListWidgetItem(name, self.instruments)
            item.setFlags(
                Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            )
            item.setCheckState(
                Qt.CheckState.Checked if not chosen or name in chosen else Qt.CheckState.Unchecked
            )
        self.instruments.setVisible(self.instruments.count() > 1)
        rows = min(self.instruments.count(), LISTED_MAX)
        row_px = max(self.instruments.sizeHintForRow(0), 1)
        self.instruments.setFixedHeight(rows * row_px + 2 * self.instruments.frameWidth() + LIST_PAD_PX)
        if row is not None and self._like is None:
            self._window.host.start_task(self._take_currency(row.id), "currency-of-dataset")

    async def _take_currency(self, dataset_id: str) -> None:
        try:
            usual = await self._window.host.threads.run(default_venue, self._library.home, dataset_id)
        except (DatasetError, OSError) as error:
            self.complain(str(error))
            return
        if self._is_open() and self.dataset.text == dataset_id:
            self.venue.set_currency(usual.currency)

    def _fill_strategies(self) -> None:
        box = self._strategies
        wanted = self.strategy.text if box.count() else self._like.strategy if self._like is not None else ""
        box.blockSignals(True)
        box.clear()
        for each in self._described.values():
            words = each.title or each.name
            own = each.name.startswith("file:")
            box.addItem(
                tr("{file} (your own)", file=each.name.removeprefix("file:")) if own else words, each.name
            )
        box.blockSignals(False)
        self.strategy.set_value(wanted)
        self._follow_strategy()

    def _follow_strategy(self) -> None:
        described = self._described.get(self.strategy.text)
        if described is None:
            return
        like = self._like
        given = like.parameters if like is not None and like.strategy == described.name else None
        self.parameters.show_strategy(described, given)
        if self.isVisible():
            self.grow()
        broken = bool(described.error)
        where = tr(", line {line}", line=described.line) if described.line else ""
        self._help.setText(
            tr("It cannot be used{where}: {reason}", where=where, reason=described.error)
            if broken
            else described.help
        )
        self._help.setVisible(bool(self._help.text()))
        self._help.setStyleSheet(
            f"color: {self.theme.css('state.error' if broken else 'text.tertiary')};"
            f" font-size: {self.theme.font_px('small')}px;"
        )
        self.strategy.mark(broken)

    def _read_strategies(self) -> None:
        """The user's own files are run in a child to know their parameters."""
        self._again.setEnabled(False)
        self._window.host.start_task(self._read_own(), "describe-strategies")

    async def _read_own(self) -> None:
        try:
            await self._library.ask(lambda catalog: catalog.home)
            found = await self._window.host.threads.run(describe_strategies, self._library.home)
        except (EngineError, CatalogError, OSError) as error:
            if self._is_open():
                self.complain(tr("Your own strategies were not read: {reason}", reason=error))
                self._again.setEnabled(True)
            return
        if self._is_open():
            before = self._described.get(self.strategy.text)
            self._described = {each.name: each for each in found}
            self._again.setEnabled(True)
            if self._described.get(self.strategy.text) != before or len(found) != self._strategies.count():
                self._fill_strategies()

    def _open_folder(self) -> None:
        from PySide6.QtCore import QUrl

        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._library.home.strategies)))

    @property
    def has_own_strategies(self) -> bool:
        """They have been read, or could not be."""
        return self._again.isEnabled()

    def _import(self) -> None:
        self.reject()
        self._research.ask_import(self._window)

    # ---- running ---------------------------------------------------------------------------------
    def start(self) -> None:
        """Read the form; run it, or say which field cannot be used."""
        if self._is_busy:
            return
        self.complain("")
        for field in self._fields:
            field.mark(False)
        try:
            wish = self._wish()
        except FieldError as error:
            self._refuse(error)
            return
        self._is_busy = True
        self.run.setEnabled(False)
        self._window.host.start_task(self._start(*wish), "new-run")

    @property
    def _fields(self) -> list[FormField]:
        forms = (self.what, self.parameters, self.rest, self.venue)
        return [field for form in forms for field in form.fields.values()]

    def _wish(self) -> tuple[str, str, dict[str, object], list[str], int, VenueModel]:
        if not self.dataset.text or self.dataset.text == "None":
            raise FieldError("dataset", tr("Dataset: there is none yet, import data first"))
        items = [self.instruments.item(place) for place in range(self.instruments.count())]
        chosen = [item.text() for item in items if item.checkState() is Qt.CheckState.Checked]
        if not chosen:
            raise FieldError("instruments", tr("Instruments: choose one at least"))
        parameters = self.parameters.checked()
        return (
            self.dataset.text,
            self.strategy.text,
            parameters,
            chosen,
            self.seed.value(),
            self.venue.model(),
        )

    async def _start(
        self, dataset: str, strategy: str, parameters: dict[str, object], instruments: list[str], seed: int,
        venue: VenueModel,
    ) -> None:  # fmt: skip
        described, home = self._described[strategy], self._library.home

        def planned() -> RunSpec:
            return plan(
                home, dataset, strategy, parameters, described=described, instruments=instruments, seed=seed,
                venue=venue,
            )  # fmt: skip

        try:
            spec = await self._window.host.threads.run(planned)
            await self._research.start_run(spec, self._window)
        except (SpecError, DatasetError, CatalogError, QueueFullError, OSError) as error:
            if self._is_open():
                self._refuse(FieldError(self._named_in(str(error)), str(error)))
            return
        finally:
            self._is_busy = False
            if self._is_open():
                self.run.setEnabled(True)
        if self._is_open():
            self.accept()

    def _named_in(self, text: str) -> str:
        """The field that a message of the planner is about."""
        first = text.split(" is ")[0].removeprefix("parameter ").removeprefix("venue.").split(" ")[0]
        return first if any(field.name == first for field in self._fields) else ""

    def _refuse(self, error: FieldError) -> None:
        self.complain(str(error))
        control: QWidget | None = self.instruments if error.field == "instruments" else None
        for field in self._fields:
            if field.name == error.field:
                field.mark(True)
                control = field.control
        if control is not None:
            control.setFocus(Qt.FocusReason.OtherFocusReason)

    def _is_open(self) -> bool:
        """It may have been closed while a thread worked for it."""
        import shiboken6

        return shiboken6.isValid(self) and not self._is_gone

    _is_gone = False

    def done(self, result: int) -> None:
        self._is_gone = True
        self._end()
        super().done(result)


def dataset_words(row: DatasetRow) -> str:
    """`EURUSD 2017, 1m, 3 Jan 2017 to 31 Mar 2017`."""
    from datetime import UTC

    span = tr("{begin} to {end}", begin=day_words(row.begin_ns, UTC), end=day_words(row.end_ns, UTC))
    partial = f" ({row.state})" if row.state != "COMPLETE" else ""
    return f"{row.name}, {row.interval}, {span}{partial}"
