"""A feed that publishes a tape exactly as far as it is told: `python -m tests.e2e.publisher ...`.

Reads JSON lines from stdin and answers each with one: {"until": n, "batch": b, "pause_ms": p} publishes the
tape's events up to the n-th (null: all), b at a time, p ms apart. Between commands it does what every feed
does: idle headers, definitions, answers to state requests. The end of its input ends it.
"""

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from aggregator.feeds.events import EventBlock
from aggregator.feeds.publisher import BATCH_EVENTS_MAX, RawPublisher
from core.bus import Bus, BusError
from core.clock import wall_ns
from core.scope import LIVE
from core.server_address import read_address
from tests.e2e.columns import Columns, instrument
from tests.e2e.events import Event, Tape
from tests.e2e.tapes import tape_named


class TapePublisher:
    """One `RawPublisher` an exchange, fed from one tape."""

    def __init__(self, bus: Bus, tape: Tape) -> None:
        self._bus = bus
        self._tape = tape
        self._published = 0
        self._feeds: dict[str, tuple[RawPublisher, Columns]] = {}

    async def open(self, stack: AsyncExitStack) -> None:
        epoch = wall_ns()
        for exchange in dict.fromkeys(listing.exchange for listing in self._tape.listings):
            numbers = [n for n, listing in enumerate(self._tape.listings) if listing.exchange == exchange]
            instruments = {n: instrument(self._tape.listings[n]) for n in numbers}
            feed = RawPublisher(self._bus, LIVE, exchange, tuple(instruments.values()), epoch)
            ids = {number: place for place, number in enumerate(numbers)}
            self._feeds[exchange] = (feed, Columns(instruments, ids))
            await feed.open()
            stack.push_async_callback(feed.close)

    async def run_until(self, count: int | None, batch: int, pause_ms: int) -> dict[str, Any]:
        """Publish on to the `count`-th event; how far it is, and each feed's sequence."""
        end = len(self._tape.events) if count is None else count
        for run in _runs(self._tape, self._published, end, batch):
            feed, columns = self._feeds[self._tape.listings[run[0].listing].exchange]
            feed.publish(EventBlock(**columns.of(run, wall_ns())))
            if pause_ms:
                await asyncio.sleep(pause_ms / 1_000)
        self._published = max(self._published, end)
        with contextlib.suppress(BusError):  # no server just now: what was refused is repaired afterwards
            await self._bus.flush()
        return {
            "published": self._published,
            "sequences": {exchange: feed.sequence for exchange, (feed, _) in self._feeds.items()},
        }


def _runs(tape: Tape, begin: int, end: int, batch: int) -> Iterator[list[Event]]:
    """Events of one exchange, in order, as they lie in each stretch of `batch` events of the tape."""
    for first in range(begin, end, batch):
        runs: dict[str, list[Event]] = {}
        for event in tape.events[first : min(first + batch, end)]:
            runs.setdefault(tape.listings[event.listing].exchange, []).append(event)
        yield from runs.values()


async def _serve(tape: Tape, credentials: Path | None, url: str, role: str) -> None:
    loop = asyncio.get_running_loop()
    bus = Bus("tape", read_address(credentials, role, (url,) if url else ()))
    await bus.connect()
    publisher = TapePublisher(bus, tape)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(bus.close)
        await publisher.open(stack)
        _answer({"ready": len(tape.events)})
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            asked = json.loads(line)
            batch = min(int(asked.get("batch", 64)), BATCH_EVENTS_MAX)
            _answer(await publisher.run_until(asked.get("until"), batch, int(asked.get("pause_ms", 0))))


def _answer(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def main() -> None:
    options = argparse.ArgumentParser(description="Publish a tape as a feed.")
    options.add_argument(
        "--tape", required=True, help="random:SEED[:LISTINGS[:EVENTS]], bars:SEED[:EVENTS] or a Parquet file"
    )
    options.add_argument("--creds", type=Path)
    options.add_argument("--server", default="")
    options.add_argument("--role", default="market")
    chosen = options.parse_args()
    asyncio.run(_serve(tape_named(chosen.tape), chosen.creds, chosen.server, chosen.role))


if __name__ == "__main__":
    main()
