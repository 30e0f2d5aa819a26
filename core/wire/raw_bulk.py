"""Reading a drained backlog of raw messages into one set of columns.

Feeds write equal layouts again and again, so one message of each length is parsed and checked and serves as
template: the layout bytes of all others (vtables, offsets, vector lengths) are compared with it as arrays
and their columns sliced out together. What matches no template is read one by one. Every crc is checked;
bad messages are named and leave nothing behind. Memory is bounded by the messages themselves.
"""

import zlib
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.market.fields import SourceState
from core.wire.errors import WireError
from core.wire.flat import CRC_BYTES, CRC_RESIDUE, check_frame, seal
from core.wire.raw_codec import (
    BATCH,
    FIRST_KIND_SLOT,
    IDENTIFIER,
    KINDS,
    decode_raw,
    encode_raw,
    locate_columns,
)
from core.wire.raw_events import RawBatch, RawColumns

# Parsing a template costs as much as reading this many messages one by one.
TEMPLATE_FROM: Final = 3
TEMPLATES_MAX: Final = 8
# Messages compared at a time: at some 200 bytes each they stay in the second-level cache.
CHUNK: Final = 2_048

_HEADER: Final[tuple[tuple[str, np.dtype[Any]], ...]] = (
    ("epoch", np.dtype("<u8")), ("sequence", np.dtype("<u8")), ("definitions_version", np.dtype("<u4")),
    ("flags", np.dtype("u1")), ("source_state", np.dtype("u1")), ("late_ms", np.dtype("<u4")),
)  # fmt: skip
# Vector lengths, alone or with padding, are most of the runs; numbers compare three times as fast as bytes.
_RUN_TYPES: Final = {4: np.dtype("<u4"), 8: np.dtype("<u8")}
_STATE_MAX: Final = max(SourceState)


class _Slice(NamedTuple):
    """Where one column lies in every message of a template."""

    name: str
    first: int
    dtype: np.dtype[Any]


class _Template(NamedTuple):
    header: list[_Slice]
    kinds: list[tuple[int, int, list[_Slice]]]  # kind, events, columns
    layout: list[tuple[int, int]]  # runs of bytes that must equal the template's


class _Piece(NamedTuple):
    """Columns of one kind from some of the messages; `message` names the message of each event."""

    message: NDArray[np.uint32]
    columns: dict[str, NDArray[Any]]


def decode_many(messages: Sequence[bytes]) -> tuple[RawColumns, list[int]]:
    """(columns of all good messages in their order, indices of the bad ones, ascending)."""
    header = {name: np.zeros(len(messages), dtype) for name, dtype in _HEADER}
    pieces: list[list[_Piece]] = [[] for _ in KINDS]
    singles: list[int] = []
    bad: list[int] = []
    lengths = np.fromiter(map(len, messages), np.int64, len(messages))
    for length in np.unique(lengths).tolist():
        members = np.flatnonzero(lengths == length)
        if len(members) < TEMPLATE_FROM:
            singles += members.tolist()
            continue
        for begin in range(0, len(members), CHUNK):
            singles += _read_equal_lengths(messages, members[begin : begin + CHUNK], length, header, pieces)
    for index in sorted(singles):
        try:
            _read_single(messages[index], index, header, pieces)
        except WireError:
            bad.append(index)
    unknown = header["source_state"] > _STATE_MAX
    header["source_state"][unknown] = SourceState.DOWN
    kinds = {name: _joined(kind, found) for (name, kind, *_), found in zip(KINDS, pieces, strict=True)}
    return RawColumns(**header, **kinds), bad  # type: ignore[arg-type]


def encode_singles(batch: RawBatch) -> list[bytes]:
    """One message per event: message k has event k and sequence `header.sequence` + k.

    The batch holds exactly one kind, without positions. All messages are patched copies of the first, at
    under a hundredth of the price of building each.
    """
    (kind,) = [k for k, (name, *_) in enumerate(KINDS) if getattr(batch, name) is not None]
    name, events_type, _, wire_columns, _ = KINDS[kind]
    events = getattr(batch, name)
    columns = {
        column.name: getattr(events, column.name) for column in wire_columns if column.name != "position"
    }
    count = len(events.instrument)
    if not count:
        return []
    first: dict[str, Any] = {name: events_type(**{column: values[:1] for column, values in columns.items()})}
    sample = encode_raw(RawBatch(batch.header, **first))
    template = _template(sample)
    cube = np.tile(np.frombuffer(sample, np.uint8), (count, 1))
    sequences = np.uint64(batch.header.sequence) + np.arange(count, dtype=np.uint64)
    patches = [(place, sequences) for place in template.header if place.name == "sequence"]
    patches += [(place, columns[place.name]) for place in template.kinds[0][2]]
    for (_, begin, dtype), values in patches:
        cube[:, begin : begin + dtype.itemsize].view(dtype)[:, 0] = values
    length = len(sample) - CRC_BYTES
    return [seal(body) for body in cube[:, :length]]


