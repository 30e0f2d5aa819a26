"""The bus against real servers: killed, silent, restarted, refusing, cutting off."""

import asyncio
import json
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from core.bus import (
    Bus,
    BusDown,
    BusError,
    BusFault,
    BusFull,
    BusRefused,
    BusState,
    BusTimeout,
    FaultKind,
    NoResponders,
    ServerAddress,
)
from tests.nats_process import NatsServer, running_nats_server
from tests.waiting import wait_for

Heard = list[tuple[str, bytes, str]]


@asynccontextmanager
async def connected(name: str, address: ServerAddress, outbound_bytes: int = 8 << 20) -> AsyncIterator[Bus]:
    bus = Bus(name, address, outbound_pending_bytes=outbound_bytes)
    await bus.connect()
    try:
        yield bus
    finally:
        await bus.close()


def at(server: NatsServer) -> ServerAddress:
    return ServerAddress((server.url,))


def into(heard: Heard) -> Callable[[str, bytes, str], None]:
    return lambda subject, data, reply: heard.append((subject, data, reply))


async def test_a_published_message_reaches_the_handler(nats_server: NatsServer) -> None:
    heard: Heard = []
    async with connected("desk", at(nats_server)) as desk, connected("market", at(nats_server)) as market:
        await desk.subscribe("md.agg.*", into(heard))
        await desk.flush()
        market.publish("md.agg.a", b"one")
        market.publish("md.agg.b", b"two\r\nMSG with a trap", reply="answer.here")
        market.publish("md.agg.c", b"")
        await wait_for(lambda: len(heard) == 3)
        assert heard == [
            ("md.agg.a", b"one", ""),
            ("md.agg.b", b"two\r\nMSG with a trap", "answer.here"),
            ("md.agg.c", b"", ""),
        ]
        assert (desk.counters.messages_in, desk.counters.bytes_in) == (3, 23)
        assert (market.counters.messages_out, market.counters.bytes_out) == (3, 23)


async def test_large_messages_and_bursts_arrive_whole_and_in_order(nats_server: NatsServer) -> None:
    heard: Heard = []
    sizes = [1, 700_000, 0, 40_000, 65_536, 3] + [200] * 2_000
    async with connected("desk", at(nats_server)) as desk, connected("market", at(nats_server)) as market:
        await desk.subscribe("md.>", into(heard))
        await desk.flush()
        for number, size in enumerate(sizes):
            market.publish(f"md.{number}", bytes([number % 251]) * size)
            if number % 100 == 0:
                await market.flush()
        await wait_for(lambda: len(heard) == len(sizes))
    assert heard == [(f"md.{n}", bytes([n % 251]) * size, "") for n, size in enumerate(sizes)]


async def test_a_request_is_answered_or_says_why_not(nats_server: NatsServer) -> None:
    async with connected("desk", at(nats_server)) as desk, connected("market", at(nats_server)) as market:
        await market.subscribe("group.update", lambda _s, data, reply: market.respond(reply, data.upper()))
        await market.subscribe("deaf", lambda _s, _d, _r: None)
        await market.flush()
        assert await desk.request("group.update", b"rows", timeout_ms=2_000) == b"ROWS"
        with pytest.raises(BusTimeout, match="no answer on deaf within 50 ms"):
            await desk.request("deaf", b"", timeout_ms=50)
        with pytest.raises(NoResponders, match="nobody answers on nobody"):
            await desk.request("nobody", b"", timeout_ms=5_000)


async def test_nothing_is_heard_after_unsubscribe_even_from_inside_the_handler(
    nats_server: NatsServer,
) -> None:
    heard: Heard = []
    async with connected("desk", at(nats_server)) as desk:

        def only_once(subject: str, data: bytes, reply: str) -> None:
            heard.append((subject, data, reply))
            subscription.unsubscribe()
            subscription.unsubscribe()

        subscription = await desk.subscribe("tick", only_once)
        for payload in (b"1", b"2", b"3"):
            desk.publish("tick", payload)
        await desk.flush()
        assert heard == [("tick", b"1", "")]


async def test_a_handler_that_raises_costs_its_own_message_only(nats_server: NatsServer) -> None:
    heard: Heard = []
    faults: list[BusFault] = []

    def fragile(subject: str, data: bytes, reply: str) -> None:
        if data == b"bad":
            raise ValueError("cannot read this")
        heard.append((subject, data, reply))

    async with connected("desk", at(nats_server)) as desk:
        desk.on_fault(faults.append)
        await desk.subscribe("tick", fragile)
        for payload in (b"good", b"bad", b"good"):
            desk.publish("tick", payload)
        await desk.flush()
        assert len(heard) == 2
        assert [(fault.kind, fault.subject) for fault in faults] == [(FaultKind.HANDLER, "tick")]
        assert (desk.counters.dropped, desk.counters.messages_in) == (1, 3)


