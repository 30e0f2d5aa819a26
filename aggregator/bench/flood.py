"""A feed that sends as fast, or exactly as fast, as it is told: a child process of the aggregator bench.

`python -m aggregator.bench.flood CREDENTIALS`. Reads JSON lines and answers each with one:
{"do": "single"|"mixed"|"bare", "count": ticks} sends a burst (`bare` on subjects no aggregator reads),
{"do": "pace", "per_s": n, "seconds": s} sends single ticks evenly and measures the spacing of every group's
deltas by the time stamped into them. The end of its input ends it.
"""

import asyncio
import itertools
import json
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core import subjects
from core.bus import Bus
from core.clock import NS_PER_MS, NS_PER_S, monotonic_ns, wall_ns
from core.market.instruments import InstrumentKey
from core.scope import LIVE, Scope
from core.server_address import read_address
from core.wire.delta import decode_delta_header
from core.wire.generated import control_pb2
from core.wire.raw import QuoteEvents, RawBatch, RawHeader, TradeEvents, encode_raw
from core.wire.raw_bulk import encode_singles

EXCHANGE: Final = "BENCH"
INSTRUMENTS: Final = 500
MIXED_INSTRUMENTS: Final = 100
BATCH_EVENTS: Final = 256
SLICE_MS: Final = 1
BARE: Final = Scope("bare")  # a scope nobody serves
_CHUNK: Final = 2_000  # messages between two yields to the writer


def keys(count: int = INSTRUMENTS) -> list[InstrumentKey]:
    return [InstrumentKey(EXCHANGE, f"S{number:03}") for number in range(count)]


