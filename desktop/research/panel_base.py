"""What the panels of research have in common: no scope of their own, a state, a redraw when they are seen.

They show the profile's runs and datasets, whatever the window plays; they receive nothing from the bus.
"""

from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.market.zones import Zone
from desktop.desk import Desk
from desktop.panels.grid.states import LIVE, PanelState
from desktop.tr import tr


class ResearchPanel(QWidget):
    """The parts of `Panel` that a panel without prices answers in the same way."""

    panel_state_changed = Signal(object)
    saved_changed = Signal()
    kind = "research"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shows_values = False
        self._state = LIVE
        self.is_here = True  # until it is let go: what a thread brings later is not for it
        self.zone: ZoneInfo = ZoneInfo("UTC")

    @property
    def state(self) -> PanelState:
        return self._state

    def set_state(self, state: PanelState) -> None:
        """Tell it where it is another."""
        if state != self._state:
            self._state = state
            self.show_state(state)
            self.panel_state_changed.emit(state)

    def show_state(self, state: PanelState) -> None:
        """On the screen."""

    # ---- what needs no prices --------------------------------------------------------------------
    def set_desk(self, desk: Desk | None) -> None:
        """It shows the profile's research, whatever the scope."""

    def follow_directory(self) -> None:
        """Instruments of a scope do not matter here."""

    def set_in_front(self, in_front: bool) -> None:
        """It has one pace."""

    def set_asleep(self, asleep: bool) -> None:
        """It receives nothing of its own."""

    def hold_still(self, still: bool) -> None:
        """It is of no scope."""

    def prepare_frame(self, now_ms: int, clock_us: int) -> bool:
        """Its widgets ask for what they need when something changes."""
        return False

    def take_oldest_recv_ns(self) -> int:
        return 0

    def flash_deadline_ms(self) -> int | None:
        return None

    def cadence_ms(self, now_ms: int) -> int:
        return 0

    def tick(self, now_ms: int) -> None:
        """Four times a second."""

    def follow_zone(self, zone: Zone, clock_zone: ZoneInfo) -> None:
        if clock_zone != self.zone:
            self.zone = clock_zone
            self.zone_changed()

    def zone_changed(self) -> None:
        """Times read otherwise from now on."""

    def go_to(self, text: str) -> bool:
        """It shows no symbols."""
        return False

    def saved(self) -> dict[str, Any]:
        return {}

    def restore(self, saved: dict[str, Any]) -> None:
        """There is nothing to choose."""

    def let_go(self) -> None:
        self.is_here = False

    def inspect(self, now_ms: int) -> dict[str, Any]:
        """Kind and state as they stand there."""
        state = self._state
        return {
            "kind": self.kind,
            "state": state.kind.value,
            "banner": {"words": state.words, "detail": state.detail},
            "page": {"title": state.title, "sentence": state.sentence},
        }

    def inspect_rows(self) -> dict[str, Any]:
        return {}


def unreadable(reason: str) -> str:
    """What a panel says while the catalog cannot be read."""
    return tr("The catalog cannot be read: {reason}", reason=reason)
