"""One real nats-server for a test.

It listens on a free loopback port, is handed out only once it answers, and is ended by its own process id.
Nothing outside its directory is written.
"""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core import platform
from tests.waiting import wait_for_sync

READY_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class NatsServer:
    """A running server: `url` for clients, `port` for a proxy, `log` to read when a test fails."""

    url: str
    port: int
    pid: int
    directory: Path
    log: Path


def nats_server_binary() -> Path:
    """The server that came with the environment, else the one on PATH."""
    beside = Path(sys.executable).parent / ("nats-server.exe" if sys.platform == "win32" else "nats-server")
    if beside.exists():
        return beside
    found = shutil.which("nats-server")
    if found is None:
        raise FileNotFoundError(f"no nats-server beside {sys.executable} nor on PATH")
    return Path(found)


@contextmanager
def running_nats_server(directory: Path, *extra_args: str) -> Iterator[NatsServer]:
    """Start a server in `directory`, yield it ready, end it. `extra_args` go on its command line."""
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / "nats-server.log"
    command = [str(nats_server_binary()), "-a", "127.0.0.1", "-p", "-1"]
    command += [
        "--ports_file_dir",
        str(directory),
        "-l",
        str(log),
        "-sd",
        str(directory / "store"),
        *extra_args,
    ]
    complaints = directory / "nats-server.stderr"
    with (
        complaints.open("wb") as stderr,
        # A test process that is killed must not leave its server behind.
        subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=stderr, preexec_fn=platform.end_with_parent()
        ) as process,
    ):
        try:
            port = _ready_port(process, directory, complaints)
            yield NatsServer(f"nats://127.0.0.1:{port}", port, process.pid, directory, log)
        finally:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _ready_port(process: "subprocess.Popen[bytes]", directory: Path, complaints: Path) -> int:
    ports_file = directory / f"nats-server_{process.pid}.ports"

    def has_ports() -> bool:
        if process.poll() is not None:
            said = complaints.read_text().strip() or "nothing"
            raise AssertionError(f"nats-server ended with {process.returncode}, saying: {said}")
        return ports_file.exists() and ports_file.read_text().endswith("}")

    wait_for_sync(has_ports, READY_TIMEOUT_S, "the ports file of nats-server")
    port = int(json.loads(ports_file.read_text())["nats"][0].rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), READY_TIMEOUT_S) as probe:
        greeting = probe.recv(4)
    assert greeting == b"INFO", greeting
    return port
