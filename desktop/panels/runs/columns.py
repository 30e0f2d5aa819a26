"""The columns of the list of runs: words, widths, what is shown and what they are sorted by.

A figure that is not there is an empty cell, and sorts after every other one in both directions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from core.backtest.run_files import RunState
from desktop.research.rows import RunRow
from desktop.research.words import day_and_minutes, number_words, signed_words
from desktop.tr import mark, tr

Key = float | str | None  # None: nothing to sort by

STATE_WORDS: Final = {
    RunState.QUEUED: mark("Queued"),
    RunState.RUNNING: mark("Running"),
    RunState.DONE: mark("Done"),
    RunState.ERROR: mark("Error"),
    RunState.CANCELLED: mark("Cancelled"),
}
_STATE_ORDER: Final = tuple(STATE_WORDS)


@dataclass(frozen=True, slots=True)
class RunColumn:
    """`name` is what a filter and a saved workspace call it; `hint` says what the title leaves out."""

    name: str
    title: str
    width_px: int
    text: Callable[[RunRow, tzinfo], str]
    key: Callable[[RunRow], Key]
    is_number: bool = False
    is_figure: bool = False  # of the end of a run
    hint: str = ""
    colour: Callable[[RunRow], str] = lambda _row: "text.primary"


def percent_words(value: float | None, decimals: int = 2) -> str:
    """`+1.16`, the unit is in the header; empty for None."""
    return "" if value is None else signed_words(value * 100, decimals)


def _figure(name: str) -> Callable[[RunRow], Key]:
    return lambda row: row.figure(name)


def _change_colour(name: str) -> Callable[[RunRow], str]:
    def colour(row: RunRow) -> str:
        value = row.figure(name)
        if value is None or round(value, 4) == 0:
            return "text.secondary"
        return "market.up" if value > 0 else "market.down"

    return colour


def _plain(name: str, decimals: int) -> Callable[[RunRow, tzinfo], str]:
    def text(row: RunRow, _zone: tzinfo) -> str:
        value = row.figure(name)
        return "" if value is None else number_words(value, decimals)

    return text


def state_words(row: RunRow) -> str:
    """`Running 43 %`."""
    words = tr(STATE_WORDS[row.state])
    share = row.progress.share if row.progress is not None and row.is_active else None
    return words if share is None else f"{words} {share * 100:.0f} %"


def _secondary(_row: RunRow) -> str:
    return "text.secondary"


STAR: Final = "star"
COLUMNS: Final[tuple[RunColumn, ...]] = (
    RunColumn(
        STAR,
        "",
        26,
        lambda row, _: "",
        lambda row: float(row.is_starred),
        hint=mark("Starred runs are never pruned"),
    ),
    RunColumn("run", mark("Run"), 76, lambda row, _: row.short_id, lambda row: row.id),
    RunColumn(
        "strategy", mark("Strategy"), 108, lambda row, _: row.strategy_name, lambda row: row.strategy_name
    ),
    RunColumn(
        "parameters",
        mark("Parameters"),
        156,
        lambda row, _: row.parameter_words,
        lambda row: row.parameter_words,
        colour=_secondary,
    ),
    RunColumn(
        "dataset",
        mark("Dataset"),
        110,
        lambda row, _: row.dataset_name or row.dataset_id,
        lambda row: (row.dataset_name or row.dataset_id).lower(),
        colour=_secondary,
    ),
    RunColumn(
        "state",
        mark("State"),
        92,
        lambda row, _: state_words(row),
        lambda row: float(_STATE_ORDER.index(row.state)),
        colour=lambda row: "state.error" if row.state is RunState.ERROR else "text.secondary",
    ),
    RunColumn(
        "return",
        mark("Return %"),
        76,
        lambda row, _: percent_words(row.figure("total_return")),
        _figure("total_return"),
        True,
        True,
        colour=_change_colour("total_return"),
    ),
    RunColumn(
        "sharpe",
        mark("Sharpe"),
        66,
        _plain("sharpe", 2),
        _figure("sharpe"),
        True,
        True,
        mark("Daily returns by session, times the root of 252"),
    ),
    RunColumn(
        "drawdown",
        mark("Max DD %"),
        86,
        lambda row, _: percent_words(row.figure("max_drawdown")),
        _figure("max_drawdown"),
        True,
        True,
        mark("The deepest fall from a high, starting cash included"),
    ),
    RunColumn(
        "trades",
        mark("Trades"),
        66,
        _plain("trades", 0),
        _figure("trades"),
        True,
        True,
        mark("Round trips that have closed"),
    ),
    RunColumn(
        "created",
        mark("Created"),
        104,
        lambda row, zone: day_and_minutes(row.created_us, zone),
        lambda row: float(row.created_us),
        colour=_secondary,
    ),
    RunColumn(
        "name",
        mark("Name"),
        100,
        lambda row, _: row.name,
        lambda row: row.name.casefold() or None,
    ),
    RunColumn(
        "tags",
        mark("Tags"),
        100,
        lambda row, _: ", ".join(row.tags),
        lambda row: ", ".join(row.tags) or None,
        colour=_secondary,
    ),
    RunColumn(
        "note",
        mark("Note"),
        160,
        lambda row, _: " ".join(row.note.split()),
        lambda row: row.note or None,
        colour=_secondary,
    ),
)
NAMES: Final = tuple(column.name for column in COLUMNS)
FIGURES: Final = tuple(place for place, column in enumerate(COLUMNS) if column.is_figure)


def sorted_rows(rows: list[RunRow], name: str, is_descending: bool) -> list[RunRow]:
    """By one column; runs that are equal there stand newest first, those without a value last."""
    key = COLUMNS[NAMES.index(name)].key
    newest = sorted(rows, key=lambda row: (-row.created_us, row.id))
    told = [row for row in newest if key(row) is not None]
    silent = [row for row in newest if key(row) is None]
    told.sort(key=key, reverse=is_descending)  # type: ignore[arg-type]
    return told + silent
