"""`tapedeckd data import|list|record|verify|prune`: the tapes and datasets of a profile.

Reads and checks arguments, then hands them on. Exit codes: 0 done, 1 failed or defective, 2 bad input.
"""

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from core.profile import Profile

if TYPE_CHECKING:
    from rich.table import Table

    from aggregator.recording.library import ListedTape
    from core.tape.manifest import Manifest

FAILED: Final = 1

data = typer.Typer(
    help="Tapes and datasets: import, record, list, verify, prune.",
    rich_markup_mode=None,
    no_args_is_help=True,
)

Name = Annotated[str | None, typer.Option(help="Of the tape; else that of the first file.")]


@data.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="DBN, Parquet, CSV; for a tape also tapes, folders.")],
    name: Name = None,
    dataset: Annotated[str | None, typer.Option(help="Make a dataset of this name, not a tape.")] = None,
    calendar: Annotated[
        str | None, typer.Option(help="Sessions: XNYS, CMES, FX, 24/7 ...; else the exchange's usual ones.")
    ] = None,
    interval: Annotated[str, typer.Option(help="Of the bars: 1s to 12h, 1d: a session.")] = "1m",
    outside: Annotated[str, typer.Option(help="What lies in no session: drop or keep.")] = "drop",
    map_: Annotated[
        list[str] | None, typer.Option("--map", help="Of columns: time=Date, zone=UTC, 'a*.csv:symbol=ABC'.")
    ] = None,
    guess: Annotated[bool, typer.Option("--guess", help="Only say what the columns are taken for.")] = False,
    allow_partial: Annotated[
        bool, typer.Option("--allow-partial", help="Leave out what cannot be read; marks it PARTIAL.")
    ] = False,
    progress: Annotated[str, typer.Option(help="text or json: one object a line.")] = "text",
) -> None:
    """Make one tape of recordings, or with --dataset bars and quote means: whole, or not at all."""
    from aggregator.cli import UsageError

    if progress not in ("text", "json"):
        raise UsageError(f"--progress {progress}: use text or json")
    if guess or dataset is not None:
        from aggregator.research.data_cli import guess_columns, import_as_dataset
        from core.backtest.importing.importer import ImportOptions

        if name is not None:
            raise UsageError("--name is of tapes, --dataset names a dataset: use one of them")
        changes = _pairs(map_ or [])
        if guess:
            return guess_columns(files, changes)
        assert dataset is not None
        options = ImportOptions(dataset, calendar, interval, outside, allow_partial, changes)
        return import_as_dataset(files, options, as_json=progress == "json")
    _import_tape(files, name)
    return None


def _import_tape(files: list[Path], name: str | None) -> None:
    from aggregator.cli import UsageError
    from aggregator.feeds.recorded.tape import TapeError
    from aggregator.recording.importing import import_files
    from aggregator.recording.library import TapeNameError, tape_path, tapes_directory
    from core.session_names import session_name

    try:
        path = tape_path(tapes_directory(Profile.open()), name or session_name(files))
        manifest = import_files(files, path)
    except (TapeError, TapeNameError) as error:
        raise UsageError(str(error)) from error
    except FileExistsError as error:
        raise UsageError(f"there is a tape {path.stem} already: choose another --name") from error
    except OSError as error:
        raise OSError(f"tape {path.stem} was not made: {error.strerror or error}") from error
    typer.echo(_imported(path, manifest))


def _pairs(said: list[str]) -> dict[str, str]:
    from aggregator.cli import UsageError
    from core.backtest.importing.refused import OptionRefused
    from core.backtest.importing.said import said_pair

    try:
        return dict(said_pair(each) for each in said)
    except OptionRefused as refused:
        raise UsageError(str(refused)) from refused


@data.command("list")
def list_() -> None:
    """Every tape and every dataset of the profile: span, instruments, events or bars, size, state."""
    from aggregator.recording.library import describe_tape, tapes_directory, tapes_in
    from aggregator.research.data_cli import list_datasets
    from aggregator.tables import print_table
    from core.backtest.home import ResearchHome

    profile = Profile.open()
    directory = tapes_directory(profile)
    listed = [describe_tape(path) for path in tapes_in(directory)]
    datasets, notes = list_datasets(ResearchHome.of(profile))
    if not listed:
        typer.echo(f"no tapes in {directory}: make one with tapedeckd data import or data record")
    else:
        print_table(_table(listed))
        for tape in listed:
            if tape.note:
                typer.echo(f"{tape.name}: {tape.note}")
    if datasets is not None:
        typer.echo("")
        print_table(datasets)
    for note in notes:
        typer.echo(note)