async def test_a_killed_server_that_comes_back_finds_every_subscription(tmp_path: Path) -> None:
    heard: Heard = []
    states: list[BusState] = []
    with running_nats_server(tmp_path / "first") as first:
        async with connected("desk", at(first)) as desk:
            desk.on_status(lambda status: states.append(status.state))
            await desk.subscribe("a.*", into(heard))
            os.kill(first.pid, signal.SIGKILL)
            await wait_for(lambda: not desk.connected)
            await desk.subscribe("b.*", into(heard))  # made while there is no server
            with pytest.raises(BusDown, match=f"127.0.0.1:{first.port}"):
                desk.publish("a.stale", b"must never arrive")
            await wait_for(lambda: desk.status.attempt >= 3)
            assert desk.status.next_try_ms > 0
            with running_nats_server(tmp_path / "second", "-p", str(first.port)) as second:
                await wait_for(lambda: desk.connected)
                await desk.flush()
                async with connected("market", at(second)) as market:
                    market.publish("a.1", b"x")
                    market.publish("b.1", b"y")
                    await wait_for(lambda: len(heard) == 2)
                assert [subject for subject, _, _ in heard] == ["a.1", "b.1"]
                assert desk.counters.reconnects == 1
                assert desk.counters.rebuilds == 0
                assert desk.counters.refused == 1
                assert BusState.DISCONNECTED in states
                assert states[-1] is BusState.CONNECTED
                await desk.close()
    assert states[-1] is BusState.CLOSED


async def test_an_error_that_ends_the_connection_for_good_only_costs_a_moment(
    nats_server: NatsServer,
) -> None:
    heard: Heard = []
    async with connected("desk", at(nats_server)) as desk:
        await desk.subscribe("a.*", into(heard))
        desk.publish(
            "too.long." + "x" * 5_000, b""
        )  # past the server's longest control line: -ERR, and closed
        await wait_for(lambda: desk.counters.reconnects == 1)
        assert desk.counters.rebuilds == 1
        desk.publish("a.1", b"again")
        await wait_for(lambda: heard)


@pytest.mark.slow
async def test_a_frozen_server_is_noticed_within_four_seconds(tmp_path: Path) -> None:
    with running_nats_server(tmp_path / "nats") as server:
        async with connected("desk", at(server)) as desk:
            started_s = time.monotonic()
            os.kill(server.pid, signal.SIGSTOP)
            try:
                for _ in range(400):
                    desk.publish("md.agg.a", b"x" * 10_000)  # unsent bytes: nobody reads them
                await wait_for(lambda: not desk.connected, 6.0)
                assert time.monotonic() - started_s < 4.0
            finally:
                os.kill(server.pid, signal.SIGCONT)
            await wait_for(lambda: desk.connected)


@contextmanager
def server_with_little_patience(directory: Path) -> Iterator[tuple[NatsServer, str]]:
    directory.mkdir()
    config = directory / "server.conf"
    config.write_text('max_pending: 1MB\nwrite_deadline: "200ms"\nhttp: "127.0.0.1:-1"\n')
    with running_nats_server(directory, "-c", str(config)) as server:
        ports = json.loads((directory / f"nats-server_{server.pid}.ports").read_text())
        yield server, ports["monitoring"][0]


async def test_a_desk_too_slow_for_the_server_is_cut_off_and_comes_back(tmp_path: Path) -> None:
    with server_with_little_patience(tmp_path / "nats") as (server, monitoring):
        async with connected("desk", at(server)) as desk:
            flood = b"PUB flood 65536\r\n" + b"x" * 65_536 + b"\r\n"

            def freeze(_subject: str, _data: bytes, _reply: str) -> None:
                with socket.create_connection(("127.0.0.1", server.port), 5) as publisher:
                    publisher.sendall(b'CONNECT {"verbose":false}\r\n')
                    for _ in range(2_000):
                        publisher.sendall(flood)
                        with urlopen(f"{monitoring}/varz") as answer:
                            if json.load(answer)["slow_consumers"]:
                                return

            await desk.subscribe("freeze", freeze)
            await desk.subscribe("flood", lambda _s, _d, _r: None)
            desk.publish("freeze", b"")
            await wait_for(lambda: desk.counters.reconnects == 1, 20)
            await desk.flush()


async def test_more_than_the_server_takes_is_refused_not_piled_up(nats_server: NatsServer) -> None:
    async with connected("market", at(nats_server), outbound_bytes=100_000) as market:

        def publish_without_a_pause() -> None:
            for _ in range(200):
                market.publish("md.raw.x", b"x" * 1_000)

        with pytest.raises(BusFull):
            publish_without_a_pause()
        assert 95 <= market.counters.messages_out <= 100
        assert market.counters.refused == 1
        await market.flush()
        market.publish("md.raw.x", b"room again")
        faults: list[BusFault] = []
        market.on_fault(faults.append)
        with pytest.raises(BusError, match="maximum payload exceeded"):
            market.publish("md.raw.x", b"x" * (2 << 20))
        assert [(fault.kind, fault.subject) for fault in faults] == [(FaultKind.MESSAGE, "md.raw.x")]


