"""From what the readers found in each file to one tape: common increments, one order, one block per exchange.

A reader hands over a `FileEvents` per file, with counts at increments of its own choosing. Here the finest
increment of an instrument wins in all files, events are merged by playing time (ties: file order, then the
order in the file), and what does not fit 64 bits any more is rejected and counted.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aggregator.feeds.events import EventBlock
from aggregator.feeds.recorded.tape import (
    TAPE_EVENTS_MAX,
    ExchangeTape,
    RecordedTape,
    Rejection,
    TapeCounts,
    TapeError,
)
from core.market.exact import rescale
from core.market.instruments import Instrument, InstrumentKey
from core.wire.raw_events import BarEvents, DepthEvents, QuoteEvents, SessionEvents, TradeEvents

Columns = dict[str, NDArray[Any]]


class EventKind(Enum):
    """Kinds of events; the value is the block's name in `EventBlock`."""

    QUOTE = "quotes"
    TRADE = "trades"
    DEPTH = "depth"
    BAR = "bars"
    SESSION = "sessions"


_CLASSES: Final = {
    EventKind.QUOTE: QuoteEvents,
    EventKind.TRADE: TradeEvents,
    EventKind.DEPTH: DepthEvents,
    EventKind.BAR: BarEvents,
    EventKind.SESSION: SessionEvents,
}
_PRICES: Final = {
    EventKind.QUOTE: ("bid", "ask"),
    EventKind.TRADE: ("price",),
    EventKind.DEPTH: ("price",),
    EventKind.BAR: ("open", "high", "low", "close"),
    EventKind.SESSION: ("open", "high", "low", "reference"),
}
_SIZES: Final = {
    EventKind.QUOTE: ("bid_size", "ask_size"),
    EventKind.TRADE: ("size",),
    EventKind.DEPTH: ("size",),
    EventKind.BAR: ("volume",),
    EventKind.SESSION: ("volume",),
}


@dataclass(frozen=True, slots=True)
class EventChunk:
    """Events of one kind from one file.

    `columns` are those of the wire block but recv_ns and position, with `instrument` an index into the file's
    instruments. `sequence` orders the events of the file across its chunks, `unit` numbers the source's
    messages (ascending with sequence), `row` is the record or row number for error messages.
    """

    kind: EventKind
    columns: Columns
    time_ns: NDArray[np.int64]
    sequence: NDArray[np.int64]
    unit: NDArray[np.int64]
    row: NDArray[np.int64]

    def take(self, keep: NDArray[Any]) -> "EventChunk":
        """The events that a mask or an index array picks."""
        return EventChunk(
            self.kind,
            {name: column[keep] for name, column in self.columns.items()},
            self.time_ns[keep],
            self.sequence[keep],
            self.unit[keep],
            self.row[keep],
        )


@dataclass(slots=True)
class FileEvents:
    """What one file holds. `instruments` may name the same key more than once."""

    file: str
    instruments: list[Instrument] = field(default_factory=list)
    chunks: list[EventChunk] = field(default_factory=list)
    records: Counter[str] = field(default_factory=Counter)
    unused: Counter[str] = field(default_factory=Counter)
    rejections: list[Rejection] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what was taken so and may be otherwise

    def reject(self, reason: str, rows: NDArray[np.integer]) -> None:
        """Count rejected rows, by record or row number."""
        if len(rows):
            self.rejections.append(Rejection(self.file, reason, len(rows), int(rows.min())))

    @property
    def event_count(self) -> int:
        return sum(len(chunk.time_ns) for chunk in self.chunks)


def build_tape(files: Sequence[FileEvents], title: str) -> RecordedTape:
    """Merge files into one tape. Raises `TapeError` when there is nothing to play or too much to hold."""
    total = sum(file.event_count for file in files)
    if total > TAPE_EVENTS_MAX:
        raise TapeError(
            f"{title}: {total:,} events, at most {TAPE_EVENTS_MAX:,} are played from memory: give fewer files"
        )
    instruments = _merge_instruments(files)
    by_exchange: dict[str, list[Instrument]] = {}
    for key in sorted(instruments):
        by_exchange.setdefault(key.exchange, []).append(instruments[key])
    places = {
        instrument.key: (number, index)
        for number, listed in enumerate(by_exchange.values())
        for index, instrument in enumerate(listed)
    }
    parts: list[list[tuple[int, EventChunk]]] = [[] for _ in by_exchange]
    for number, file in enumerate(files):
        for exchange, chunk in _placed_chunks(file, instruments, places):
            parts[exchange].append((number, chunk))
    tapes = tuple(
        _exchange_tape(name, tuple(listed), parts[number])
        for number, (name, listed) in enumerate(by_exchange.items())
        if parts[number]
    )
    counts = _counts(files, tapes)
    if not tapes:
        found = [f"{count:,} {name}" for name, count in sorted(counts.records.items())] or ["no records"]
        only = ", ".join(found) + "".join(f"; {rejection}" for rejection in counts.rejections)
        raise TapeError(f"{title}: nothing to play, only {only}: give a file with market events")
    return RecordedTape(
        title,
        tuple(file.file for file in files),
        tapes,
        min(int(tape.time_ns[0]) for tape in tapes),
        max(int(tape.time_ns[-1]) for tape in tapes),
        counts,
    )