class Flood:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._dice = np.random.default_rng(1)
        self._sequence = 0
        self._epoch = wall_ns()
        self._prices = self._dice.integers(10_000, 20_000, INSTRUMENTS)
        self._sent: dict[str, list[tuple[int, int]]] = {}  # by subject: sent_ns, cadence in force
        self._subjects = [subjects.raw(LIVE, key) for key in keys()]
        self._bare_subjects = [subjects.raw(BARE, key) for key in keys()]

    async def announce(self) -> None:
        """Definitions and a first header: a reader is there from the first event on."""
        definitions = control_pb2.Definitions(epoch=self._epoch, version=1, exchange=EXCHANGE)
        for number, key in enumerate(keys()):
            named = control_pb2.InstrumentKey(exchange=key.exchange, symbol=key.symbol)
            definitions.instruments.add(id=number, key=named, price_decimals=2, tick_counts=1)
        self._bus.publish(subjects.definitions(LIVE, EXCHANGE), definitions.SerializeToString())
        self._bus.publish(subjects.raw_mix(LIVE, EXCHANGE), encode_raw(RawBatch(self._header())))
        await self._bus.flush()

    async def single(self, count: int, is_bare: bool = False) -> dict[str, Any]:
        """One tick a message, on each instrument's own subject."""
        quotes = self._quotes(self._dice.integers(0, INSTRUMENTS, count))
        self._sequence += 1
        messages = encode_singles(RawBatch(self._header(), quotes=quotes))
        self._sequence += count - 1
        names = self._bare_subjects if is_bare else self._subjects
        if is_bare:
            self._sequence -= count
        for begin in range(0, count, _CHUNK):
            ids = quotes.instrument[begin : begin + _CHUNK].tolist()
            for number, message in zip(ids, messages[begin : begin + _CHUNK], strict=True):
                self._bus.publish(names[number], message)
            await self._bus.flush()
        return {"ticks": count}

    async def mixed(self, count: int) -> dict[str, Any]:
        """Quotes and trades of 100 instruments interleaved, 256 a message."""
        messages = [self._mix_message() for _ in range(-(-count // BATCH_EVENTS))]
        subject = subjects.raw_mix(LIVE, EXCHANGE)
        for begin in range(0, len(messages), 64):
            for message in messages[begin : begin + 64]:
                self._bus.publish(subject, message)
            await self._bus.flush()
        return {"ticks": len(messages) * BATCH_EVENTS}

    async def pace(self, per_s: int, seconds: float) -> dict[str, Any]:
        """Single ticks, a slice every millisecond; afterwards how unevenly the deltas came."""
        self._sent.clear()
        listening = await self._bus.subscribe(subjects.delta(LIVE, "*"), self._on_delta)
        begin_ns, sent = monotonic_ns(), 0
        while (elapsed_ns := monotonic_ns() - begin_ns) < seconds * NS_PER_S:
            due = min(per_s * elapsed_ns // NS_PER_S - sent, per_s // 10)
            if due > 0:
                quotes = self._quotes(self._dice.integers(0, INSTRUMENTS, due))
                self._sequence += 1
                messages = encode_singles(RawBatch(self._header(), quotes=quotes))
                self._sequence += due - 1
                for number, message in zip(quotes.instrument.tolist(), messages, strict=True):
                    self._bus.publish(self._subjects[number], message)
                sent += due
            await asyncio.sleep(SLICE_MS / 1_000)
        listening.unsubscribe()
        off_ms = [
            abs((later_ns - earlier_ns) / NS_PER_MS - cadence_ms)
            for stamps in self._sent.values()
            for (earlier_ns, cadence_ms), (later_ns, _) in itertools.pairwise(stamps[2:])
        ]
        cadences = [cadence_ms for stamps in self._sent.values() for _, cadence_ms in stamps]
        return {
            "ticks_per_s": sent / (elapsed_ns / NS_PER_S),
            "deltas": len(off_ms),
            "cadence_ms": float(np.mean(cadences)) if cadences else None,
            "jitter_p50_ms": float(np.percentile(off_ms, 50)) if off_ms else None,
            "jitter_p99_ms": float(np.percentile(off_ms, 99)) if off_ms else None,
        }

    def _on_delta(self, subject: str, data: bytes, _reply: str) -> None:
        header = decode_delta_header(data)
        if header.recv_oldest_ns:  # an idle header keeps no spacing
            self._sent.setdefault(subject, []).append((header.sent_ns, header.cadence_ms))

    def _header(self) -> RawHeader:
        return RawHeader(self._epoch, self._sequence, 1)

    def _walk(self, ids: NDArray[np.integer]) -> NDArray[np.int64]:
        self._prices += self._dice.integers(-3, 4, INSTRUMENTS)
        return self._prices[ids]

    def _quotes(self, ids: NDArray[np.int64], positions: NDArray[np.uint16] | None = None) -> QuoteEvents:
        count, price = len(ids), self._walk(ids)
        sizes = self._dice.integers(1, 500, (2, count))
        now = np.full(count, wall_ns())
        return QuoteEvents(
            ids.astype(np.uint32), now, now, price - 1, sizes[0], price + 1, sizes[1], position=positions
        )

    def _mix_message(self) -> bytes:
        self._sequence += 1
        ids = self._dice.integers(0, MIXED_INSTRUMENTS, BATCH_EVENTS)
        is_trade = self._dice.random(BATCH_EVENTS) < 0.25
        places = np.arange(BATCH_EVENTS, dtype=np.uint16)
        traded = ids[is_trade].astype(np.uint32)
        count = len(traded)
        now, sizes = np.full(count, wall_ns()), self._dice.integers(1, 99, count)
        takers = np.ones(count, np.uint8)
        trades = TradeEvents(traded, now, now, self._walk(traded), sizes, takers, position=places[is_trade])
        quotes = self._quotes(ids[~is_trade], places[~is_trade])
        return encode_raw(RawBatch(self._header(), quotes=quotes, trades=trades))


async def _serve(credentials: Path) -> None:
    bus = Bus("flood", read_address(credentials, "admin"), outbound_pending_bytes=256 << 20)
    await bus.connect()
    flood = Flood(bus)
    await flood.announce()
    _say({"ready": True})
    loop = asyncio.get_running_loop()
    try:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            order = json.loads(line)
            match order.pop("do"):
                case "single":
                    _say(await flood.single(**order))
                case "bare":
                    _say(await flood.single(is_bare=True, **order))
                case "mixed":
                    _say(await flood.mixed(**order))
                case "pace":
                    _say(await flood.pace(**order))
    finally:
        await bus.close()


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
