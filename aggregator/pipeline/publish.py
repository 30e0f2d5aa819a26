"""One group's stream: what its subscribers were told, and the next delta or snapshot that brings them on.

A delta is the difference between the table and what was last sent, so it is exact whatever happened between.
A snapshot is what was sent up to its sequence. Layout, bases and increments change only together with the
layout version, and a snapshot follows at once. Composes bytes, never sends them; time is an argument.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregator.pipeline.budget import pick_rows
from aggregator.pipeline.fold import Changes
from aggregator.pipeline.instruments import NOBODY, InstrumentRows
from core.market.fields import (
    FIELD_COUNT,
    KINDS,
    NULL,
    QUOTE_FIELDS,
    SESSION_FIELDS,
    TRADE_FIELDS,
    Field,
    Kind,
)
from core.market.groups import GroupSpec
from core.market.instruments import Instrument
from core.market.quote_table import Rows
from core.wire.delta import DeltaHeader, encode_delta
from core.wire.snapshot import Snapshot, encode_snapshot

LEFT_MAX: Final = 65_535  # rows_left is a ushort
SLOWER: Final = 1  # degradation levels of delta.fbs
ROWS_LEFT: Final = 2
_LATEST: Final = np.iinfo(np.int64).max

_QUOTE: Final = np.array([field for field in QUOTE_FIELDS if field is not Field.EVENT_US])
_TRADE: Final = np.array([field for field in TRADE_FIELDS if field is not Field.EVENT_US])
_SESSION: Final = np.array(SESSION_FIELDS)
_TIME: Final = np.array([Field.EVENT_US])
_MARKET_PRICES: Final = (Field.LAST, Field.BID, Field.ASK, Field.REFERENCE)
# Fields that most deltas carry: when their offsets grow, so does every delta.
_MOVING: Final = np.array([Field.LAST, Field.BID, Field.ASK])
NARROW_MAX: Final = 32_767  # what two bytes hold
WIDE_SHARE: Final = 0.1  # of the moving cells: above it new bases pay for the snapshot they cost

Values = NDArray[np.int64]
Block = tuple[Rows, tuple[Field, ...], Values]


class SourceColumns(NamedTuple):
    """States of a group's sources, by its own source numbers."""

    states: NDArray[np.uint8]
    late_ms: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Sent:
    """A composed delta: its bytes, rows in it, changed rows left for the next."""

    data: bytes
    rows: int
    rows_left: int


