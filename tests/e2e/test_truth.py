"""What stands on the screen is what happened on the market, cell by cell, whatever happened on the way.

Real server, aggregator, feed and desk; the truth comes from an independent replay of the same input.
"""

import signal
import time
from typing import Any

import pytest

from core.bus import Bus
from tests.e2e.processes import Child, descendant
from tests.e2e.reference import painted
from tests.e2e.stack import Desk, Stack
from tests.e2e.tapes import tape_named
from tests.proxy.faults import Fault, Rule
from tests.proxy.nats_proxy import NatsProxy
from tests.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.long]

TAPE = "random:7"
DELTAS, SNAPSHOTS, RAW = "md.agg.33ms.*", "md.snapshot.*", "md.raw.>"
# Longer than any idle header: a rule with this leaves those alone.
EVENT_BYTES = 220
# A second of silence, the rest of a header interval before it, and a look at the clock four times a second.
STALE_WITHIN_MS = 1_500
LOSSY = (
    Rule(Fault.DROP, DELTAS, probability=0.2),
    Rule(Fault.DOUBLE, DELTAS, probability=0.2),
    Rule(Fault.SWAP, DELTAS, probability=0.2),
    Rule(Fault.DELAY, DELTAS, probability=0.1, delay_ms=90),
    Rule(Fault.DROP, SNAPSHOTS, probability=0.3),
    Rule(Fault.DOUBLE, SNAPSHOTS, probability=0.3),
    Rule(Fault.DELAY, SNAPSHOTS, probability=0.2, delay_ms=120),
)
LOSSY_RAW = (
    Rule(Fault.DROP, RAW, probability=0.05),
    Rule(Fault.DOUBLE, RAW, probability=0.05),
    Rule(Fault.SWAP, RAW, probability=0.05),
    Rule(Fault.DELAY, RAW, probability=0.05, delay_ms=60),
)


async def started(stack: Stack, *desk_options: str) -> tuple[Bus, Child, Desk]:
    """Supervisor, feed and one desk that stand."""
    await stack.supervise()
    bus = await stack.connect()
    publisher = await stack.publish(TAPE)
    return bus, publisher, await stack.desk(bus, *desk_options)


async def test_every_window_paints_the_truth_and_again_after_more(stack: Stack) -> None:
    tape = tape_named(TAPE)
    _, publisher, desk = await started(stack, "--windows", "2")
    for count in (1_500, len(tape.events)):
        await publisher.ask({"until": count, "pause_ms": 4})
        await desk.shows(painted(tape.until(count)))


async def test_one_event_at_a_time_gives_the_same_table(stack: Stack) -> None:
    tape = tape_named(TAPE)
    _, publisher, desk = await started(stack)
    await publisher.ask({"until": 1_200, "batch": 1, "pause_ms": 1})
    await desk.shows(painted(tape.until(1_200)))


async def test_a_desk_that_comes_late_shows_the_same(stack: Stack) -> None:
    tape = tape_named(TAPE)
    bus, publisher, desk = await started(stack)
    await publisher.ask({"until": 2_000})
    await desk.shows(painted(tape.until(2_000)))
    late = await stack.desk(bus)
    await late.shows(painted(tape.until(2_000)))
    await publisher.ask({"until": None})
    for each in (desk, late):
        await each.shows(painted(tape))


async def test_lost_doubled_and_reordered_deltas_change_nothing(stack: Stack) -> None:
    tape = tape_named(TAPE)
    await stack.supervise()
    bus = await stack.connect()
    publisher = await stack.publish(TAPE)
    async with NatsProxy(stack.info.url, LOSSY, seed=1) as proxy:
        desk = await stack.desk(bus, server=proxy.url)
        await publisher.ask({"until": None, "pause_ms": 4})
        await desk.shows(painted(tape))  # with the faults still in force
        assert min(proxy.counts[fault] for fault in (Fault.DROP, Fault.DOUBLE, Fault.SWAP)) > 0
        (group,) = (await desk.inspect(cells=False))["groups"]
        assert group["counters"]["gaps"] > 0
        assert group["counters"]["snapshots"] > 1


