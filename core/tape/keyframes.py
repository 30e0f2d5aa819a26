"""Keyframes: the quote table of every instrument every 10 s of tape time, so that a seek folds little.

A keyframe is one record batch: a row an instrument, a column a field. `events` is the number of rows of the
tape (gap marks among them) that it includes. They can be made again from the events, and are, when missing.
"""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.market.fields import FIELD_COUNT, Field
from core.tape.format import KEYFRAMES
from core.tape.frames import BatchError, FileBytes, FrameKind, decode_batch, frame_at

KEYFRAME_SCHEMA: Final = pa.schema(
    [
        ("time_ns", pa.int64()),
        ("events", pa.int64()),
        ("instrument", pa.uint32()),
        *((field.name.lower(), pa.int64()) for field in Field),
    ]
)
_FIRST_FIELD: Final = 3


@dataclass(frozen=True, slots=True)
class Keyframe:
    """`values` has shape (FIELD_COUNT, instruments), in the increments of those instruments."""

    time_ns: int
    events: int
    instrument: NDArray[np.uint32]
    values: NDArray[np.int64]


def keyframe_columns(
    time_ns: int, events: int, instrument: NDArray[np.integer], values: NDArray[np.int64]
) -> list[NDArray[Any]]:
    """In the order of `KEYFRAME_SCHEMA`."""
    count = len(instrument)
    return [
        np.full(count, time_ns, np.int64),
        np.full(count, events, np.int64),
        instrument.astype(np.uint32),
        *values,
    ]


def read_keyframes(directory: Path) -> tuple[list[Keyframe], str]:
    """Keyframes up to the first that is not whole, and what is wrong with the file; empty: nothing."""
    path = directory / KEYFRAMES
    shown = f"{directory.name}/{KEYFRAMES}"
    found: list[Keyframe] = []
    try:
        with closing(FileBytes(path)) as data:
            frame = frame_at(data, 0)
            if frame.kind is not FrameKind.SCHEMA:
                return [], f"{shown}: does not begin as a stream of keyframes"
            while True:
                frame = frame_at(data, frame.end)
                if frame.kind is FrameKind.END or frame.offset == len(data):
                    return found, ""
                where = f"{shown}: keyframe {len(found):,} at byte {frame.offset:,}"
                if frame.kind is not FrameKind.BATCH:
                    return found, f"{where} is not whole"
                try:
                    found.append(_keyframe(data[frame.offset : frame.end]))
                except BatchError as error:
                    return found, f"{where} is damaged ({error})"
    except FileNotFoundError:
        return [], f"{shown}: missing"
    except OSError as error:
        return [], f"{shown}: cannot be read ({error.strerror})"


def _keyframe(frame: bytes) -> Keyframe:
    _, columns = decode_batch(KEYFRAME_SCHEMA, frame)
    time_ns, events, instrument = columns[:_FIRST_FIELD]
    if not len(time_ns):
        raise BatchError("no instruments")
    values = np.stack(columns[_FIRST_FIELD:])
    assert values.shape[0] == FIELD_COUNT
    return Keyframe(int(time_ns[0]), int(events[0]), instrument, values)
