"""The deck of a run: everything happens at once, on the desk's own clock; bookmarks lie beside the run.

Time lines are differences of running sums, read up to the clock and no further.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.columns import Columns
from core.backtest.film.film import Film
from core.clock import monotonic_ns
from core.market.instruments import InstrumentKey
from core.market.intervals import Interval
from core.state.versioned_file import StateError, VersionedFile
from desktop.desk import Bookmark, ClockPhase, Speed, StepUnit, TimelineReading, TransportReading
from desktop.film.playhead import Playhead
from desktop.tr import tr
from desktop.words import speed_words

BOOKMARKS: Final = "bookmarks.json"
BOOKMARKS_VERSION: Final = 1
BOOKMARKS_MAX: Final = 100
NAME_CHARACTERS_MAX: Final = 40
BUCKETS_MAX: Final = 2_000
LINES_MAX: Final = 8
WEEK_SESSIONS: Final = 5
MONTH_SESSIONS: Final = 21
I64 = NDArray[np.int64]


def bookmarks_file(run_directory: Path) -> VersionedFile:
    """Beside the artifacts; no part of the run's hashes."""
    return VersionedFile(run_directory / BOOKMARKS, BOOKMARKS_VERSION, check=read_bookmarks)


def read_bookmarks(data: dict[str, Any]) -> dict[int, str]:
    """Names by time. Raises `StateError`."""
    rows = data.get("bookmarks")
    if not isinstance(rows, list):
        raise StateError("there is no list of bookmarks in it")
    try:
        return {int(row["time_ns"]): str(row["name"])[:NAME_CHARACTERS_MAX] for row in rows[:BOOKMARKS_MAX]}
    except (TypeError, KeyError, ValueError) as error:
        raise StateError(f"a bookmark has no time or no name ({error})") from error


@dataclass(slots=True)
class _Line:
    """Running sums of one instrument or of all, and the buckets asked for last."""

    sums: list[tuple[int, I64]]  # place of the instrument, running sums with a zero in front
    is_range: bool = False  # of bars in price, for want of anything else
    reading: TimelineReading | None = None
    edges: list[I64] = field(default_factory=list)  # of each instrument: rows known at the buckets' ends


