"""What a delta costs: encoding it, decoding it into a table with every check, and its bytes.

A hundred rows of which ten fields changed, as in a busy 33 ms: a quote block and a trade block on the same
rows. Beside it the same rows as a table per row, in Protobuf and in msgspec, all in one run and interleaved.
Before anything is timed every codec has to give back the same table.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aggregator.bench.wire_peers import PEER_NAMES, Peer, peers
from core.bench_report import (
    Report,
    Result,
    at_least,
    at_most,
    describe_machine,
    interleaved_medians,
    kernel,
    recorded,
)
from core.market.fields import FIELD_COUNT, NULL, PRICE_FIELDS, QUOTE_FIELDS, SIZE_FIELDS, TRADE_FIELDS, Field
from core.market.quote_table import QuoteTable
from core.wire.delta import DeltaHeader, apply_delta, encode_delta, fixed_bases
from core.wire.raw import QuoteEvents, RawBatch, RawHeader, decode_many, encode_singles

ROWS: Final = 100
DELTAS_PER_S: Final = 30.3  # a group at its 33 ms cadence
EVENT_BASE_US: Final = 1_700_000_000_000_000
LAYOUT: Final = 1
TRADE_ONLY: Final = tuple(field for field in TRADE_FIELDS if field is not Field.EVENT_US)
FIELDS: Final = (*QUOTE_FIELDS, *TRADE_ONLY)
BACKLOG: Final = 10_000
# Turns short enough to fall between two interruptions by a busy neighbour, and many of them.
SLICE_US: Final = 1_500.0
TURNS_QUICK: Final = 15
TURNS_FULL: Final = 45

DECODE_APPLY_GOAL_US: Final = 25.0
BYTES_PER_ROW_GOAL: Final = 45.0
# Prototypes came to 100 without any check; 80, less a fifth for the noise of a busy machine.
ROWS_AS_TABLES_GOAL: Final = 64.0
GROUP_GOAL_MBIT_PER_S: Final = 2.0
SINGLES_GOAL_PER_S: Final = 1_500_000.0


def run(quick: bool) -> Report:
    """Medians of `TURNS_FULL` (`quick`: `TURNS_QUICK`) interleaved turns."""
    bases, values = _busy_market()
    rows = np.arange(ROWS)
    encode = _encoder(rows, rows, bases, values)
    message = encode()
    table = QuoteTable(ROWS)
    apply_delta(message, table, bases, LAYOUT, ROWS)
    assert np.array_equal(table.values, values)
    # Quotes and trades of different rows make two blocks; recorded, to know the worse case.
    apart = _encoder(rows[::2], rows[1::2], bases, values)()
    others = peers(rows, FIELDS, values[list(FIELDS)])
    for peer in others.values():
        if peer is not None:
            peer.apply(peer.message)
            assert np.array_equal(peer.table(), values), peer.name
    backlog = _backlog()
    work: dict[str, Callable[[], object]] = {
        "decode": lambda: apply_delta(message, table, bases, LAYOUT, ROWS),
        "apart": lambda: apply_delta(apart, table, bases, LAYOUT, ROWS),
        "encode": encode,
        "singles": lambda: decode_many(backlog),
        "kernel": kernel,
    }
    for name, peer in others.items():
        if peer is not None:
            work[name] = lambda peer=peer: peer.apply(peer.message)  # type: ignore[misc]
            work[name + "_encode"] = peer.encode
    took_us = interleaved_medians(work, TURNS_QUICK if quick else TURNS_FULL, SLICE_US)
    machine = describe_machine(kernel_us=took_us["kernel"])
    results = _our_results(took_us, message, len(apart), float(machine["factor"]))
    for name in PEER_NAMES:
        results += _peer_results(name, others[name], took_us, len(message))
    return Report("wire", machine, results)


def _our_results(took_us: dict[str, float], message: bytes, apart_bytes: int, factor: float) -> list[Result]:
    decode_us = took_us["decode"]
    tables_us = took_us["table_per_row"]
    bytes_per_row = len(message) / ROWS
    mbit_per_s = len(message) * 8 * DELTAS_PER_S / 1e6
    singles_per_s = BACKLOG / took_us["singles"] * 1e6
    return [
        at_most("wire.decode_apply_100_us", decode_us, "us", DECODE_APPLY_GOAL_US * factor),
        recorded("wire.decode_apply_2_blocks_us", took_us["apart"], "us"),
        recorded(
            "wire.encode_100_us", took_us["encode"], "us",
            peer=took_us["table_per_row_encode"], ratio=took_us["table_per_row_encode"] / took_us["encode"],
        ),
        at_most("wire.bytes_per_row", bytes_per_row, "B", BYTES_PER_ROW_GOAL),
        recorded("wire.bytes_2_blocks", apart_bytes, "B"),
        at_least(
            "wire.rows_as_tables_over_ours", tables_us / decode_us, "x", ROWS_AS_TABLES_GOAL,
            peer=tables_us, ratio=tables_us / decode_us,
        ),
        at_most("wire.group_mbit_per_s", mbit_per_s, "Mbit/s", GROUP_GOAL_MBIT_PER_S),
        at_least("wire.raw_singles_per_s", singles_per_s, "messages/s", SINGLES_GOAL_PER_S / factor),
    ]  # fmt: skip


def _peer_results(name: str, peer: Peer | None, took_us: dict[str, float], our_bytes: int) -> list[Result]:
    metrics = f"wire.{name}_over_ours", f"wire.{name}_bytes_over_ours"
    if peer is None:
        return [Result(metric, None, "x", ok=False) for metric in metrics]
    time_ratio = took_us[name] / took_us["decode"]
    bytes_ratio = len(peer.message) / our_bytes
    return [
        recorded(metrics[0], time_ratio, "x", peer=took_us[name], ratio=time_ratio),
        recorded(metrics[1], bytes_ratio, "x", peer=len(peer.message), ratio=bytes_ratio),
    ]


def _busy_market() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(bases of a layout some minutes old, values now); fields that no block carries stay null."""
    rng = np.random.default_rng(1)
    then = np.full((FIELD_COUNT, ROWS), NULL, np.int64)
    for field in (*PRICE_FIELDS, *SIZE_FIELDS):
        then[field] = rng.integers(100_000, 9_000_000, ROWS)
    for field in (Field.BID_SIZE, Field.ASK_SIZE, Field.LAST_SIZE):
        then[field] = rng.integers(1, 5_000, ROWS)
    then[Field.VOLUME] = rng.integers(10**6, 10**9, ROWS)
    now = np.full((FIELD_COUNT, ROWS), NULL, np.int64)
    for field in FIELDS:
        now[field] = then[field]
    for field in (Field.BID, Field.ASK, Field.LAST, Field.HIGH, Field.LOW):
        now[field] += rng.integers(-300, 301, ROWS)
    for field in (Field.BID_SIZE, Field.ASK_SIZE, Field.LAST_SIZE):
        now[field] = rng.integers(1, 5_000, ROWS)
    now[Field.VOLUME] += rng.integers(0, 100_000, ROWS)
    now[Field.EVENT_US] = EVENT_BASE_US + rng.integers(0, 33_000, ROWS)
    return fixed_bases(then), now


