"""A TCP proxy between NATS clients and a real server: loses, doubles, delays, reorders and cuts on request.

Only messages meet the rules (PUB, HPUB, MSG, HMSG); the rest of the protocol passes, so connections stand
unless they are told to break. Clients never learn another address than the proxy's. Run inside a test's
own loop with `async with NatsProxy(...)`, or apart: `python -m tests.proxy.nats_proxy --upstream URL`, which
takes JSON lines on stdin ({"rules": [...]}, {"cut": true}, {"frozen": true}, {"refusing": true}) and
answers each with its counts.
"""

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from tests.proxy.faults import Dice, Direction, Fault, Rule
from tests.proxy.nats_frames import Frame, FrameError, FrameReader, without_other_servers

READ_BYTES = 1 << 16
DEFAULT_PORT = 4222


class NatsProxy:
    """`url` is for clients. `rules(...)` replaces the faults in force; `counts` says what was done."""

    def __init__(self, upstream: str, rules: Iterable[Rule] = (), seed: int = 0) -> None:
        self.upstream = upstream
        self.dice = Dice(seed, rules)
        self.url = ""
        self.frozen = False  # every byte is swallowed both ways, connections stand: a network gone dark
        self.refusing = False  # new connections are closed at once
        self._server: asyncio.Server | None = None
        self._links: set[_Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def counts(self) -> dict[str, int]:
        return dict(self.dice.counts)

    @property
    def connections(self) -> list[str]:
        """Names of the clients connected now."""
        return sorted(link.client for link in self._links)

    def rules(self, *rules: Rule) -> None:
        """Put these rules in force, none by default. What SWAP holds is let go."""
        for link in self._links:
            link.release_held()
        self.dice.replace(rules)

    def cut(self, client: str = "") -> int:
        """Break the connections of clients whose name holds `client`; how many."""
        chosen = [link for link in self._links if client in link.client]
        for link in chosen:
            link.abort()
        self.dice.counts["connections_cut"] += len(chosen)
        return len(chosen)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"nats://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for link in list(self._links):
            link.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer), name="nats-proxy-link")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.dice.counts["connections"] += 1
        if self.refusing:
            writer.transport.abort()
            return
        address = urlsplit(self.upstream)
        try:
            up_reader, up_writer = await asyncio.open_connection(
                address.hostname, address.port or DEFAULT_PORT, limit=READ_BYTES
            )
        except OSError:
            self.dice.counts["upstream_refused"] += 1
            writer.transport.abort()
            return
        link = _Link(self, writer, up_writer)
        self._links.add(link)
        try:
            await asyncio.gather(
                link.pump(reader, up_writer, Direction.TO_SERVER),
                link.pump(up_reader, writer, Direction.TO_CLIENT),
            )
        finally:
            self._links.discard(link)
            await link.closed()


class _Link:
    """One client's connection: two streams of frames and what is held back on them."""

    def __init__(self, proxy: NatsProxy, down: asyncio.StreamWriter, up: asyncio.StreamWriter) -> None:
        self.client = ""
        self._proxy = proxy
        self._writers = (down, up)
        self._held: dict[Rule, tuple[asyncio.TimerHandle, bytes, asyncio.StreamWriter]] = {}
        self._delayed: set[asyncio.TimerHandle] = set()

    def abort(self) -> None:
        """Break both sides at once; what is held or delayed is lost with them."""
        for handle in [*self._delayed, *(entry[0] for entry in self._held.values())]:
            handle.cancel()
        self._delayed.clear()
        self._held.clear()
        for writer in self._writers:
            writer.transport.abort()

    async def closed(self) -> None:
        """Abort and wait until both sockets are given back."""
        self.abort()
        for writer in self._writers:
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def release_held(self) -> None:
        for rule in list(self._held):
            self._release(rule)

    async def pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, direction: Direction
    ) -> None:
        frames = FrameReader()
        try:
            while data := await reader.read(READ_BYTES):
                if self._proxy.frozen:
                    self._proxy.dice.counts["bytes_swallowed"] += len(data)
                    continue
                for frame in frames.feed(data):
                    self._forward(frame, writer, direction)
                await writer.drain()
        except (ConnectionError, FrameError) as error:
            self._proxy.dice.counts[type(error).__name__] += 1
        self.abort()

    def _forward(self, frame: Frame, writer: asyncio.StreamWriter, direction: Direction) -> None:
        if not frame.is_message:
            if frame.operation == "INFO":
                writer.write(without_other_servers(frame))
                return
            if frame.operation == "CONNECT":
                self.client = str(json.loads(frame.raw.strip()[len(b"CONNECT") :]).get("name") or "")
            writer.write(frame.raw)
            return
        rule = self._proxy.dice.roll(frame, direction, self.client)
        if rule is None:
            writer.write(frame.raw)
            self._pass_held(frame, direction)
        else:
            self._strike(rule, frame, writer, direction)

    def _strike(self, rule: Rule, frame: Frame, writer: asyncio.StreamWriter, direction: Direction) -> None:
        match rule.fault:
            case Fault.DROP | Fault.LAST:
                pass
            case Fault.DOUBLE:
                writer.write(frame.raw * 2)
                self._pass_held(frame, direction)
            case Fault.DELAY:
                self._later(rule.delay_ms, frame.raw, writer)
            case Fault.SWAP:
                if rule in self._held:  # two in a row: this one passes first, then the held one
                    writer.write(frame.raw)
                    self._release(rule)
                else:
                    self._hold(rule, frame.raw, writer)
            case Fault.CUT:
                self.abort()

    def _pass_held(self, frame: Frame, direction: Direction) -> None:
        """A message went by: whatever waited for the next one of its kind follows it now."""
        for rule in [rule for rule in self._held if rule.direction is direction]:
            if self._proxy.dice.fits(rule, frame, direction, self.client):
                self._release(rule)

    def _hold(self, rule: Rule, raw: bytes, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        handle = loop.call_later(rule.delay_ms / 1_000, self._release, rule)
        self._held[rule] = (handle, raw, writer)

    def _release(self, rule: Rule) -> None:
        entry = self._held.pop(rule, None)
        if entry is None:
            return
        handle, raw, writer = entry
        handle.cancel()
        if not writer.is_closing():
            writer.write(raw)

    def _later(self, delay_ms: int, raw: bytes, writer: asyncio.StreamWriter) -> None:
        def send() -> None:
            self._delayed.discard(handle)
            if not writer.is_closing():
                writer.write(raw)

        handle = asyncio.get_running_loop().call_later(delay_ms / 1_000, send)
        self._delayed.add(handle)


def _obey(proxy: NatsProxy, said: dict[str, Any]) -> dict[str, Any]:
    """Carry out one command of the control stream."""
    if "rules" in said:
        proxy.rules(*(Rule.from_json(rule) for rule in said["rules"]))
    if said.get("cut"):
        proxy.cut()
    proxy.frozen = bool(said.get("frozen", proxy.frozen))
    proxy.refusing = bool(said.get("refusing", proxy.refusing))
    return {"url": proxy.url, "counts": proxy.counts, "connections": proxy.connections}


async def _run_apart(upstream: str, seed: int) -> None:
    loop = asyncio.get_running_loop()
    async with NatsProxy(upstream, seed=seed) as proxy:
        sys.stdout.write(json.dumps({"url": proxy.url}) + "\n")
        sys.stdout.flush()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            sys.stdout.write(json.dumps(_obey(proxy, json.loads(line))) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="A NATS proxy that makes faults on request.")
    options.add_argument("--upstream", required=True, help="nats://host:port of the real server")
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    asyncio.run(_run_apart(chosen.upstream, chosen.seed))