class GroupStream:
    """Rows of the group are those of its spec; a row without a known instrument is empty and says so.

    `sequence` and `layout` are those the stream counts on from: within an epoch neither may come again.
    """

    def __init__(self, spec: GroupSpec, epoch: int, sequence: int = 0, layout: int = 0) -> None:
        row_count = len(spec.keys)
        self.spec = spec
        self.group_id = spec.group_id
        self.epoch = epoch
        self.sequence = sequence
        self.layout = layout
        self.sources = tuple(sorted({key.exchange for key in spec.keys}))
        source_numbers = {exchange: number for number, exchange in enumerate(self.sources)}
        self.source_of_row = np.array([source_numbers[key.exchange] for key in spec.keys], np.uint8)
        self.rows: Rows = np.full(row_count, NOBODY, np.intp)
        self.instruments: tuple[Instrument, ...] = ()
        self.sent: Values = np.full((FIELD_COUNT, row_count), NULL, np.int64)
        self.bases: Values = np.zeros((FIELD_COUNT, row_count), np.int64)
        self._group = spec.group_hash
        self._hidden = np.array([not spec.field_mask >> field & 1 for field in Field])
        self._row_index = np.full(1, -1, np.int16)
        self._dirty = np.zeros(row_count, np.bool_)
        self._waiting_since = np.zeros(row_count, np.int64)  # sequence at the first change not sent yet
        self._activity = np.zeros(row_count, np.int64)
        self._recv_oldest_ns = np.full(row_count, _LATEST, np.int64)
        self._recv_newest_ns = np.zeros(row_count, np.int64)

    @property
    def unknown(self) -> list[int]:
        """Rows of the group that no feed has defined yet."""
        return np.flatnonzero(self.rows == NOBODY).tolist()

    # ---- layout ------------------------------------------------------------------------------------------
    def lay_out(self, registry: InstrumentRows) -> None:
        """Take rows, increments and bases anew, with all values as they are: a snapshot has to follow."""
        self.layout += 1
        keys = self.spec.keys
        self.rows = np.array([registry.row_of.get(key, NOBODY) for key in keys], np.intp)
        self.instruments = tuple(
            registry.instruments[row] if row != NOBODY else Instrument(key, known=False)
            for row, key in zip(self.rows.tolist(), keys, strict=True)
        )
        self._row_index = np.full(registry.table.row_count, -1, np.int16)
        self._row_index[self.rows] = np.arange(len(keys), dtype=np.int16)
        self._row_index[NOBODY] = -1
        self.sent = self._current(registry, np.arange(len(keys)))
        self.bases = bases_for(self.sent)
        self._clear(np.arange(len(keys)))

    def wants_new_bases(self) -> bool:
        """Whether many prices have moved too far from their bases, or had none, for narrow columns."""
        values = self.sent[_MOVING]
        known = values != NULL
        total = int(np.count_nonzero(known))
        if not total:
            return False
        fresh = bases_for(self.sent)[_MOVING]
        is_wide = known & (_distance(values, self.bases[_MOVING]) > NARROW_MAX)
        would_be_narrow = _distance(values, fresh) <= NARROW_MAX
        return int(np.count_nonzero(is_wide & would_be_narrow)) > WIDE_SHARE * total

    # ---- changes -----------------------------------------------------------------------------------------
    def absorb(self, changes: Changes) -> None:
        """Note which rows a fold touched and when their events arrived."""
        index = self._row_index[changes.rows[changes.rows < self._row_index.shape[0]]]
        inside = np.flatnonzero(index >= 0)
        rows = index[inside]
        fresh = rows[~self._dirty[rows]]
        self._waiting_since[fresh] = self.sequence
        self._dirty[fresh] = True
        self._activity[rows] += 1
        self._recv_oldest_ns[rows] = np.minimum(self._recv_oldest_ns[rows], changes.recv_oldest_ns[inside])
        self._recv_newest_ns[rows] = np.maximum(self._recv_newest_ns[rows], changes.recv_newest_ns[inside])

    def doubt(self) -> None:
        """What changed is not known any more: compare every row."""
        self._dirty[:] = True

    def delta(
        self,
        registry: InstrumentRows,
        places: int,
        sources: SourceColumns,
        cadence_ms: int,
        level: int,
        wall_ns: int,
    ) -> Sent | None:
        """The next delta with at most `places` rows, or None when nothing differs from what was sent."""
        candidates = np.flatnonzero(self._dirty)
        current = self._current(registry, candidates)
        differs = current != self.sent[:, candidates]
        changed = np.flatnonzero(differs.any(axis=0))
        if changed.shape[0] < candidates.shape[0]:
            unchanged = np.ones(candidates.shape[0], np.bool_)
            unchanged[changed] = False
            self._clear(candidates[unchanged])
        if not changed.shape[0]:
            return None
        rows = candidates[changed]
        chosen = pick_rows(changed, self._activity[rows], self._waiting_since[rows], places)
        rows = candidates[chosen]
        values, differs = current[:, chosen], differs[:, chosen]
        rows_left = changed.shape[0] - chosen.shape[0]
        oldest_ns = int(self._recv_oldest_ns[rows].min())
        self.sequence += 1
        header = self._header(sources, cadence_ms, ROWS_LEFT if rows_left else level, wall_ns)._replace(
            rows_left=min(LEFT_MAX, rows_left),
            event_base_us=_middle_us(values[Field.EVENT_US]),
            recv_oldest_ns=oldest_ns if oldest_ns != _LATEST else 0,
            recv_newest_ns=int(self._recv_newest_ns[rows].max()),
        )
        data = encode_delta(header, _blocks(rows, values, differs), self.bases)
        self.sent[:, rows] = values
        self._clear(rows)
        return Sent(data, rows.shape[0], rows_left)

    def idle_header(self, sources: SourceColumns, cadence_ms: int, level: int, wall_ns: int) -> bytes:
        """A header without changes: still here, nothing new since `sequence`."""
        return encode_delta(self._header(sources, cadence_ms, level, wall_ns), (), self.bases)

    def snapshot(self, sources: SourceColumns, wall_ns: int) -> bytes:
        """Everything sent up to `sequence`."""
        return encode_snapshot(
            Snapshot(
                group=self._group,
                epoch=self.epoch,
                sequence=self.sequence,
                layout=self.layout,
                instruments=self.instruments,
                sources=self.sources,
                source_states=sources.states,
                source_late_ms=sources.late_ms,
                source_of_row=self.source_of_row,
                bases=self.bases,
                values=self.sent,
                recv_oldest_ns=0,
                sent_ns=wall_ns,
            )
        )

    def _current(self, registry: InstrumentRows, rows: Rows) -> Values:
        current: Values = registry.table.values[:, self.rows[rows]]
        current[self._hidden] = NULL
        return current

    def _clear(self, rows: Rows) -> None:
        self._dirty[rows] = False
        self._activity[rows] = 0
        self._recv_oldest_ns[rows] = _LATEST
        self._recv_newest_ns[rows] = 0

    def _header(self, sources: SourceColumns, cadence_ms: int, level: int, wall_ns: int) -> DeltaHeader:
        return DeltaHeader(
            group=self._group,
            epoch=self.epoch,
            sequence=self.sequence,
            layout=self.layout,
            cadence_ms=cadence_ms,
            degradation=level,
            rows_left=0,
            event_base_us=0,
            recv_oldest_ns=0,
            recv_newest_ns=0,
            sent_ns=wall_ns,
            source_states=sources.states,
            source_late_ms=sources.late_ms,
        )


