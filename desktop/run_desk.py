"""A desk on a finished run: clock, quotes, bars and deck of one film, for every window that shows it.

Fills the port of desk.py from the run's own files, opened in a thread. While the film plays one timer at
a time wakes it for the next frame, or for the next thing that will be another; everything held is brought
up to the clock, then the windows are told once. It never asks the bus for anything.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer

from core.backtest.columns import ColumnsError
from core.backtest.dataset import DatasetError
from core.backtest.film.film import Film
from core.backtest.home import ResearchHome
from core.clock import NS_PER_MS, NS_PER_S, NS_PER_US, monotonic_ns
from core.logs import logger
from core.market.intervals import IntervalError
from core.scope import Scope
from core.tasks import TaskSet
from desktop.desk import ClockPhase, ClockReading, FilmReading, Link, LinkReading
from desktop.film.bars import RunBars
from desktop.film.playhead import FRAMES_A_SECOND, Playhead
from desktop.film.quotes import RunQuotes
from desktop.film.transport import RunTransport, bookmarks_file, read_bookmarks
from desktop.film.words import run_title
from desktop.saver import Saver
from desktop.tr import tr

FRAME_NS: Final = NS_PER_S // FRAMES_A_SECOND
RUSHING_BARS: Final = 2  # a frame

_log = logger("film")


class RunClock:
    """See `desk.MarketClock`: that of the playhead, as of the last frame."""

    def __init__(self) -> None:
        self.error = ""
        self.title = ""
        self._head: Playhead | None = None
        self._transport: RunTransport | None = None
        self._begun_ms = monotonic_ns() // NS_PER_MS

    def begin(self, head: Playhead, transport: RunTransport, title: str) -> None:
        self._head, self._transport, self.title = head, transport, title

    def read(self, now_ms: int) -> ClockReading:
        head, transport = self._head, self._transport
        if head is None or transport is None:
            phase = ClockPhase.FAILED if self.error else ClockPhase.LOADING
            waited_ms = max(0, now_ms - self._begun_ms)
            error = self.error
            return ClockReading(phase, 0, title=self.title, error=error, silent_ms=waited_ms, is_run=True)
        return ClockReading(
            ClockPhase.PLAYING if head.is_playing else ClockPhase.PAUSED,
            head.time_ns // NS_PER_US,
            head.speed_milli,
            self.title,
            epoch=head.epoch,
            speed_text=transport.speed_words(head.speed_milli),
            has_seconds=head.has_seconds,
            is_run=True,
        )


class RunDesk:
    """One run; see `desk.Desk`. `start` it; `close` stops its timer and writes its bookmarks."""

    is_turning: Final = False  # everything is brought up to the clock in one go

    def __init__(
        self,
        scope: Scope,
        home: Callable[[], ResearchHome],
        *,
        on_opened: Callable[[], None],
        on_news: Callable[[], None],
        on_failure: Callable[[str, BaseException], None],
        say: Callable[[str], None],
    ) -> None:
        """`home` is called in a thread. `on_opened` once; `on_news`: windows may have to paint."""
        assert scope.run_id is not None
        self.scope = scope
        self.clock = RunClock()
        self.clock.title = tr("Run {run}", run=scope.run_id[:8])
        self.quotes, self.bars = RunQuotes(), RunBars()
        self.transport: RunTransport | None = None
        self._run_id, self._home = scope.run_id, home
        self._on_opened, self._on_news, self._say = on_opened, on_news, say
        self._tasks = TaskSet(on_failure)
        self._film: Film | None = None
        self._head: Playhead | None = None
        self._saver: Saver | None = None
        self._frame_ns = 0  # when the last frame was due
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timer)
        self._is_closed = False

    # ---- opening ---------------------------------------------------------------------------------
    async def start(self) -> None:
        try:
            film, marks, notice = await asyncio.to_thread(self._open)
        except (ColumnsError, DatasetError, IntervalError, OSError) as error:
            self._fail(error)
            return
        if self._is_closed:
            return
        if notice:
            self._say(notice)
        self._begin(film, marks)

    def _open(self) -> tuple[Film, dict[int, str], str]:
        """In a thread: the first time, files are derived."""
        film = Film.open(self._home(), self._run_id)
        loaded = bookmarks_file(film.run.directory).load()
        return film, read_bookmarks(loaded.data) if loaded.data is not None else {}, loaded.notice

    def _fail(self, error: Exception) -> None:
        self.clock.error = str(error)
        _log.error("run not opened", run=self._run_id, reason=str(error))
        self._say(tr("The run was not opened: {reason}", reason=error))
        self._on_news()

    def _begin(self, film: Film, marks: dict[int, str]) -> None:
        self._film, self._head = film, Playhead(film.pace)
        title = run_title(film)
        self.transport = RunTransport(film, self._head, title, marks, self._moved, self._marked, self._say)
        file = bookmarks_file(film.run.directory)
        self._saver = Saver(file, self.transport.saved_bookmarks, self._tasks, self._say)
        self.clock.begin(self._head, self.transport, title)
        self.quotes.begin(film)
        self.bars.begin(film)
        self._follow()
        self._on_opened()
        self._on_news()

    # ---- the clock -------------------------------------------------------------------------------
    def _moved(self) -> None:
        """A hand has moved it, or changed how it goes."""
        self._follow()
        self._on_news()
        self._frame_ns = monotonic_ns()
        self._arm()

    def _on_timer(self) -> None:
        head = self._head
        if head is None:
            return
        head.advance(monotonic_ns())
        self._follow()
        self._on_news()
        self._arm()

    def _arm(self) -> None:
        """For the next frame at the earliest, on a grid of frames; not at all while it stands."""
        head = self._head
        if head is None or not head.is_playing or self._is_closed:
            self._timer.stop()
            return
        now_ns = monotonic_ns()
        self._frame_ns = max(self._frame_ns + FRAME_NS, now_ns)
        wait_ns = max(self._frame_ns - now_ns, head.wait_ns(now_ns))
        self._frame_ns = now_ns + wait_ns
        self._timer.start(max(0, (wait_ns + NS_PER_MS // 2) // NS_PER_MS))

    def _follow(self) -> None:
        """Bring everything that is held to where the clock stands."""
        film, head = self._film, self._head
        if film is None or head is None:
            return
        known = [reel.known(head.time_ns) for reel in film.reels]
        self.quotes.follow(film, known, head.epoch)
        self.bars.follow(known, head.time_ns)

    @property
    def film(self) -> FilmReading | None:
        if self._film is None or self._head is None:
            return None
        head, bar_ns = self._head, self._film.interval.span_ns
        is_rushing = head.is_playing and head.pace_milli * FRAME_NS // 1_000 >= RUSHING_BARS * bar_ns
        return FilmReading(self._film, head.time_ns, head.epoch, is_rushing)

    # ---- bookmarks -------------------------------------------------------------------------------
    def _marked(self) -> None:
        if self._saver is not None:
            self._saver.changed()

    @property
    def directory(self) -> Path | None:
        """Of the run, once it is open."""
        return self._film.run.directory if self._film is not None else None

    # ---- the rest --------------------------------------------------------------------------------
    def link(self, now_ms: int) -> LinkReading:
        """Files are always there."""
        return LinkReading(Link.CONNECTED, place=tr("this computer"))

    async def close(self) -> None:
        self._is_closed = True
        self._timer.stop()
        if self._saver is not None:
            self._saver.flush()
        self.quotes.close()
        self.bars.close()
        await self._tasks.close()
