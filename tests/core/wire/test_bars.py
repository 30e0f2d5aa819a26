"""Bars arrive as they were sent, whether one changed bar or a page of 5,000."""

import time

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.bars import COLUMNS, BarColumns
from core.market.intervals import Interval, IntervalUnit, seconds
from core.wire.bars import BYTES_MAX, ERROR_BYTES_MAX, PAGE_BARS_MAX, decode_bars, encode_bars
from core.wire.errors import WireError
from core.wire.flat import seal
from core.wire.generated.bars.BarBlock import BarBlock as Generated
from core.wire.packing import ZSTD_FROM_BYTES
from tests.core.wire.examples import some_bars, some_block

SCALARS = (
    "epoch", "version", "sequence", "interval", "price_decimals", "size_decimals", "is_history",
    "has_earlier", "bars_total", "market_ns", "recv_oldest_ns", "sent_ns", "error",
)  # fmt: skip
INTERVALS = st.sampled_from([1, 15, 60, 300, 3_600, 86_400]).map(seconds) | st.builds(
    Interval, st.sampled_from([IntervalUnit.TRADES, IntervalUnit.VOLUME]), st.integers(1, 10**9)
)


def assert_same_bars(got: BarColumns, sent: BarColumns) -> None:
    for column in COLUMNS:
        np.testing.assert_array_equal(getattr(got, column), getattr(sent, column), err_msg=column)


@given(
    seed=st.integers(0, 2**32),
    count=st.sampled_from([0, 1, 2, 3, 7, 8, 9, 200, 2_000, PAGE_BARS_MAX]),
    interval=INTERVALS,
    flags=st.tuples(st.booleans(), st.booleans()),
    u64=st.lists(st.integers(0, 2**64 - 1), min_size=3, max_size=3),
    i64=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=3, max_size=3),
    error=st.text(max_size=40).filter(lambda text: "\x00" not in text),
)
@settings(max_examples=60, deadline=None)
def test_everything_arrives_exactly(
    seed: int,
    count: int,
    interval: Interval,
    flags: tuple[bool, bool],
    u64: list[int],
    i64: list[int],
    error: str,
) -> None:
    sent = some_block(
        np.random.default_rng(seed), count, interval=interval, is_history=flags[0], has_earlier=flags[1],
        epoch=u64[0], sequence=u64[1], bars_total=u64[2], market_ns=i64[0], recv_oldest_ns=i64[1],
        sent_ns=i64[2], error=error, version=seed % 2**32, price_decimals=seed % 19,
    )  # fmt: skip
    got = decode_bars(encode_bars(sent))
    assert [getattr(got, name) for name in SCALARS] == [getattr(sent, name) for name in SCALARS]
    assert_same_bars(got.bars, sent.bars)


@pytest.mark.parametrize("count", [0, 1, 2, 13])
@pytest.mark.parametrize("error", ["", "BTC-USD comes as 1-minute bars: choose 1m or longer"])
def test_other_languages_can_read_it(count: int, error: str) -> None:
    """With the code that flatc generates."""
    sent = some_block(np.random.default_rng(1), count, error=error, has_earlier=True)
    message = encode_bars(sent)
    assert message[:1] == b"\x00"
    assert Generated.BarBlockBufferHasIdentifier(message[1:], 0)
    got = Generated.GetRootAs(message[1:])
    assert (got.Epoch(), got.Sequence(), got.IntervalCount(), got.Flags()) == (10**18 + 7, 42, 60, 2)
    assert (got.MarketNs(), got.RecvOldestNs(), got.SentNs()) == (10**18, 10**18 - 9, 10**18 + 9)
    assert (got.Error() or b"").decode() == error
    assert got.KeyLength() == got.BarFlagsLength() == count
    for column in COLUMNS if count else ():
        name = "BarFlags" if column == "flags" else column.title().replace("_", "")
        np.testing.assert_array_equal(getattr(got, f"{name}AsNumpy")(), getattr(sent.bars, column))


def test_a_page_is_packed_and_an_update_is_not() -> None:
    rng = np.random.default_rng(1)
    assert encode_bars(some_block(rng, 3))[0] == 0
    page = encode_bars(some_block(rng, PAGE_BARS_MAX))
    assert page[0] == 1
    assert ZSTD_FROM_BYTES < zstandard.frame_content_size(page[1:]) < BYTES_MAX


def test_a_long_error_is_cut_between_characters() -> None:
    error = decode_bars(encode_bars(some_block(np.random.default_rng(1), 0, error="é" * 2_000 + "x"))).error
    assert error == "é" * (ERROR_BYTES_MAX // 2)


@pytest.mark.parametrize("count", [0, 1, 9, 400])
def test_flipped_bytes_are_noticed(count: int) -> None:
    message = encode_bars(some_block(np.random.default_rng(2), count, error="none"))
    for position in range(0, len(message), max(1, len(message) // 400)):
        changed = bytearray(message)
        changed[position] ^= 0x55
        with pytest.raises(WireError):
            decode_bars(bytes(changed))


def test_keys_that_do_not_ascend_are_refused() -> None:
    bars = some_bars(np.random.default_rng(3), 5)
    for rows in ([0, 2, 1, 3], [0, 1, 1, 2]):
        block = some_block(np.random.default_rng(3), 0, bars=bars.take(rows))
        with pytest.raises(WireError, match="ascend"):
            decode_bars(encode_bars(block))


@pytest.mark.parametrize(
    ("slot", "value", "said"),
    [(3, 3, "unit"), (4, 7, "divide"), (5, 19, "decimals"), (6, 200, "decimals")],
)
def test_what_no_chart_can_show_is_refused(slot: int, value: int, said: str) -> None:
    body = bytearray(encode_bars(some_block(np.random.default_rng(4), 2))[1:-4])
    table = Generated.GetRootAs(body)._tab
    body[table.Pos + table.Offset(4 + 2 * slot)] = value
    with pytest.raises(WireError, match=said):
        decode_bars(b"\x00" + seal(body))


def test_a_frame_that_claims_gigabytes_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(WireError, match="at most"):
        decode_bars(b"\x01" + zstandard.ZstdCompressor().compress(bytes(BYTES_MAX + 1)))


@pytest.mark.parametrize("message", [b"", b"\x00", b"\x01", b"\x02abc", b"\x01not zstd", bytes(64)])
def test_what_is_no_block_is_refused(message: bytes) -> None:
    with pytest.raises(WireError):
        decode_bars(message)


@pytest.mark.bench
def test_an_update_of_one_bar_costs_next_to_nothing() -> None:
    """Best of 20 rounds, so that a busy machine does not fail it: 18 us on the machine it was made on."""
    block = some_block(np.random.default_rng(5), 1)
    best_us = 1e9
    for _ in range(20):
        begin = time.perf_counter()
        for _ in range(50):
            decode_bars(encode_bars(block))
        best_us = min(best_us, (time.perf_counter() - begin) * 1e6 / 50)
    assert best_us < 60
