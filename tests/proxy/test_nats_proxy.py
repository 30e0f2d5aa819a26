"""Through the proxy and a real server: what each fault does to a subscriber, and that clients stay on it."""

import asyncio
import gc
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client

from tests.nats_process import NatsServer
from tests.proxy.faults import Direction, Fault, Rule
from tests.proxy.nats_proxy import NatsProxy
from tests.waiting import wait_for

# nats-py 2.16 forgets the writer of a connection that ends before its INFO has come, and says so itself.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
WANTED = [str(n) for n in range(6)]


@asynccontextmanager
async def connected(url: str, name: str) -> AsyncIterator[Client]:
    client = await nats.connect(url, name=name, reconnect_time_wait=0.02, max_reconnect_attempts=-1)
    try:
        yield client
    finally:
        await client.close()
        gc.collect()  # what nats-py forgot is found here, not in somebody else's test


async def flushed(client: Client) -> None:
    """The server has all of it. nats-py writes its PING ahead of what is pending: let that go out first."""
    while client.pending_data_size:  # noqa: ASYNC110 (no event tells)
        await asyncio.sleep(0)
    await client.flush()


@asynccontextmanager
async def listening(proxy: NatsProxy, server: NatsServer) -> AsyncIterator[tuple[Client, list[str]]]:
    """A sender connected to the server itself, and what a subscriber behind the proxy hears."""
    heard: list[str] = []

    async def hear(message: nats.aio.msg.Msg) -> None:
        heard.append(message.data.decode())

    async with connected(server.url, "sender") as sender, connected(proxy.url, "desk") as desk:
        await desk.subscribe("t.>", cb=hear)
        await flushed(desk)
        yield sender, heard


async def send(sender: Client, texts: list[str], subject: str = "t.x") -> None:
    for text in texts:
        await sender.publish(subject, text.encode())
    await flushed(sender)


async def heard_until_end(proxy: NatsProxy, server: NatsServer, *rules: Rule) -> list[str]:
    proxy.rules(*rules)
    async with listening(proxy, server) as (sender, heard):
        await send(sender, WANTED)
        await send(sender, ["end"], "t.end")
        await wait_for(lambda: "end" in heard)
        return heard


@pytest.fixture
async def proxy(nats_server: NatsServer) -> AsyncIterator[NatsProxy]:
    async with NatsProxy(nats_server.url) as running:
        yield running


async def test_without_rules_everything_passes_in_order(proxy: NatsProxy, nats_server: NatsServer) -> None:
    assert await heard_until_end(proxy, nats_server) == [*WANTED, "end"]
    assert proxy.counts["passed"] == 7


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule(Fault.DROP, "t.x", count_max=2), ["2", "3", "4", "5", "end"]),
        (Rule(Fault.DOUBLE, "t.x", count_max=1), ["0", "0", "1", "2", "3", "4", "5", "end"]),
        (Rule(Fault.SWAP, "t.x", count_max=1), ["1", "0", "2", "3", "4", "5", "end"]),
        (Rule(Fault.SWAP, "t.x"), ["1", "0", "3", "2", "5", "4", "end"]),
        (Rule(Fault.LAST, "t.x"), ["end"]),
        (Rule(Fault.DROP, "t.x", client="somebody else"), [*WANTED, "end"]),
        (Rule(Fault.DROP, "t.x", Direction.TO_SERVER), [*WANTED, "end"]),
    ],
)
async def test_a_subscriber_hears_what_the_rule_leaves(
    proxy: NatsProxy, nats_server: NatsServer, rule: Rule, expected: list[str]
) -> None:
    assert await heard_until_end(proxy, nats_server, rule) == expected


async def test_delayed_messages_are_overtaken(proxy: NatsProxy, nats_server: NatsServer) -> None:
    proxy.rules(Rule(Fault.DELAY, "t.x", count_max=1, delay_ms=30))
    async with listening(proxy, nats_server) as (sender, heard):
        await send(sender, WANTED)
        await wait_for(lambda: len(heard) == len(WANTED))
        assert heard[-1] == "0"


async def test_a_held_message_comes_at_last_when_nothing_follows(
    proxy: NatsProxy, nats_server: NatsServer
) -> None:
    proxy.rules(Rule(Fault.SWAP, "t.x", delay_ms=20))
    async with listening(proxy, nats_server) as (sender, heard):
        await send(sender, ["alone"])
        await wait_for(lambda: heard == ["alone"])


@pytest.mark.parametrize("by_rule", [False, True])
async def test_a_cut_client_comes_back_to_the_proxy(
    proxy: NatsProxy, nats_server: NatsServer, by_rule: bool
) -> None:
    async with listening(proxy, nats_server) as (sender, heard):
        if by_rule:
            proxy.rules(Rule(Fault.CUT, "t.cut", count_max=1))
            await send(sender, ["lost"], "t.cut")
            await wait_for(lambda: proxy.counts.get("cut") == 1)
        else:
            assert proxy.cut("desk") == 1
        await wait_for(lambda: proxy.counts["connections"] == 2)
        await asyncio.wait_for(_heard_again(sender, heard), 5)
        assert "lost" not in heard
        assert proxy.connections == ["desk"]


async def _heard_again(sender: Client, heard: list[str]) -> None:
    while "again" not in heard:
        await send(sender, ["again"])


async def test_a_frozen_proxy_swallows_everything_and_keeps_the_connection(
    proxy: NatsProxy, nats_server: NatsServer
) -> None:
    async with listening(proxy, nats_server) as (sender, heard):
        proxy.frozen = True
        await send(sender, WANTED)
        await wait_for(lambda: proxy.counts.get("bytes_swallowed", 0) > 0)
        assert heard == []
        assert proxy.connections == ["desk"]


async def test_a_refusing_proxy_lets_nobody_in_until_it_relents(
    proxy: NatsProxy, nats_server: NatsServer
) -> None:
    async with listening(proxy, nats_server) as (sender, heard):
        proxy.refusing = True
        proxy.cut()
        await wait_for(lambda: proxy.counts["connections"] >= 3)  # it keeps trying
        proxy.refusing = False
        await asyncio.wait_for(_heard_again(sender, heard), 5)


async def test_requests_and_large_payloads_pass(proxy: NatsProxy, nats_server: NatsServer) -> None:
    large = bytes(range(256)) * 2_000

    async def answer(message: nats.aio.msg.Msg) -> None:
        await message.respond(message.data[::-1])

    async with connected(nats_server.url, "server") as server, connected(proxy.url, "desk") as desk:
        await server.subscribe("ask", cb=answer)
        await flushed(server)
        reply = await desk.request("ask", large, timeout=5)
        assert reply.data == large[::-1]


def test_it_runs_as_a_process_of_its_own(
    nats_server: NatsServer, repo_root: Path, wait_for_sync: Callable[..., None]
) -> None:
    command = [sys.executable, "-m", "tests.proxy.nats_proxy", "--upstream", nats_server.url]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=repo_root, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["url"].startswith("nats://127.0.0.1:")
        rule = {"fault": "drop", "pattern": "t.>", "direction": "to_client"}
        process.stdin.write(json.dumps({"rules": [rule]}) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["counts"] == {}
        process.stdin.close()
        assert process.wait(5) == 0
