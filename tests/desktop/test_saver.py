"""What was chosen reaches the disk: also when a write fails, when it is slow, and when the desk ends."""

import asyncio
import contextlib
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from core.state.versioned_file import VersionedFile
from core.tasks import TaskSet
from desktop.saver import Saver


class Kept:
    """A file, its saver and what the saver said."""

    def __init__(self, directory: Path) -> None:
        self.file = VersionedFile(directory / "desk.json", 1)
        self.number = 0
        self.said: list[str] = []
        self.tasks = TaskSet(lambda name, error: self.said.append(f"{name}: {error}"))
        self.saver = Saver(self.file, self.read, self.tasks, self.said.append, after_s=0.0)

    def read(self) -> dict[str, int]:
        if self.number < 0:
            raise RuntimeError("a panel is broken")
        return {"number": self.number}

    def choose(self, number: int) -> None:
        self.number = number
        self.saver.changed()

    @property
    def on_disk(self) -> int | None:
        with contextlib.suppress(FileNotFoundError):
            return int(json.loads(self.file.path.read_text())["number"])
        return None

    @property
    def beside(self) -> list[Path]:
        """Temporary files that were left."""
        return list(self.file.path.parent.glob(".*"))


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 (a saver tells nobody when it is done)
            await asyncio.sleep(0.005)


def fail_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fsync, failed = os.fsync, []

    def full(descriptor: int) -> None:
        if not failed:
            failed.append(descriptor)
            raise OSError(28, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)


def test_the_last_change_wins(tmp_path: Path) -> None:
    async def scenario() -> None:
        kept = Kept(tmp_path)
        for number in range(1, 6):
            kept.choose(number)
        await until(lambda: kept.on_disk == 5)
        await until(lambda: not kept.saver.is_pending)
        assert (kept.saver.writes, kept.said) == (1, [])

    asyncio.run(scenario())


def test_what_could_not_be_written_is_written_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        kept = Kept(tmp_path)
        fail_once(monkeypatch)
        kept.choose(1)
        await until(lambda: kept.said)
        assert "No space left on device" in kept.said[0]
        assert kept.on_disk is None
        kept.saver.flush()
        assert kept.on_disk == 1
        kept.saver.flush()
        assert kept.saver.writes == 1, "written once, not at every flush"

    asyncio.run(scenario())


def test_a_write_that_is_under_way_is_waited_for_and_the_newest_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        kept = Kept(tmp_path)
        fsync, begun, go_on = os.fsync, threading.Event(), threading.Event()

        def slow(descriptor: int) -> None:
            if not begun.is_set():
                begun.set()
                go_on.wait(10)
            fsync(descriptor)

        monkeypatch.setattr(os, "fsync", slow)
        kept.choose(1)
        await until(begun.is_set)
        kept.choose(2)
        timer = threading.Timer(0.05, go_on.set)
        timer.start()
        kept.saver.flush()
        timer.join()
        assert kept.on_disk == 2
        await until(lambda: not kept.saver.is_pending)
        assert (kept.on_disk, kept.said) == (2, [])
        assert kept.beside == []

    asyncio.run(scenario())


def test_data_that_cannot_be_had_are_told_and_later_changes_are_written(tmp_path: Path) -> None:
    async def scenario() -> None:
        kept = Kept(tmp_path)
        kept.choose(-1)
        await until(lambda: kept.said)
        assert "a panel is broken" in kept.said[0]
        assert not kept.saver.is_pending
        kept.choose(2)
        await until(lambda: kept.on_disk == 2)
        kept.choose(-1)
        kept.saver.flush()  # tells, and lets the rest of the end go on
        assert len(kept.said) == 2
        assert kept.on_disk == 2

    asyncio.run(scenario())
