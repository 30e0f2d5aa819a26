"""A tape writer that folds what it writes and adds the keyframes."""

from collections.abc import Sequence

from aggregator.recording.keyframe_times import KeyframeClock
from aggregator.recording.table import TapeTable
from core.market.instruments import Instrument
from core.tape.rows import TapeRows
from core.tape.writer import TapeWriter


class KeyframedWriter:
    """`define` before the rows that name an instrument. Calls may raise `OSError`, as those of the writer."""

    def __init__(self, writer: TapeWriter) -> None:
        self.writer = writer
        self.table = TapeTable()
        self._clock = KeyframeClock()
        self.table.define(writer.manifest.instruments)

    def define(self, instruments: Sequence[Instrument]) -> None:
        """Instruments with the next numbers of the tape, which its manifest names already."""
        self.table.define(instruments)

    def append(self, rows: TapeRows) -> None:
        """Write rows, then the keyframes that fall between them."""
        before = self.writer.event_count
        self.writer.append(rows)
        folded = 0
        for time_ns, count in self._clock.cut(rows.time_ns):
            self.table.fold(rows.take(slice(folded, count)))
            folded = count
            self.writer.add_keyframe(time_ns, before + count, self.table.newest, self.table.values)
        self.table.fold(rows.take(slice(folded, len(rows))))
