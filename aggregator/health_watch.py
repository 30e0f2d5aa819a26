"""Listens to the health of every process for a moment: `tapedeckd health`."""

import asyncio

from aggregator.health import health_line, read_health
from core import subjects
from core.bus import Bus, ServerAddress
from core.clock import wall_ns
from core.wire.generated import control_pb2

CONNECT_TIMEOUT_MS = 1_000  # an operator is waiting


async def collect_health(address: ServerAddress, seconds: float) -> list[str]:
    """One line for each process heard within `seconds`, by name. Raises `BusError`."""
    heard: dict[str, control_pb2.Health] = {}

    def note(_subject: str, data: bytes, _reply: str) -> None:
        health = read_health(data)
        if health is not None:
            heard[health.process] = health

    bus = Bus("health", address)
    await bus.connect(CONNECT_TIMEOUT_MS)
    try:
        await bus.subscribe(subjects.health_all(), note)
        await asyncio.sleep(seconds)
    finally:
        await bus.close()
    return [health_line(heard[name], wall_ns()) for name in sorted(heard)]
