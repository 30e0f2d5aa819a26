"""A live market to record: synthetic or told feeds, the pipeline beside them, recorders here and apart."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from aggregator.feeds.newest import NewestValues
from aggregator.feeds.publisher import RawPublisher
from aggregator.feeds.recorded.load import load_tape
from aggregator.feeds.recorded.tape import RecordedTape
from aggregator.feeds.synthetic.feed import SyntheticConfig, synthetic_feeds
from aggregator.pipeline.service import Pipeline
from aggregator.recording.recorder import Recorder
from core.bus import Bus, ServerAddress
from core.clock import wall_ns
from core.market.instruments import InstrumentKey
from core.scope import LIVE
from core.tape.manifest import Manifest
from core.tasks import TaskSet
from tests.nats_process import NatsServer
from tests.waiting import wait_for

Tables = dict[InstrumentKey, list[int]]


class Studio:
    """Everything of one test on one server, ended in turn."""

    def __init__(self, stack: AsyncExitStack, server: NatsServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self._stack = stack
        self._feeds = TaskSet()
        stack.push_async_callback(self._feeds.close)
        self._publishers: list[RawPublisher] = []

    async def bus(self, name: str) -> Bus:
        bus = Bus(name, ServerAddress((self.server.url,)))
        await bus.connect()
        self._stack.push_async_callback(bus.close)
        return bus

    async def pipeline(self) -> Pipeline:
        pipeline = Pipeline(await self.bus("market"), LIVE, wall_ns(), random=Random(1))
        await pipeline.start()
        self._stack.push_async_callback(pipeline.close)
        return pipeline

    async def synthetic_market(self, instruments: int = 30, ticks_per_s: float = 2_000.0) -> None:
        bus = await self.bus("feeds")
        for feed in synthetic_feeds(SyntheticConfig(5, instruments, ticks_per_s)):
            publisher = RawPublisher(bus, LIVE, feed.exchange, feed.instruments(), wall_ns())
            await publisher.open()
            self._stack.push_async_callback(publisher.close)
            self._publishers.append(publisher)
            self._feeds.start(feed.run(publisher), feed.name)

    async def hold_market(self) -> dict[str, int]:
        """Stop the market; the last sequence of every exchange."""
        await self._feeds.close()
        return {publisher.exchange: publisher.sequence for publisher in self._publishers}

    async def recorder(self, name: str = "live") -> "RunningRecorder":
        recorder = Recorder(await self.bus("recorder"), LIVE, self.folder / f"{name}.tape", random=Random(2))
        await recorder.open()
        running = RunningRecorder(recorder)
        self._stack.push_async_callback(running.finish)
        return running

    def recorder_process(
        self, name: str, *options: str, preexec: Callable[[], None] | None = None
    ) -> "subprocess.Popen[str]":
        """`tapedeckd data record`, ended with the test whatever happens."""
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "aggregator",
                "data",
                "record",
                name,
                "--server",
                self.server.url,
                *options,
            ],
            env={**os.environ, "TAPEDECK_HOME": str(self.folder / "home")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=preexec,
        )

        def end() -> None:
            if process.poll() is None:
                process.kill()
            process.communicate()

        self._stack.callback(end)
        return process

    def tape_of_process(self, name: str) -> Path:
        return self.folder / "home" / "default" / "tapes" / f"{name}.tape"


class RunningRecorder:
    """A recorder on this loop."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self._task = asyncio.create_task(recorder.run(), name="recorder")

    def events(self) -> int:
        return self.recorder.counters.counter("events_recorded").value

    def heard(self, sequences: dict[str, int]) -> bool:
        """Whether every feed was heard up to its sequence."""
        feeds = self.recorder.intake.feeds
        return all(name in feeds and feeds[name].gate.sequence == last for name, last in sequences.items())

    async def finish(self) -> Manifest | None:
        self.recorder.end()
        return await self._task

    async def tape(self) -> RecordedTape:
        """Complete it and read it."""
        assert await self.finish() is not None
        return load_tape([self.recorder.directory])


def table_of(pipeline: Pipeline) -> Tables:
    """What the pipeline shows, by instrument."""
    registry = pipeline.registry
    return {key: registry.table.values[:, row].tolist() for key, row in registry.row_of.items()}


def table_after(tape: RecordedTape) -> Tables:
    """What a replay of the whole tape shows."""
    found: Tables = {}
    for exchange in tape.exchanges:
        newest = NewestValues(len(exchange.instruments))
        for begin in range(0, exchange.event_count, 8_192):
            newest.note(exchange.events(begin, min(begin + 8_192, exchange.event_count)))
        values: NDArray[np.int64] = newest.table.values
        found |= {each.key: values[:, row].tolist() for row, each in enumerate(exchange.instruments)}
    return found


async def heard_by(pipeline: Pipeline, sequences: dict[str, int]) -> None:
    """Wait until the pipeline has used everything that was sent."""
    feeds = pipeline.ingest.feeds

    def has_all() -> bool:
        return all(name in feeds and feeds[name].gate.sequence == last for name, last in sequences.items())

    await wait_for(has_all, 10, "the pipeline to hear everything")
