"""Which rows of a list are shown, in what order, and when to look again.

Holds filter, sort and the values both are worked out from. A filter that cannot be used leaves the last good
one in force; one that came so from a file has nothing to stand on and is `unusable`. It is told the time.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from core.expressions import Expression, ExpressionError, Kind
from core.market.instruments import Instrument
from core.market.quote_table import QuoteTable
from desktop.panels.grid.filtering import ALL_ROWS, Filter, FilteredRows, read_filter
from desktop.panels.grid.order import Ranking, Rows, Sort
from desktop.panels.grid.values import QuoteValues
from desktop.tr import tr

RANK_EVERY_MS: Final = 1_000


class RowOrder:
    """Filter and sort of one grid. `order` works out the rows; `is_due` says when that is worth it."""

    def __init__(self) -> None:
        self.every_ms = RANK_EVERY_MS
        self.sort: Sort = ()
        self.filter: Filter = ALL_ROWS
        self._base: Filter = ALL_ROWS  # in force when the typing began
        self.typed = ""  # the filter's text, usable or not
        self.error: ExpressionError | None = None
        self.unusable = False
        self._computed: Mapping[str, Expression] = {}
        self._due_ms = 0
        self._ranked_version = -1
        self.adopt((), QuoteTable())

    def adopt(
        self, instruments: Sequence[Instrument], table: QuoteTable, values: QuoteValues | None = None
    ) -> None:
        """Another list; `values` are those of its columns, if they are there already."""
        self._table = table
        self.values = values or QuoteValues(instruments, table, self._computed)
        self._ranking = Ranking(instruments, self.values)
        self._filtered = FilteredRows(instruments)

    def set_computed(self, computed: Mapping[str, Expression]) -> bool:
        """Other computed columns: what the filter names may be gone; True if other rows may be shown."""
        self._computed = dict(computed)
        self.values.set_computed(computed)
        return self.set_filter(self.typed, kept=self.error is not None and not self.unusable)

    def set_filter(self, text: str, *, kept: bool = True) -> bool:
        """Take a text; True if other rows may be shown for it.

        With `kept` the last good filter stays in force when the text is wrong.
        """
        before = self.filter, self.unusable
        if not text.strip():
            self._base = ALL_ROWS
        elif not text.startswith(self.typed):
            self._base = self.filter
        self.typed = text
        try:
            wanted = read_filter(text, self.values.names)
            if kept:
                self._refuse_begun_column(wanted)
            self.filter, self.error, self.unusable = wanted, None, False
        except ExpressionError as error:
            self.error = error
            self.unusable = self.unusable or not kept
            if self.unusable:
                self.filter = ALL_ROWS
            elif self.filter.expression is None and text.startswith(self.filter.text):
                self.filter = self._base  # what was typed so far were no words to look for
        return (self.filter, self.unusable) != before

    def _refuse_begun_column(self, wanted: Filter) -> None:
        """A word that no row holds and that a column begins with is an expression in the making."""
        if len(wanted.words) != 1 or not self._table.row_count:
            return
        word = wanted.words[0]
        column = next((name for name in self.values.names if name.startswith(word)), None)
        if column is not None and not len(self._filtered.matching(wanted, self.values)):
            kind = self.values.names[column]
            example = {Kind.NUMBER: f"{column} > 0", Kind.TEXT: f'{column} == "BTC"', Kind.TRUTH: column}[
                kind
            ]
            reason = tr("no row holds it. To compare a column go on as in “{example}”.", example=example)
            raise ExpressionError(wanted.text, 0, len(wanted.text), reason, incomplete=True)

    @property
    def saved_filter(self) -> str:
        """What is worth saving: no half of an expression, but one that was found unusable."""
        return self.typed if self.unusable else self.filter.text

    def is_due(self, now_ms: int) -> bool:
        """Values have changed that filter or sort depend on, and the rows have stood for `every_ms`."""
        if now_ms < self._due_ms or not (self.sort or self.filter.moves):
            return False
        self._due_ms = now_ms + self.every_ms
        expression = self.filter.expression
        ages = bool(self._computed) or (expression is not None and "age_s" in expression.names)
        return ages or self._ranked_version != self._table.version

    def order(self, clock_us: int) -> Rows:
        """Rows from top to bottom by the values of now."""
        self._ranked_version = self._table.version
        values = self.values.at(clock_us)
        return self._ranking.order(self._filtered.matching(self.filter, values), self.sort)
