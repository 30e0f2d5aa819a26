"""`tapedeckd replay`: files to a session on the bus, its words for a person, its exit code.

A file that is found wrong at once is said before anything is heard on the bus; one that takes long to load
is announced as loading.
"""

import asyncio
import gc
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Final

from aggregator.feeds.recorded.load import load_tape
from aggregator.feeds.recorded.tape import RecordedTape, TapeCounts, TapeError
from aggregator.pipeline.epochs import EpochStore
from aggregator.replay.bookmarks import Bookmarks
from aggregator.replay.playhead import NORMAL_MILLI
from aggregator.replay.session import ReplaySession, SessionTaken
from core import parent, platform
from core.bus import Bus, ServerAddress
from core.session_names import session_name

CONNECT_TIMEOUT_MS: Final = 10_000
# Most recordings, and most damaged ones, are read in less.
QUIET_LOADING_S: Final = 1.0
BAD_INPUT: Final = 2


async def run_replay(
    files: Sequence[Path],
    *,
    find_address: Callable[[], ServerAddress],
    session: str | None = None,
    speed_milli: int = NORMAL_MILLI,
    loop: bool = False,
    paused: bool = False,
    find_begin: Callable[[RecordedTape], int] | None = None,
    exit_at_end: bool = False,
    is_tied: bool = False,
    epochs: EpochStore | None = None,
    bookmarks_file: Path | None = None,
) -> int:
    """Play files as a session until stopped; the exit code: 0 done, 1 failed, 2 bad input or a name in use.

    `find_address` may block (it may start a server). `find_begin` gives the tape time to begin at, and raises
    `TapeError` when there is none. Raises `BusError` when there is no server. What is wrong with the input is
    one line on stderr. `is_tied`: end with whoever started us.
    """
    name = session or session_name(files)

    def load() -> RecordedTape:
        tape = load_tape(files)
        _say(summary(tape, name))
        return tape

    with ThreadPoolExecutor(1, "load-tape") as pool:
        loading = pool.submit(load)
        try:
            await asyncio.to_thread(wait, [loading], QUIET_LOADING_S)
            if loading.done():
                loading.result()
            bus = Bus(f"replay-{name}", await asyncio.to_thread(find_address))
            await bus.connect(CONNECT_TIMEOUT_MS)
            playing = ReplaySession(
                bus, _settled(loading.result), name, title=_title(files), speed_milli=speed_milli, loop=loop,
                paused=paused, find_begin=find_begin, exit_at_end=exit_at_end, epochs=epochs,
                bookmarks=Bookmarks(bookmarks_file),
            )  # fmt: skip
            loop_of_all = asyncio.get_running_loop()
            undo = platform.on_termination(loop_of_all, playing.stop)
            if is_tied:
                parent.on_parent_gone(loop_of_all, playing.stop)
            try:
                return await playing.run()
            finally:
                undo()
                await bus.close()
        except (TapeError, SessionTaken) as error:
            sys.stderr.write(f"tapedeckd: {error}\n")
            return BAD_INPUT


def _settled(load: Callable[[], RecordedTape]) -> Callable[[], RecordedTape]:
    """With the tape and all code loaded, the collector need never look at them again."""

    def loaded() -> RecordedTape:
        tape = load()
        gc.collect()
        gc.freeze()
        return tape

    return loaded


def _title(files: Sequence[Path]) -> str:
    return ", ".join(file.name for file in files[:2]) + (f" and {len(files) - 2} more" * (len(files) > 2))


def summary(tape: RecordedTape, session: str) -> str:
    """What will be played, and what of the files will not, for a person."""
    counts = tape.counts
    events = _listed(counts.events)
    seconds = (tape.end_ns - tape.begin_ns) / 1e9
    exchanges = ", ".join(f"{each.exchange} ({len(each.instruments)})" for each in tape.exchanges)
    lines = [
        f"session {session}: {tape.title}",
        f"  {tape.event_count:,} events ({events}) in {seconds:,.3f} s",
        f"  {tape.instrument_count:,} instruments: {exchanges}",
        *_left_out(counts),
        *_missing(tape),
    ]
    return "\n".join(lines)


def _left_out(counts: TapeCounts) -> list[str]:
    lines = [f"  unused: {_listed(counts.unused)}"] if counts.unused else []
    return lines + [f"  {rejection}" for rejection in counts.rejections]


def _missing(tape: RecordedTape) -> list[str]:
    """What a recording could not hear, and where its end was cut off."""
    lines = [f"  {len(tape.gaps):,} gaps, in which events are missing"] if tape.gaps else []
    return lines + [f"  {note}" for note in tape.notes]


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
