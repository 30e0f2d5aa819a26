"""Real processes of a test: each with its own output file, each ended by its own process id.

A child that ends when it should not is reported with the last lines it wrote. Stopping a child also waits for
the children it had, and kills by id the ones that outlive it.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from tests.waiting import wait_for, wait_for_sync

REPO_ROOT = Path(__file__).resolve().parents[2]
STOP_TIMEOUT_S = 10.0
TAIL_LINES = 25


class Child:
    """One process. `say` and `heard` speak JSON lines with it where it reads them."""

    def __init__(
        self, name: str, arguments: Sequence[str], directory: Path, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self._said = directory / f"{name}.stdout"
        self._complained = directory / f"{name}.stderr"
        self._lines_read = 0
        with self._said.open("wb") as stdout, self._complained.open("wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-u", *arguments],
                stdin=subprocess.PIPE,
                stdout=stdout,
                stderr=stderr,
                cwd=REPO_ROOT,
                env={**os.environ, **environment},
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def tail(self) -> str:
        """The last lines it wrote, for a test that fails."""
        lines = [*self._said.read_text().splitlines(), *self._complained.read_text().splitlines()]
        return "\n".join([f"{self.name} (exit {self.process.poll()}) wrote:", *lines[-TAIL_LINES:]])

    def check_running(self) -> None:
        if self.ended:
            raise AssertionError(f"it ended by itself: {self.tail()}")

    def say(self, command: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()

    async def heard(self, timeout_s: float = 20.0) -> dict[str, Any]:
        """Its next JSON line."""

        def has_line() -> bool:
            whole = self._said.read_bytes().count(b"\n") > self._lines_read
            if not whole:
                self.check_running()
            return whole

        await wait_for(has_line, timeout_s, f"an answer of {self.name}")
        line = self._said.read_bytes().splitlines()[self._lines_read]
        self._lines_read += 1
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def ask(self, command: Mapping[str, Any], timeout_s: float = 20.0) -> dict[str, Any]:
        self.say(command)
        return await self.heard(timeout_s)

    def send_signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self) -> None:
        """End it and everything it started; nothing is left when this returns."""
        family = self._family()
        if self.process.stdin is not None:
            self.process.stdin.close()
        if not self.ended:
            self.process.send_signal(signal.SIGCONT)  # a frozen one could not obey
            self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        _, left = psutil.wait_procs(family, timeout=STOP_TIMEOUT_S)
        for process in left:
            process.kill()
        psutil.wait_procs(left, timeout=STOP_TIMEOUT_S)

    def _family(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []


def descendant(child: Child, *words: str, timeout_s: float = 10.0) -> psutil.Process:
    """The process below `child` whose command line holds all `words`, once there is one."""
    found: list[psutil.Process] = []

    def look() -> bool:
        child.check_running()
        for process in psutil.Process(child.pid).children(recursive=True):
            try:
                line = " ".join(process.cmdline())
            except psutil.NoSuchProcess:
                continue
            if all(word in line for word in words):
                found.append(process)
                return True
        return False

    wait_for_sync(look, timeout_s, f"a process of {child.name} with {words}")
    return found[0]
