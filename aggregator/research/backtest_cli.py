"""`tapedeckd backtest ...`: runs of strategies over datasets.

Reads and checks arguments, then hands them on. Exit codes: 0 done, 1 failed or cancelled, 2 bad input.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from core.profile import Profile

if TYPE_CHECKING:
    from core.backtest.home import ResearchHome
    from core.backtest.run_child import RunEnd
    from core.backtest.running import RunJob
    from core.backtest.spec import RunSpec, VenueModel
    from core.backtest.strategies import StrategyDescription

DONE: Final = 0
FAILED: Final = 1
BAD_INPUT: Final = 2

backtest = typer.Typer(help="Runs of strategies over datasets.", rich_markup_mode=None, no_args_is_help=True)


@backtest.command()
def run(
    spec: Annotated[Path | None, typer.Argument(help="Run spec (JSON); else say it by options.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Id or name (tapedeckd data list).")] = None,
    strategy: Annotated[str | None, typer.Option(help="sma_crossover, ... or file:NAME.py")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="Parameter: name=value.")] = None,
    venue: Annotated[list[str] | None, typer.Option("--venue", help="Venue model: fees_bps=1.0 ...")] = None,
    instrument: Annotated[list[str] | None, typer.Option(help="EX:SYM; else all of the dataset.")] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    name: Annotated[str, typer.Option(help="What the list shows.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Also when the run is there already.")] = False,
    progress: Annotated[str, typer.Option(help="text or json: one object a line.")] = "text",
) -> None:
    """Make a run, or find the one that is there: the same spec is the same run."""
    from aggregator.cli import UsageError
    from core.backtest.catalog import CatalogError
    from core.backtest.dataset import DatasetError
    from core.backtest.home import ResearchHome
    from core.backtest.run_child import EngineError
    from core.backtest.spec import RunSpec, SpecError

    if progress not in ("text", "json"):
        raise UsageError(f"--progress {progress}: use text or json")
    if (spec is None) == (dataset is None or strategy is None):
        raise UsageError("say either a SPEC file, or --dataset and --strategy")
    home = ResearchHome.of(Profile.open())
    try:
        if spec is not None:
            planned = RunSpec.from_json(spec.read_text(encoding="utf-8"))
        else:
            assert dataset is not None
            assert strategy is not None
            planned = _planned(home, dataset, strategy, set_ or [], venue or [], instrument or [], seed)
    except (SpecError, DatasetError, CatalogError, EngineError, UnicodeDecodeError) as error:
        raise UsageError(f"{spec}: {error}" if spec else str(error)) from error
    raise typer.Exit(asyncio.run(_run(home, planned, name, again=again, as_json=progress == "json")))


@backtest.command()
def strategies(
    as_json: Annotated[bool, typer.Option("--json", help="For other programs.")] = False,
) -> None:
    """Every strategy, built in or from the folder of strategies, with its parameters."""
    from core.backtest.home import ResearchHome
    from core.backtest.run_child import describe_strategies

    home = ResearchHome.of(Profile.open())
    described = describe_strategies(home)
    if as_json:
        typer.echo(json.dumps([each.as_dict() for each in described], indent=1))
        return
    for each in described:
        where = f" (line {each.line})" if each.line else ""
        typer.echo(f"{each.name}: {each.help or each.title}")
        if each.error:
            typer.echo(f"  cannot be used: {each.error}{where}")
        for one in each.parameters:
            said = "must be given" if one.default is None else f"default {one.default}"
            typer.echo(f"  {one.name} ({one.kind}, {said}) {one.help}".rstrip())
    typer.echo(f"your own: one file each in {home.strategies}")


# ---- a spec from options -----------------------------------------------------------------------------
def _planned(
    home: "ResearchHome",
    dataset: str,
    strategy: str,
    settings: list[str],
    venue: list[str],
    instruments: list[str],
    seed: int,
) -> "RunSpec":
    from aggregator.research.data_cli import open_catalog
    from core.backtest.planning import plan

    described = _described(home, strategy)
    typed = {each.name: each for each in described.parameters}
    given: dict[str, Any] = {}
    for name, text in (_pair("--set", each) for each in settings):
        given[name] = typed[name].parsed(text) if name in typed else text
    dataset_id = open_catalog(home).find_dataset(dataset).id
    return plan(
        home, dataset_id, strategy, given, described=described, instruments=instruments, seed=seed,
        venue=_venue(venue, home, dataset_id),
    )  # fmt: skip


def _described(home: "ResearchHome", strategy: str) -> "StrategyDescription":
    from core.backtest.run_child import describe_strategies
    from core.backtest.strategies import BUILT_IN, strategy_path

    strategy_path(home, strategy)  # says what there is instead
    if strategy in BUILT_IN:
        return BUILT_IN[strategy]
    return next(each for each in describe_strategies(home) if each.name == strategy)


def _venue(settings: list[str], home: "ResearchHome", dataset_id: str) -> "VenueModel | None":
    from dataclasses import asdict, replace

    from core.backtest.planning import default_venue
    from core.backtest.spec import SpecError

    model = default_venue(home, dataset_id)
    fields = asdict(model)
    for name, text in (_pair("--venue", each) for each in settings):
        if name not in fields:
            raise SpecError(f"--venue {name}: it has {', '.join(fields)}")
        try:
            model = replace(model, **{name: type(fields[name])(text)})
        except ValueError as error:
            raise SpecError(f"--venue {name}={text}: use a number") from error
    if model.account == "CASH" and not any(each.startswith("leverage=") for each in settings):
        model = replace(model, leverage=1.0)
    return model


def _pair(option: str, text: str) -> tuple[str, str]:
    from core.backtest.spec import SpecError

    name, found, value = text.partition("=")
    if not found or not name:
        raise SpecError(f"{option} {text}: write name=value")
    return name.strip(), value.strip()


# ---- making it ---------------------------------------------------------------------------------------
async def _run(home: "ResearchHome", spec: "RunSpec", name: str, *, again: bool, as_json: bool) -> int:
    from core import platform
    from core.backtest.catalog import Catalog
    from core.backtest.running import RunQueue

    catalog = await asyncio.to_thread(Catalog, home)
    queue = RunQueue(home, catalog, parallel=1, on_change=_say_json if as_json else _say)
    try:
        await queue.recover()
        job = await queue.start(spec, name, again=again)
        undo = platform.on_termination(asyncio.get_running_loop(), job.cancel)
        try:
            end = await job.wait()
        finally:
            undo()
    finally:
        await queue.close()
    return _said(job, end, as_json=as_json)


def _say_json(job: "RunJob") -> None:
    if job.end is None:
        each = job.progress
        said = {"phase": each.phase, "done": each.done, "total": each.total, "note": each.note}
        typer.echo(json.dumps(said, separators=(",", ":")))


def _say(job: "RunJob") -> None:
    if job.end is None and sys.stderr.isatty():
        each = job.progress
        share = f" {each.done / each.total:4.0%}" if each.total else ""
        typer.echo(f"\r{job.run_id} {each.phase}{share}   ", err=True, nl=False)


def _said(job: "RunJob", end: "RunEnd", *, as_json: bool) -> int:
    from core.backtest.run_files import RunState

    if as_json:
        if end.state is RunState.ERROR:
            said = {"error": end.error, "file": end.file, "line": end.line, "traceback": end.traceback}
        else:
            extra = {"run_id": job.run_id, "state": str(end.state), "existing": end.existing}
            said = {"result": {**(end.result or {}), **extra}}
        typer.echo(json.dumps(said, separators=(",", ":")))
    elif end.state is RunState.ERROR:
        where = f"{end.file}:{end.line}: " if end.line else f"{end.file}: " if end.file else ""
        typer.echo(f"tapedeckd: {where}{end.error}", err=True)
    elif end.state is RunState.CANCELLED:
        typer.echo(f"run {job.run_id} was cancelled", err=True)
    elif end.existing:
        typer.echo(f"run {job.run_id} is there already")
    else:
        result = end.result or {}
        typer.echo(
            f"run {job.run_id}: {result['bars']:,} bars, {result['rows']['fills']:,} fills, "
            f"{result['durations_s']['total']:.1f} s"
        )
    return DONE if end.state is RunState.DONE else FAILED
