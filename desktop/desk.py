"""The port that panels read: the desk's clock and its quotes, wherever they come from.

`BusDesk` fills it from the bus, `RunDesk` from the files of a finished run. No panel knows which. Tables are
filled between frames and read while one is prepared: nothing here paints, nothing here waits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from core.market.bar_series import BarSeries
from core.market.instruments import Instrument, InstrumentKey
from core.market.intervals import Interval
from core.market.quote_table import QuoteTable
from core.scope import Scope

if TYPE_CHECKING:
    from core.backtest.film.film import Film  # reads Arrow files: loads with the first run

BoolRows = NDArray[np.bool_]
NORMAL_SPEED_MILLI: Final = 1_000
UNKNOWN_SOURCE: Final = -1  # nothing has been heard that would tell


class ClockPhase(Enum):
    """What the scope's market clock does."""

    LIVE = auto()
    LOADING = auto()  # a session that has not begun, or none heard of yet
    PLAYING = auto()
    PAUSED = auto()
    ENDED = auto()
    FAILED = auto()
    VANISHED = auto()  # the session was there and says nothing any more


@dataclass(frozen=True, slots=True)
class ClockReading:
    """`time_us` is the market's time, 0 while it is not known; `speed_milli` 0 is as fast as possible."""

    phase: ClockPhase
    time_us: int
    speed_milli: int = NORMAL_SPEED_MILLI
    title: str = ""
    error: str = ""
    silent_ms: int = 0
    epoch: int = 0  # of a session: another one after every seek
    end_us: int = 0  # of a session's tape
    speed_text: str = ""  # where a number of times would say less: `1 day/s`
    has_seconds: bool = True  # False where they would only flicker
    is_run: bool = False

    @property
    def is_moving(self) -> bool:
        return self.phase in (ClockPhase.LIVE, ClockPhase.PLAYING)

    def not_before(self, event_us: int) -> "ClockReading":
        """At `event_us` at least: events come between two clock messages. Never past the end."""
        event_us = min(event_us, self.end_us) if self.end_us else event_us
        return replace(self, time_us=event_us) if event_us > self.time_us > 0 else self


class Link(Enum):
    """The connection to the server."""

    CONNECTING = auto()
    CONNECTED = auto()
    DISCONNECTED = auto()


@dataclass(frozen=True, slots=True)
class LinkReading:
    """`down_ms` since it was lost, `attempt` the try that comes next, in `next_try_ms`."""

    link: Link
    down_ms: int = 0
    attempt: int = 0
    next_try_ms: int = 0
    place: str = ""  # "loopback" or the server's host
    reason: str = ""


class QuotePhase(Enum):
    """What a group of quotes can be trusted for."""

    LOADING = auto()
    LIVE = auto()
    STALE = auto()


@dataclass(frozen=True, slots=True)
class LateSource:
    """A source of the group that is behind or gone."""

    exchange: str
    late_ms: int
    down: bool = False


@dataclass(frozen=True, slots=True)
class QuoteReading:
    """The state of one group at one moment; `silent_ms` since anything was heard of it."""

    phase: QuotePhase
    reason: str = ""
    silent_ms: int = 0
    late_sources: tuple[LateSource, ...] = ()
    cadence_ms: int = 0
    degradation: int = 0
    error: str = ""  # why the group cannot be served at all


class QuoteHold(Protocol):
    """One panel's hold on a group of quotes; equal groups share one table. `close` lets it go."""

    @property
    def group_id(self) -> str: ...

    @property
    def table(self) -> QuoteTable:
        """Rows in the order of `instruments`; replaced when the layout changes."""

    @property
    def instruments(self) -> tuple[Instrument, ...]: ...

    @property
    def layout_version(self) -> int:
        """Changes whenever `table` or `instruments` did: hand them to the grid anew."""

    @property
    def epoch(self) -> int:
        """Changes when the values became others without a move of the market: a seek, a restart."""

    def reading(self, now_ms: int) -> QuoteReading: ...

    def row_states(self, now_ms: int) -> tuple[BoolRows, BoolRows, BoolRows]:
        """Which rows are stale, late, halted; each shape (row_count,)."""

    def trust_mark(self) -> object:
        """Another value whenever `row_states` may differ for a reason that the table itself does not tell."""

    def take_oldest_recv_ns(self) -> int:
        """Earliest host arrival among what came since the last call; 0 when nothing did."""

    def set_in_front(self, in_front: bool) -> None:
        """The trader works with it: ask for a delta every 16 ms instead of 33."""

    def set_asleep(self, asleep: bool) -> None:
        """Nobody can see it: nothing is received until somebody can; what was there stays, marked stale."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SourceReading:
    """One exchange's feed; `state` is a SourceState or `UNKNOWN_SOURCE`."""

    exchange: str
    state: int
    late_ms: int
    instruments: int


class Quotes(Protocol):
    """Instruments of the scope and their newest quotes."""

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """Every instrument the scope knows, by exchange and symbol; empty while none is known."""

    @property
    def directory_version(self) -> int:
        """Grows with every change of `instruments`; 0 until the first answer."""

    @property
    def sources(self) -> tuple[SourceReading, ...]: ...

    def hold(self, keys: Sequence[InstrumentKey], on_data: Callable[[], None]) -> QuoteHold:
        """Hold a group; `on_data` is called after values changed. Raises `GroupError`."""


