"""Whether a tape holds what was written: checksums, batches, order, counts, index, keyframes.

Reads everything once and says every defect in one line: which file, which batch, which byte. An interrupted
recording is no defect as far as its last whole batch.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aggregator.recording.keyframe_times import KeyframeClock
from aggregator.recording.table import TapeTable
from core.tape.format import EVENTS, INDEX, TapeDamaged, TapeFormatError, TapeKind
from core.tape.index import read_index
from core.tape.keyframes import Keyframe
from core.tape.reader import TapeReader
from core.tape.rows import TapeRows, add_counts
from core.tape.writer import file_sha256


@dataclass(frozen=True, slots=True)
class Verdict:
    """`notes` are what a person should know, `defects` what is wrong."""

    events: int
    notes: tuple[str, ...]
    defects: tuple[str, ...]


def verify_tape(directory: Path) -> Verdict:
    """Check everything of one tape. What cannot be read is a defect, never an exception."""
    try:
        with TapeReader(directory) as reader:
            return _verified(reader)
    except TapeFormatError as error:
        return Verdict(0, (), (str(error),))
    except OSError as error:
        return Verdict(0, (), (f"{directory.name}: cannot be read ({error.strerror})",))


def _verified(reader: TapeReader) -> Verdict:
    name = reader.directory.name
    defects = _file_defects(reader)
    keyframes, wrong = reader.keyframes()
    is_complete = reader.manifest.is_complete
    if wrong and is_complete:
        defects.append(wrong)
    fold = _Fold(reader, keyframes)
    counts: dict[str, int] = {}
    last_ns = -1
    for number in range(len(reader.batches)):
        try:
            rows = reader.read(number)
        except TapeDamaged as error:
            behind = len(reader.batches) - number - 1
            defects.append(f"{error}; {behind:,} batches follow it")
            fold.is_broken = True
            continue
        if not rows.is_ordered or int(rows.time_ns[0]) < last_ns:
            byte = reader.batches[number].offset
            defects.append(f"{name}/{EVENTS}: batch {number:,} at byte {byte:,}: time goes back")
        last_ns = int(rows.time_ns[-1])
        add_counts(counts, rows.counts())
        defects += fold.take(rows)
    defects += fold.rest()
    if is_complete and not defects and counts != dict(reader.manifest.events):
        defects.append(f"{name}: {counts} events, the manifest says {dict(reader.manifest.events)}")
    notes = [] if is_complete else [*reader.notes, *([wrong] if wrong else [])]
    if is_complete:
        defects += [note for note in reader.notes if not any(note.startswith(each) for each in defects)]
    return Verdict(sum(counts.values()), tuple(notes), tuple(dict.fromkeys(defects)))


def _file_defects(reader: TapeReader) -> list[str]:
    """Lengths and checksums that the manifest tells, and whether the index tells what the events hold."""
    defects = []
    for name, told in reader.manifest.files.items():
        path = reader.directory / name
        shown = f"{reader.directory.name}/{name}"
        try:
            size = path.stat().st_size
            if size != told.bytes:
                defects.append(f"{shown}: {size:,} bytes, the manifest says {told.bytes:,}")
            elif file_sha256(path) != told.sha256:
                defects.append(f"{shown}: sha256 differs from the manifest")
        except FileNotFoundError:
            defects.append(f"{shown}: missing")
    if reader.manifest.is_complete:
        indexed, _ = read_index(reader.directory)
        if len(indexed) != reader.manifest.batches:
            told_count = reader.manifest.batches
            defects.append(
                f"{reader.directory.name}/{INDEX}: {len(indexed):,} batches, the manifest says {told_count:,}"
            )
    return defects


class _Fold:
    """A fresh fold of the tape beside its keyframes. After a damaged batch it can tell nothing any more."""

    def __init__(self, reader: TapeReader, keyframes: list[Keyframe]) -> None:
        self.is_broken = False
        self._shown = f"{reader.directory.name}/keyframes.arrows"
        self._keyframes = keyframes
        self._is_complete = reader.manifest.is_complete
        self._instruments = reader.manifest.instruments
        self._defined = 0
        self._done = 0
        self._seen = 0
        self._clock = KeyframeClock()
        self._table = TapeTable()

    def take(self, rows: TapeRows) -> list[str]:
        """Defects of the keyframes that fall into these rows."""
        if self.is_broken:
            return []
        defects = []
        folded = 0
        for time_ns, count in self._clock.cut(rows.time_ns):
            self._fold(rows, folded, count)
            folded = count
            if self._done < len(self._keyframes):
                defects += self._compare(self._keyframes[self._done], time_ns, self._seen + count)
            elif self._is_complete:
                defects.append(f"{self._shown}: keyframe {self._done:,} is missing")
            self._done += 1
        self._fold(rows, folded, len(rows))
        self._seen += len(rows)
        return defects

    def rest(self) -> list[str]:
        """Keyframes without events; where the end of the events is missing, theirs are too."""
        if self.is_broken or not self._is_complete or self._done >= len(self._keyframes):
            return []
        return [f"{self._shown}: keyframe {self._done:,} is after the last event"]

    def _fold(self, rows: TapeRows, first: int, last: int) -> None:
        part = rows.take(slice(first, last))
        named = part.instrument[part.kind != TapeKind.GAP]
        highest = int(named.max()) + 1 if len(named) else 0
        if highest > self._defined:
            self._define(highest)
        self._table.fold(part)

    def _define(self, count: int) -> None:
        count = min(count, len(self._instruments))
        self._table.define(self._instruments[self._defined : count])
        self._defined = max(count, self._defined)

    def _compare(self, keyframe: Keyframe, time_ns: int, events: int) -> list[str]:
        """Against the table, with everything that the keyframe names defined."""
        place = f"{self._shown}: keyframe {self._done:,}"
        if (keyframe.time_ns, keyframe.events) != (time_ns, events):
            return [f"{place} is of {keyframe.events:,} events, it should be of {events:,}"]
        if len(keyframe.instrument) and int(keyframe.instrument.max()) >= len(self._instruments):
            return [f"{place} names an instrument that the manifest does not"]
        self._define(int(keyframe.instrument.max(initial=0)) + 1)
        if not np.array_equal(keyframe.instrument, self._table.newest):
            return [f"{place} holds other instruments than the events before it"]
        if not np.array_equal(keyframe.values, self._table.values):
            row = int(np.flatnonzero((keyframe.values != self._table.values).any(axis=0))[0])
            return [f"{place} differs from a fresh fold, first at {self._table.instruments[row].key}"]
        return []
