"""The child: `python -m core.backtest.engine run SPEC.json --home DIR` or `describe --home DIR`.

Makes one run, or says which strategies there are. With `--progress json` one JSON object a line goes to
standard output, the last one being the result or the error; what a strategy prints goes into the run's log.
Ends early on SIGTERM, and with `--tie-to-stdin` when standard input ends. Exit codes: 0 done, 1 failed or
cancelled, 2 bad spec.
"""

import argparse
import contextlib
import json
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from core import parent
from core.backtest.columns import RUN_FILES, ColumnsError
from core.backtest.dataset import DatasetError
from core.backtest.engine.seldom import seldom_collected
from core.backtest.engine.stopwatch import Stopwatch
from core.backtest.home import ResearchHome
from core.backtest.run_files import RunFiles, RunState
from core.backtest.spec import RunSpec, SpecError

if TYPE_CHECKING:
    from core.backtest.engine.writing import RunDirectory

DONE: Final = 0
FAILED: Final = 1
BAD_SPEC: Final = 2


class Messages:
    """Lines to whoever started us; without `as_json` only the last one, in words."""

    def __init__(self, stream: TextIO, *, as_json: bool) -> None:
        self._stream, self._as_json = stream, as_json

    def progress(self, phase: str, done: int, total: int, note: str = "") -> None:
        if self._as_json:
            self._line({"phase": phase, "done": done, "total": total, "note": note})

    def result(self, said: dict[str, Any], words: str) -> None:
        self._line({"result": said}) if self._as_json else self._print(words)

    def error(self, said: dict[str, Any]) -> None:
        if self._as_json:
            self._line(said)
            return
        where = f"{said['file']}:{said['line']}: " if said.get("line") else ""
        print(f"{where}{said['error']}", file=sys.__stderr__)

    def _line(self, said: dict[str, Any]) -> None:
        self._print(json.dumps(said, separators=(",", ":")))

    def _print(self, text: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # nobody listens any more; the run is judged by its files
            print(text, file=self._stream, flush=True)


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    home = ResearchHome(options.home)
    messages = Messages(sys.stdout, as_json=options.progress == "json")
    if options.command == "describe":
        return _describe(home)
    cancelled = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: cancelled.set())
    if options.tie_to_stdin:
        parent.when_input_ends(cancelled.set)
    try:
        spec = RunSpec.from_json(options.spec.read_text(encoding="utf-8"))
    except (SpecError, OSError, UnicodeDecodeError) as error:
        messages.error({"error": f"{options.spec}: {error}", "file": str(options.spec), "line": 0})
        return BAD_SPEC
    if not options.again and is_done(home, spec.run_id):
        said = {"run_id": spec.run_id, "state": RunState.DONE, "existing": True}
        messages.result(said, f"run {spec.run_id} is there already")
        return DONE
    with seldom_collected():
        return _run(home, spec, messages, cancelled, beside_bare=options.beside_bare)


def is_done(home: ResearchHome, run_id: str) -> bool:
    """Whether the run is there and whole: also what its files hold."""
    try:
        RunFiles.open(home, run_id).check()
    except ColumnsError:
        return False
    return True


def _run(
    home: ResearchHome, spec: RunSpec, messages: Messages, cancelled: threading.Event, *, beside_bare: int
) -> int:
    from core.backtest.engine.writing import RunBusyError, RunDirectory

    watch = Stopwatch()
    try:
        directory = RunDirectory(home, spec)
    except (RunBusyError, OSError) as error:
        messages.error({"error": str(error), "file": "", "line": 0})
        return FAILED
    with contextlib.redirect_stdout(directory.log), contextlib.redirect_stderr(directory.log):
        return _guarded(home, spec, directory, messages, cancelled, watch, beside_bare=beside_bare)


