"""A recorder process that ends in every way: asked, killed, disk full. The tape is readable each time."""

import json
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from aggregator.feeds.recorded.load import load_tape
from aggregator.health import read_health
from aggregator.recording.library import TapeState, describe_tape
from aggregator.recording.verify import verify_tape
from core import subjects
from core.clock import NS_PER_S, wall_ns
from core.tape.format import EVENTS, TapeFormatError
from core.tape.reader import TapeReader
from core.wire.generated.control_pb2 import Health
from tests.aggregator.recording.studio import Studio
from tests.nats_process import NatsServer
from tests.waiting import wait_for

pytestmark = pytest.mark.slow


@pytest.fixture
async def studio(nats_server: NatsServer, tmp_path: Path) -> AsyncIterator[Studio]:
    async with AsyncExitStack() as stack:
        studio = Studio(stack, nats_server, tmp_path)
        await studio.synthetic_market()
        yield studio


@pytest.fixture
async def health(studio: Studio) -> dict[str, Health]:
    """The last sign of life of every process."""
    heard: dict[str, Health] = {}

    def note(_subject: str, data: bytes, _reply: str) -> None:
        message = read_health(data)
        assert message is not None
        heard[message.process] = message

    bus = await studio.bus("ear")
    await bus.subscribe(subjects.health_all(), note)
    await bus.flush()
    return heard


def _events_in(path: Path) -> int:
    try:
        with TapeReader(path) as reader:
            return reader.event_count
    except TapeFormatError:
        return 0


async def _ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    await wait_for(lambda: process.poll() is not None, 20, "the recorder to end")
    out, err = process.communicate()
    return process.returncode, out, err


async def test_asked_to_end_it_completes_the_tape(studio: Studio, health: dict[str, Health]) -> None:
    process = studio.recorder_process("monday")
    path = studio.tape_of_process("monday")
    await wait_for(lambda: _events_in(path) > 2_000, 30, "events on the tape")
    assert describe_tape(path).state is TapeState.RECORDING
    await wait_for(lambda: "recorder-monday" in health, 10, "its health")
    process.send_signal(signal.SIGTERM)
    code, out, _err = await _ended(process)
    assert code == 0
    assert "recorded " in out.splitlines()[-1]
    listed = describe_tape(path)
    assert listed.state is TapeState.COMPLETE
    assert (listed.gaps, listed.instruments, listed.note) == (0, 30, "")
    assert verify_tape(path).defects == ()
    assert load_tape([path]).event_count == listed.events


async def test_killed_it_loses_no_more_than_the_last_moments(studio: Studio) -> None:
    process = studio.recorder_process("tuesday")
    path = studio.tape_of_process("tuesday")
    await wait_for(lambda: _events_in(path) > 3_000, 30, "events on the tape")
    killed_ns = wall_ns()
    process.kill()
    await _ended(process)
    listed = describe_tape(path)
    assert listed.state is TapeState.INTERRUPTED
    assert "interrupted recording" in listed.note
    # It writes twice a second; a busy machine may hold it up meanwhile.
    assert killed_ns - listed.end_ns < 3 * NS_PER_S
    tape = load_tape([path])
    assert tape.event_count == listed.events > 3_000
    assert verify_tape(path).defects == ()
    assert len(json.loads((path / "tape.json").read_text())["instruments"]) == 30


async def test_a_session_and_a_length_can_be_named(studio: Studio) -> None:
    """Nothing plays in that session, so there is nothing to record."""
    code, out, _err = await _ended(
        studio.recorder_process("quiet", "--session", "monday", "--seconds", "0.5")
    )
    assert code == 0
    assert "recorded 0 events" in out


async def _recorded_until_refused(
    studio: Studio, process: "subprocess.Popen[str]", name: str, health: dict[str, Health]
) -> None:
    """The disk refuses: one clear error, code 1, a readable tape, a market that goes on."""
    path = studio.tape_of_process(name)
    code, _out, err = await _ended(process)
    assert code == 1
    errors = [line for line in err.splitlines() if " error: " in line]
    assert len(errors) == 1
    assert "recording stopped: what is on the tape stays readable" in errors[0]
    assert "Traceback" not in err
    await wait_for(lambda: health[f"recorder-{name}"].counters["disk_refused"] == 1, 10, "its last word")
    listed = describe_tape(path)
    assert listed.state is TapeState.INTERRUPTED
    tape = load_tape([path])
    assert tape.event_count == listed.events > 1_000
    assert verify_tape(path).defects == ()
    last_ns, sequences = wall_ns(), {each.exchange: each.sequence for each in studio._publishers}
    await wait_for(
        lambda: all(each.sequence > sequences[each.exchange] for each in studio._publishers),
        10,
        "a market that goes on",
    )
    assert wall_ns() > last_ns


async def test_a_file_that_may_not_grow_ends_the_recording(studio: Studio, health: dict[str, Health]) -> None:
    resource = pytest.importorskip("resource")
    limit = 120_000

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    process = studio.recorder_process("wednesday", preexec=small_files)
    await _recorded_until_refused(studio, process, "wednesday", health)
    assert (studio.tape_of_process("wednesday") / EVENTS).stat().st_size <= limit


@pytest.fixture
def small_disk(studio: Studio) -> Iterator[Path]:
    """200 KB for all tapes of the recorder's profile."""
    folder = studio.tape_of_process("x").parent
    folder.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k,mode=700", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"no small disk: mounting one is not permitted ({mounted.stderr.decode().strip()})")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_a_full_disk_ends_the_recording(
    studio: Studio, health: dict[str, Health], small_disk: Path
) -> None:
    process = studio.recorder_process("thursday")
    await _recorded_until_refused(studio, process, "thursday", health)
    assert studio.tape_of_process("thursday").parent == small_disk
