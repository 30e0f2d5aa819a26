"""What the columns of a CSV or Parquet file mean: guessed, shown over the first rows, changed by a person.

A choice above each column gives it its role; below them stand the first rows as they are in the file. What is
doubtful about the guess is said. Nothing is imported here.
"""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from core.backtest.importing.guess import Guess
from core.backtest.importing.mapping import FIELDS, KINDS, MIXED, NEEDED, OPTIONAL, ColumnMapping
from core.backtest.importing.refused import OptionRefused
from core.market.exact import NANO_DECIMALS
from desktop.paint.theme import Theme
from desktop.research.dialogs import ResearchDialog
from desktop.research.form import FieldError, Form, FormField, choice, line, whole
from desktop.tr import mark, tr

WIDTH_PX: Final = 760
ROWS_MAX: Final = 8
ALIKE_NAMED: Final = 3
COLUMN_PX: Final = 112
COLUMN_MAX_PX: Final = 220
HEAD_PAD_PX: Final = 12  # of the style sheet below, both sides
KIND_WORDS: Final = {
    "bars": mark("Bars"),
    "trades": mark("Trades"),
    "quotes": mark("Quotes"),
    MIXED: mark("Trades and quotes, a column tells which"),
}
ROLE_WORDS: Final = {
    "time": mark("Time"), "date": mark("Date"), "open": mark("Open"), "high": mark("High"),
    "low": mark("Low"), "close": mark("Close"), "volume": mark("Volume"), "price": mark("Price"),
    "size": mark("Size"), "bid": mark("Bid"), "ask": mark("Ask"), "symbol": mark("Symbol"),
    "exchange": mark("Exchange"), "kind": mark("Kind"), "history": mark("History"),
}  # fmt: skip


