"""Events as rows of the wide table, and back to columns by kind.

`TapeRows` is one batch: all kinds interleaved in the order they are played. Nothing here does I/O.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.tape.format import (
    BLOCK_NAMES,
    EVENT_CLASSES,
    GAP_NAME,
    NARROW_OF,
    UNIT_END,
    VALUE_COLUMNS,
    VALUES_OF,
    TapeKind,
)
from core.wire.raw_events import I64, U8, U32, U64

Columns = NDArray[Any]


@dataclass(frozen=True, slots=True)
class TapeRows:
    """Columns of equal length. `values` has shape (VALUE_COLUMNS, events)."""

    time_ns: I64
    kind: U8
    instrument: U32
    event_ns: I64
    recv_ns: I64
    values: I64
    flags: U8
    action: U8
    reference: U64
    unit: U8

    def __len__(self) -> int:
        return int(self.time_ns.shape[0])

    @classmethod
    def empty(cls, count: int) -> "TapeRows":
        """Rows to be filled in by `put`: all 0."""
        return cls(
            np.zeros(count, np.int64),
            np.zeros(count, np.uint8),
            np.zeros(count, np.uint32),
            np.zeros(count, np.int64),
            np.zeros(count, np.int64),
            np.zeros((VALUE_COLUMNS, count), np.int64),
            np.zeros(count, np.uint8),
            np.zeros(count, np.uint8),
            np.zeros(count, np.uint64),
            np.zeros(count, np.uint8),
        )

    def put(self, kind: TapeKind, events: Any, at: NDArray[np.integer], instrument: NDArray[Any]) -> None:
        """Write events of one kind to the rows `at`, under the tape's `instrument` ids."""
        assert len(events.event_ns) == len(at) == len(instrument)
        self.kind[at] = int(kind)
        self.instrument[at] = instrument
        self.event_ns[at] = events.event_ns
        self.recv_ns[at] = events.recv_ns
        for number, name in enumerate(VALUES_OF[kind]):
            self.values[number, at] = getattr(events, name)
        for name, column in NARROW_OF[kind].items():
            getattr(self, column)[at] = getattr(events, name)

    def take(self, keep: Any) -> "TapeRows":
        """The rows that a slice, a mask or an index array picks."""
        return TapeRows(*(getattr(self, name)[..., keep] for name in _NAMES))

    def events(self, kind: TapeKind, at: NDArray[np.integer]) -> Any:
        """The rows `at`, all of one kind, as columns of that kind, without positions."""
        columns: dict[str, Any] = {
            name: getattr(self, name)[at] for name in ("instrument", "event_ns", "recv_ns")
        }
        for number, name in enumerate(VALUES_OF[kind]):
            columns[name] = self.values[number, at]
        for name, column in NARROW_OF[kind].items():
            columns[name] = getattr(self, column)[at]
        return EVENT_CLASSES[kind](**columns)

    def counts(self) -> dict[str, int]:
        """Events by the names of their kinds."""
        found = np.bincount(self.kind, minlength=len(TapeKind))
        return {kind_name(kind): int(found[kind]) for kind in TapeKind if found[kind]}

    @property
    def is_ordered(self) -> bool:
        return bool((self.time_ns[1:] >= self.time_ns[:-1]).all())


_NAMES: Final = tuple(field.name for field in fields(TapeRows))


def columns_of(rows: TapeRows) -> list[NDArray[Any]]:
    """In the order of `EVENT_SCHEMA`."""
    return [
        rows.time_ns, rows.kind, rows.instrument, rows.event_ns, rows.recv_ns, *rows.values, rows.flags,
        rows.action, rows.reference, rows.unit,
    ]  # fmt: skip


def rows_of(columns: Sequence[NDArray[Any]]) -> TapeRows:
    """From columns in the order of `EVENT_SCHEMA`."""
    time_ns, kind, instrument, event_ns, recv_ns, *values, flags, action, reference, unit = columns
    return TapeRows(
        time_ns, kind, instrument, event_ns, recv_ns, np.stack(values), flags, action, reference, unit
    )


def kind_name(kind: TapeKind) -> str:
    """As in counts by kind: `quotes`, `trades`, ..."""
    return BLOCK_NAMES.get(kind, GAP_NAME)


def join_rows(parts: Sequence[TapeRows]) -> TapeRows:
    """Rows after each other."""
    if len(parts) == 1:
        return parts[0]
    return TapeRows(*(np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in _NAMES))


def gap_row(time_ns: int, exchange_number: int, since_ns: int, messages: int) -> TapeRows:
    """A mark: `messages` (0: unknown) of an exchange are missing between `since_ns` and `time_ns`."""
    row = TapeRows.empty(1)
    row.time_ns[:] = row.recv_ns[:] = time_ns
    row.event_ns[:] = since_ns
    row.kind[:] = int(TapeKind.GAP)
    row.instrument[:] = exchange_number
    row.values[0] = messages
    row.unit[:] = UNIT_END
    return row


def add_counts(into: dict[str, int], more: Mapping[str, int]) -> None:
    """Sum counts by name, in place."""
    for name, count in more.items():
        into[name] = into.get(name, 0) + count
