"""What a process tells about itself once a second, and how a person reads it.

`HealthReporter` runs on the loop it reports on: a hung loop falls silent, and the supervisor notices. It
measures how late that loop runs. Reading is pure: messages in, one line a process out.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from google.protobuf.message import DecodeError

from core import platform, subjects
from core.bus import Bus, BusError
from core.clock import NS_PER_MS, NS_PER_S, monotonic_ns, wall_ns
from core.logs import logger
from core.market.fields import SourceState
from core.wire.generated import control_pb2

HEALTH_INTERVAL_S: Final = 1.0
# Counters an operator must see when they are not zero.
TROUBLE_WORDS: Final = (
    "drop", "reject", "refus", "lost", "overflow", "corrupt", "unknown", "skipped", "slow", "restart", "hang",
    "reconnect", "gap",
)  # fmt: skip

_log = logger("health")


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One feed as this process sees it. `since_ns` is the wall clock's."""

    exchange: str
    state: SourceState
    late_ms: int = 0
    since_ns: int = 0
    instruments: int = 0


@dataclass(frozen=True, slots=True)
class HealthFigures:
    """What a process says besides its name and clock."""

    cadence_ms: int = 0
    degradation: int = 0
    lag_ms: int = 0
    sources: Sequence[SourceHealth] = ()
    counters: Mapping[str, int] = field(default_factory=dict)


class HealthReporter:
    """Publishes `figures()` of `process` every second, until its `run` is cancelled."""

    def __init__(self, bus: Bus, process: str, figures: Callable[[], HealthFigures]) -> None:
        self._bus = bus
        self._process = process
        self._figures = figures
        self._started_ns = wall_ns()

    async def run(self) -> None:
        late_ms = 0
        while True:
            self._publish(late_ms)
            woken_ns = monotonic_ns()
            await asyncio.sleep(HEALTH_INTERVAL_S)
            late_ms = max(0, (monotonic_ns() - woken_ns) // NS_PER_MS - int(HEALTH_INTERVAL_S * 1_000))

    def _publish(self, loop_late_ms: int) -> None:
        message = encode_health(self._process, self._started_ns, self._figures(), loop_late_ms)
        counters = self._bus.counters
        for name in ("messages_in", "messages_out", "dropped", "refused", "reconnects", "rebuilds", "errors"):
            message.counters[f"bus_{name}"] = getattr(counters, name)
        try:
            self._bus.publish(subjects.health(self._process), message.SerializeToString())
        except BusError as error:
            _log.debug("health not sent", reason=str(error))  # the bus itself logs and counts being down


def encode_health(
    process: str, started_ns: int, figures: HealthFigures, loop_late_ms: int
) -> control_pb2.Health:
    """`lag_ms` is the larger of what the process says and how late its loop runs."""
    message = control_pb2.Health(
        process=process,
        build=platform.build(),
        host_clock_ns=wall_ns(),
        started_ns=started_ns,
        cadence_ms=figures.cadence_ms,
        degradation=figures.degradation,
        lag_ms=max(figures.lag_ms, loop_late_ms),
    )
    for source in figures.sources:
        message.sources.add(
            exchange=source.exchange,
            state=int(source.state),
            late_ms=source.late_ms,
            since_ns=source.since_ns,
            instruments=source.instruments,
        )
    for name, value in figures.counters.items():
        message.counters[name] = value
    return message


def read_health(data: bytes) -> control_pb2.Health | None:
    """None for bytes that are no health message."""
    try:
        return control_pb2.Health.FromString(data)
    except DecodeError:
        return None


def health_line(health: control_pb2.Health, now_ns: int) -> str:
    """One process in one line, for an operator: what runs, since when, how late, from what, what was lost."""
    parts = [
        f"{health.process:<12}",
        f"up {_duration((now_ns - health.started_ns) // NS_PER_S):>7}",
        f"lag {health.lag_ms} ms",
    ]
    if health.cadence_ms:
        degraded = f" (degradation {health.degradation})" if health.degradation else ""
        parts.append(f"cadence {health.cadence_ms} ms{degraded}")
    parts += [_source(source) for source in health.sources]
    trouble = {
        name: value
        for name, value in sorted(health.counters.items())
        if value and any(word in name for word in TROUBLE_WORDS)
    }
    parts.append(", ".join(f"{name} {value:,}" for name, value in trouble.items()) or "no trouble")
    return "  ".join(parts)


def _source(source: control_pb2.SourceStatus) -> str:
    try:
        state = SourceState(source.state).name
    except ValueError:
        state = f"state {source.state}"
    late = f" {source.late_ms} ms" if source.late_ms else ""
    count = f" ({source.instruments:,} instruments)" if source.instruments else ""
    return f"{source.exchange} {state}{late}{count}"


def _duration(seconds: int) -> str:
    minutes, seconds = divmod(max(0, seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d{hours:02}h"
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{seconds:02}s"
