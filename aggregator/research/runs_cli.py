"""`tapedeckd backtest list|show|cancel|prune|star|tag|note`: the runs of a profile.

Reads and checks arguments, asks the catalog, prints. Runs are named by id, by the begin of an id, or by the
name a person gave them. Exit codes: 0 done, 1 failed, 2 bad input.
"""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Final

import typer

from aggregator.research.backtest_cli import FAILED, backtest
from core.profile import Profile

if TYPE_CHECKING:
    from core.backtest.catalog import Catalog, RunRow
    from core.backtest.run_files import RunState

__all__ = ["backtest"]

KEEP: Final = 100

Run = Annotated[str, typer.Argument(help="A run: its id, the begin of it, or its name.")]
Runs = Annotated[list[str], typer.Argument(help="Runs: ids, begins of ids, or names.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a run, for other programs.")]


@backtest.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help="queued, running, done, error or cancelled.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only those with this tag.")] = None,
    starred: Annotated[bool, typer.Option("--starred", help="Only those with a star.")] = False,
    sort: Annotated[str | None, typer.Option(help="By this figure, the best first, such as sharpe.")] = None,
    as_json: AsJson = False,
) -> None:
    """Runs, the newest first: what ran on what, its state and its main figures."""
    with opened() as catalog:
        rows = [row for row in catalog.runs(_state(state), tag) if row.starred or not starred]
        rows = _sorted(rows, sort)
    if as_json:
        from core.backtest.catalog import as_json as run_as_json

        for row in rows:
            typer.echo(run_as_json(row))
        return
    if not rows:
        typer.echo("no runs: make one with tapedeckd backtest run")
        return
    from aggregator.research.words import runs_table
    from aggregator.tables import print_table

    print_table(runs_table(rows, sort))
    for row in rows:
        if row.error:
            typer.echo(f"{row.id}: {row.error}")


@backtest.command()
def show(run: Run, as_json: AsJson = False) -> None:
    """A run: its spec, state, figures, files and what the engine assumed."""
    from core.backtest.catalog import as_json as run_as_json

    with opened() as catalog:
        row = catalog.find_run(run)
        if as_json:
            typer.echo(run_as_json(row))
            return
        from aggregator.research.words import shown

        typer.echo(shown(catalog.home, row))


@backtest.command()
def cancel(runs: Runs) -> None:
    """End runs that are queued or running, whoever made them; nothing of them stays."""
    from core.backtest.cancelling import cancel as cancel_run
    from core.backtest.run_files import RunState

    with opened() as catalog:
        for row in [catalog.find_run(run) for run in runs]:
            try:
                state = cancel_run(catalog, row.id)
            except TimeoutError as error:
                typer.echo(f"tapedeckd: {error}", err=True)
                raise typer.Exit(FAILED) from error
            is_whole = state is not RunState.CANCELLED  # it was faster, or is the one from before `--again`
            typer.echo(f"run {row.id} is whole: it is {state}" if is_whole else f"run {row.id} was cancelled")


@backtest.command()
def prune(
    keep: Annotated[int, typer.Option(min=0, help="How many of the newest runs stay.")] = KEEP,
    datasets: Annotated[
        bool, typer.Option("--datasets", help="Also datasets that no run uses then.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Remove old runs with their files; never a starred, queued or running one."""
    from aggregator.recording.words import size

    with opened() as catalog:
        pruned = catalog.prune(keep, unused_datasets=datasets, dry_run=dry_run)
    for run_id in pruned.runs:
        typer.echo(run_id)
    for dataset_id in pruned.datasets:
        typer.echo(f"dataset {dataset_id}")
    for line in pruned.failed:
        typer.echo(line, err=True)
    gone = f"{len(pruned.runs):,} runs" + (f" and {len(pruned.datasets):,} datasets" if datasets else "")
    typer.echo(f"{'would remove' if dry_run else 'removed'} {gone}, {size(pruned.bytes)}")
    if pruned.failed:
        raise typer.Exit(FAILED)


@backtest.command()
def star(runs: Runs, off: Annotated[bool, typer.Option("--off", help="Take the star away.")] = False) -> None:
    """Mark runs as worth keeping: they are never pruned."""
    with opened() as catalog:
        for row in [catalog.find_run(run) for run in runs]:
            catalog.set_star(row.id, not off)


@backtest.command()
def tag(
    run: Run,
    tags: Annotated[list[str], typer.Argument(help="Words without a comma.")],
    remove: Annotated[bool, typer.Option("--remove", help="Take them away.")] = False,
) -> None:
    """Put tags on a run; `list --tag` finds it by them."""
    with opened() as catalog:
        row = catalog.find_run(run)
        (catalog.remove_tags if remove else catalog.add_tags)(row.id, tags)


@backtest.command()
def note(
    run: Run,
    text: Annotated[str | None, typer.Argument(help="What to remember of it; empty takes it away.")] = None,
    name: Annotated[str | None, typer.Option(help="A name to find it by.")] = None,
) -> None:
    """Write a note on a run, or give it a name."""
    with opened() as catalog:
        row = catalog.find_run(run)
        if name is not None:
            catalog.set_name(row.id, name)
        if text is not None:
            catalog.set_note(row.id, text)


# ---- what the commands share -------------------------------------------------------------------------
@contextlib.contextmanager
def opened() -> "Iterator[Catalog]":
    """The catalog of the profile, with runs whose process is gone marked so. Bad input ends with code 2."""
    from aggregator.cli import UsageError
    from aggregator.research.data_cli import open_catalog
    from core.backtest.catalog import EntryError
    from core.backtest.home import ResearchHome

    try:
        catalog = open_catalog(ResearchHome.of(Profile.open()))
        catalog.mark_lost()
        yield catalog
    except EntryError as error:
        raise UsageError(str(error)) from error


def _state(named: str | None) -> "RunState | None":
    from aggregator.cli import UsageError
    from core.backtest.run_files import RunState

    if named is None:
        return None
    try:
        return RunState(named.upper())
    except ValueError:
        known = ", ".join(state.lower() for state in RunState)
        raise UsageError(f"--state {named}: use one of {known}") from None


def _sorted(rows: "list[RunRow]", by: str | None) -> "list[RunRow]":
    from aggregator.cli import UsageError
    from core.backtest.metric_list import METRIC_OF

    if by is None:
        return rows
    if by not in METRIC_OF:
        raise UsageError(f"--sort {by}: use one of {', '.join(METRIC_OF)}")
    sign = -1 if METRIC_OF[by].better >= 0 else 1
    known = [(value, row) for row in rows if (value := row.metrics.get(by)) is not None]
    best = [row for _, row in sorted(known, key=lambda pair: sign * pair[0])]
    return [*best, *(row for row in rows if row.metrics.get(by) is None)]
