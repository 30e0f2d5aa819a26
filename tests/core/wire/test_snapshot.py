"""A late subscriber gets a group's instruments and every value from one message."""

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.fields import NULL, Field
from core.market.groups import GROUP_ROWS_MAX
from core.wire.errors import WireError
from core.wire.flat import seal
from core.wire.generated.snapshot.Snapshot import Snapshot as Generated
from core.wire.packing import ZSTD_FROM_BYTES
from core.wire.snapshot import BYTES_MAX, decode_snapshot, encode_snapshot
from tests.core.wire.examples import LAYOUT, some_snapshot


def unpacked(message: bytes) -> bytes:
    return message[1:] if message[0] == 0 else zstandard.ZstdDecompressor().decompress(message[1:])


@given(st.integers(0, 2**32), st.sampled_from([1, 2, 30, 400, GROUP_ROWS_MAX]))
@settings(max_examples=25, deadline=None)
def test_everything_arrives_exactly(seed: int, rows: int) -> None:
    sent = some_snapshot(np.random.default_rng(seed), rows)
    message = encode_snapshot(sent)
    assert (message[0] == 1) == (len(unpacked(message)) >= ZSTD_FROM_BYTES)
    got = decode_snapshot(message)
    assert got.instruments == sent.instruments
    assert got.sources == sent.sources
    scalars = ("group", "epoch", "sequence", "layout", "recv_oldest_ns", "sent_ns")
    assert [getattr(got, name) for name in scalars] == [getattr(sent, name) for name in scalars]
    for name in ("source_states", "source_late_ms", "source_of_row", "bases", "values"):
        np.testing.assert_array_equal(getattr(got, name), getattr(sent, name), err_msg=name)


def test_bases_have_no_null_and_times_have_no_base() -> None:
    rng = np.random.default_rng(1)
    sent = some_snapshot(rng, 3, bases=np.full((len(Field), 3), NULL, np.int64))
    assert (decode_snapshot(encode_snapshot(sent)).bases == 0).all()


def test_a_reader_that_knows_the_layout_makes_no_instruments() -> None:
    message = encode_snapshot(some_snapshot(np.random.default_rng(1), 3))
    assert decode_snapshot(message, known_layout=(7, LAYOUT)).instruments == ()
    assert len(decode_snapshot(message, known_layout=(6, LAYOUT)).instruments) == 3


@pytest.mark.parametrize("rows", [5, 400])
def test_flipped_bytes_are_noticed(rows: int) -> None:
    message = encode_snapshot(some_snapshot(np.random.default_rng(2), rows))
    for position in range(0, len(message), max(1, len(message) // 500)):
        changed = bytearray(message)
        changed[position] ^= 0x55
        with pytest.raises(WireError):
            decode_snapshot(bytes(changed))


def test_a_frame_that_claims_gigabytes_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(WireError, match="at most"):
        decode_snapshot(b"\x01" + zstandard.ZstdCompressor().compress(bytes(BYTES_MAX + 1)))
    unsized = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(20_000))
    with pytest.raises(WireError):
        decode_snapshot(b"\x01" + unsized)


def test_names_are_bounded() -> None:
    rng = np.random.default_rng(2)
    with pytest.raises(WireError, match="a text of"):
        decode_snapshot(encode_snapshot(some_snapshot(rng, 2, sources=("BINANCE", "C" * 300))))


@pytest.mark.parametrize("message", [b"", b"\x00", b"\x01", b"\x02abc", b"\x01not zstd", bytes(64)])
def test_what_is_no_snapshot_is_refused(message: bytes) -> None:
    with pytest.raises(WireError):
        decode_snapshot(message)


def test_impossible_decimals_are_refused() -> None:
    plain = bytearray(unpacked(encode_snapshot(some_snapshot(np.random.default_rng(3), 4)))[:-4])
    root = Generated.GetRootAs(plain)
    plain[root._tab.Vector(root._tab.Offset(4 + 2 * 10))] = 19
    with pytest.raises(WireError, match="decimals"):
        decode_snapshot(b"\x00" + seal(plain))
