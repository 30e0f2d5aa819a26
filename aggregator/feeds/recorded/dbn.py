"""DBN files (versions 1 to 3, plain or zstd) as events, with instruments from their definitions and mappings.

Definitions of any given file serve all files of the same dataset. Every record is either an event, rejected
with a reason, or counted as unused under the name of its type; none is silently dropped.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import databento_dbn
import numpy as np
import zstandard
from numpy.typing import NDArray

from aggregator.feeds.recorded import dbn_events, dbn_records
from aggregator.feeds.recorded.builder import Columns, EventChunk, EventKind, FileEvents
from aggregator.feeds.recorded.dbn_events import EVENTS_PER_RECORD_MAX, Records
from aggregator.feeds.recorded.dbn_records import RecordRun
from aggregator.feeds.recorded.tape import TapeError
from core.clock import NS_PER_S
from core.market import dbn_layout
from core.market.dbn_layout import UNDEF_PRICE
from core.market.exact import NANO_DECIMALS, nano_decimals
from core.market.fields import NULL, TradingState
from core.market.instruments import Instrument, InstrumentKey

ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
DBN_MAGIC: Final = b"DBN"
DBN_VERSION_MAX: Final = 3
# 10,000,000 events are at most 3.7 GB of records (mbp-10); a file that unpacks to more is refused unread.
UNPACKED_BYTES_MAX: Final = 4 * 2**30
_UNPACK_STEP_BYTES: Final = 1 << 20

Convert = Callable[[Records], list[EventChunk]]


@dataclass(frozen=True, slots=True)
class _Schema:
    """A record type that carries market events."""

    name: str
    layout: np.dtype[np.void]
    convert: Convert
    prices: tuple[str, ...]
    levels: bool = False


def _bars(name: str, seconds: int) -> _Schema:
    prices = ("open", "high", "low", "close")
    return _Schema(name, dbn_layout.BAR, dbn_events.bar_events(seconds * NS_PER_S), prices)


_TOP: Final = (dbn_layout.TOP, dbn_events.top_events, ("price",), True)
_SAMPLED: Final = (dbn_layout.TOP, dbn_events.sampled_top_events, ("price",), True)
_SCHEMAS: Final = {
    0x00: _Schema("trades", dbn_layout.TRADE, dbn_events.plain_trade_events, ("price",)),
    0x01: _Schema("mbp-1", *_TOP),
    0x0A: _Schema("mbp-10", dbn_layout.BOOK, dbn_events.book_events, ("price",), True),
    0x20: _bars("ohlcv-1s", 1),
    0x21: _bars("ohlcv-1m", 60),
    0x22: _bars("ohlcv-1h", 3_600),
    0x23: _bars("ohlcv-1d", 86_400),
    0x24: _bars("ohlcv-eod", 86_400),
    0xA0: _Schema("mbo", dbn_layout.ORDER, dbn_events.order_events, ("price",)),
    0xB1: _Schema("cmbp-1", *_TOP),
    0xC0: _Schema("cbbo-1s", *_SAMPLED),
    0xC1: _Schema("cbbo-1m", *_SAMPLED),
    0xC2: _Schema("tcbbo", *_TOP),
    0xC3: _Schema("bbo-1s", *_SAMPLED),
    0xC4: _Schema("bbo-1m", *_SAMPLED),
    0xC5: _Schema("tbbo", *_TOP),
}
_STATUS, _DEFINITION, _MAPPING = 0x12, 0x13, 0x16
_OTHER_NAMES: Final = {
    0x11: "ohlcv of an unknown interval",
    _STATUS: "status",
    _DEFINITION: "definition",
    0x14: "imbalance",
    0x15: "error",
    _MAPPING: "symbol mapping",
    0x17: "system",
    0x18: "statistics",
}
_STATES: Final = {
    databento_dbn.StatusAction.TRADING: TradingState.TRADING,
    databento_dbn.StatusAction.HALT: TradingState.HALTED,
    databento_dbn.StatusAction.PAUSE: TradingState.HALTED,
    databento_dbn.StatusAction.SUSPEND: TradingState.HALTED,
    databento_dbn.StatusAction.CLOSE: TradingState.CLOSED,
    databento_dbn.StatusAction.POST_CLOSE: TradingState.CLOSED,
    databento_dbn.StatusAction.NOT_AVAILABLE_FOR_TRADING: TradingState.CLOSED,
}


@dataclass(slots=True)
class Dataset:
    """What all given files of one dataset say about instrument ids."""

    definitions: dict[int, Any] = field(default_factory=dict)  # newest InstrumentDefMsg by id
    mapped: dict[int, str] = field(default_factory=dict)  # in-stream symbol mappings
    requested: dict[int, str] = field(default_factory=dict)  # symbols of the files' metadata
    publishers: set[int] = field(default_factory=set)  # of market records

    def symbol(self, instrument_id: int) -> str:
        """The definition's symbol, else the stream's, else the request's, else the number."""
        definition = self.definitions.get(instrument_id)
        if definition is not None and definition.raw_symbol:
            return str(definition.raw_symbol)
        return self.mapped.get(instrument_id) or self.requested.get(instrument_id) or f"#{instrument_id}"


