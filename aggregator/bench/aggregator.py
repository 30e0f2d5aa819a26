"""How much market one aggregator takes: ticks a second on one core, and how evenly its deltas leave.

A real nats-server, a feed in its own process, the pipeline in this one with groups defined on it. A burst is
sent while this process does not read, so it waits in the server; then the time from the first read to the
last fold is taken. The peer is a bare nats-py callback, given the same burst in the same run.
"""

import asyncio
import gc
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from aggregator.bench import flood
from aggregator.nats_server import NatsServer
from aggregator.pipeline.service import Pipeline
from core.bench_report import (
    REPEATS_FULL,
    REPEATS_QUICK,
    Report,
    Result,
    at_least,
    at_most,
    describe_machine,
    recorded,
)
from core.bus import Bus
from core.clock import NS_PER_S, monotonic_ns, wall_ns
from core.market.groups import GroupSpec, group_spec
from core.scope import LIVE
from core.server_address import read_address

SINGLE_GOAL_PER_S: Final = 200_000
MIXED_GOAL_PER_S: Final = 1_500_000
JITTER_GOAL_MS: Final = 5.0
# Bursts fit the 64 MB that the server keeps for one client.
SINGLE_TICKS: Final = 150_000
MIXED_TICKS: Final = 900_000
PACE_PER_S: Final = 40_000
PACE_QUICK_S: Final = 3.0
PACE_FULL_S: Final = 5.0
GROUP_ROWS: Final = 100
DRAIN_TIMEOUT_S: Final = 20.0
CHILD_TIMEOUT_S: Final = 30.0
PEER: Final = Path(__file__).resolve().parents[2] / "tests" / "bench" / "peers" / "bare_nats_callback.py"


def run(quick: bool) -> Report:
    """Burst rates, medians of 5 (`quick`: 3), and the jitter of deltas at 40,000 ticks/s."""
    repeats = REPEATS_QUICK if quick else REPEATS_FULL
    machine = describe_machine(repeats)
    figures = asyncio.run(_measure(repeats, seconds=PACE_QUICK_S if quick else PACE_FULL_S))
    factor = float(machine["factor"])
    single, peer = figures["single"], figures["peer"]
    ratio = single / peer if single and peer else None
    results: list[Result] = [
        at_least(
            "aggregator.single_ticks_per_s", single, "ticks/s", SINGLE_GOAL_PER_S / factor,
            peer=peer, ratio=ratio,
        ),
        at_least("aggregator.mixed_ticks_per_s", figures["mixed"], "ticks/s", MIXED_GOAL_PER_S / factor),
        at_most("aggregator.emit_jitter_p99_ms", figures["jitter_ms"], "ms", JITTER_GOAL_MS * factor),
        recorded("aggregator.paced_ticks_per_s", figures["paced"], "ticks/s"),
        recorded("aggregator.paced_cadence_ms", figures["cadence_ms"], "ms"),
        recorded("aggregator.emit_late_p99_ms", figures["late_ms"], "ms"),
    ]  # fmt: skip
    return Report("aggregator", machine, results)


