"""The command line of the headless side: `tapedeckd run|replay|data|backtest|health|bench|doctor`.

Reads and checks arguments, then hands them on; each command imports what it needs when it runs, so that
`--help` and a usage error answer at once. Exit codes: 0 done, 1 failed, 2 bad usage or input; errors are one
line on stderr.
"""

import asyncio
import logging
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer._click.exceptions import ClickException

from aggregator.recording.cli import data
from aggregator.research.compare_cli import backtest
from core.bus_status import BusError
from core.profile import Profile, ProfileError
from core.server_address import CredentialsError, ServerAddress
from core.settings import SettingsError

DONE: Final = 0
FAILED: Final = 1
BAD_USAGE: Final = 2

app = typer.Typer(
    name="tapedeckd",
    help="The headless side of Tapedeck: supervisor, market, replay sessions, measurements.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
bench = typer.Typer(help="Measure what needs no screen.", rich_markup_mode=None, no_args_is_help=True)
app.add_typer(bench, name="bench")
app.add_typer(data, name="data")
app.add_typer(backtest, name="backtest")

Server = Annotated[str | None, typer.Option(help="NATS URL, comma separated for a cluster.")]
Creds = Annotated[Path | None, typer.Option(help="Credentials file.", exists=True, dir_okay=False)]
Json = Annotated[Path | None, typer.Option("--json", help="Where to write the report.", dir_okay=False)]
Quick = Annotated[bool, typer.Option("--quick", help="Fewer repeats, done within 45 s.")]


class UsageError(ValueError):
    """What was asked for cannot be done as asked; one line."""


@app.command()
def run(
    config: Annotated[Path | None, typer.Option(help="TOML file.", exists=True, dir_okay=False)] = None,
    role: Annotated[str | None, typer.Option(help="Run this one role alone, unsupervised: market.")] = None,
    server: Server = None,
    creds: Creds = None,
    tie_to_stdin: Annotated[
        bool, typer.Option("--tie-to-stdin", help="End when standard input ends.", hidden=True)
    ] = False,
) -> None:
    """Run the supervisor with its bus and its roles, until asked to end (SIGTERM, Ctrl-C)."""
    from core.settings import read_settings

    settings = read_settings(config)
    profile = Profile.open()
    if role is None:
        raise typer.Exit(_finish(_supervise(profile, config, _urls(server), creds, is_tied=tie_to_stdin)))
    from aggregator import roles

    if role not in roles.ROLES:
        raise UsageError(f"there is no role {role!r}: use {' or '.join(roles.ROLES)}")
    _log_as(role, profile)
    address = find_address(profile, role, _urls(server), creds)
    work = roles.run_role(role, settings, address, profile.state_dir, is_tied=tie_to_stdin)
    raise typer.Exit(_finish(work))


@app.command()
def replay(
    files: Annotated[list[Path], typer.Argument(help="Tapes by name or path, DBN, Parquet, CSV.")],
    speed: Annotated[str, typer.Option(help="0.1, 1, 60 ... times the recording's pace, or max.")] = "1",
    at: Annotated[str | None, typer.Option("--at", help="UTC time of the tape to begin at.")] = None,
    paused: Annotated[bool, typer.Option("--paused", help="Wait there until a desk presses play.")] = False,
    server: Server = None,
    creds: Creds = None,
    session: Annotated[str | None, typer.Option(help="Name of the session; desks open it by this.")] = None,
    loop: Annotated[bool, typer.Option("--loop", help="Start over at the end.")] = False,
    exit_at_end: Annotated[bool, typer.Option("--exit-at-end", help="End with the recording.")] = False,
    tie_to_stdin: Annotated[
        bool, typer.Option("--tie-to-stdin", help="End when standard input ends.", hidden=True)
    ] = False,
) -> None:
    """Play recordings in a scope of their own, for every desk that opens the session."""
    from aggregator.epoch_store import EpochDatabase
    from aggregator.replay.tape_time import TapeTimeError, tape_time
    from core.scope import Scope, ScopeError
    from core.session_names import session_name

    name = session or session_name(files)
    try:
        Scope(name)
    except ScopeError as error:
        raise UsageError(f"--session: {error}") from error
    if loop and exit_at_end:
        raise UsageError("--loop and --exit-at-end exclude each other")
    try:
        find_begin = None if at is None else tape_time(at)
    except TapeTimeError as error:
        raise UsageError(f"--at {at}: {error}") from error
    profile = Profile.open()
    files = [_recording(file, profile) for file in files]
    speed_milli = _speed_milli(speed)
    _log_as(f"replay-{name}", profile)
    from aggregator.replay.run import run_replay

    work = run_replay(
        files,
        find_address=lambda: find_address(profile, "replay", _urls(server), creds, start=True),
        session=name,
        speed_milli=speed_milli,
        loop=loop,
        paused=paused,
        find_begin=find_begin,
        exit_at_end=exit_at_end,
        is_tied=tie_to_stdin,
        epochs=EpochDatabase(profile.state_dir / f"replay-{name}.sqlite"),
        bookmarks_file=profile.state_dir / f"replay-{name}.bookmarks.json",
    )
    raise typer.Exit(_finish(work))


@app.command()
def health(
    server: Server = None,
    creds: Creds = None,
    seconds: Annotated[float, typer.Option(min=0.1, max=60, help="How long to listen.")] = 1.3,
) -> None:
    """One line for each process that gives a sign of life: since when, how late, from what, what was lost."""
    from aggregator.health_watch import collect_health

    profile = Profile.open()
    _log_as("health", profile, stderr_level=logging.ERROR)
    address = find_address(profile, "desk", _urls(server), creds)
    lines = asyncio.run(collect_health(address, seconds))
    for line in lines:
        typer.echo(line)
    if not lines:
        typer.echo(f"tapedeckd: connected to {address.label}, but no process gave a sign of life", err=True)
        raise typer.Exit(FAILED)


@app.command()
def doctor() -> None:
    """What is missing on this machine, and the command that mends it."""
    from rich.console import Console

    from aggregator import doctor as checks

    raise typer.Exit(checks.run(Console()))


@bench.command()
def wire(json: Json = None, quick: Quick = False) -> None:
    """Deltas: encode, decode and apply, bytes a row; against other codecs."""
    raise typer.Exit(_bench("wire", json, quick))


@bench.command()
def aggregator(json: Json = None, quick: Quick = False) -> None:
    """Ticks a second through the aggregator, and how evenly it sends."""
    raise typer.Exit(_bench("aggregator", json, quick))


@bench.command()
def e2e(json: Json = None, quick: Quick = False) -> None:
    """From the feed to painted cells, with a real desk."""
    from aggregator.bench.desk_child import DesktopMissing

    try:
        raise typer.Exit(_bench("e2e", json, quick))
    except DesktopMissing as error:
        raise UsageError(str(error)) from error


@bench.command()
def desk(
    json: Json = None,
    quick: Quick = False,
    seconds: Annotated[
        float | None, typer.Option(min=24.0, max=86_400.0, help="How long; 600 without, 24 with --quick.")
    ] = None,
) -> None:
    """Minutes under a hand that sorts, filters and types: every frame, memory, collections."""
    raise typer.Exit(_bench("desk", json, quick, seconds=seconds))


@bench.command(name="backtest")
def bench_backtest(json: Json = None, quick: Quick = False) -> None:
    """A run over the bare engine; an import of trades and quotes."""
    raise typer.Exit(_bench("backtest", json, quick))


@bench.command(name="replay")
def bench_replay(json: Json = None, quick: Quick = False) -> None:
    """A session under a real desk: seeks, speed, timing, memory."""
    raise typer.Exit(_bench("replay", json, quick))


# ---- what the commands share -------------------------------------------------------------------------
async def _supervise(
    profile: Profile, config: Path | None, urls: tuple[str, ...], creds: Path | None, *, is_tied: bool
) -> int:
    from aggregator.supervisor import NAME, Plan, Supervisor
    from core import parent, platform

    _log_as(NAME, profile)
    supervisor = Supervisor(profile, Plan(("market",), config, urls or None, creds))
    loop = asyncio.get_running_loop()
    undo = platform.on_termination(loop, supervisor.end)
    if is_tied:
        parent.on_parent_gone(loop, supervisor.end)
    try:
        return await supervisor.run()
    finally:
        undo()


def find_address(
    profile: Profile, role: str, urls: tuple[str, ...], creds: Path | None, *, start: bool = False
) -> ServerAddress:
    """The server named, else that of the profile's supervisor; `start`: started when there is none."""
    from core.profile import find_supervisor, start_supervisor
    from core.server_address import read_address

    if urls:
        return read_address(creds, role, urls)
    if creds is not None:
        return read_address(creds, role)
    info = find_supervisor(profile) or (start_supervisor(profile) if start else None)
    if info is None:
        raise UsageError(
            f"no supervisor runs on {profile.directory}: start one (tapedeckd run) or name a --server"
        )
    return info.address(role)


def _recording(named: Path, profile: Profile) -> Path:
    """A file or folder that is there, else the profile's tape of that name."""
    from aggregator.feeds.recorded.load import find_tape
    from aggregator.recording.library import tapes_directory

    found = find_tape(named, tapes_directory(profile))
    if found is None:
        raise UsageError(f"{named} does not exist, nor does a tape of that name (tapedeckd data list)")
    return found


def _bench(name: str, json_file: Path | None, quick: bool, **options: Any) -> int:
    import importlib

    from rich.console import Console

    from aggregator.bench.desk_child import DesktopMissing
    from core.bench_table import print_report

    try:
        report = importlib.import_module(f"aggregator.bench.{name}").run(quick=quick, **options)
    except DesktopMissing as error:
        raise UsageError(str(error)) from error
    print_report(report, Console())
    if json_file is not None:
        report.write(json_file)
    return DONE if report.ok else FAILED


def _finish(work: Coroutine[Any, Any, int]) -> int:
    """Run to the end; Ctrl-C before its own handlers are set is an end, too."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        return DONE


def _log_as(process: str, profile: Profile, stderr_level: int = logging.INFO) -> None:
    from core import logs

    logs.set_up(process, profile.logs_dir, stderr_level=stderr_level)


def _urls(server: str | None) -> tuple[str, ...]:
    return tuple(url.strip() for url in (server or "").split(",") if url.strip())


def _speed_milli(speed: str) -> int:
    """Thousandths of the recording's pace; 0 as fast as possible."""
    if speed == "max":
        return 0
    try:
        milli = round(float(speed) * 1_000)
    except (ValueError, OverflowError):
        milli = 0
    if not 1 <= milli <= 1_000_000:
        raise UsageError(f"--speed {speed}: use a number from 0.001 to 1000, or max")
    return milli


def execute(arguments: Sequence[str]) -> int:
    """The exit code for these arguments; what went wrong is one line on stderr."""
    import sqlite3

    from aggregator.nats_server import NatsServerError
    from aggregator.supervisor import ProfileInUse
    from core.backtest.catalog_schema import CatalogError

    try:
        code = app(args=list(arguments), prog_name="tapedeckd", standalone_mode=False)
    except ClickException as error:
        return _say(f"{' '.join(error.format_message().split())} (tapedeckd --help)", BAD_USAGE)
    except (UsageError, SettingsError, CredentialsError, ProfileInUse) as error:
        return _say(str(error), BAD_USAGE)
    except (ProfileError, NatsServerError, BusError, CatalogError, OSError) as error:
        return _say(str(error), FAILED)
    except sqlite3.Error as error:
        return _say(f"cannot keep epochs in the profile's state directory: {error}", FAILED)
    except typer.Abort:
        return FAILED
    return code if isinstance(code, int) else DONE


def _say(text: str, code: int) -> int:
    sys.stderr.write(f"tapedeckd: {' '.join(text.split())}\n")
    return code


def main() -> None:
    """Entry point of the `tapedeckd` command."""
    sys.exit(execute(sys.argv[1:]))