@dataclass(frozen=True, slots=True)
class DbnFile:
    """A file's bytes with its records found. `name` is for messages."""

    name: str
    dataset: str
    version: int
    ts_out: bool
    schema: str | None
    data: NDArray[np.uint8]
    runs: list[RecordRun]

    def decoded(self, rtype: int) -> list[tuple[int, Any]]:
        """(record number, record) of a rare type through databento_dbn, which knows the versions."""
        found: list[tuple[int, Any]] = []
        for run in self.runs:
            if run.rtype != rtype:
                continue
            decoder = databento_dbn.DBNDecoder(
                has_metadata=False, ts_out=self.ts_out, input_version=self.version
            )
            body = b"".join(self.data[at : at + run.length].tobytes() for at in run.offsets.tolist())
            where = f"{self.name}: record {run.numbers[0]:,} ({_OTHER_NAMES[rtype]})"
            try:
                decoder.write(body)
                records = decoder.decode()
            except databento_dbn.DBNError as error:
                raise TapeError(f"{where} cannot be read ({error}): get the file again") from error
            if len(records) != len(run.numbers):
                raise TapeError(f"{where} has an impossible length: the file is damaged, get it again")
            found += zip(run.numbers.tolist(), records, strict=True)
        return found


def open_dbn(path: Path) -> DbnFile:
    """Read a file and find its records. Raises `TapeError` for one that is empty, cut off or not DBN."""
    data = unpack(path.read_bytes(), path.name)
    if data[:3] != DBN_MAGIC:
        raise TapeError(f"{path.name}: not DBN (begins with {data[:4]!r}): give a .dbn or .dbn.zst file")
    if len(data) < 8:
        raise TapeError(f"{path.name}: cut off in its header ({len(data)} bytes): get the file again")
    version, length = data[3], int.from_bytes(data[4:8], "little")
    if not 1 <= version <= DBN_VERSION_MAX:
        raise TapeError(
            f"{path.name}: DBN version {version}, this reads 1 to {DBN_VERSION_MAX}: convert the file"
        )
    try:
        metadata = databento_dbn.Metadata.decode(data[: 8 + length])
    except (databento_dbn.DBNError, ValueError) as error:
        raise TapeError(f"{path.name}: its header cannot be read ({error}): get the file again") from error
    body = np.frombuffer(data, np.uint8)
    runs = dbn_records.find_records(body, 8 + length, path.name)
    schema = None if metadata.schema is None else str(metadata.schema)
    return DbnFile(path.name, metadata.dataset, version, bool(metadata.ts_out), schema, body, runs)


