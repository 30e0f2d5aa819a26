"""How well a session keeps the recording's timing at 1x: the gaps between events, as a subscriber hears them.

Every event's arrival here is compared with its time on the tape. A gap is that between two events that follow
each other on the bus; how much it differs from the recorded one is what a strategy would notice.
"""

import asyncio
import gc
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aggregator.bench.session_child import SessionChild
from aggregator.feeds.events import EventBlock
from core import subjects
from core.bus import Bus
from core.clock import NS_PER_MS, monotonic_ns
from core.scope import Scope
from core.wire.raw import RawBatch, RawFlag, decode_raw

NORMAL_SPEED: Final = 1_000


async def gap_errors_ms(bus: Bus, session: SessionChild, seconds: float) -> NDArray[np.float64]:
    """|gap heard - gap recorded| of pairs of events in `seconds` at 1x, from where the session is paused."""
    heard: list[tuple[int, bytes]] = []
    scope = Scope(session.name)
    subscription = await bus.subscribe(
        subjects.raw_all(scope), lambda _subject, data, _reply: heard.append((monotonic_ns(), data))
    )
    await bus.flush()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        await session.play(NORMAL_SPEED)
        await asyncio.sleep(seconds)
    finally:
        subscription.unsubscribe()
        if was_enabled:
            gc.enable()
    return errors_ms(heard)


def errors_ms(heard: list[tuple[int, bytes]]) -> NDArray[np.float64]:
    """`heard`: (arrival, raw message) in order of arrival. One absolute difference a pair of events."""
    arrivals: list[int] = []
    times: list[NDArray[np.int64]] = []
    for at_ns, data in heard:
        batch = decode_raw(data)
        if not batch.header.flags & RawFlag.STATE and len(recorded := event_times(batch)):
            arrivals += [at_ns] * len(recorded)
            times.append(recorded)
    if not times:
        return np.zeros(0)
    late_ns = np.array(arrivals, np.int64) - np.concatenate(times)
    return np.abs(np.diff(late_ns)) / NS_PER_MS


def event_times(batch: RawBatch) -> NDArray[np.int64]:
    """Times of a message's events in their order."""
    block = EventBlock(batch.quotes, batch.trades, batch.depth, batch.bars, batch.sessions)
    kinds = [events for _, events in block.kinds()]
    if not kinds:
        return np.zeros(0, np.int64)
    times = np.concatenate([events.event_ns for events in kinds])
    if len(kinds) == 1:
        return times
    order = np.argsort(np.concatenate([events.position for events in kinds]), kind="stable")
    ordered: NDArray[np.int64] = times[order]
    return ordered
