"""`tapedeckd backtest compare|report`: runs side by side on a terminal, and a run as an HTML file."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from aggregator.research.backtest_cli import backtest
from aggregator.research.runs_cli import Run, Runs, opened

if TYPE_CHECKING:
    from core.backtest.catalog import RunRow
    from core.backtest.compare import Comparison
    from core.backtest.trade_differences import TradeDifference

__all__ = ["backtest"]

TRADES_MAX: Final = 1_000  # lines of trades; how many more there are is said


@backtest.command()
def compare(
    runs: Runs,
    base: Annotated[str, typer.Option(help="The run to hold trades against; else the first one.")] = "",
    trades: Annotated[bool, typer.Option("--trades", help="List the trades that differ.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One object, for other programs.")] = False,
) -> None:
    """Runs side by side: what differs in their settings, their figures, their trades against one of them."""
    from aggregator.cli import UsageError
    from aggregator.research.compared import comparison_table, differences_of, trade_lines
    from core.backtest.compare import CompareError
    from core.backtest.compare import compare as compared

    with opened() as catalog:
        rows = [_done(catalog.find_run(run)) for run in runs]
        ids = [row.id for row in rows]
        base_id = catalog.find_run(base).id if base else ids[0]
        if base_id not in ids:
            raise UsageError(f"--base {base}: name one of the runs that are compared")
        try:
            comparison = compared(catalog.home, ids)
        except CompareError as error:
            raise UsageError(str(error)) from error
    place = ids.index(base_id)
    differing = differences_of(comparison, place)
    if as_json:
        typer.echo(json.dumps(_object(rows, comparison, place, differing), allow_nan=False))
        return
    from aggregator.tables import print_table

    print_table(comparison_table(rows, comparison, place, differing))
    if trades:
        for line in trade_lines(comparison, place, differing, TRADES_MAX):
            typer.echo(line)


@backtest.command()
def report(
    run: Run,
    out: Annotated[Path | None, typer.Option(help="The file; else RUN.html here.", dir_okay=False)] = None,
    theme: Annotated[str, typer.Option(help="auto (as the reader's system has it), dark or light.")] = "auto",
    force: Annotated[bool, typer.Option("--force", help="Also over a file that is there.")] = False,
) -> None:
    """Write a run's tear sheet: one HTML file that needs nothing else."""
    from aggregator.cli import UsageError
    from core.backtest.tearsheet import tear_sheet, write_tear_sheet
    from core.backtest.tearsheet_style import THEMES

    if theme not in THEMES:
        raise UsageError(f"--theme {theme}: use {', '.join(THEMES)}")
    with opened() as catalog:
        row = _done(catalog.find_run(run))
        text = tear_sheet(catalog.home, row.id, row, theme=theme)
    path = out or Path(f"{row.id}.html")
    if path.exists() and not force:
        raise UsageError(f"{path} is there already: choose another --out, or say --force")
    try:
        write_tear_sheet(path, text)
    except OSError as error:
        raise OSError(f"{path} was not written: {error.strerror or error}") from error
    typer.echo(str(path))


def _done(row: "RunRow") -> "RunRow":
    from aggregator.cli import UsageError
    from core.backtest.run_files import RunState

    if row.state is not RunState.DONE:
        raise UsageError(f"run {row.id} is {row.state}: only one that is DONE has results")
    return row


def _object(
    rows: "list[RunRow]",
    comparison: "Comparison",
    base: int,
    differing: "dict[int, list[TradeDifference]]",
) -> dict[str, object]:
    return {
        "runs": [{"id": row.id, "name": row.name} for row in rows],
        "differing": {each.name: each.values for each in comparison.differing},
        "metrics": {each.metric.name: each.values for each in comparison.metrics},
        "base": rows[base].id,
        "trades_against_base": {
            rows[place].id: [
                {
                    "found": each.found,
                    "instrument": each.instrument,
                    "side": each.side,
                    "opened_ns": each.opened_ns,
                    "differs": each.differs,
                }
                for each in found
            ]
            for place, found in differing.items()
        },
    }