@data.command()
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(help="Tapes by name or path, datasets by name or id; else all.")
    ] = None,
) -> None:
    """Read everything again, check it against what was noted; one line for each defect."""
    from aggregator.cli import UsageError
    from aggregator.feeds.recorded.load import find_tape
    from aggregator.recording.library import tapes_directory, tapes_in
    from aggregator.research.data_cli import find_dataset, open_catalog, verify_datasets
    from core.backtest.home import ResearchHome
    from core.backtest.verify import dataset_ids

    profile = Profile.open()
    directory, home = tapes_directory(profile), ResearchHome.of(profile)
    catalog = open_catalog(home)
    paths, datasets = ([], []) if names else (tapes_in(directory), dataset_ids(home))
    for name in names or ():
        path = find_tape(Path(name), directory)
        if path is not None and path.is_dir():
            paths.append(path)
        elif (identity := find_dataset(catalog, name)) is not None:
            datasets.append(identity)
        else:
            raise UsageError(f"there is no tape or dataset {name}: tapedeckd data list names them")
    defective = _verify_tapes(paths)
    if verify_datasets(home, datasets) or defective:
        raise typer.Exit(FAILED)


def _verify_tapes(paths: list[Path]) -> bool:
    from aggregator.recording.verify import verify_tape

    defective = False
    for path in paths:
        verdict = verify_tape(path)
        for defect in verdict.defects:
            typer.echo(defect, err=True)
        defective |= bool(verdict.defects)
        if not verdict.defects:
            notes = f" ({'; '.join(verdict.notes)})" if verdict.notes else ""
            typer.echo(f"{path.stem}: {verdict.events:,} events are as they were written{notes}")
    return defective


@data.command()
def prune(
    names: Annotated[list[str] | None, typer.Argument(help="Datasets to remove, by name or id.")] = None,
    unused: Annotated[bool, typer.Option("--unused", help="Also every dataset that no run uses.")] = False,
    even_used: Annotated[
        bool, typer.Option("--even-used", help="Also those that runs were made of: these play no more.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Remove leavings of killed imports and copies of what is no more; and the datasets named."""
    from aggregator.research.data_cli import prune_datasets
    from core.backtest.home import ResearchHome

    home = ResearchHome.of(Profile.open())
    prune_datasets(home, names or [], unused=unused, even_used=even_used, dry_run=dry_run)


@data.command()
def record(
    name: Annotated[str, typer.Argument(help="Of the tape to make.")],
    seconds: Annotated[float | None, typer.Option(min=0.1, help="Stop after so long.")] = None,
    session: Annotated[str | None, typer.Option(help="A replay session, not the live market.")] = None,
    server: Annotated[str | None, typer.Option(help="NATS URL, comma separated for a cluster.")] = None,
    creds: Annotated[Path | None, typer.Option(help="Credentials file.", exists=True, dir_okay=False)] = None,
) -> None:
    """Record every exchange's raw events until stopped (SIGTERM, Ctrl-C)."""
    from aggregator import cli
    from aggregator.recording.library import TapeNameError, tape_path, tapes_directory
    from aggregator.recording.run_recorder import run_recorder
    from core import logs
    from core.scope import Scope, ScopeError

    profile = Profile.open()
    try:
        path = tape_path(tapes_directory(profile), name)
        scope = Scope(session)
    except (TapeNameError, ScopeError) as error:
        raise cli.UsageError(str(error)) from error
    if path.exists():
        raise cli.UsageError(f"there is a tape {path.stem} already: choose another name")
    logs.set_up(f"recorder-{path.stem}", profile.logs_dir, stderr_level=logging.INFO)
    urls = tuple(url.strip() for url in (server or "").split(",") if url.strip())
    address = cli.find_address(profile, "recorder", urls, creds)
    try:
        code = asyncio.run(run_recorder(path.stem, path, address, scope, seconds))
    except KeyboardInterrupt:  # before its own handlers were set: nothing has been recorded yet
        code = 0
    raise typer.Exit(code)


# ---- words -------------------------------------------------------------------------------------------
def _imported(path: Path, manifest: "Manifest") -> str:
    from aggregator.recording.words import counted, duration, moment

    lines = [
        f"tape {path.stem}: {manifest.title}",
        f"  {manifest.event_count:,} events ({counted(manifest.events)}), "
        f"{duration(manifest.begin_ns, manifest.end_ns)} from {moment(manifest.begin_ns)}",
        f"  {len(manifest.instruments):,} instruments of {', '.join(manifest.exchanges)}",
    ]
    if manifest.unused:
        lines.append(f"  unused: {counted(manifest.unused)}")
    lines += [
        f"  {each['file']}: {each['count']:,} rejected, {each['reason']} (first: row {each['first_row']:,})"
        for each in manifest.rejections
    ]
    lines += [f"  {note}" for note in manifest.notes]
    return "\n".join(lines)


def _table(listed: "list[ListedTape]") -> "Table":
    from rich.table import Table

    from aggregator.recording.words import duration, moment, size

    table = Table(box=None, pad_edge=False)
    table.add_column("tape", overflow="fold")
    table.add_column("begin (UTC)", no_wrap=True)
    for header in ("length", "instruments", "events", "size"):
        table.add_column(header, justify="right")
    table.add_column("state")
    for tape in listed:
        state = tape.state.value + (f", {tape.gaps:,} gaps" if tape.gaps else "")
        table.add_row(
            tape.name, moment(tape.begin_ns), duration(tape.begin_ns, tape.end_ns), f"{tape.instruments:,}",
            f"{tape.events:,}", size(tape.bytes), state,
        )  # fmt: skip
    return table
