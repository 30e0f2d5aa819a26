"""What an import noticed of its data: counted by kind, file and instrument, with the first row and time.

Nothing is mended in silence: every finding says what became of the rows, by a rule that `RULES` states.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

# kind: (what it is, what becomes of it)
RULES: Final = {
    "undefined_price": ("trade or bar without a price", "left out"),
    "unfit_number": (
        "number that no count of at most 18 decimals within 64 bits holds",
        "not told; a price: its row left out",
    ),
    "no_time": ("row without a time", "left out"),
    "negative_size": ("negative size", "row left out"),
    "inconsistent_bar": ("bar whose high or low does not hold its open and close", "left out"),
    "one_sided_quote": ("quote without a price on one side or both", "left out of the means"),
    "crossed_quote": ("bid above ask", "left out of the means"),
    "disorder": ("time before that of an earlier row", "kept, in the bar of its own time"),
    "repeated_row": ("row equal to the one before it in everything", "kept"),
    "duplicate_bar": ("second bar of the same time", "left out, the first stays"),
    "duplicate_file": ("file equal to an earlier one", "left out"),
    "overlap": ("file whose span overlaps an earlier one of the same source", "kept, both count"),
    "other_source": ("row of a session whose bars or means come from a better source", "left out"),
    "outside_session": ("row outside the calendar's sessions", "by --outside"),
    "empty": ("interval of a session without a trade, between the first and the last bar", "no bar"),
    "empty_session": ("session without a trade, between the first and the last bar", "no bars"),
    "no_bars": ("instrument without a bar in any session", "left out"),
    "no_volume": ("instrument whose source tells no volume", "volume is 0"),
    "ambiguous_time": ("local time that occurs twice, when clocks go back", "taken as the earlier one"),
    "unused": ("record or row that bars and quotes do not come from", "left out"),
    "unreadable": ("row or rest of a file that cannot be read", "left out: the dataset is PARTIAL"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """`first_row` counts from 0 in its file, `first_ns` is since 1970; None where there is none."""

    kind: str
    count: int
    file: str = ""
    instrument: str = ""
    first_row: int | None = None
    first_ns: int | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        what, rule = RULES[self.kind]
        return {**asdict(self), "what": what, "rule": rule}

    @property
    def text(self) -> str:
        """One line for a person."""
        what, rule = RULES[self.kind]
        of = f" of {self.instrument}" if self.instrument else ""
        where = f"{self.file}: " if self.file else ""
        first = "" if self.first_row is None else f" (first: row {self.first_row:,})"
        note = f"; {self.note}" if self.note else ""
        return f"{where}{self.count:,} x {what}{of}{first}: {rule}{note}"


class Findings:
    """Counts that grow; `instrument` is a group's number until it has a name."""

    def __init__(self, file: str = "") -> None:
        self._file = file
        self._found: dict[tuple[str, str, str], Finding] = {}

    def add(
        self,
        kind: str,
        count: int,
        *,
        instrument: str = "",
        row: int | None = None,
        time_ns: int | None = None,
        note: str = "",
    ) -> None:
        """Count; of the first ones the row and time stay. Nothing happens for a count of 0."""
        assert kind in RULES
        if not count:
            return
        known = self._found.get((kind, instrument, note))
        if known is None:
            found = Finding(kind, count, self._file, instrument, row, time_ns, note)
        else:
            found = replace(known, count=known.count + count)
        self._found[kind, instrument, note] = found

    def listed(self) -> tuple[Finding, ...]:
        return tuple(self._found.values())
