"""The words of link groups: roles, what a link carries, and what a panel offers to be linked.

Pure data and one protocol; who tells whom is links.py's.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from core.market.instruments import InstrumentKey
from core.market.intervals import Interval
from core.scope import Scope

GROUPS: Final = 6
NO_GROUP: Final = 0
FIRST_GROUP: Final = 1  # of every panel of a new window


class LinkRole(Enum):
    """A source tells its group what is chosen in it, a destination shows what the group was told."""

    BOTH = "both"
    SOURCE = "source"
    DESTINATION = "destination"

    @property
    def gives(self) -> bool:
        return self is not LinkRole.DESTINATION

    @property
    def takes(self) -> bool:
        return self is not LinkRole.SOURCE

    @property
    def following(self) -> "LinkRole":
        """The one after this in the order of the chip."""
        roles = tuple(LinkRole)
        return roles[(roles.index(self) + 1) % len(roles)]


class Carried(Enum):
    """What a group's link carries; each can be switched."""

    SYMBOL = "symbol"
    INTERVAL = "interval"
    TIME = "time"


CARRIED_AT_FIRST: Final = frozenset((Carried.SYMBOL, Carried.TIME))


@dataclass(frozen=True, slots=True)
class TimeStretch:
    """What a chart shows, in ns since 1970; `is_following`: its right edge is the newest bar."""

    left_ns: int
    right_ns: int
    is_following: bool


class LinkMember(Protocol):
    """What a panel offers its link. Nothing it is told here may be told back as chosen by hand."""

    def link_scope(self) -> Scope | None: ...

    def link_symbol(self) -> InstrumentKey | None: ...

    def link_interval(self) -> Interval | None:
        """None for a panel without one."""

    def show_link_symbol(self, key: InstrumentKey) -> str:
        """Show it, or stay and return why not in words (`ETHUSDT is not in this scope`)."""

    def show_link_interval(self, interval: Interval) -> None: ...

    def show_link_cursor(self, time_ns: int | None) -> None:
        """Mark a time; None: no time any more."""

    def show_stretch(self, stretch: TimeStretch) -> None: ...
