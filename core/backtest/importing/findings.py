"""What an import noticed of its data: counted by kind, file and instrument, with the first row and time.

Nothing is mended in silence: every finding says what became of the rows, by a rule that `RULES` states.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from core.market.exact import NANO_DECIMALS

# kind: (what it is, what becomes of it)
RULES: Final = {
    "undefined_price": ("trades and bars without a price", "left out"),
    "unfit_number": (
        "numbers that no count of at most 18 decimals within 64 bits holds",
        "a price: its row left out; a size: as if it were not told",
    ),
    "rounded": ("prices with more decimals than were asked for", "rounded"),
    "fine_prices": (
        f"instruments whose prices have more than {NANO_DECIMALS} decimals, as 32-bit floats do",
        "kept as they are, but most runs on them fail",
    ),
    "no_time": ("rows without a time", "left out"),
    "negative_size": ("rows with a negative size", "left out"),
    "inconsistent_bar": ("bars whose high or low does not hold their open and close", "left out"),
    "one_sided_quote": ("quotes without a price on one side or both", "left out of the means"),
    "crossed_quote": ("quotes with the bid above the ask", "left out of the means"),
    "disorder": ("rows with a time before that of an earlier row", "kept, in the bar of their own time"),
    "repeated_row": ("rows equal to the one before in everything", "kept"),
    "duplicate_bar": ("further bars of one time", "left out, the first stays"),
    "duplicate_file": ("files equal to an earlier one", "left out"),
    "overlap": ("files whose span overlaps an earlier one of the same source", "kept, both count"),
    "other_source": ("rows of sessions that are made of a better source", "left out"),
    "outside_session": ("rows outside the calendar's sessions", "left out, kept with --outside keep"),
    "past_session": (
        "source bars that reach past their session, or into its break",
        "kept, their bar closes when they do",
    ),
    "empty": ("intervals of sessions without a trade, between the first and the last bar", "no bars"),
    "empty_session": ("sessions without a trade, between the first and the last bar", "no bars"),
    "no_bars": ("instruments without a bar in any session", "left out"),
    "no_volume": ("instruments whose source tells no volume", "volume is 0"),
    "ambiguous_time": ("local times that occur twice, when clocks go back", "taken as the earlier one"),
    "doubtful": ("files of which something was guessed that may be otherwise", "taken as the note says"),
    "unused": ("records or rows that neither bars nor quotes come from", "left out"),
    "unreadable": ("rows, or rests of files, that cannot be read", "left out: the dataset is PARTIAL"),
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
        where = " ".join(each for each in (self.file, self.instrument) if each)
        first = "" if self.first_row is None else f" (first: row {self.first_row:,})"
        note = f"; {self.note}" if self.note else ""
        return f"{where}: {what}: {self.count:,}{first}, {rule}{note}".removeprefix(": ")


class Findings:
    """Counts that grow; `instrument` is a group's number until it has a name."""

    def __init__(self, file: str = "") -> None:
        self._file = file
        self._found: dict[tuple[str, str, str, str], Finding] = {}

    def add(
        self,
        kind: str,
        count: int,
        *,
        instrument: str = "",
        row: int | None = None,
        time_ns: int | None = None,
        note: str = "",
        file: str = "",
    ) -> None:
        """Count; of the first ones the row and time stay. Nothing happens for a count of 0."""
        assert kind in RULES
        if not count:
            return
        key = kind, file or self._file, instrument, note
        known = self._found.get(key)
        if known is None:
            found = Finding(kind, count, file or self._file, instrument, row, time_ns, note)
        else:
            found = replace(known, count=known.count + count)
        self._found[key] = found

    def listed(self) -> tuple[Finding, ...]:
        return tuple(self._found.values())