class _Child:
    """A process that answers a line with a line. Waiting for the answer blocks this one on purpose."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PEER.parents[3]
        )

    def __enter__(self) -> "_Child":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(5.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a bench process ended with {self._process.wait()}")
        return json.loads(line)

    def ask(self, **order: object) -> dict[str, Any]:
        self.tell(json.dumps(order))
        answer: dict[str, Any] = self.answer()
        return answer


async def _measure(repeats: int, seconds: float) -> dict[str, float | None]:
    with tempfile.TemporaryDirectory(prefix="tapedeck-bench-") as directory:
        server = NatsServer(Path(directory))
        await server.start()
        try:
            async with _pipeline(server) as pipeline:
                return await _with_children(server, pipeline, repeats, seconds)
        finally:
            await server.stop()


@asynccontextmanager
async def _pipeline(server: NatsServer) -> AsyncIterator[Pipeline]:
    bus = Bus("market", read_address(server.credentials_file, "admin"))
    await bus.connect()
    pipeline = Pipeline(bus, LIVE, wall_ns())
    try:
        await pipeline.start()
        gc.collect()
        gc.freeze()
        yield pipeline
    finally:
        gc.unfreeze()
        await pipeline.close()
        await bus.close()


async def _with_children(
    server: NatsServer, pipeline: Pipeline, repeats: int, seconds: float
) -> dict[str, float | None]:
    command = [sys.executable, "-m", "aggregator.bench.flood", str(server.credentials_file)]
    singles: list[float] = []
    mixed: list[float] = []
    peers: list[float] = []
    jitters: list[float] = []
    paced: list[float] = []
    cadences: list[float] = []
    with _Child(command) as feed:
        feed.answer()
        peer = _start_peer(server)
        try:
            for _ in range(repeats):
                _hold_groups(pipeline)
                singles.append(await _burst(pipeline, feed, "single", SINGLE_TICKS))
                if peer is not None:
                    peers += _peer_burst(feed, peer)
                mixed.append(await _burst(pipeline, feed, "mixed", MIXED_TICKS))
        finally:
            if peer is not None:
                peer.__exit__()
        pipeline.groups.lateness_ns.clear()
        for _ in range(repeats):
            _hold_groups(pipeline)
            figures = await _paced(feed, seconds)
            jitters.append(figures["jitter_p99_ms"])
            paced.append(figures["ticks_per_s"])
            cadences.append(figures["cadence_ms"])
    lateness_ns = sorted(pipeline.groups.lateness_ns)
    return {
        "single": statistics.median(singles),
        "mixed": statistics.median(mixed),
        "peer": statistics.median(peers) if peers else None,
        "jitter_ms": statistics.median(jitters),
        "paced": statistics.median(paced),
        "cadence_ms": statistics.median(cadences),
        "late_ms": lateness_ns[len(lateness_ns) * 99 // 100] / 1e6 if lateness_ns else None,
    }


async def _burst(pipeline: Pipeline, feed: _Child, kind: str, count: int) -> float:
    """Ticks a second from the first read to the last fold."""
    ticks = pipeline.counters.counter("ticks")
    before = ticks.value
    feed.tell(json.dumps({"do": kind, "count": count}))
    sent = feed.answer()["ticks"]  # blocks: the burst waits in the server
    begin_ns = monotonic_ns()
    deadline_ns = begin_ns + int(DRAIN_TIMEOUT_S * NS_PER_S)
    while ticks.value < before + sent:
        if monotonic_ns() > deadline_ns:
            raise RuntimeError(
                f"{ticks.value - before} of {sent} ticks arrived: {pipeline.figures().counters}"
            )
        await asyncio.sleep(0.001)
    return float(sent / ((monotonic_ns() - begin_ns) / NS_PER_S))


async def _paced(feed: _Child, seconds: float) -> dict[str, Any]:
    """The loop goes on while the feed paces its ticks."""
    order = {"do": "pace", "per_s": PACE_PER_S, "seconds": seconds}
    feed.tell(json.dumps(order))
    async with asyncio.timeout(seconds + CHILD_TIMEOUT_S):
        answer: dict[str, Any] = await asyncio.to_thread(feed.answer)
    return answer


def _start_peer(server: NatsServer) -> _Child | None:
    if not PEER.exists():
        return None
    seed = json.loads(server.credentials_file.read_text())["roles"]["admin"]["seed"]
    peer = _Child([sys.executable, str(PEER), server.url, seed, f"{flood.BARE.prefix}md.raw.>"])
    peer.answer()
    return peer


def _peer_burst(feed: _Child, peer: _Child) -> list[float]:
    sent = feed.ask(do="bare", count=SINGLE_TICKS)["ticks"]
    peer.tell(f"{sent} {DRAIN_TIMEOUT_S}")
    seconds = peer.answer()
    return [] if seconds is None else [sent / seconds]


def _hold_groups(pipeline: Pipeline) -> None:
    """Five groups of 100 instruments, leased as desks would."""
    for spec in _specs():
        pipeline.groups.define(spec, monotonic_ns())


def _specs() -> list[GroupSpec]:
    names = flood.keys()
    return [group_spec(names[begin : begin + GROUP_ROWS]) for begin in range(0, len(names), GROUP_ROWS)]
