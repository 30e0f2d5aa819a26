"""The synthetic market as a process of its own for a bench, and the handle that asks it.

`python -m aggregator.bench.market_child` publishes as the role `market` until its input ends. It reads
lines and answers each with one of JSON: `count` gives the events published so far, `stop` ends the market
(the feeds stay alive and idle) and gives the final value of every field of every instrument.
"""

import argparse
import asyncio
import json
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final, Self

from aggregator.bench.final_cells import expected_cells
from aggregator.feeds.publisher import RawPublisher
from aggregator.feeds.synthetic.feed import SyntheticConfig, SyntheticFeed, synthetic_feeds
from core import platform
from core.bus import Bus
from core.clock import wall_ns
from core.market.instruments import Instrument, InstrumentKey
from core.profile import Profile
from core.scope import LIVE
from core.server_address import read_address
from core.tasks import TaskSet

STOP_TIMEOUT_S: Final = 3.0
ANSWER_TIMEOUT_S: Final = 10.0
# One event an instrument at most waits in the 5 ms that a slice of the market takes.
SETTLE_S: Final = 0.05


class MarketChild:
    """Raises `TimeoutError` when the child does not answer."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @classmethod
    def start(cls, profile: Profile, url: str, credentials: str, instruments: int, ticks_per_s: int) -> Self:
        """A market that begins as soon as it is connected."""
        command = [sys.executable, "-m", "aggregator.bench.market_child", "--server", url]
        command += ["--creds", credentials] if credentials else []
        command += ["--instruments", str(instruments), "--rate", str(ticks_per_s)]
        complaints = profile.logs_dir / "bench-market.stderr"
        with complaints.open("wb") as stderr:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                env=profile.environment(),
                **platform.background_flags(detached=False),
            )
        return cls(process)

    async def events_published(self) -> int:
        return int((await self._ask("count"))["events"])

    async def final_cells(self) -> dict[str, dict[str, str]]:
        """Stop the market; `EXCHANGE:SYMBOL` -> column title -> the text of its last value."""
        rows = (await self._ask("stop"))["rows"]
        cells = {}
        for exchange, symbol, price_decimals, size_decimals, values in rows:
            instrument = Instrument(InstrumentKey(exchange, symbol), price_decimals, size_decimals)
            cells[str(instrument.key)] = expected_cells(instrument, values)
        return cells

    def stop(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        platform.finish(self._process, STOP_TIMEOUT_S)  # type: ignore[arg-type]
        self._process.stdout.close()

    async def _ask(self, command: str) -> dict[str, Any]:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            return await asyncio.to_thread(self._ask_now, command)

    def _ask_now(self, command: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


async def _serve(url: str, credentials: Path | None, config: SyntheticConfig) -> None:
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        bus = Bus("bench-market", read_address(credentials, "market", (url,)))
        await bus.connect()
        stack.push_async_callback(bus.close)
        market = TaskSet()
        stack.push_async_callback(market.close)
        feeds: list[tuple[SyntheticFeed, RawPublisher]] = []
        for feed in synthetic_feeds(config):
            publisher = RawPublisher(bus, LIVE, feed.exchange, feed.instruments(), wall_ns())
            await publisher.open()
            stack.push_async_callback(publisher.close)
            feeds.append((feed, publisher))
            market.start(feed.run(publisher), feed.name)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            answer: dict[str, Any]
            if line.strip() == "stop":
                await market.close()
                await asyncio.sleep(SETTLE_S)
                answer = {"rows": [row for feed, publisher in feeds for row in _rows(feed, publisher)]}
            else:
                answer = {"events": sum(each.counters.totals()["raw_events_out"] for _, each in feeds)}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


def _rows(feed: SyntheticFeed, publisher: RawPublisher) -> list[list[Any]]:
    values = publisher.newest.table.values
    return [
        [each.key.exchange, each.key.symbol, each.price_decimals, each.size_decimals, values[:, row].tolist()]
        for row, each in enumerate(feed.instruments())
    ]


def main() -> None:
    """Entry point of the child."""
    options = argparse.ArgumentParser(description="Publish the synthetic market for a bench.")
    options.add_argument("--server", required=True)
    options.add_argument("--creds", type=Path)
    options.add_argument("--instruments", type=int, required=True)
    options.add_argument("--rate", type=float, required=True)
    chosen = options.parse_args()
    config = SyntheticConfig(
        instruments=chosen.instruments, ticks_per_s=chosen.rate, has_late_venue=False, has_rush=False
    )
    asyncio.run(_serve(chosen.server, chosen.creds, config))


if __name__ == "__main__":
    main()
