"""The command line of the desk: `tapedeck`, `tapedeck demo`, `tapedeck bench`.

Reads arguments and hands them on as one frozen object; imports Qt only when a command needs it, so that
`--help` and a usage error answer at once. Exit codes: 0 done, 1 failed, 2 bad usage or input (one line).
"""

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

# Before anything imports Qt: qasync and pyqtgraph look these up when they are imported.
os.environ["QT_API"] = "pyside6"
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"

import typer
from typer._click.exceptions import ClickException

from desktop.options import DemoOptions, DeskOptions, Layout

FAILED: Final = 1
BAD_USAGE: Final = 2
WINDOWS_MAX: Final = 16

app = typer.Typer(
    name="tapedeck",
    help="A native trading and playback workstation: every feed, recording and backtest is a tape.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
bench = typer.Typer(help="Measure what needs a screen.", rich_markup_mode=None)
app.add_typer(bench, name="bench")

Windows = Annotated[int, typer.Option(min=1, max=WINDOWS_MAX, help="Windows to open.", show_default=False)]
Json = Annotated[Path, typer.Option("--json", help="Where to write the report.", dir_okay=False)]
Quick = Annotated[bool, typer.Option("--quick", help="Fewer repeats, done within 45 s.")]


@app.callback(invoke_without_command=True)
def desk(
    context: typer.Context,
    server: Annotated[str | None, typer.Option(help="NATS URL, comma separated for a cluster.")] = None,
    creds: Annotated[Path | None, typer.Option(help="Credentials file.", exists=True, dir_okay=False)] = None,
    workspace: Annotated[str | None, typer.Option(help="Name of the workspace to open.")] = None,
    session: Annotated[str | None, typer.Option(help="Replay session to open instead of live.")] = None,
    run_id: Annotated[
        str | None, typer.Option("--run", help="Id of a finished run to play instead of live.")
    ] = None,
    windows: Annotated[
        int | None,
        typer.Option(min=1, max=WINDOWS_MAX, help="Windows of an arrangement that is not kept."),
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option(help="Of an arrangement that is not kept: desk (chart and player, too) or grids."),
    ] = None,
    desk_dir: Annotated[
        Path | None,
        typer.Option(
            help="Where workspaces and settings are kept, instead of in the profile.", file_okay=False
        ),
    ] = None,
    inspect: Annotated[
        bool, typer.Option("--inspect", help="Answer what is painted, on the bus, to whoever may ask there.")
    ] = False,
) -> None:
    """Open the desk; without --server on the running supervisor of this profile, else on a new one."""
    if context.invoked_subcommand is not None:
        return
    options = DeskOptions(
        server,
        creds,
        workspace or "",
        _session(session),
        windows or 1,
        inspect,
        _layout(layout or "desk"),
        keeps=windows is None and layout is None,
        asks=windows is None and layout is None,
        run_id=_run_id(run_id, session),
        desk_dir=desk_dir,
    )
    from desktop.run import run_desk

    raise typer.Exit(run_desk(options))


@app.command()
def demo(
    offscreen: Annotated[bool, typer.Option("--offscreen", help="Render without a display.")] = False,
    duration: Annotated[float | None, typer.Option(min=1.0, help="Seconds, then report and quit.")] = None,
    windows: Windows = 2,
    rate: Annotated[int, typer.Option(min=1, max=100_000, help="Ticks a second, on average.")] = 2_000,
    screenshots: Annotated[Path | None, typer.Option(help="Directory for one PNG a window.")] = None,
    report: Annotated[Path | None, typer.Option(help="JSON report.", dir_okay=False)] = None,
) -> None:
    """A whole desk on a synthetic market, in one command; all of it ends together."""
    from desktop.demo import run_demo

    options = DemoOptions(offscreen, duration, windows, rate, screenshots, report)
    raise typer.Exit(run_demo(options))


@bench.command()
def grid(json: Json, quick: Quick = False) -> None:
    """Painting quote grids, against vn.py, pyqtgraph and a bare image."""
    from desktop.bench.grid import run_grid_bench

    raise typer.Exit(run_grid_bench(json, quick=quick))


@bench.command()
def chart(json: Json, quick: Quick = False) -> None:
    """Updating and panning charts, against empty pyqtgraph, vn.py and finplot."""
    from desktop.bench.chart import run_chart_bench

    raise typer.Exit(run_chart_bench(json, quick=quick))


@bench.command()
def startup(json: Json, quick: Quick = False) -> None:
    """From exec to the first live value on the screen, and resident memory."""
    from desktop.bench.startup import run_startup_bench

    raise typer.Exit(run_startup_bench(json, quick=quick))


def _layout(name: str) -> Layout:
    if name not in ("desk", "grids"):
        raise typer.BadParameter(f"“{name}”: use desk or grids", param_hint="--layout")
    return "grids" if name == "grids" else "desk"


def _session(name: str | None) -> str | None:
    from core.scope import Scope, ScopeError

    try:
        return Scope(name).session
    except ScopeError as error:
        raise typer.BadParameter(str(error), param_hint="--session") from error


def _run_id(run_id: str | None, session: str | None) -> str | None:
    from core.scope import Scope, ScopeError

    if run_id is not None and session is not None:
        raise typer.BadParameter("a desk opens on a session or on a run, not on both", param_hint="--run")
    try:
        return Scope(run_id=run_id).run_id
    except ScopeError as error:
        raise typer.BadParameter(str(error), param_hint="--run") from error


def run(arguments: Sequence[str]) -> int:
    """The exit code for these arguments; one line on stderr when they cannot be used."""
    try:
        code = app(args=list(arguments), prog_name="tapedeck", standalone_mode=False)
    except ClickException as error:
        said = " ".join(error.format_message().split())
        sys.stderr.write(f"tapedeck: {said} (tapedeck --help lists what there is)\n")
        return BAD_USAGE
    except typer.Abort:
        return FAILED
    return code if isinstance(code, int) else 0


def main() -> None:
    """Entry point of the `tapedeck` command."""
    gc.disable()  # `desktop.memory` collects, on the thread that Qt's objects belong to
    sys.exit(run(sys.argv[1:]))
