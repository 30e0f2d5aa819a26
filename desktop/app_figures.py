"""What the desk tells of itself: groups held, messages dropped, processor, memory, pictures.

Read by `--inspect`, diagnostics, the demo and tests; nothing here changes anything but files of pictures.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.bus import Bus
from core.clock import NS_PER_MS, monotonic_ns
from desktop.bus_group import SharedGroup
from desktop.paint.theme import Theme

if TYPE_CHECKING:
    from desktop.desks import Desks
    from desktop.health.desk_health import DeskHealth
    from desktop.workspace.window import DeskWindow


class AppFigures:
    """A part of `DeskApp`, which has all of these."""

    bus: Bus | None
    desks: "Desks"
    health: "DeskHealth"
    theme: Theme
    windows: "list[DeskWindow]"

    def now_ms(self) -> int:
        """Monotonic."""
        return monotonic_ns() // NS_PER_MS

    @property
    def dropped(self) -> int:
        """Messages the desk received and could not use: too slow, or more than a feed may buffer."""
        buffered = sum(group.feed.counters.buffered_dropped for group in self.groups())
        return buffered + (self.bus.counters.dropped if self.bus is not None else 0)

    def groups(self) -> "list[SharedGroup]":
        """Of every scope."""
        return [group for desk in self.desks for group in desk.quotes.groups]

    def process_json(self) -> dict[str, Any]:
        """CPU, memory and bus totals of this process."""
        vitals = self.health.vitals.process
        counters = self.bus.counters if self.bus is not None else None
        return {
            "pid": os.getpid(),
            "cpu_percent": vitals.cpu_percent,
            "main_cpu_percent": vitals.main_cpu_percent,
            "memory_mb": vitals.memory_mb,
            "dropped": self.dropped,
            "full_collections": self.health.gc.full_ever,
            "messages_in": counters.messages_in if counters else 0,
            "bytes_in": counters.bytes_in if counters else 0,
            "reconnects": counters.reconnects if counters else 0,
        }

    def groups_json(self) -> list[dict[str, Any]]:
        """Each group held, with what its feed has counted."""
        now_ms = self.now_ms()
        return [group.inspect(now_ms) for group in self.groups()]

    def series_json(self) -> list[dict[str, Any]]:
        """Each series of bars held, likewise."""
        now_ms = self.now_ms()
        return [series.inspect(now_ms) for desk in self.desks for series in desk.bars.series]

    def screenshots(self, directory: Path, suffix: str = "") -> list[Path]:
        """One PNG a window. Raises `OSError` naming the file that could not be written."""
        directory.mkdir(parents=True, exist_ok=True)
        written = []
        for window in self.windows:
            path = directory / f"window-{window.number}-{self.theme.name}{suffix}.png"
            if not window.grab().save(str(path)):
                raise OSError(f"cannot write {path}")
            written.append(path)
        return written
