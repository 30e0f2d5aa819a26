"""The port that panels read: the desk's clock and its quotes, wherever they come from.

`BusDesk` fills it from the bus; a finished run will fill it from its files. No panel knows which. Tables are
filled between frames and read while one is prepared: nothing here paints, nothing here waits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from core.market.instruments import Instrument, InstrumentKey
from core.market.quote_table import QuoteTable
from core.scope import Scope

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

    @property
    def is_moving(self) -> bool:
        return self.phase in (ClockPhase.LIVE, ClockPhase.PLAYING)


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

    def reading(self, now_ms: int) -> QuoteReading: ...

    def row_states(self, now_ms: int) -> tuple[BoolRows, BoolRows, BoolRows]:
        """Which rows are stale, late, halted; each shape (row_count,)."""

    def trust_mark(self) -> object:
        """Another value whenever `row_states` may differ for a reason that the table itself does not tell."""

    def take_oldest_recv_ns(self) -> int:
        """Earliest host arrival among what came since the last call; 0 when nothing did."""

    def set_in_front(self, in_front: bool) -> None:
        """The trader works with it: ask for a delta every 16 ms instead of 33."""

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


class MarketClock(Protocol):
    """The scope's clock: the host's time when live, the tape's in a session."""

    def read(self, now_ms: int) -> ClockReading: ...


class Desk(Protocol):
    """What a panel is handed."""

    @property
    def scope(self) -> Scope: ...

    @property
    def clock(self) -> MarketClock: ...

    @property
    def quotes(self) -> Quotes: ...

    def link(self, now_ms: int) -> LinkReading: ...
