"""Trades of every compared run that are not the base's: rows to sort and to filter, and how they read.

Made in a thread of the runs' files; frozen. Bounded: of very many differences the first are listed, by time,
and the rest is counted.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from core.backtest.columns import Columns
from core.backtest.compare import Comparison
from core.backtest.trade_differences import Found, TradeDifference, positions_differences
from core.clock import NS_PER_S
from desktop.tr import mark, tr

ROWS_MAX: Final = 50_000
INKS: Final = 6  # colours of lines; more runs take them again
COLUMN_WORDS: Final = {
    "entry_price": mark("entry"),
    "exit_price": mark("exit"),
    "quantity": mark("quantity"),
    "pnl": mark("P&L"),
    "closed_ns": mark("close"),
}


@dataclass(frozen=True, slots=True)
class TradeRow:
    """`run` is the place of the run that differs; profits are NaN where there is no trade or it is open.

    `change` is what the difference is worth: the run's profit less the base's, none counting as nothing.
    """

    run: int
    found: Found
    instrument: str  # "EX:SYM"
    side: int
    opened_ns: int
    closed_ns: int  # 0: open
    differs: tuple[str, ...]
    base_pnl: float | None
    pnl: float | None
    change: float


@dataclass(frozen=True, slots=True)
class Differences:
    """Of all runs but `base` against it, by time; `total` with those that are not listed.

    `texts` is what the words of a filter are looked for in: each row as it reads, casefolded.
    """

    base: int
    titles: tuple[str, ...]
    rows: tuple[TradeRow, ...]
    total: int
    texts: tuple[str, ...] = ()


def differences(comparison: Comparison, titles: tuple[str, ...], base: int) -> Differences:
    """Blocks. Raises `ColumnsError`, `OSError`."""
    of_base = comparison.runs[base].read("positions")
    rows: list[TradeRow] = []
    for place, run in enumerate(comparison.runs):
        if place != base:
            of_run = run.read("positions")
            found = positions_differences(of_base, of_run)
            rows += [_row(place, each, of_base, of_run) for each in found]
    rows.sort(key=lambda row: (row.opened_ns, row.run))
    return listed(Differences(base, titles, tuple(rows[:ROWS_MAX]), len(rows)))


def listed(told: Differences) -> Differences:
    """With the texts of its rows. Blocks."""
    texts = (" ".join(column.text(row, told) for column in COLUMNS).casefold() for row in told.rows)
    return replace(told, texts=tuple(texts))


def _row(place: int, each: TradeDifference, of_base: Columns, of_run: Columns) -> TradeRow:
    base_pnl = None if each.a is None else float(of_base["pnl"][each.a])
    pnl = None if each.b is None else float(of_run["pnl"][each.b])
    columns, row = (of_run, each.b) if each.b is not None else (of_base, each.a)
    assert row is not None
    return TradeRow(
        place, each.found, each.instrument, each.side, each.opened_ns, int(columns["closed_ns"][row]),
        each.differs, base_pnl, pnl, (pnl or 0.0) - (base_pnl or 0.0),
    )  # fmt: skip


def ink_of_run(place: int) -> str:
    """The colour token of a run's line, and of its name."""
    return f"chart.series.{place % INKS}"


# ---- words -------------------------------------------------------------------------------------------
def time_words(time_ns: int) -> str:
    """In UTC: runs of several exchanges stand in one table."""
    return f"{datetime.fromtimestamp(time_ns / NS_PER_S, UTC):%Y-%m-%d %H:%M}"


def money_words(value: float | None) -> str:
    """Nothing where there is no trade."""
    if value is None:
        return ""
    return tr("open") if math.isnan(value) else f"{value:+,.2f}".replace("-", "−")


def found_words(row: TradeRow, told: Differences) -> str:
    """`only in 7c1e9a04`, `other exit, P&L`."""
    if row.found is Found.OTHER:
        return tr("other {what}", what=", ".join(tr(COLUMN_WORDS.get(name, name)) for name in row.differs))
    place = told.base if row.found is Found.ONLY_A else row.run
    return tr("only in {run}", run=told.titles[place])


@dataclass(frozen=True, slots=True)
class Column:
    """`order` is what rows are sorted by, `text` what is shown."""

    title: str
    width_px: int
    text: Callable[[TradeRow, Differences], str]
    order: Callable[[TradeRow], Any]
    is_number: bool = False
    is_signed: bool = False


def _side_words(row: TradeRow) -> str:
    return tr("Long") if row.side > 0 else tr("Short")


def _number(value: float | None) -> float:
    return -math.inf if value is None or math.isnan(value) else value


COLUMNS: Final[tuple[Column, ...]] = (
    Column(mark("Opened, UTC"), 120, lambda row, _: time_words(row.opened_ns), lambda row: row.opened_ns),
    Column(
        mark("Symbol"), 70, lambda row, _: row.instrument.partition(":")[2], lambda row: row.instrument
    ),
    Column(mark("Side"), 52, lambda row, _: _side_words(row), lambda row: -row.side),
    Column(mark("Run"), 82, lambda row, told: told.titles[row.run], lambda row: row.run),
    Column(mark("Difference"), 120, found_words, lambda row: (row.found, row.differs)),
    Column(
        mark("Base P&L"), 84, lambda row, _: money_words(row.base_pnl), lambda row: _number(row.base_pnl),
        is_number=True, is_signed=True,
    ),
    Column(
        mark("P&L"), 84, lambda row, _: money_words(row.pnl), lambda row: _number(row.pnl),
        is_number=True, is_signed=True,
    ),
    Column(
        mark("Change"), 84, lambda row, _: money_words(row.change), lambda row: _number(row.change),
        is_number=True, is_signed=True,
    ),
)  # fmt: skip


def matching(told: Differences, words: str, run: int | None = None) -> list[TradeRow]:
    """Rows that have every one of the words somewhere, and are of that run."""
    rows, texts = told.rows, told.texts
    found = [at for at, row in enumerate(rows) if run is None or row.run == run]
    for word in words.casefold().split():
        found = [at for at in found if word in texts[at]]
    return [rows[at] for at in found]