def unpack(data: bytes, name: str) -> bytes:
    """Plain bytes of a file, zstd frames undone. Raises `TapeError` for a cut-off or damaged frame."""
    if data[:4] != ZSTD_MAGIC:
        return data
    parts: list[bytes] = []
    total = 0
    rest = data
    while rest:
        frame = zstandard.ZstdDecompressor().decompressobj()
        offset = 0
        try:
            while offset < len(rest) and not frame.eof:
                parts.append(frame.decompress(rest[offset : offset + _UNPACK_STEP_BYTES]))
                offset += _UNPACK_STEP_BYTES
                total += len(parts[-1])
                if total > UNPACKED_BYTES_MAX:
                    limit = f"{UNPACKED_BYTES_MAX // 2**30} GB"
                    raise TapeError(f"{name}: unpacks to more than {limit}: split the file by time")
        except zstandard.ZstdError as error:
            raise TapeError(
                f"{name}: damaged near byte {len(data) - len(rest):,} ({error}): get it again"
            ) from error
        if not frame.eof:
            raise TapeError(f"{name}: cut off after {len(data):,} bytes (zstd frame not ended): get it again")
        rest = frame.unused_data + rest[offset:]
    return b"".join(parts)


def read_datasets(files: Sequence[DbnFile]) -> dict[str, Dataset]:
    """First pass: definitions, symbol mappings and publishers of every file, by dataset."""
    datasets: dict[str, Dataset] = {}
    for file in files:
        dataset = datasets.setdefault(file.dataset, Dataset())
        metadata = databento_dbn.Metadata.decode(_header(file))
        for symbol, intervals in metadata.mappings.items():
            for interval in intervals:
                if interval["symbol"].isdigit():
                    dataset.requested.setdefault(int(interval["symbol"]), symbol)
        for _, record in file.decoded(_DEFINITION):
            known = dataset.definitions.get(record.instrument_id)
            if known is None or known.ts_recv <= record.ts_recv:
                dataset.definitions[record.instrument_id] = record
        for _, record in file.decoded(_MAPPING):
            dataset.mapped[record.instrument_id] = record.stype_out_symbol
        for run in file.runs:
            if run.rtype in _SCHEMAS:
                rows = run.view(file.data, _SCHEMAS[run.rtype].layout, file.name)
                dataset.publishers.update(np.unique(rows["publisher_id"]).tolist())
    return datasets


def read_events(file: DbnFile, dataset: Dataset) -> FileEvents:
    """Second pass: the events of one file, with what is unused counted by name."""
    events = FileEvents(file.name)
    picked = [
        (_SCHEMAS[run.rtype], run, run.view(file.data, _SCHEMAS[run.rtype].layout, file.name))
        for run in file.runs
        if run.rtype in _SCHEMAS
    ]
    statuses = file.decoded(_STATUS)
    ids = [(rows["publisher_id"].astype(np.int64) << 32) | rows["instrument_id"] for _, _, rows in picked]
    ids.append(
        np.array([(record.publisher_id << 32) | record.instrument_id for _, record in statuses], np.int64)
    )
    codes, local = np.unique(np.concatenate(ids), return_inverse=True)
    parts = np.split(local.astype(np.int64), np.cumsum([len(part) for part in ids])[:-1])
    decimals = np.zeros(len(codes), np.int8)
    for (schema, _, rows), instrument in zip(picked, parts, strict=False):
        decimals = np.maximum(decimals, _decimals(schema, rows, instrument, len(codes)))
    events.instruments = [
        _instrument(file.dataset, dataset, int(code), int(found))
        for code, found in zip(codes, decimals, strict=True)
    ]
    decimals = np.array([instrument.price_decimals for instrument in events.instruments], np.int8)
    for (schema, run, rows), instrument in zip(picked, parts, strict=False):
        # tbbo and mbp-1 share a record type; a file of one schema says which it is.
        name = file.schema if file.schema is not None and len(file.runs) == 1 else schema.name
        events.records[name] += len(rows)
        _, time_ns = dbn_events.clean_times(rows["ts_event"], rows[_receive(schema)])
        timed = time_ns > 0
        events.reject(f"{name} record without a time", run.numbers[~timed])
        if timed.any():
            taken = Records(rows[timed], run.numbers[timed], instrument[timed], decimals, events)
            events.chunks += schema.convert(taken)
    _read_statuses(statuses, parts[-1], events)
    for run in file.runs:
        if run.rtype not in _SCHEMAS and run.rtype != _STATUS:
            name = _OTHER_NAMES.get(run.rtype, f"record type {run.rtype:#04x}")
            events.records[name] += len(run.numbers)
            if run.rtype not in (_DEFINITION, _MAPPING):  # those two name the instruments
                events.unused[name] += len(run.numbers)
    return events