def _encoder(
    quoted: NDArray[np.intp], traded: NDArray[np.intp], bases: NDArray[np.int64], values: NDArray[np.int64]
) -> Callable[[], bytes]:
    header = DeltaHeader(
        2**63 + 5, 7, 42, LAYOUT, 33, 0, 0, EVENT_BASE_US, 10**18, 10**18 + 33, 10**18 + 40,
        np.zeros(3, np.uint8), np.zeros(3, np.uint32),
    )  # fmt: skip
    blocks: list[Any] = [
        (quoted, QUOTE_FIELDS, values[list(QUOTE_FIELDS)][:, quoted]),
        (traded, TRADE_ONLY, values[list(TRADE_ONLY)][:, traded]),
    ]
    return lambda: encode_delta(header, blocks, bases)


def _backlog() -> list[bytes]:
    """Quotes, one a message, as they wait for the ingest."""
    rng = np.random.default_rng(2)
    event_ns, recv_ns, bid, bid_size, ask, ask_size = rng.integers(1, 10**12, (6, BACKLOG))
    instrument = rng.integers(0, 1_000, BACKLOG).astype(np.uint32)
    quotes = QuoteEvents(instrument, event_ns, recv_ns, bid, bid_size, ask, ask_size)
    return encode_singles(RawBatch(RawHeader(7, 1, 1), quotes=quotes))