def bases_for(values: Values) -> Values:
    """What offsets count from, int64 (FIELD_COUNT, rows).

    A price counts from itself as it is now, an unknown one from the row's market price; volume from itself;
    sizes from 0, since they jump about.
    """
    market = values[_MARKET_PRICES[-1]]
    for field in reversed(_MARKET_PRICES[:-1]):
        market = np.where(values[field] == NULL, market, values[field])
    bases = np.zeros_like(values)
    for field in Field:
        if KINDS[field] is Kind.PRICE:
            bases[field] = np.where(values[field] == NULL, market, values[field])
    bases[Field.VOLUME] = values[Field.VOLUME]
    bases[bases == NULL] = 0
    return bases


def _distance(values: Values, bases: Values) -> NDArray[np.float64]:
    """As floats: only its size matters, and int64 would wrap."""
    return np.abs(values.astype(np.float64) - bases)


def _middle_us(event_us: Values) -> int:
    """The middle of the times sent, so that those of one spacing fit two bytes."""
    known = event_us[event_us != NULL]
    if not known.shape[0]:
        return 0
    return (int(known.min()) + int(known.max())) // 2


def _blocks(rows: Rows, values: Values, differs: NDArray[np.bool_]) -> list[Block]:
    """Fields that move together share a row list; a column goes along when any of its rows differs."""
    blocks: list[Block] = []
    time_left = differs[Field.EVENT_US].copy()
    for fields in (_QUOTE, _TRADE, _SESSION, _TIME):
        touched = differs[fields]
        inside = np.flatnonzero(touched.any(axis=0) if fields is not _TIME else time_left)
        if not inside.shape[0]:
            continue
        chosen = fields[touched[:, inside].any(axis=1)]
        if fields is not _TIME and time_left[inside].any():
            chosen = np.append(chosen, Field.EVENT_US)
            time_left[inside] = False
        blocks.append(
            (rows[inside], tuple(Field(each) for each in chosen.tolist()), values[chosen[:, None], inside])
        )
    return blocks