def _header(file: DbnFile) -> bytes:
    length = int.from_bytes(file.data[4:8].tobytes(), "little")
    return file.data[: 8 + length].tobytes()


def _receive(schema: _Schema) -> str:
    return "ts_recv" if "ts_recv" in (schema.layout.names or ()) else "ts_event"


def _decimals(
    schema: _Schema, rows: NDArray[np.void], instrument: NDArray[np.int64], count: int
) -> NDArray[np.int8]:
    """Decimals that hold every defined price of the records, by instrument."""
    needed = np.zeros(count, np.int8)
    columns = [(rows[name], instrument) for name in schema.prices]
    if schema.levels:
        depth = rows["levels"].shape[1]
        columns += [
            (rows["levels"][name].ravel(), np.repeat(instrument, depth)) for name in ("bid_px", "ask_px")
        ]
    for nanos, at in columns:
        nanos = np.where(nanos == UNDEF_PRICE, NULL, nanos)
        needed = np.maximum(needed, nano_decimals(nanos, at, count))
    return needed


def _instrument(dataset_name: str, dataset: Dataset, code: int, found_decimals: int) -> Instrument:
    publisher, instrument_id = code >> 32, code & 0xFFFFFFFF
    exchange = dataset_name.partition(".")[0] or "DBN"
    if len(dataset.publishers) > 1:  # one symbol on several venues of a consolidated dataset
        exchange = f"{exchange}-{publisher}"
    key = InstrumentKey(exchange, dataset.symbol(instrument_id))
    definition = dataset.definitions.get(instrument_id)
    increment = UNDEF_PRICE if definition is None else int(definition.min_price_increment)
    if increment in (UNDEF_PRICE, 0) or increment < 0:
        return Instrument(key, price_decimals=found_decimals, inferred=True)
    decimals = int(nano_decimals(np.array([increment]), np.array([0]), 1)[0])
    tick_counts = increment // 10 ** (NANO_DECIMALS - decimals)
    defined = Instrument(key, price_decimals=decimals, tick_counts=tick_counts)
    return defined.with_decimals(max(decimals, found_decimals), 0)


def _read_statuses(
    statuses: list[tuple[int, Any]], instrument: NDArray[np.int64], events: FileEvents
) -> None:
    """Trading, halted and closed as session events; other status actions are unused."""
    if not statuses:
        return
    events.records["status"] += len(statuses)
    known = np.array([record.action in _STATES for _, record in statuses], np.bool_)
    if not known.all():
        events.unused["status without a trading state"] += int((~known).sum())
    number = np.array([number for number, _ in statuses], np.int64)[known]
    kept = [record for _, record in statuses if record.action in _STATES]
    event_ns, time_ns = dbn_events.clean_times(
        np.array([record.ts_event for record in kept], np.uint64),
        np.array([record.ts_recv for record in kept], np.uint64),
    )
    nothing = np.full(len(kept), NULL)
    columns: Columns = {
        "instrument": instrument[known],
        "event_ns": event_ns,
        **dict.fromkeys(("open", "high", "low", "reference", "volume"), nothing),
        "trading_state": np.array([_STATES[record.action] for record in kept], np.uint8),
    }
    if len(kept):
        sequence = number * EVENTS_PER_RECORD_MAX
        events.chunks.append(EventChunk(EventKind.SESSION, columns, time_ns, sequence, number, number))