@dataclass(frozen=True, slots=True)
class BarReading:
    """The state of one series of bars; `bars_total` is what its source has, 0 while that is not known."""

    phase: QuotePhase
    reason: str = ""
    silent_ms: int = 0
    bars_total: int = 0
    loading_earlier: bool = False
    error: str = ""  # why there are no bars


class BarHold(Protocol):
    """One chart's hold on the bars of an instrument at an interval; equal holds share a series."""

    @property
    def key(self) -> InstrumentKey: ...

    @property
    def interval(self) -> Interval: ...

    @property
    def series(self) -> BarSeries:
        """Bars by ascending key; the same object for as long as it is held."""

    def reading(self, now_ms: int) -> BarReading: ...

    def want_earlier(self) -> None:
        """Ask for the page before the first bar; nothing happens when there is none or one is on its way."""

    def take_oldest_recv_ns(self) -> int:
        """As of a `QuoteHold`."""

    def set_in_front(self, in_front: bool) -> None: ...

    def set_asleep(self, asleep: bool) -> None:
        """As of a `QuoteHold`."""

    def close(self) -> None: ...


class Bars(Protocol):
    """Bars of the scope's instruments."""

    def hold(self, key: InstrumentKey, interval: Interval, on_data: Callable[[], None]) -> BarHold:
        """Hold a series; `on_data` is called after bars changed."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A place on a tape that somebody named."""

    tape_ns: int
    name: str


@dataclass(frozen=True, slots=True)
class TransportReading:
    """Where a session is. Times are ns since 1970; `speed_milli` 0 is as fast as possible."""

    phase: ClockPhase
    epoch: int
    tape_ns: int
    begin_ns: int
    end_ns: int
    speed_milli: int
    events_played: int
    events_total: int
    instruments: int
    is_looped: bool
    title: str
    bookmarks: tuple[Bookmark, ...] = ()
    is_run: bool = False  # a finished run: its events are bars
    has_seconds: bool = True


@dataclass(frozen=True, slots=True)
class TimelineReading:
    """Trading in equal buckets from `begin_ns` on, nothing after `tape_ns`.

    `volume` is in whole units of size of one instrument, None when `trades` count every instrument. With
    `is_range` both are ranges of bars in price: the source tells no volume.
    """

    epoch: int
    begin_ns: int
    bucket_ns: int
    tape_ns: int
    trades: NDArray[np.int64]
    volume: NDArray[np.float64] | None
    is_range: bool = False


class StepUnit(Enum):
    EVENT = auto()
    BAR = auto()
    SECOND = auto()
    SESSION = auto()
    FILL = auto()


@dataclass(frozen=True, slots=True)
class Speed:
    """One that is offered, and what it is called."""

    milli: int
    words: str


class Transport(Protocol):
    """The deck of a session or a run. Requests return at once; what was refused goes to the messages."""

    @property
    def units(self) -> tuple[StepUnit, ...]:
        """What a step may be."""

    @property
    def speeds(self) -> tuple[Speed, ...]:
        """Those that keys and buttons choose, slowest first; the last one is as fast as possible."""

    @property
    def speed_milli_max(self) -> int: ...

    def speed_words(self, speed_milli: int) -> str: ...

    def reading(self, now_ms: int) -> TransportReading | None:
        """None while the session has not been heard of."""

    def play(self) -> None: ...

    def pause(self) -> None: ...

    def step(self, unit: StepUnit, steps: int, interval: Interval) -> None: ...

    def seek(self, tape_ns: int) -> None:
        """Asked again before the last was answered, only the newest one is sent."""

    def set_speed(self, speed_milli: int) -> None: ...

    def set_looped(self, is_looped: bool) -> None: ...

    def bookmark(self, tape_ns: int, name: str) -> None: ...

    def remove_bookmark(self, tape_ns: int) -> None: ...

    def timeline(self, buckets: int, key: InstrumentKey | None) -> TimelineReading | None:
        """The newest answer for these buckets and this instrument; asks for a newer one by itself."""


class MarketClock(Protocol):
    """The scope's clock: the host's time when live, the tape's in a session."""

    def read(self, now_ms: int) -> ClockReading: ...


@dataclass(frozen=True, slots=True)
class FilmReading:
    """A run as of the scope's clock: nothing of `film` may be asked for a later time than `time_ns`."""

    film: "Film"
    time_ns: int
    epoch: int  # another one after every seek
    is_rushing: bool = False  # several bars a frame: no eye can follow the figures


class Desk(Protocol):
    """What a panel is handed."""

    @property
    def scope(self) -> Scope: ...

    @property
    def clock(self) -> MarketClock: ...

    @property
    def quotes(self) -> Quotes: ...

    @property
    def bars(self) -> Bars: ...

    @property
    def transport(self) -> Transport | None:
        """None when live: nobody plays or pauses the market."""

    @property
    def film(self) -> FilmReading | None:
        """The run that is played; None in every other scope, and while it is being opened."""

    @property
    def is_turning(self) -> bool:
        """A seek is under way and not everything held is of its epoch yet: paint nothing until it is."""

    def link(self, now_ms: int) -> LinkReading: ...
