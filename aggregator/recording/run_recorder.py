"""The recorder's process: bus, health, signals, and what a person reads at the end."""

import asyncio
import sys
from pathlib import Path
from typing import Final

from aggregator.health import HealthReporter, encode_health
from aggregator.recording.recorder import Recorder
from core import platform, subjects
from core.bus import Bus, BusError, ServerAddress
from core.clock import wall_ns
from core.logs import logger
from core.scope import Scope
from core.tasks import TaskSet

CONNECT_TIMEOUT_MS: Final = 10_000
DONE, FAILED = 0, 1

_log = logger("recorder")


async def run_recorder(
    name: str, directory: Path, address: ServerAddress, scope: Scope, seconds: float | None = None
) -> int:
    """Record until asked to end (SIGTERM, Ctrl-C) or for `seconds`: 0; 1 when the disk refused.

    Raises `OSError` (`FileExistsError`: there is a tape of that name) and `BusError` before anything began.
    """
    process = f"recorder-{name}"
    bus = Bus(process, address)
    await bus.connect(CONNECT_TIMEOUT_MS)
    loop = asyncio.get_running_loop()
    recorder = Recorder(bus, scope, directory)
    tasks = TaskSet(on_failure=lambda _name, _error: recorder.end())
    undo = platform.on_termination(loop, recorder.end)
    started_ns = wall_ns()
    try:
        await recorder.open()
        if seconds is not None:
            loop.call_later(seconds, recorder.end)
        tasks.start(HealthReporter(bus, process, recorder.figures).run(), "health")
        _say(f"recording to {directory}")
        manifest = await recorder.run()
        await tasks.close()
        await _last_word(bus, process, started_ns, recorder)
    finally:
        await tasks.close()
        undo()
        await bus.close()
    if manifest is not None:
        gaps = manifest.events.get("gaps", 0)
        seconds_long = (manifest.end_ns - manifest.begin_ns) / 1e9
        missed = f", {gaps} gaps" if gaps else ""
        _say(f"recorded {manifest.event_count:,} events in {seconds_long:,.1f} s{missed}: {directory}")
    return FAILED if manifest is None or tasks.failures else DONE


async def _last_word(bus: Bus, process: str, started_ns: int, recorder: Recorder) -> None:
    """The final figures, also those of a failure, for whoever watches the health."""
    message = encode_health(process, started_ns, recorder.figures(), 0)
    try:
        bus.publish(subjects.health(process), message.SerializeToString())
        await bus.flush()
    except BusError as error:
        _log.info("the last health was not sent", reason=str(error))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