def _read_equal_lengths(
    messages: Sequence[bytes], members: NDArray[np.intp], length: int,
    header: dict[str, NDArray[Any]], pieces: list[list[_Piece]],
) -> list[int]:  # fmt: skip
    """Read what fits templates; returns the indices that are left to be read one by one."""
    chosen = [messages[index] for index in members.tolist()]
    good = np.fromiter(map(zlib.crc32, chosen), np.uint32, len(chosen)) == CRC_RESIDUE
    cube = np.frombuffer(b"".join(chosen), np.uint8).reshape(len(chosen), length)
    left = np.flatnonzero(good)
    single: list[int] = members[~good].tolist()
    for _ in range(TEMPLATES_MAX):
        if len(left) < TEMPLATE_FROM:
            break
        sample = int(left[0])
        try:
            template = _template(chosen[sample])
        except WireError:
            single.append(int(members[sample]))
            left = left[1:]
            continue
        rows = cube if len(left) == len(cube) else cube[left]
        fits = _fitting(rows, cube[sample], template)
        taken = left[fits]
        _take(rows if len(taken) == len(left) else rows[fits], members[taken], template, header, pieces)
        left = left[~fits]
    single += members[left].tolist()
    return single


def _template(message: bytes) -> _Template:
    root, end = check_frame(message, IDENTIFIER)
    slots, places = BATCH.read(message, root, end)
    header = [
        _Slice(name, root + places[slot], dtype) for slot, (name, dtype) in enumerate(_HEADER) if places[slot]
    ]
    spans = [(item.first, item.first + item.dtype.itemsize) for item in header]
    kinds = []
    for index, (_, _, _, columns, _) in enumerate(KINDS):
        slot = FIRST_KIND_SLOT + index
        if not slots[slot]:
            continue
        length, found = locate_columns(message, root + places[slot] + slots[slot], end, index)
        dtypes = {column.name: column.dtype for column in columns}
        slices = [_Slice(name, first, dtypes[name]) for name, first in found]
        spans += [(item.first, item.first + length * item.dtype.itemsize) for item in slices]
        kinds.append((index, length, slices))
    return _Template(header, kinds, _between(sorted(spans), end))


def _between(spans: list[tuple[int, int]], end: int) -> list[tuple[int, int]]:
    """What the spans leave over of 0..end. Spans that overlap would hide layout bytes: `WireError`."""
    runs, at = [], 0
    for begin, stop in spans:
        if begin < at:
            raise WireError("columns overlap")
        if begin > at:
            runs.append((at, begin))
        at = stop
    return [*runs, (at, end)] if at < end else runs


def _fitting(rows: NDArray[np.uint8], sample: NDArray[np.uint8], template: _Template) -> NDArray[np.bool_]:
    fits = np.ones(len(rows), np.bool_)
    for begin, stop in template.layout:
        run: Any = _RUN_TYPES.get(stop - begin) or np.dtype((np.void, stop - begin))
        fits &= rows[:, begin:stop].view(run)[:, 0] == sample[begin:stop].view(run)[0]
    return fits


def _take(
    rows: NDArray[np.uint8], indices: NDArray[np.intp], template: _Template,
    header: dict[str, NDArray[Any]], pieces: list[list[_Piece]],
) -> None:  # fmt: skip
    # A slice is stored faster than a list of places, and a backlog of one layout is one.
    begin, stop = int(indices[0]), int(indices[-1]) + 1
    places = slice(begin, stop) if stop - begin == len(indices) else indices
    for name, first, dtype in template.header:
        header[name][places] = rows[:, first : first + dtype.itemsize].view(dtype)[:, 0]
    for kind, length, slices in template.kinds:
        if not length:
            continue
        columns = {
            name: rows[:, first : first + length * dtype.itemsize].view(dtype).reshape(-1)
            for name, first, dtype in slices
        }
        message = indices.astype(np.uint32)
        pieces[kind].append(
            _complete(kind, columns, message if length == 1 else np.repeat(message, length), length)
        )


def _read_single(
    message: bytes, index: int, header: dict[str, NDArray[Any]], pieces: list[list[_Piece]]
) -> None:
    batch = decode_raw(message)
    for name, _ in _HEADER:
        header[name][index] = getattr(batch.header, name)
    for kind, (kind_name, _, _, wire_columns, _) in enumerate(KINDS):
        events = getattr(batch, kind_name)
        if events is None or not len(events.instrument):
            continue
        columns = {column.name: getattr(events, column.name) for column in wire_columns}
        columns = {name: values for name, values in columns.items() if values is not None}
        length = len(events.instrument)
        pieces[kind].append(_complete(kind, columns, np.full(length, index, np.uint32), length))


def _complete(
    kind: int, columns: dict[str, NDArray[Any]], message: NDArray[np.uint32], length: int
) -> _Piece:
    """Fill what the writer did not know; events without a position stand in their own order."""
    for column in KINDS[kind][3]:
        if column.name in columns:
            continue
        if column.name == "position":
            columns["position"] = np.zeros(len(message), column.dtype)
            columns["position"].reshape(-1, length)[:] = np.arange(length)
        else:
            columns[column.name] = np.full(len(message), column.filler, column.dtype)
    return _Piece(message, columns)


def _joined(kind: Any, pieces: list[_Piece]) -> Any:
    """All pieces of a kind as one object, events in the order of their messages; None when there are none."""
    if not pieces:
        return None
    if len(pieces) == 1:
        return kind(message=pieces[0].message, **pieces[0].columns)
    message = np.concatenate([piece.message for piece in pieces])
    columns = {name: np.concatenate([piece.columns[name] for piece in pieces]) for name in pieces[0].columns}
    if (message[1:] < message[:-1]).any():
        order = np.argsort(message, kind="stable")
        message = message[order]
        columns = {name: values[order] for name, values in columns.items()}
    return kind(message=message, **columns)
