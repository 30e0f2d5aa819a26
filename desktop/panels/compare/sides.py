"""What the comparison of runs says, as tables of text: parameters that differ, figures, trades that differ.

Made in a thread of the runs' files (core/backtest/compare.py); frozen, so that any thread may read it.
Bounded: of many trades the first are listed and the rest is counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from core.backtest.compare import Comparison, compare
from core.backtest.home import ResearchHome
from core.backtest.metric_list import metric_text
from core.backtest.run_files import RunFiles
from core.backtest.trade_differences import Found, TradeDifference, trade_differences
from core.clock import NS_PER_S
from desktop.research.rows import SHORT_ID, value_words
from desktop.tr import mark, tr

TRADES_MAX: Final = 500
_HASHES: Final = ("dataset_hash", "strategy_hash", "code", "environment")
_FOUND_WORDS: Final = {
    Found.ONLY_A: mark("only in {a}"),
    Found.ONLY_B: mark("only in {b}"),
    Found.OTHER: mark("other {what}"),
}
_COLUMN_WORDS: Final = {
    "entry_price": mark("entry"),
    "exit_price": mark("exit"),
    "quantity": mark("quantity"),
    "pnl": mark("P&L"),
    "closed_ns": mark("close"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """`strong`: places of the cells that are ahead of the others."""

    cells: tuple[str, ...]
    strong: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sides:
    """`settings` and `figures` have a title and a cell a run; `trades` are those of the first two runs."""

    comparison: Comparison
    titles: tuple[str, ...]
    settings: tuple[Row, ...]
    figures: tuple[Row, ...]
    trades: tuple[Row, ...]
    trade_count: int


def sides(home: ResearchHome, run_ids: Sequence[str]) -> Sides:
    """Blocks. Raises `CompareError`, `ColumnsError`, `OSError`."""
    found = compare(home, run_ids)
    titles = tuple(run.spec.run_id[:SHORT_ID] for run in found.runs)
    settings = tuple(
        Row((_name(each.name), *(_value(each.name, value) for value in each.values)))
        for each in found.differing
    )
    figures = tuple(
        Row(
            (tr(each.metric.label), *(metric_text(each.metric.name, value) for value in each.values)),
            tuple(place + 1 for place in each.best),
        )
        for each in found.metrics
        if any(value is not None for value in each.values)
    )
    first, second = found.runs[:2]
    differences = trade_differences(first, second)
    trades = tuple(_trade(each, first, second, titles) for each in differences[:TRADES_MAX])
    return Sides(found, titles, settings, figures, trades, len(differences))


def _name(name: str) -> str:
    """`parameters.fast` reads `fast`."""
    return name.removeprefix("parameters.").replace("venue.", "").replace("_", " ")


def _value(name: str, value: Any) -> str:
    if value is None:
        return "–"
    if name in _HASHES:
        return str(value)[:SHORT_ID]
    if name in ("begin_ns", "end_ns"):
        return _time(int(value)) if value else "–"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value_words(value)


def _time(time_ns: int) -> str:
    return f"{datetime.fromtimestamp(time_ns / NS_PER_S, UTC):%Y-%m-%d %H:%M}"


def _trade(each: TradeDifference, a: RunFiles, b: RunFiles, titles: Sequence[str]) -> Row:
    what = ", ".join(tr(_COLUMN_WORDS.get(name, name)) for name in each.differs)
    words = tr(_FOUND_WORDS[each.found]).format(a=titles[0], b=titles[1], what=what)
    cells = [_time(each.opened_ns), each.instrument.partition(":")[2] or each.instrument]
    cells += [tr("Long") if each.side > 0 else tr("Short"), words]
    for run, row in ((a, each.a), (b, each.b)):
        cells.append("" if row is None else _profit(run, row))
    return Row(tuple(cells))


def _profit(run: RunFiles, row: int) -> str:
    value = float(run.read("positions")["pnl"][row])
    return tr("open") if value != value else f"{value:+,.2f}".replace("-", "−")
