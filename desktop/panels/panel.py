"""What a window asks of every panel, whatever it shows.

A panel is handed a desk and paints only when its window is told to. Signals are the panel's own, and wired
where the panel is made.
"""

from typing import Any, Protocol
from zoneinfo import ZoneInfo

from core.market.zones import Zone
from desktop.desk import Desk
from desktop.paint.theme import Theme
from desktop.panels.grid.states import PanelState


class Panel(Protocol):
    """A `QWidget` with this. Times are monotonic ms, the scope's clock is in us."""

    @property
    def shows_values(self) -> bool:
        """A frame with values of a live source has been prepared."""

    @property
    def state(self) -> PanelState: ...

    def set_desk(self, desk: Desk | None) -> None:
        """Another scope, or None while there is none: nothing of the old one stays."""

    def follow_directory(self) -> None:
        """The scope's instruments have changed."""

    def set_in_front(self, in_front: bool) -> None:
        """The trader works in the panel's window."""

    def set_asleep(self, asleep: bool) -> None:
        """The panel's window has been off the screen for a while, or is back: receive nothing meanwhile."""

    def prepare_frame(self, now_ms: int, clock_us: int) -> bool:
        """Format what changed and ask Qt for an update; False when nothing visible changed."""

    def take_oldest_recv_ns(self) -> int: ...

    def flash_deadline_ms(self) -> int | None: ...

    def cadence_ms(self, now_ms: int) -> int: ...

    def tick(self, now_ms: int) -> None:
        """Words and ages, four times a second."""

    def set_theme(self, theme: Theme) -> None: ...

    def follow_zone(self, zone: Zone, clock_zone: ZoneInfo) -> None:
        """`zone` for times of a venue, `clock_zone` for those of the whole scope."""

    def saved(self) -> dict[str, Any]:
        """Everything a person has set in it, as plain JSON data for the workspace file."""

    def restore(self, saved: dict[str, Any]) -> None:
        """Take what `saved` gave. Raises `StateError`, naming the key, for what cannot be used; what is not
        said keeps its default.
        """

    def let_go(self) -> None:
        """Give back what is held; the panel or its desk is about to go."""

    def inspect(self, now_ms: int) -> dict[str, Any]:
        """`kind`, `state`, `banner` and what is its own, for --inspect."""

    def inspect_rows(self) -> dict[str, Any]:
        """What it has painted; apart, for reading it back costs milliseconds."""