class RunTransport:
    """See `desk.Transport`. `moved` after whatever another frame should show, `changed` for bookmarks."""

    def __init__(
        self,
        film: Film,
        playhead: Playhead,
        title: str,
        marks: dict[int, str],
        moved: Callable[[], None],
        changed: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        self._film, self._head, self._title = film, playhead, title
        self._marks = dict(marks)
        self._moved, self._changed, self._say = moved, changed, say
        self._lines: dict[tuple[int, InstrumentKey | None], _Line] = {}
        self._bar_ends: dict[Interval, I64] = {}

    # ---- what is read ----------------------------------------------------------------------------
    @property
    def units(self) -> tuple[StepUnit, ...]:
        return StepUnit.BAR, StepUnit.SESSION, StepUnit.FILL

    @property
    def speeds(self) -> tuple[Speed, ...]:
        milli = (1_000, 60_000, 600_000, self._a_second(1), self._a_second(WEEK_SESSIONS))
        offered = sorted({*milli, self._a_second(MONTH_SESSIONS)})
        return *(Speed(each, self.speed_words(each)) for each in offered), Speed(0, speed_words(0))

    def _a_second(self, sessions: int) -> int:
        """Speed at which so many sessions take a second."""
        return sessions * self._film.pace.day_ns // 1_000_000

    @property
    def speed_milli_max(self) -> int:
        return self._head.speed_milli_max

    def speed_words(self, speed_milli: int) -> str:
        """`60×`, `1 day/s`, `Max`."""
        if speed_milli == self._a_second(1):
            return tr("1 day/s")
        if speed_milli == self._a_second(WEEK_SESSIONS):
            return tr("1 week/s")
        if speed_milli == self._a_second(MONTH_SESSIONS):
            return tr("1 month/s")
        if speed_milli >= 10_000_000:
            return f"{speed_milli // 1_000:,}×"
        return speed_words(speed_milli)

    def reading(self, now_ms: int) -> TransportReading:
        head, film = self._head, self._film
        return TransportReading(
            phase=ClockPhase.PLAYING if head.is_playing else ClockPhase.PAUSED,
            epoch=head.epoch,
            tape_ns=head.time_ns,
            begin_ns=film.begin_ns,
            end_ns=film.end_ns,
            speed_milli=head.speed_milli,
            events_played=film.pace.closes(head.time_ns),
            events_total=film.bars,
            instruments=len(film.reels),
            is_looped=head.is_looped,
            title=self._title,
            bookmarks=tuple(Bookmark(at, name) for at, name in sorted(self._marks.items())),
            is_run=True,
            has_seconds=head.has_seconds,
        )

    # ---- what is asked ---------------------------------------------------------------------------
    def play(self) -> None:
        self._head.play(monotonic_ns())
        self._moved()

    def pause(self) -> None:
        self._head.pause(monotonic_ns())
        self._moved()

    def step(self, unit: StepUnit, steps: int, interval: Interval) -> None:
        """Stands afterwards: a step is looked at."""
        now_ns = monotonic_ns()
        self._head.pause(now_ns)
        marks = self._marks_of(unit, interval)
        if steps:
            self._head.seek(self._film.pace.stepped(marks, self._head.time_ns, steps), now_ns)
        self._moved()

    def _marks_of(self, unit: StepUnit, interval: Interval) -> I64:
        """Times to step to: ends of bars, first closes of sessions, times at which something was filled."""
        film = self._film
        if unit is StepUnit.FILL:
            return np.unique(film.fills.ts_ns)
        if unit is StepUnit.SESSION:
            rows = np.searchsorted(film.pace.close_ns, film.pace.session_ns, side="right")
            return film.pace.close_ns[rows]
        if not interval.is_timed or interval.count <= film.interval.count:
            return film.pace.close_ns
        ends = self._bar_ends.get(interval)
        if ends is None:
            ends = self._bar_ends[interval] = film.pace.bar_ends(interval)
        return ends

    def seek(self, tape_ns: int) -> None:
        self._head.seek(tape_ns, monotonic_ns())
        self._moved()

    def set_speed(self, speed_milli: int) -> None:
        self._head.set_speed(speed_milli, monotonic_ns())
        self._moved()

    def set_looped(self, is_looped: bool) -> None:
        self._head.is_looped = is_looped
        self._moved()

    def bookmark(self, tape_ns: int, name: str) -> None:
        if tape_ns not in self._marks and len(self._marks) >= BOOKMARKS_MAX:
            self._say(tr("{count} bookmarks are kept: remove one first", count=BOOKMARKS_MAX))
            return
        self._marks[tape_ns] = " ".join(name.split())[:NAME_CHARACTERS_MAX]
        self._changed()
        self._moved()

    def remove_bookmark(self, tape_ns: int) -> None:
        if self._marks.pop(tape_ns, None) is not None:
            self._changed()
            self._moved()

    def saved_bookmarks(self) -> dict[str, Any]:
        """As `read_bookmarks` takes them."""
        return {"bookmarks": [{"time_ns": at, "name": name} for at, name in sorted(self._marks.items())]}

    # ---- time lines ------------------------------------------------------------------------------
    def timeline(self, buckets: int, key: InstrumentKey | None) -> TimelineReading | None:
        """The same reading for as long as nothing of it is another."""
        film, head = self._film, self._head
        if key is not None and key not in film.place_of:
            key = None
        buckets = max(1, min(buckets, BUCKETS_MAX))
        bucket_ns = max(1, -(-(film.end_ns - film.begin_ns) // buckets))
        line = self._lines.pop((buckets, key), None) or self._begin_line(buckets, bucket_ns, key)
        self._lines[buckets, key] = line  # the newest used last
        while len(self._lines) > LINES_MAX:
            del self._lines[next(iter(self._lines))]
        count = min(buckets, -(-(head.time_ns - film.begin_ns) // bucket_ns))
        sums = np.zeros(count, np.int64)
        for (place, running), edges in zip(line.sums, line.edges, strict=True):
            known = film.reels[place].known(head.time_ns)
            sums += np.diff(running[np.minimum(edges[:count], known)], prepend=0)
        before = line.reading
        is_same = before is not None and before.epoch == head.epoch and np.array_equal(before.trades, sums)
        if before is None or not is_same:
            decimals = 0 if key is None else film.reels[film.place_of[key]].instrument.size_decimals
            volume = None if key is None else sums / 10**decimals
            line.reading = TimelineReading(
                head.epoch,
                film.begin_ns,
                bucket_ns,
                head.time_ns,
                trades=sums,
                volume=volume,
                is_range=line.is_range,
            )
        return line.reading

    def _begin_line(self, buckets: int, bucket_ns: int, key: InstrumentKey | None) -> _Line:
        film = self._film
        places = range(len(film.reels)) if key is None else (film.place_of[key],)
        ends_ns = film.begin_ns + np.arange(1, buckets + 1, dtype=np.int64) * bucket_ns
        line = _Line([])
        for place in places:
            reel = film.reels[place]
            drawn, is_range = _drawn(reel.columns, of_all=key is None)
            line.is_range |= is_range
            running = np.concatenate(([0], np.cumsum(drawn, dtype=np.int64)))
            line.sums.append((place, running))
            line.edges.append(np.searchsorted(reel.close_ns, ends_ns, side="right"))
        return line


def _drawn(bars: Columns, *, of_all: bool) -> tuple[I64, bool]:
    """What each bar adds to a time line: trades of all instruments, else volume.

    Its range in price counts where the source tells neither, as of currencies: then True comes with it.
    """
    told: I64 = bars["trades" if of_all else "volume"]
    return (told, False) if told.any() else (bars["high"] - bars["low"], True)
