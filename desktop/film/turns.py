"""Which frames of a rushing film a panel of figures shows: every fourth, in turns.

A film that passes several bars a frame changes figures 60 times a second, which no eye can follow and which
would cost more than chart and player together. Each panel then shows its frames whole and as of their time,
never a later one. A film that goes slower, stands, steps or is sought is shown by all in every frame.
"""

from itertools import count
from typing import Final

from core.clock import NS_PER_MS, monotonic_ns
from desktop.desk import FilmReading

TURN_FRAMES: Final = 4
TURN_MS: Final = 80  # where frames are slow, no later than this
_turns = count()


class Turn:
    """Of one panel; ask once a frame."""

    def __init__(self) -> None:
        self._frames = next(_turns)  # not all in the same frame
        self._shown_ms = 0
        self._epoch = -1

    def has_come(self, film: FilmReading | None) -> bool:
        """This frame is its own; where no run is played each is."""
        if film is None:
            return True
        self._frames += 1
        now_ms = monotonic_ns() // NS_PER_MS
        rushes = film.is_rushing and film.epoch == self._epoch
        if rushes and self._frames % TURN_FRAMES and now_ms - self._shown_ms < TURN_MS:
            return False
        self._epoch, self._shown_ms = film.epoch, now_ms
        return True