def _guarded(
    home: ResearchHome,
    spec: RunSpec,
    directory: "RunDirectory",
    messages: Messages,
    cancelled: threading.Event,
    watch: Stopwatch,
    *,
    beside_bare: int,
) -> int:
    from core.backtest.engine.errors import StrategyError, disk_error_text, traceback_text
    from core.backtest.engine.run import RunCancelled

    code, file, line = FAILED, "", 0
    try:
        return _make(home, spec, directory, messages, cancelled, watch, beside_bare=beside_bare)
    except RunCancelled:
        directory.drop()
        messages.result(
            {"run_id": spec.run_id, "state": RunState.CANCELLED}, f"run {spec.run_id} was cancelled"
        )
        return FAILED
    except StrategyError as error:
        text, file, line, trace = str(error), str(error.path), error.line, traceback_text(error)
    except (SpecError, DatasetError, ColumnsError) as error:
        text, code, trace = str(error), BAD_SPEC, ""
    except OSError as error:
        text, trace = f"run {spec.run_id} was not written: {disk_error_text(error)}", traceback_text(error)
    except Exception as error:  # noqa: BLE001, the last line must say what went wrong, whatever it was
        text, trace = f"{type(error).__name__}: {error}", traceback_text(error)
    said: dict[str, Any] = {"error": text, "file": file, "line": line, "traceback": trace}
    directory.log.write(trace or text + "\n")
    with contextlib.suppress(OSError):  # a full disk: the error is said all the same
        directory.keep_failure(said)
    messages.error(said)
    return code


def _make(
    home: ResearchHome,
    spec: RunSpec,
    directory: "RunDirectory",
    messages: Messages,
    cancelled: threading.Event,
    watch: Stopwatch,
    *,
    beside_bare: int,
) -> int:
    from core.backtest.engine.bare import BareRun
    from core.backtest.engine.run import Run, RunCancelled

    bare = BareRun(home, spec, beside_bare) if beside_bare else None
    watch.begin()

    def on_chunk(bars: int) -> bool:
        messages.progress("run", bars, run.market.bar_count)
        if bare is not None:
            with watch.stopped():
                bare.step()
        return not cancelled.is_set()

    def written() -> dict[str, float]:
        watch.mark("write")
        return watch.durations_s

    messages.progress("load", 0, 1)
    run = Run(home, spec)
    watch.mark("load")
    run.play(on_chunk)
    watch.mark("run")
    outcome = run.outcome()
    manifest = directory.write(
        run, outcome, written, lambda number: messages.progress("write", number, len(RUN_FILES))
    )
    if cancelled.is_set():
        raise RunCancelled
    path = directory.keep()
    counts = {name: len(next(iter(columns.values()))) for name, columns in outcome.files.items()}
    run_s = manifest.durations_s["run"]
    said = {
        "run_id": spec.run_id,
        "state": RunState.DONE,
        "existing": False,
        "directory": str(path),
        "bars": outcome.bars,
        "rows": counts,
        "durations_s": manifest.durations_s,
        **({} if bare is None else {"bare_s": bare.took_s}),
    }
    messages.result(
        said,
        f"run {spec.run_id}: {outcome.bars:,} bars, {counts['fills']:,} fills, {run_s:.1f} s",
    )
    return DONE


def _describe(home: ResearchHome) -> int:
    from core.backtest.engine.loading import describe
    from core.backtest.strategies import BUILT_IN, strategy_files

    with contextlib.redirect_stdout(sys.stderr):  # what a user's file prints is not ours
        described = [describe(home, name).as_dict() for name in (*BUILT_IN, *strategy_files(home))]
    sys.stdout.write(json.dumps({"strategies": described}) + "\n")
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.backtest.engine")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="make one run")
    run.add_argument("spec", type=Path)
    run.add_argument("--again", action="store_true", help="also when the run is there already")
    run.add_argument("--tie-to-stdin", action="store_true", help="end when standard input ends")
    run.add_argument("--beside-bare", type=int, default=0, help="time nautilus alone, on each n-th chunk")
    described = commands.add_parser("describe", help="which strategies there are, as JSON")
    for command in (run, described):
        command.add_argument("--home", type=Path, required=True, help="directory of the research")
        command.add_argument("--progress", choices=("json", "text"), default="text")
    return parser


if __name__ == "__main__":
    sys.exit(main())
