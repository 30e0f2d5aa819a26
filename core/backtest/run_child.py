"""The child that makes one run, as its parent sees it: progress lines, one last word, an exit.

It ends with us however we end, and early when told to. What it says that is no message is kept for the case
that it dies without a last word. Blocks: for a thread.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core import platform
from core.backtest.home import ResearchHome
from core.backtest.run_files import RunState
from core.backtest.spec import RunSpec
from core.backtest.strategies import StrategyDescription

ROOT: Final = Path(__file__).resolve().parents[2]
TAIL_LINES: Final = 50
END_S: Final = 6.0  # after being told to end it gives itself three
DESCRIBE_S: Final = 60.0


class EngineError(RuntimeError):
    """The engine's process did not do what it was started for; one line."""


@dataclass(frozen=True, slots=True)
class RunProgress:
    """`phase` is import, load, run or write; `total` is 0 where it is not known."""

    phase: str
    done: int
    total: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended. `error` is one line; `file` and `line` say where in a strategy."""

    state: RunState
    existing: bool = False  # it was there already
    error: str = ""
    file: str = ""
    line: int = 0
    traceback: str = ""
    result: dict[str, Any] | None = None  # what the child said of a finished run


class RunChild:
    """Started by the constructor. Raises `OSError`."""

    def __init__(
        self, home: ResearchHome, spec: RunSpec, *, again: bool = False, beside_bare: int = 0
    ) -> None:
        self._spec_file = home.runs / f".{spec.run_id}.{os.getpid()}.json"
        platform.write_private(self._spec_file, spec.canonical())
        arguments = ["run", str(self._spec_file), "--progress", "json", "--tie-to-stdin"]
        arguments += ["--again"] if again else []
        arguments += ["--beside-bare", str(beside_bare)] if beside_bare else []  # for the bench
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        try:
            self.process = start_engine(home, arguments, stdin=subprocess.PIPE, stderr=subprocess.STDOUT)
        except OSError:
            self._spec_file.unlink(missing_ok=True)
            raise
        platform.bind_to_this_process(self.process.pid)
        self._killer = threading.Timer(END_S, self.process.kill)
        self._killer.daemon = True
        self._asked = threading.Lock()  # a timer starts once, whoever asks

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait(self, on_progress: Callable[[RunProgress], None]) -> RunEnd:
        """Until it has ended."""
        assert self.process.stdout is not None
        assert self.process.stdin is not None
        last: dict[str, Any] = {}
        for line in self.process.stdout:
            said = _message(line)
            if said is None:
                self._tail.append(line.rstrip())
            elif "phase" in said:
                on_progress(RunProgress(said["phase"], said["done"], said["total"], said.get("note", "")))
            else:
                last = said
        code = self.process.wait()
        self._killer.cancel()
        self.process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self._spec_file.unlink(missing_ok=True)
        return self._end(last, code)

    def cancel(self) -> None:
        """Ask it to end: its standard input ends, and it with it. From any thread, also twice."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it is gone already
            self.process.stdin.close()
        if self._asked.acquire(blocking=False):
            self._killer.start()

    def drop(self) -> None:
        """Kill it, instead of waiting for what it says or after that failed."""
        assert self.process.stdout is not None
        assert self.process.stdin is not None
        self.process.kill()
        self.process.wait()
        self._killer.cancel()
        self.process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self._spec_file.unlink(missing_ok=True)

    def _end(self, last: dict[str, Any], code: int) -> RunEnd:
        if "result" in last:
            result = last["result"]
            return RunEnd(RunState(result["state"]), existing=bool(result.get("existing")), result=result)
        if "error" in last:
            return RunEnd(
                RunState.ERROR, False, last["error"], last.get("file", ""), int(last.get("line", 0)),
                last.get("traceback", ""),
            )  # fmt: skip
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        said = f": {self._tail[-1]}" if self._tail else ""
        return RunEnd(
            RunState.ERROR, error=f"the engine ended with {how}{said}", traceback="\n".join(self._tail)
        )


def describe_strategies(home: ResearchHome) -> list[StrategyDescription]:
    """The built-in strategies and the user's own, by running the files. Raises `EngineError`, `OSError`."""
    process = start_engine(home, ["describe"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        out, complaint = process.communicate(timeout=DESCRIBE_S)
    except subprocess.TimeoutExpired as error:
        process.kill()
        process.communicate()
        raise EngineError(
            f"reading the strategies took more than {DESCRIBE_S:g} s: one of them hangs"
        ) from error
    said = _message(out)
    if process.returncode or said is None:
        lines = complaint.strip().splitlines()
        raise EngineError(lines[-1] if lines else f"the engine ended with code {process.returncode}")
    return [StrategyDescription.from_dict(each) for each in said["strategies"]]


def start_engine(
    home: ResearchHome, arguments: list[str], *, stdin: int, stderr: int
) -> "subprocess.Popen[str]":
    """The engine's process: no folder but ours is on its `sys.path`, and sets of texts have one order."""
    environment = compiled_once(home.cache / "bytecode")
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "core.backtest.engine", *arguments, "--home", str(home.directory)],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        encoding="utf-8",
        errors="replace",
        cwd=home.directory,
        env=environment,
        **platform.background_flags(detached=False),
    )


def compiled_once(bytecode: Path) -> dict[str, str]:
    """Our environment for a child. Where Python is told to keep no bytecode beside its sources, it is kept
    here: compiling what it imports takes a child longer than importing it.
    """
    environment = dict(os.environ)
    if environment.pop("PYTHONDONTWRITEBYTECODE", None):
        environment.setdefault("PYTHONPYCACHEPREFIX", str(bytecode))
    return environment


def _message(line: str) -> dict[str, Any] | None:
    try:
        said = json.loads(line)
    except json.JSONDecodeError:
        return None
    return said if isinstance(said, dict) else None