async def test_the_first_connection_gives_up_in_time_and_says_where(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        bus = Bus("desk", ServerAddress((f"nats://127.0.0.1:{port}",)))
        started_s = time.monotonic()
        with pytest.raises(BusDown, match=f"127.0.0.1:{port}"):
            await bus.connect(timeout_ms=200)
        assert time.monotonic() - started_s < 1.0
        assert bus.status.state is BusState.CLOSED


async def test_a_server_that_starts_late_is_found_in_the_background(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    bus = Bus("desk", ServerAddress((f"nats://127.0.0.1:{port}",)))
    with pytest.raises(BusDown):
        await bus.connect(timeout_ms=100, keep_trying=True)
    assert bus.status.state is BusState.CONNECTING
    with running_nats_server(tmp_path / "nats", "-p", str(port)):
        await wait_for(lambda: bus.connected)
        await bus.close()


async def test_wrong_credentials_are_refused_at_once(tmp_path: Path) -> None:
    with running_nats_server(tmp_path / "nats", "--user", "alice", "--pass", "right") as server:
        good = ServerAddress((server.url,), user="alice", password="right")
        bad = ServerAddress((server.url,), user="alice", password="wrong")
        assert "right" not in repr(good)
        async with connected("desk", good):
            pass
        started_s = time.monotonic()
        with pytest.raises(BusRefused, match=r"(?i)authorization"):
            await Bus("desk", bad).connect(timeout_ms=5_000)
        assert time.monotonic() - started_s < 2.0


@pytest.mark.parametrize("subject", ["", "a b", "a\tb"])
async def test_what_is_no_subject_is_refused_before_it_can_end_the_connecting(subject: str) -> None:
    bus = Bus("desk", ServerAddress(("nats://127.0.0.1:1",)))
    with pytest.raises(BusError, match="not a subject"):
        await bus.subscribe(subject, into([]))


async def test_a_listener_that_raises_does_not_keep_the_bus_from_connecting(
    nats_server: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    bus = Bus("desk", at(nats_server))
    bus.on_status(lambda _status: [][0])
    await bus.connect()
    assert bus.connected
    await bus.close()
    assert "a listener raised" in caplog.text


async def test_a_damaged_credentials_file_ends_the_connecting_in_words(tmp_path: Path) -> None:
    damaged = tmp_path / "desk.creds"
    damaged.write_text("-----BEGIN NATS USER JWT-----\nabc\n")
    config = tmp_path / "nats.conf"
    config.write_text(
        'authorization { users = [ { nkey: "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4" } ] }'
    )
    with running_nats_server(tmp_path / "nats", "-c", str(config)) as server:
        bus = Bus("desk", ServerAddress((server.url,), creds_file=damaged))
        with pytest.raises(BusError) as raised:
            await bus.connect(timeout_ms=1_000)
        assert "no answer" not in str(raised.value)


async def test_a_flush_that_was_given_up_costs_nothing(nats_server: NatsServer) -> None:
    faults: list[BusFault] = []
    async with connected("desk", at(nats_server)) as desk:
        desk.on_fault(faults.append)
        for _ in range(5):
            given_up = asyncio.create_task(desk.flush())
            await asyncio.sleep(0)  # it has sent its PING and waits
            given_up.cancel()
            await asyncio.gather(given_up, return_exceptions=True)
        await desk.flush()
        assert desk.connected
        assert desk.counters.reconnects == 0
    assert faults == []


async def test_a_cancellation_that_meets_the_answer_of_a_flush_is_not_lost(nats_server: NatsServer) -> None:
    async with connected("desk", at(nats_server)) as desk:
        assert desk._link is not None
        client = desk._link._client
        for _ in range(50):
            pongs = client._pongs_received
            ending = asyncio.create_task(desk.flush())
            while client._pongs_received == pongs and not ending.done():  # noqa: ASYNC110
                await asyncio.sleep(0)
            was_under_way = ending.cancel()
            await asyncio.gather(ending, return_exceptions=True)
            assert ending.cancelled() or not was_under_way


async def test_a_cancellation_that_meets_the_answer_of_a_request_is_not_lost(nats_server: NatsServer) -> None:
    async with connected("desk", at(nats_server)) as desk, connected("market", at(nats_server)) as market:
        await market.subscribe("ask", lambda _subject, data, reply: market.respond(reply, data))
        await market.flush()
        assert desk._link is not None
        client = desk._link._client
        await desk.request("ask", b"first", 2_000)
        for _ in range(50):
            heard = client.stats["in_msgs"]
            asking = asyncio.create_task(desk.request("ask", b"again", 2_000))
            while client.stats["in_msgs"] == heard and not asking.done():  # noqa: ASYNC110
                await asyncio.sleep(0)
            was_under_way = asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            assert asking.cancelled() or not was_under_way
