"""How many painted cells do not show a feed's final values: the text rules of the grid, said once more.

Written apart from the desktop on purpose: what judges the screen shares no code with it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.market.fields import NULL, Field
from core.market.instruments import Instrument, format_counts

PRICES: Final = (
    ("Last", Field.LAST), ("Bid", Field.BID), ("Ask", Field.ASK), ("High", Field.HIGH), ("Low", Field.LOW),
)  # fmt: skip
SIZES: Final = (("Bid size", Field.BID_SIZE), ("Ask size", Field.ASK_SIZE), ("Volume", Field.VOLUME))
SUFFIXES: Final = ("", "K", "M", "B")


def expected_cells(instrument: Instrument, values: Sequence[int]) -> dict[str, str]:
    """Column title -> text for one row; `values` by field number."""
    cells = {title: format_counts(values[field], instrument.price_decimals) for title, field in PRICES}
    cells |= {title: size_text(values[field], instrument.size_decimals) for title, field in SIZES}
    last, reference = values[Field.LAST], values[Field.REFERENCE]
    if NULL in (last, reference):
        return {**cells, "Change": "", "Chg %": ""}
    change = last - reference
    cells["Change"] = ("+" if change > 0 else "") + format_counts(change, instrument.price_decimals)
    hundredths = _rounded(10_000 * change, reference) if reference else NULL
    cells["Chg %"] = ("+" if hundredths > 0 else "") + format_counts(hundredths, 2)
    return cells


def size_text(count: int, decimals: int) -> str:
    """Two decimals in the unit that keeps it under a thousand; half away from zero, 0.00 for zero only."""
    if count == NULL:
        return ""
    for level, suffix in enumerate(SUFFIXES):
        shown = _rounded(100 * count, 10 ** (decimals + 3 * level))
        if shown < 100_000 or suffix == SUFFIXES[-1]:
            return format_counts(max(shown, 1 if count else 0), 2) + suffix
    raise AssertionError("the last unit takes every number")


def lost_cells(
    panels: Sequence[Mapping[str, Any]], final: Mapping[str, Mapping[str, str]]
) -> tuple[list[str], int]:
    """(cells that differ, in words; number compared). A row that is not painted counts with all its cells."""
    wrong: list[str] = []
    compared = 0
    for panel in panels:
        painted = {row["Symbol"]: row for row in panel["cells"]}
        for name in panel["instruments"]:
            row = painted.get(name.partition(":")[2], {})
            compared += len(final[name])
            wrong += [
                f"{name} {title}: painted {row.get(title)!r}, last {text!r}"
                for title, text in final[name].items()
                if row.get(title) != text
            ]
    return wrong, compared


def _rounded(numerator: int, denominator: int) -> int:
    """Quotient rounded half away from zero."""
    size = (2 * abs(numerator) + abs(denominator)) // (2 * abs(denominator))
    return size if (numerator < 0) == (denominator < 0) else -size
