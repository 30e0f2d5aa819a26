"""What the comparison of runs says, as tables of text: parameters that differ and figures.

Made in a thread of the runs' files (core/backtest/compare.py); frozen, so that any thread may read it. Trades
that differ are in differences.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from core.backtest.compare import Comparison, compare
from core.backtest.home import ResearchHome
from core.backtest.metric_list import metric_text
from core.clock import NS_PER_S
from desktop.panels.compare.differences import Differences, differences
from desktop.research.rows import SHORT_ID, value_words
from desktop.tr import tr

_HASHES: Final = ("dataset_hash", "strategy_hash", "code", "environment")


@dataclass(frozen=True, slots=True)
class Row:
    """`strong`: places of the cells that are ahead of the others."""

    cells: tuple[str, ...]
    strong: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sides:
    """`settings` and `figures` have a title and a cell a run; `trades` those of all against one."""

    comparison: Comparison
    titles: tuple[str, ...]
    settings: tuple[Row, ...]
    figures: tuple[Row, ...]
    trades: Differences


def sides(home: ResearchHome, run_ids: Sequence[str], base: int = 0) -> Sides:
    """`base` is the place of the run that trades are held against. Blocks. Raises `CompareError`,
    `ColumnsError`, `OSError`.
    """
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
    return Sides(found, titles, settings, figures, differences(found, titles, base))


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
