"""Whatever bytes arrive: `WireError` or a consistent reading, never another exception, never half a delta.

Damage is done to real messages and sealed again with a right crc most of the time, as an attacker or a
broken writer would; random bytes and cut-off messages come too. Seeded, so a failure repeats.
"""

from collections.abc import Callable

import numpy as np
import pytest
import zstandard

from core.market.bars import COLUMNS
from core.market.intervals import Interval
from core.market.quote_table import QuoteTable
from core.wire.bars import PAGE_BARS_MAX, decode_bars, encode_bars
from core.wire.delta import apply_delta, decode_delta_header
from core.wire.errors import WireError
from core.wire.flat import seal
from core.wire.raw import decode_many, decode_raw, encode_singles
from core.wire.raw_events import RawBatch, RawHeader
from core.wire.snapshot import decode_snapshot, encode_snapshot
from tests.core.wire.examples import (
    LAYOUT,
    delta_message,
    raw_message,
    single_quotes,
    some_block,
    some_snapshot,
    some_values,
)

ROWS = 40
EXTREMES = (0, 1, 4, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF0, 2**31 + 4)


def damaged(message: bytes, rng: np.random.Generator) -> bytes:
    """The body of a sealed message after one accident, sealed again three times in four."""
    body = bytearray(message[:-4])
    what = int(rng.integers(7))
    if what == 0:
        for _ in range(int(rng.integers(1, 5))):
            body[int(rng.integers(len(body)))] ^= int(rng.integers(1, 256))
    elif what == 1:
        del body[int(rng.integers(len(body))) :]
    elif what in (2, 3):  # a length or an offset somewhere, mostly in the first quarter, where the tables are
        reach = len(body) if what == 2 else max(8, len(body) // 4)
        at = int(rng.integers(reach)) & ~3
        body[at : at + 4] = EXTREMES[int(rng.integers(len(EXTREMES)))].to_bytes(4, "little")
    elif what == 4:
        begin = int(rng.integers(len(body)))
        body[begin : begin + int(rng.integers(1, 64))] = bytes(int(rng.integers(1, 64)))
    elif what == 5:
        here, there = (int(rng.integers(len(body))) for _ in range(2))
        body[here : here + 16] = body[there : there + 16]
    else:
        body = bytearray(rng.bytes(int(rng.integers(0, 200))))
    return seal(body) if rng.random() < 0.75 else bytes(body) + message[-4:]


def fuzz(read: Callable[[bytes], object], messages: list[bytes], count: int, seed: int) -> int:
    """How many of `count` damaged messages were read nevertheless."""
    rng = np.random.default_rng(seed)
    survived = 0
    for _ in range(count):
        try:
            read(damaged(messages[int(rng.integers(len(messages)))], rng))
        except WireError:
            continue
        survived += 1
    return survived


def fuzz_deltas(count: int) -> None:
    rng = np.random.default_rng(1)
    made = [delta_message(rng, ROWS) for _ in range(8)]
    bases = made[0][1]
    before = some_values(rng, ROWS)
    table = QuoteTable(ROWS)
    table.replace(before)

    def read(data: bytes) -> None:
        version = table.version
        try:
            apply_delta(data, table, bases, LAYOUT, ROWS)
        except WireError:
            assert table.version == version
            assert (table.values == before).all()
            raise
        table.replace(before)

    assert fuzz(read, [message for message, _ in made], count, seed=2) > 0
    fuzz(decode_delta_header, [message for message, _ in made], count // 10, seed=3)


def fuzz_raw(count: int) -> None:
    rng = np.random.default_rng(4)
    singles = encode_singles(RawBatch(RawHeader(1, 1, 1), quotes=single_quotes(rng, 8)))
    messages = [*singles, *(raw_message(rng, events) for events in (1, 2, 9))]
    assert fuzz(decode_raw, messages, count // 2, seed=5) > 0
    # Among good ones of the same length, where templates are at work.
    for _ in range(count // 2 // 20):
        backlog = [damaged(message, rng) for message in singles for _ in range(2)] + singles[:4]
        columns, bad = decode_many(backlog)
        assert not set(bad) & {16, 17, 18, 19}
        assert columns.sequence[-4:].tolist() == [1, 2, 3, 4]


def fuzz_snapshots(count: int) -> None:
    rng = np.random.default_rng(6)
    plain = [encode_snapshot(some_snapshot(rng, rows))[1:] for rows in (1, 3, 12)]
    assert fuzz(lambda body: decode_snapshot(b"\x00" + body), plain, count * 9 // 10, seed=7) > 0
    packer = zstandard.ZstdCompressor()
    packed = [b"\x01" + packer.compress(body) for body in plain]
    fuzz(decode_snapshot, packed, count // 20, seed=8)
    fuzz(lambda body: decode_snapshot(b"\x01" + packer.compress(body)), plain, count // 20, seed=9)


def fuzz_bars(count: int) -> None:
    rng = np.random.default_rng(10)
    plain = [
        encode_bars(some_block(rng, bars, error=error))[1:]
        for bars, error in ((0, ""), (1, ""), (1, "late"), (2, ""), (9, "überfällig"), (40, ""))
    ]

    def read(data: bytes) -> None:
        """A block that is returned is whole: what a chart relies on holds."""
        block = decode_bars(data)
        bars = block.bars
        assert {len(getattr(bars, column)) for column in COLUMNS} == {len(bars)}
        assert len(bars) <= PAGE_BARS_MAX
        assert (np.diff(bars.key) > 0).all() or len(bars) < 2
        assert isinstance(block.interval, Interval)
        assert max(block.price_decimals, block.size_decimals) <= 18
        block.error.encode()
        encode_bars(block)

    assert fuzz(lambda body: read(b"\x00" + body), plain, count * 9 // 10, seed=11) > 0
    packer = zstandard.ZstdCompressor()
    packed = [b"\x01" + packer.compress(body) for body in plain]
    fuzz(read, packed, count // 20, seed=12)
    fuzz(lambda body: read(b"\x01" + packer.compress(body)), plain, count // 20, seed=13)


def test_5_000_damaged_messages() -> None:
    fuzz_bars(1_500)
    fuzz_deltas(2_000)
    fuzz_raw(1_500)
    fuzz_snapshots(1_500)


@pytest.mark.slow
def test_100_000_damaged_messages() -> None:
    fuzz_deltas(45_000)
    fuzz_raw(30_000)
    fuzz_snapshots(25_000)


@pytest.mark.slow
def test_100_000_damaged_blocks_of_bars() -> None:
    fuzz_bars(100_000)
