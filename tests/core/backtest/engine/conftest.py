"""Children of these tests compile what they import once; `child` is their command, called in this process."""

import json
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core.backtest.engine import __main__ as entry
from core.backtest.home import ResearchHome
from core.backtest.spec import RunSpec
from tests.bytecode import compiled_once

__all__ = ["compiled_once"]


@pytest.fixture
def child(
    home: ResearchHome, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., tuple[int, list[Any]]]]:
    """Run the child's command on a spec: (exit code, what it said)."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def call(spec: RunSpec | str, *options: str) -> tuple[int, list[Any]]:
        file = home.directory / "asked.json"
        file.write_text(spec if isinstance(spec, str) else spec.canonical(), encoding="utf-8")
        said = ["run", str(file), "--home", str(home.directory), "--progress", "json", *options]
        code = entry.main(said)
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    yield call
    for number, handler in handlers.items():
        signal.signal(number, handler)