async def test_lost_doubled_and_reordered_raw_messages_change_nothing(stack: Stack) -> None:
    tape = tape_named(TAPE)
    async with stack.aggregator_behind_proxy(seed=2) as proxy:
        bus = await stack.connect()
        publisher = await stack.publish(TAPE)
        desk = await stack.desk(bus)
        proxy.rules(*LOSSY_RAW)
        await publisher.ask({"until": None, "pause_ms": 2, "batch": 16})
        await desk.shows(painted(tape))
        assert min(proxy.counts[fault] for fault in (Fault.DROP, Fault.DOUBLE, Fault.SWAP)) > 0


async def test_a_lost_last_delta_is_fetched_again(stack: Stack) -> None:
    tape = tape_named(TAPE)
    await stack.supervise()
    bus = await stack.connect()
    publisher = await stack.publish(TAPE)
    async with NatsProxy(stack.info.url) as proxy:
        desk = await stack.desk(bus, server=proxy.url)
        end = len(tape.events)
        await publisher.ask({"until": end - 1})
        await desk.shows(painted(tape.until(end - 1)))
        proxy.rules(Rule(Fault.DROP, DELTAS, count_max=1, bytes_min=EVENT_BYTES))
        await publisher.ask({"until": end})  # and then the market says nothing more
        await desk.shows(painted(tape))
        assert proxy.counts[Fault.DROP] == 1


async def test_silence_after_a_lost_last_delta_shows_until_it_ends(stack: Stack) -> None:
    tape = tape_named(TAPE)
    await stack.supervise()
    bus = await stack.connect()
    publisher = await stack.publish(TAPE)
    async with NatsProxy(stack.info.url) as proxy:
        desk = await stack.desk(bus, server=proxy.url)
        end = len(tape.events)
        await publisher.ask({"until": end - 1})
        await desk.shows(painted(tape.until(end - 1)))
        proxy.rules(Rule(Fault.LAST, DELTAS, bytes_min=EVENT_BYTES), Rule(Fault.DROP, SNAPSHOTS))
        await publisher.ask({"until": end})
        answer = await desk.until(lambda a: _panel(a)["state"] == "stale", "the silence to be shown", 5)
        assert _row_states(answer) == {"stale"}
        proxy.rules()
        await desk.shows(painted(tape))


async def test_a_lost_last_raw_message_is_fetched_again(stack: Stack) -> None:
    tape = tape_named(TAPE)
    async with stack.aggregator_behind_proxy() as proxy:
        bus = await stack.connect()
        publisher = await stack.publish(TAPE)
        desk = await stack.desk(bus)
        end = len(tape.events)
        await publisher.ask({"until": end - 1})
        await desk.shows(painted(tape.until(end - 1)))
        proxy.rules(Rule(Fault.DROP, RAW, count_max=1, bytes_min=EVENT_BYTES))
        await publisher.ask({"until": end})
        await desk.shows(painted(tape))
        assert proxy.counts[Fault.DROP] == 1


async def test_an_aggregator_whose_connection_is_cut_catches_up(stack: Stack) -> None:
    tape = tape_named(TAPE)
    async with stack.aggregator_behind_proxy() as proxy:
        bus = await stack.connect()
        publisher = await stack.publish(TAPE)
        desk = await stack.desk(bus)
        await publisher.ask({"until": 2_000})
        await desk.shows(painted(tape.until(2_000)))
        assert proxy.cut("market") == 1
        await publisher.ask({"until": None})  # into the hole, or not: nobody knows
        await desk.shows(painted(tape))


