"""`tapedeckd data import|list|record|verify`: the tapes of a profile.

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
    help="Tape files: import, record, list, verify.", rich_markup_mode=None, no_args_is_help=True
)

Name = Annotated[str | None, typer.Option(help="Of the tape; else that of the first file.")]


@data.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="Recordings: DBN, Parquet, CSV, tapes, folders.")],
    name: Name = None,
) -> None:
    """Make one tape of recordings, merged by time: whole, or not at all."""
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


@data.command("list")
def list_() -> None:
    """Every tape of the profile: span, instruments, events, size, state."""
    from rich.console import Console

    from aggregator.recording.library import describe_tape, tapes_directory, tapes_in

    directory = tapes_directory(Profile.open())
    listed = [describe_tape(path) for path in tapes_in(directory)]
    if not listed:
        typer.echo(f"no tapes in {directory}: make one with tapedeckd data import or data record")
        return
    Console().print(_table(listed))
    for tape in listed:
        if tape.note:
            typer.echo(f"{tape.name}: {tape.note}")


@data.command()
def verify(
    names: Annotated[list[str] | None, typer.Argument(help="Tapes by name or path; else every one.")] = None,
) -> None:
    """Check checksums, batches, order and keyframes; one line for each defect."""
    from aggregator.cli import UsageError
    from aggregator.feeds.recorded.load import find_tape
    from aggregator.recording.library import tapes_directory, tapes_in
    from aggregator.recording.verify import verify_tape

    directory = tapes_directory(Profile.open())
    paths = []
    for name in names or ():
        path = find_tape(Path(name), directory)
        if path is None or not path.is_dir():
            raise UsageError(f"there is no tape {name}: tapedeckd data list names them")
        paths.append(path)
    defective = False
    for path in paths or ([] if names else tapes_in(directory)):
        verdict = verify_tape(path)
        for defect in verdict.defects:
            typer.echo(defect, err=True)
        defective |= bool(verdict.defects)
        if not verdict.defects:
            notes = f" ({'; '.join(verdict.notes)})" if verdict.notes else ""
            typer.echo(f"{path.stem}: {verdict.events:,} events are as they were written{notes}")
    if defective:
        raise typer.Exit(FAILED)


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