class MappingDialog(ResearchDialog):
    """`take(changes)` gets what differs from the guess, as `--map` spells it; it serves `alike`, too."""

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        file_name: str,
        found: Guess,
        given: dict[str, str],
        take: Callable[[dict[str, str]], object],
        alike: Sequence[str] = (),
    ) -> None:
        super().__init__(parent, theme, tr("Columns of {file}", file=file_name), WIDTH_PX)
        self._found, self._take = found, take
        self._mapping = found.mapping.changed(given)
        if alike:
            self.body.addWidget(self.label(alike_words(alike), "secondary"))
        self.form = Form(theme, self)
        self._kind = choice(theme, [(kind, tr(KIND_WORDS[kind])) for kind in KINDS])
        self.form.add(FormField("kind", tr("Rows are"), self._kind))
        for name, title, hint in (
            ("symbol", tr("Symbol"), tr("Of all rows, where no column tells it")),
            ("exchange", tr("Exchange"), tr("Decides the usual calendar")),
            ("zone", tr("Time zone"), tr("Of times without an offset: UTC, UTC-5, Europe/London")),
            ("time_format", tr("Time format"), tr("iso, s, ms, us, ns since 1970, or such as %Y%m%d %H%M%S")),
        ):
            self.form.add(FormField(name, title, line(theme), hint))
        self._stamp = choice(theme, [("open", tr("Open of the bar")), ("close", tr("Close of the bar"))])
        self.form.add(FormField("stamp", tr("Times are the"), self._stamp))
        decimals = line(theme, placeholder=tr("as many as the file has"))
        self.form.add(
            FormField(
                "decimals",
                tr("Price decimals"),
                decimals,
                tr("Rounds prices to so many, 0 to 9; such as 2 where 182.01 stands as 182.00999450683594"),
                lambda text: whole(0, NANO_DECIMALS)(text) if text else None,
            )
        )
        self.body.addWidget(self.form)
        self.table = QTableWidget(self)
        self.roles: list[QComboBox] = []
        self._fill()
        self.body.addWidget(self.table, 1)
        self.missing = self.label("")
        self.missing.setStyleSheet(f"color: {theme.css('state.warning')};")
        self.body.addWidget(self.missing)
        doubts = [doubt for doubt in found.doubts if not doubt.startswith("no column")]
        if doubts:
            self.body.addWidget(self.label("\n".join(doubts), "secondary"))
        cancel, self.use = QPushButton(tr("Cancel"), self), QPushButton(tr("Use these columns"), self)
        cancel.clicked.connect(self.reject)
        self.use.clicked.connect(self._finish)
        self.add_buttons(cancel, self.use)
        self._show_mapping()
        self._kind.currentIndexChanged.connect(self._kind_changed)

    def _fill(self) -> None:
        """Roles in the first row, the file's own rows below."""
        found, table = self._found, self.table
        rows = found.rows[:ROWS_MAX]
        table.setColumnCount(len(found.names))
        table.setRowCount(len(rows) + 1)
        table.verticalHeader().hide()
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setShowGrid(False)
        table.setAccessibleName(tr("First rows of the file"))
        height = self.theme.row_height_px
        table.verticalHeader().setDefaultSectionSize(height)
        table.setRowHeight(0, self.theme.px("height.control") + 4)
        table.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        for column, name in enumerate(found.names):
            head = QTableWidgetItem(name)
            head.setToolTip(name)
            table.setHorizontalHeaderItem(column, head)
            for row, fields in enumerate(rows):
                text = fields[column] if column < len(fields) else ""
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                table.setItem(row + 1, column, item)
        table.resizeColumnsToContents()
        least, most = self.theme.scaled_px(COLUMN_PX), self.theme.scaled_px(COLUMN_MAX_PX)
        for column in range(len(found.names)):
            table.setColumnWidth(column, min(max(table.columnWidth(column) + HEAD_PAD_PX, least), most))
        table.setMinimumHeight((len(rows) + 3) * height + 12)
        css = self.theme.css
        edge = css("border.default")
        table.setStyleSheet(
            f"QTableWidget {{ background: {css('surface.input')}; border: 1px solid {edge}; }}"
            f"QHeaderView::section {{ background: {css('surface.raised')}; color: {css('text.tertiary')};"
            f" border: none; border-bottom: 1px solid {css('border.default')}; padding: 2px 6px; }}"
        )

    def _show_mapping(self) -> None:
        mapping = self._mapping
        for name in ("kind", "symbol", "exchange", "zone", "time_format", "stamp"):
            self.form.fields[name].set_value(getattr(mapping, name))
        self.form.fields["decimals"].set_value(mapping.decimals)
        self._show_roles()

    def _show_roles(self) -> None:
        kind = str(self._kind.currentData())
        roles = [("", tr("Not used"))]
        roles += [(role, tr(ROLE_WORDS[role])) for role in (*NEEDED[kind], *OPTIONAL[kind])]
        of_column = {name: role for role, name in self._mapping.columns.items()}
        self.roles = []
        for column, name in enumerate(self._found.names):
            box = choice(self.theme, roles)
            box.setAccessibleName(tr("Meaning of column {name}", name=name))
            box.setCurrentIndex(max(box.findData(of_column.get(name, "")), 0))
            box.currentIndexChanged.connect(self._say_missing)
            self.table.setCellWidget(0, column, box)
            self.roles.append(box)
        self._say_missing()

    def _say_missing(self) -> None:
        """Which roles have no column yet."""
        has = {str(box.currentData()) for box in self.roles}
        missing = [tr(ROLE_WORDS[role]) for role in NEEDED[str(self._kind.currentData())] if role not in has]
        self.missing.setText(
            tr("Not found yet: {roles}. Choose them above the rows.", roles=", ".join(missing))
        )
        self.missing.setVisible(bool(missing))

    def _kind_changed(self) -> None:
        self._mapping = self._mapping.changed({"kind": str(self._kind.currentData())})
        self._show_roles()

    def mapping(self) -> ColumnMapping:
        """As it stands in the dialog. Raises `OptionRefused`, `FieldError`, which name what is wrong."""
        columns: dict[str, str] = {}
        for name, box in zip(self._found.names, self.roles, strict=True):
            role = str(box.currentData())
            if role in columns:
                raise OptionRefused(tr("Two columns are {role}: choose one", role=tr(ROLE_WORDS[role])))
            if role:
                columns[role] = name
        texts = self.form.values()
        if "symbol" in columns:
            texts["symbol"] = ""
        said = {**self._mapping.as_dict(), **texts, "columns": columns}
        return ColumnMapping.from_dict(said).check()

    def _finish(self) -> None:
        try:
            wanted = self.mapping()
        except (OptionRefused, FieldError) as refused:
            self.complain(without_command(str(refused)))
            self.form.fields["decimals"].mark(isinstance(refused, FieldError))
            return
        changes = changes_of(self._found.mapping, wanted)
        if self._found.time_formats:  # day first or month first is never guessed: it is said here
            changes["time_format"] = wanted.time_format
        self._take(changes)
        self.accept()

    def field(self, name: str) -> QLineEdit:
        """A line of the form."""
        control = self.form.fields[name].control
        assert isinstance(control, QLineEdit)
        return control


def alike_words(names: Sequence[str]) -> str:
    """`Serves b.csv, c.csv and 3 more as well: they have the same columns`."""
    named = ", ".join(names[:ALIKE_NAMED])
    more = len(names) - ALIKE_NAMED
    if more > 0:
        return tr(
            "Serves {names} and {count} more as well: they have the same columns", names=named, count=more
        )
    return tr("Serves {names} as well: the same columns", names=named)


def without_command(text: str) -> str:
    """What is wrong, without how `tapedeckd` is told: here it is chosen."""
    return text.partition(" (--map")[0]


def changes_of(guessed: ColumnMapping, wanted: ColumnMapping) -> dict[str, str]:
    """What `--map` must say to make `wanted` of `guessed`."""
    plain = ("kind", "time_format", "zone", "stamp", "symbol", "exchange")
    changes = {
        name: getattr(wanted, name) for name in plain if getattr(wanted, name) != getattr(guessed, name)
    }
    if wanted.decimals is not None and wanted.decimals != guessed.decimals:
        changes["decimals"] = str(wanted.decimals)
    for role, name in wanted.columns.items():
        if guessed.columns.get(role) != name:
            changes[role] = f"column:{name}" if role in FIELDS else name
    return {name: value for name, value in changes.items() if value}