async def test_a_killed_aggregator_comes_back_to_the_same_table(stack: Stack) -> None:
    tape = tape_named(TAPE)
    supervisor = await stack.supervise()
    bus = await stack.connect()
    publisher = await stack.publish(TAPE)
    desk = await stack.desk(bus)
    await publisher.ask({"until": 2_000})
    await desk.shows(painted(tape.until(2_000)))
    killed = descendant(supervisor, "aggregator", "market")
    killed.send_signal(signal.SIGKILL)
    await publisher.ask({"until": 3_000})  # nobody listens, or somebody new does
    await desk.shows(painted(tape.until(3_000)))
    await publisher.ask({"until": None})
    await desk.shows(painted(tape))
    assert descendant(supervisor, "aggregator", "market").pid != killed.pid


async def test_a_killed_server_is_shown_as_such_and_then_the_truth_returns(stack: Stack) -> None:
    tape = tape_named(TAPE)
    supervisor = await stack.supervise()
    bus = await stack.connect()
    publisher = await stack.publish(TAPE)
    async with NatsProxy(stack.info.url) as proxy:  # it shows the tries of a desk that nobody can ask
        desk = await stack.desk(bus, server=proxy.url)
        await publisher.ask({"until": 2_000})
        await desk.shows(painted(tape.until(2_000)))
        supervisor.send_signal(signal.SIGSTOP)  # so that the server stays down for a while
        descendant(supervisor, "nats-server").send_signal(signal.SIGKILL)
        await wait_for(lambda: proxy.counts.get("upstream_refused", 0) >= 4, 20)
        supervisor.send_signal(signal.SIGCONT)
        await desk.until(lambda answer: answer["process"]["reconnects"] > 0, "the desk to be back")
        await publisher.ask({"until": None})
        answer = await desk.shows(painted(tape))
        assert "disconnected" in [entry["state"] for entry in answer["history"]]


async def test_a_network_gone_dark_is_stale_then_disconnected_then_the_truth(stack: Stack) -> None:
    tape = tape_named(TAPE)
    await stack.supervise()
    bus = await stack.connect()
    publisher = await stack.publish(TAPE)
    async with NatsProxy(stack.info.url) as proxy:
        desk = await stack.desk(bus, server=proxy.url)
        await publisher.ask({"until": 2_000})
        answer = await desk.shows(painted(tape.until(2_000)))
        known = len(answer["history"])
        proxy.frozen = proxy.refusing = True
        dark_ms = time.monotonic() * 1_000
        await wait_for(lambda: proxy.counts["connections"] > 5, 20)  # it gave up and tries anew
        proxy.frozen = proxy.refusing = False
        await publisher.ask({"until": None})
        answer = await desk.shows(painted(tape))
        changes = answer["history"][known - 1 :]
        stale = next(entry for entry in changes if entry["state"] == "stale")
        assert stale["at_ms"] - dark_ms < STALE_WITHIN_MS
        assert changes.index(stale) < [entry["state"] for entry in changes].index("disconnected")


async def test_a_frozen_feed_looks_fresh_nowhere(stack: Stack) -> None:
    tape = tape_named(TAPE)
    _, publisher, desk = await started(stack)
    await publisher.ask({"until": None})
    await desk.shows(painted(tape))
    publisher.send_signal(signal.SIGSTOP)
    frozen_ms = time.monotonic() * 1_000
    answer = await desk.until(lambda a: _row_states(a) == {"stale"}, "all rows to be marked", timeout_s=5)
    assert _panel(answer)["state"] == "stale"
    stale = next(entry for entry in reversed(answer["history"]) if entry["state"] == "stale")
    assert 0 < stale["at_ms"] - frozen_ms < STALE_WITHIN_MS
    publisher.send_signal(signal.SIGCONT)
    await desk.shows(painted(tape))


def _panel(answer: dict[str, Any]) -> dict[str, Any]:
    ((panel,),) = [window["panels"] for window in answer["windows"]]
    return panel


def _row_states(answer: dict[str, Any]) -> set[str]:
    return {row["state"] for row in _panel(answer)["row_states"]}