def _merge_instruments(files: Sequence[FileEvents]) -> dict[InstrumentKey, Instrument]:
    """One instrument a key: a definition beats an inference, the finest increments win."""
    merged: dict[InstrumentKey, Instrument] = {}
    for file in files:
        for instrument in file.instruments:
            known = merged.get(instrument.key)
            if known is None:
                merged[instrument.key] = instrument
                continue
            base = instrument if known.inferred and not instrument.inferred else known
            merged[instrument.key] = base.with_decimals(
                max(known.price_decimals, instrument.price_decimals),
                max(known.size_decimals, instrument.size_decimals),
            )
    return merged


def _placed_chunks(
    file: FileEvents,
    instruments: dict[InstrumentKey, Instrument],
    places: dict[InstrumentKey, tuple[int, int]],
) -> list[tuple[int, EventChunk]]:
    """The file's chunks at the tape's increments, split by exchange, with the exchange's own ids."""
    local = file.instruments
    price_from = np.array([i.price_decimals for i in local], np.int8)
    size_from = np.array([i.size_decimals for i in local], np.int8)
    price_to = np.array([instruments[i.key].price_decimals for i in local], np.int8)
    size_to = np.array([instruments[i.key].size_decimals for i in local], np.int8)
    exchange_of = np.array([places[i.key][0] for i in local], np.int64)
    id_of = np.array([places[i.key][1] for i in local], np.uint32)
    same_increments = bool((price_from == price_to).all() and (size_from == size_to).all())
    placed = []
    for chunk in file.chunks:
        at = chunk.columns["instrument"]
        columns = dict(chunk.columns)
        exact = np.ones(len(at), np.bool_)
        if not same_increments:
            for names, have, want in (
                (_PRICES[chunk.kind], price_from, price_to),
                (_SIZES[chunk.kind], size_from, size_to),
            ):
                for name in names:
                    columns[name], fits = rescale(columns[name], have[at], want[at])
                    exact &= fits
            file.reject("does not fit 64 bits at the increment of the other files", chunk.row[~exact])
        columns["instrument"] = id_of[at]
        chunk = replace(chunk, columns=columns)
        numbers = np.unique(exchange_of[at]) if len(at) else ()
        for number in numbers:
            keep = exact & (exchange_of[at] == number)
            if keep.any():
                placed.append((int(number), chunk if keep.all() else chunk.take(keep)))
    return placed


def _exchange_tape(
    exchange: str, instruments: tuple[Instrument, ...], parts: list[tuple[int, EventChunk]]
) -> ExchangeTape:
    """Order all events of an exchange by (playing time, file, sequence) and lay them out by kind."""
    time_ns = np.concatenate([chunk.time_ns for _, chunk in parts])
    file_number = np.concatenate([np.full(len(chunk.time_ns), number, np.int32) for number, chunk in parts])
    sequence = np.concatenate([chunk.sequence for _, chunk in parts])
    order = np.lexsort((sequence, file_number, time_ns))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    unit = np.concatenate([chunk.unit for _, chunk in parts])[order]
    file_number = file_number[order]
    ends = np.flatnonzero((unit[1:] != unit[:-1]) | (file_number[1:] != file_number[:-1])) + 1
    blocks: dict[str, Any] = {}
    orders: list[NDArray[np.int64] | None] = []
    begin = np.cumsum([0, *(len(chunk.time_ns) for _, chunk in parts)])
    for kind in EventKind:
        mine = [index for index, (_, chunk) in enumerate(parts) if chunk.kind is kind]
        if not mine:
            orders.append(None)
            continue
        ranks = np.concatenate([rank[begin[index] : begin[index + 1]] for index in mine])
        sort = np.argsort(ranks, kind="stable")
        columns = {
            name: np.concatenate([parts[index][1].columns[name] for index in mine])[sort]
            for name in parts[mine[0]][1].columns
        }
        columns["recv_ns"] = np.concatenate([parts[index][1].time_ns for index in mine])[sort]
        blocks[kind.value] = _CLASSES[kind](**columns, position=None)
        orders.append(ranks[sort])
    return ExchangeTape(
        exchange,
        instruments,
        time_ns[order],
        np.append(ends, len(order)),
        EventBlock(**blocks),
        tuple(orders),
    )


def _counts(files: Sequence[FileEvents], tapes: Sequence[ExchangeTape]) -> TapeCounts:
    records: Counter[str] = Counter()
    unused: Counter[str] = Counter()
    events: Counter[str] = Counter()
    for file in files:
        records += file.records
        unused += file.unused
    for tape in tapes:
        for kind in EventKind:
            block = getattr(tape.block, kind.value)
            if block is not None:
                events[kind.value] += len(block.instrument)
    rejections = tuple(rejection for file in files for rejection in file.rejections)
    return TapeCounts(dict(records), dict(unused), rejections, dict(events))
