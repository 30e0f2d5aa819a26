"""What messages of bars did to a subscriber: one at a time, and counted."""

from dataclasses import dataclass
from enum import IntFlag


class BarEvent(IntFlag):
    """What a message did. RESYNCED: a page replaced what was held."""

    NOTHING = 0
    CHANGED = 1
    IDLE = 2
    RESYNCED = 4


@dataclass(slots=True)
class BarFeedCounters:
    """Messages by what became of them."""

    updates: int = 0
    idle: int = 0
    pages: int = 0
    duplicates: int = 0
    old: int = 0  # of an older epoch or version
    gaps: int = 0
    corrupt: int = 0
    buffered_dropped: int = 0
    pages_dropped: int = 0  # did not join what is held
