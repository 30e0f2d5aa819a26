"""The role processes: what `tapedeckd run --role R` does, with everything it needs handed together here.

A role is crash-only: when one of its tasks fails it ends with code 1, and its supervisor starts it again. Its
sign of life is its health message, sent from the same loop as its work.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from aggregator.epoch_store import EpochDatabase
from aggregator.feeds.publisher import RawPublisher
from aggregator.feeds.synthetic.feed import SyntheticConfig, SyntheticFeed, synthetic_feeds
from aggregator.health import HealthFigures, HealthReporter, SourceHealth
from aggregator.pipeline.epochs import EpochStore
from aggregator.pipeline.service import Pipeline
from core import parent, platform
from core.bus import Bus, BusError, ServerAddress
from core.clock import wall_ns
from core.logs import logger
from core.metrics import Counters
from core.scope import LIVE
from core.settings import Settings
from core.tasks import TaskSet

ROLES: Final = ("market",)
CONNECT_TIMEOUT_MS: Final = 10_000

_log = logger("role")


async def run_role(
    role: str, settings: Settings, address: ServerAddress, state_dir: Path, *, is_tied: bool
) -> int:
    """Run until asked to end: 0; 1 when a part of it failed. Raises `BusError` when there is no server."""
    assert role in ROLES
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    undo = platform.on_termination(loop, ending.set)
    if is_tied:
        parent.on_parent_gone(loop, ending.set)
    tasks = TaskSet(on_failure=lambda _name, _error: ending.set())
    bus = Bus(role, address)
    try:
        await bus.connect(CONNECT_TIMEOUT_MS)
        async with market(bus, settings, EpochDatabase(state_dir / f"{role}.sqlite"), tasks) as figures:
            tasks.start(HealthReporter(bus, role, figures).run(), "health")
            # What was made so far stays: no collection shall walk it between two deltas.
            gc.collect()
            gc.freeze()
            _log.info("running", server=address.label)
            await ending.wait()
    finally:
        await tasks.close()
        await bus.close()
        undo()
    return 1 if tasks.failures else 0


@asynccontextmanager
async def market(
    bus: Bus, settings: Settings, epochs: EpochStore, tasks: TaskSet
) -> AsyncIterator[Callable[[], HealthFigures]]:
    """The live market: the aggregator, and the feeds of the settings. Yields what tells its health."""
    counters = Counters()
    async with AsyncExitStack() as stack:
        pipeline = Pipeline(bus, LIVE, epochs.next_epoch("market", wall_ns()))
        await pipeline.start()
        stack.push_async_callback(pipeline.close)
        feeds = make_feeds(settings)
        for feed in feeds:
            epoch = epochs.next_epoch(f"feed.{feed.name}", wall_ns())
            publisher = RawPublisher(bus, LIVE, feed.exchange, feed.instruments(), epoch, counters=counters)
            await publisher.open()
            stack.push_async_callback(publisher.close)
            tasks.start(feed.run(publisher), f"feed-{feed.name}")
        tasks.start(_watch(pipeline), "watch-pipeline")
        yield lambda: _figures(pipeline, feeds, counters)


def make_feeds(settings: Settings) -> tuple[SyntheticFeed, ...]:
    """The feeds named in the settings, not started."""
    if "synthetic" not in settings.market.feeds:
        return ()
    wanted = settings.synthetic
    return synthetic_feeds(SyntheticConfig(wanted.seed, wanted.instruments, float(wanted.rate_ticks_per_s)))


async def _watch(pipeline: Pipeline) -> None:
    """Its own tasks log what they raise; here it becomes the end of the role."""
    while pipeline.is_running:  # noqa: ASYNC110 (its tasks are its own)
        await asyncio.sleep(0.25)
    raise BusError("the pipeline ended")


def _figures(pipeline: Pipeline, feeds: Sequence[SyntheticFeed], counters: Counters) -> HealthFigures:
    figures = pipeline.figures()
    listed = {feed.exchange: len(feed.instruments()) for feed in feeds}
    sources = [
        SourceHealth(exchange, source.state, source.late_ms, source.since_ns, listed.get(exchange, 0))
        for exchange, source in sorted(figures.sources.items())
    ]
    totals = {**figures.counters, **counters.totals()}
    totals |= {"groups": figures.groups, "instruments": figures.instruments}
    return HealthFigures(figures.cadence_ms, figures.degradation, figures.lag_ms, sources, totals)
