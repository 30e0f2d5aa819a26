"""Compared runs as a person reads them on a terminal: one column a run, the best figure marked."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from aggregator.recording.words import moment
from core.backtest.catalog_rows import RunRow
from core.backtest.columns import Columns
from core.backtest.compare import Comparison
from core.backtest.metric_list import metric_text
from core.backtest.trade_differences import Found, TradeDifference, trade_differences

if TYPE_CHECKING:
    from rich.table import Table

BEST: Final = "*"
_SHORT: Final = 12  # digits of a hash


def differences_of(comparison: Comparison, base: int) -> dict[int, list[TradeDifference]]:
    """Trades of each run but the base against the base's, by the place of the run."""
    runs = comparison.runs
    return {place: trade_differences(runs[base], run) for place, run in enumerate(runs) if place != base}


def comparison_table(
    rows: Sequence[RunRow],
    comparison: Comparison,
    base: int,
    differing: Mapping[int, Sequence[TradeDifference]],
) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for row in rows:
        table.add_column(Text(row.name or row.id), justify="right", overflow="fold")

    def line(label: str, cells: Sequence[str]) -> None:
        table.add_row(Text(label), *(Text(cell) for cell in cells))

    if any(row.name for row in rows):
        line("run", [row.id for row in rows])
    for each in comparison.differing:
        line(each.name, [_setting(value) for value in each.values])
    table.add_section()
    for figure in comparison.metrics:
        name = figure.metric.name
        cells = [
            (f"{BEST} " if number in figure.best else "") + metric_text(name, value)
            for number, value in enumerate(figure.values)
        ]
        line(figure.metric.label, cells)
    table.add_section()
    counts = {place: Counter(each.found for each in found) for place, found in differing.items()}
    for found, label in (
        (Found.ONLY_A, "trades only in the first" if not base else f"trades only in {rows[base].id}"),
        (Found.ONLY_B, "trades only here"),
        (Found.OTHER, "same entry, other course"),
    ):
        cells = [f"{counts[place][found]:,}" if place in counts else "" for place in range(len(rows))]
        line(label, cells)
    return table


def trade_lines(
    comparison: Comparison, base: int, differing: Mapping[int, Sequence[TradeDifference]], lines_max: int
) -> Iterator[str]:
    """One line a trade that differs, at most so many for each run."""
    first = comparison.runs[base]
    of_first = first.read("positions")
    for place, found in differing.items():
        other = comparison.runs[place]
        of_other = other.read("positions")
        yield ""
        yield f"{first.spec.run_id} against {other.spec.run_id}: {len(found):,} trades differ"
        for each in found[:lines_max]:
            yield f"  {moment(each.opened_ns)} {each.instrument} {'long' if each.side > 0 else 'short'}: " + (
                _course(each, of_first, of_other)
            )
        if len(found) > lines_max:
            yield f"  and {len(found) - lines_max:,} more"


def _course(each: TradeDifference, a: Columns, b: Columns) -> str:
    if each.a is not None and each.b is not None:
        return ", ".join(
            f"{name} {_value(a, name, each.a)} / {_value(b, name, each.b)}" for name in each.differs
        )
    positions, row = (a, each.a) if each.a is not None else (b, each.b)
    assert row is not None
    return f"{each.found}, {_value(positions, 'quantity', row)} at {_value(positions, 'entry_price', row)}"


def _value(positions: Columns, name: str, row: int) -> str:
    value = positions[name][row]
    return (moment(int(value)) or "open") if name == "closed_ns" else f"{value:,.6g}"


def _setting(value: Any) -> str:
    if value is None:
        return "–"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    is_hash = len(text) == 64 and all(digit in "0123456789abcdef" for digit in text)
    return text[:_SHORT] if is_hash else text
