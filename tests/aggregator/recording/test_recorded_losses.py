"""Whatever is lost, doubled or restarted on the way: the tape shows what the pipeline shows."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.feeds.publisher import RawPublisher
from aggregator.feeds.recorded.load import load_tape
from aggregator.pipeline import requests
from aggregator.pipeline.ingest import Ingest
from aggregator.pipeline.instruments import InstrumentRows
from aggregator.pipeline.sequencing import Phase
from aggregator.recording.recorder import Recorder
from aggregator.recording.verify import verify_tape
from core import subjects
from core.clock import NS_PER_MS
from core.metrics import Counters
from core.scope import LIVE
from tests.aggregator.pipeline.market import block, instruments
from tests.aggregator.pipeline.reference import Event, Quote, Session, Trade
from tests.aggregator.recording.studio import table_after

ROWS = 3
BEGIN_NS = 1_700_000_000_000_000_000
DELIVER, LOSE, TWICE = "deliver", "lose", "twice"
fates = st.lists(st.sampled_from([DELIVER] * 5 + [LOSE] * 2 + [TWICE]), min_size=1, max_size=60)


class Line:
    """In place of a bus: keeps what was published, for the test to carry."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []

    def publish(self, subject: str, payload: bytes, reply: str = "") -> None:
        self.sent.append((subject, payload))

    async def subscribe(self, subject: str, handler: Callable[[str, bytes, str], None]) -> "Line":
        return self

    def unsubscribe(self) -> None:
        pass

    async def flush(self) -> None:
        pass

    def take(self) -> list[tuple[str, bytes]]:
        sent, self.sent = self.sent, []
        return sent


class Stage:
    """A feed, a pipeline's ingest and a recorder, with the test as the wire between them."""

    def __init__(self, folder: Path, repeats: bool) -> None:
        self.now_ns = 10**9
        self._repeats = repeats
        self.feed_line, self.recorder_line = Line(), Line()
        feed_bus: Any = self.feed_line
        recorder_bus: Any = self.recorder_line
        self.feed = RawPublisher(
            feed_bus, LIVE, "XTST", instruments("XTST", ROWS), 7, wall=self.wall, monotonic=self.monotonic
        )
        self.recorder = Recorder(
            recorder_bus, LIVE, folder / "a.tape", random=Random(1), monotonic_ns=self.monotonic,
            wall_ns=self.wall,
        )  # fmt: skip
        asyncio.run(self.recorder.open())
        counters = Counters()
        self.registry = InstrumentRows(counters)
        self.ingest = Ingest(LIVE, self.registry, counters, Random(2))

    def monotonic(self) -> int:
        return self.now_ns

    def wall(self) -> int:
        return BEGIN_NS + self.now_ns

    def carry(self, fate: str) -> None:
        """What the feed has sent goes to both, or to neither; then both may ask."""
        for subject, data in self.feed_line.take():
            for _ in range({DELIVER: 1, LOSE: 0, TWICE: 2}[fate]):
                self._arrive(subject, data)
        self.now_ns += 120 * NS_PER_MS
        self.recorder._turn()
        for exchange, feed in self.ingest.feeds.items():
            ask_ns = feed.gate.ask_ns()
            if ask_ns is not None and ask_ns <= self.now_ns:
                asked = subjects.feed_state_get(LIVE, exchange), feed.gate.on_asked(self.now_ns)
                self.recorder_line.sent.append(asked)
        for subject, data in self.recorder_line.take():
            self.feed._on_asked(subject, data if self._repeats else b"", "")

    def _arrive(self, subject: str, data: bytes) -> None:
        if subject.startswith("md.def."):
            self.recorder._on_definitions(subject, data, "")
            message = requests.read_definitions(data)
            definitions, _ = requests.read_instruments(message)
            self.ingest.feed(message.exchange, self.now_ns)
            self.registry.define(message.exchange, message.epoch, message.version, definitions)
            self.ingest.on_definitions()
        else:
            self.recorder._backlog.append(subject, data)
            self.ingest.drain([subject], [data], self.now_ns, self.wall())

    def settle(self) -> None:
        """Nothing is lost any more: both end with everything the feed has."""
        for _ in range(200):
            self.feed._send_definitions()
            self.feed._send_header()
            self.carry(DELIVER)
            gates = [feeds["XTST"].gate for feeds in (self.ingest.feeds, self.recorder.intake.feeds)]
            if all(gate.phase is Phase.LIVE and gate.sequence == self.feed.sequence for gate in gates):
                return
        raise AssertionError("they never recovered")


def _events(dice: np.random.Generator, now_ns: int) -> list[Event]:
    events: list[Event] = []
    for _ in range(int(dice.integers(1, 6))):
        row, price, size = int(dice.integers(ROWS)), int(dice.integers(90, 110)), int(dice.integers(1, 9))
        kind = int(dice.integers(4))
        if kind == 0:
            events.append(Session(row, now_ns, now_ns, price, price + 9, price - 9, price, size * 100, 0))
        elif kind == 1:
            events.append(Trade(row, now_ns, now_ns, price, size))
        else:
            events.append(Quote(row, now_ns, now_ns, price, size, price + 1, size))
    return events


@settings(max_examples=60, deadline=None)
@given(fates, st.booleans(), st.integers(0, 2**32))
def test_the_tape_ends_with_the_table_of_the_pipeline(sent: list[str], repeats: bool, seed: int) -> None:
    """Whether the feed can repeat what was lost, or has only its state to tell."""
    dice = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder), repeats)
        stage.feed._send_definitions()
        for fate in [*sent, DELIVER]:
            stage.feed.publish(block(_events(dice, stage.wall())))
            stage.carry(fate)
        stage.settle()
        stage.recorder.end()
        manifest = asyncio.run(stage.recorder.run())
        assert manifest is not None
        expected = {
            key: stage.registry.table.values[:, row].tolist() for key, row in stage.registry.row_of.items()
        }
        tape = load_tape([Path(folder) / "a.tape"])
        assert table_after(tape) == expected
        assert len(tape.gaps) == manifest.events.get("gaps", 0)
        assert verify_tape(Path(folder) / "a.tape").defects == ()
        if LOSE not in sent or repeats:
            assert tape.gaps == ()
