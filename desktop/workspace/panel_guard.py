"""One panel's failure is one panel's: it says so in its own place, and every other one goes on.

A panel whose frame, tick or paint raises is not asked again until a person restarts it. Told once a failure;
nothing is swallowed. While it is down a page lies over it, so that nothing of it is painted either.
"""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from desktop.paint.theme import Theme
from desktop.panels.grid.states import PanelKind, PanelState, StatePage
from desktop.tr import tr

Told = Callable[[str, BaseException], Callable[[], object]]
"""Called with what failed and why; what it returns shows the report of it."""


class FailedPanel(QObject):
    """The page over one panel that failed."""

    def __init__(self, panel: QWidget, theme: Theme, error: BaseException) -> None:
        super().__init__(panel)
        self.show_report: Callable[[], object] = lambda: None
        self.restart: Callable[[], object] = lambda: None
        self._page = StatePage(theme, panel)
        self.state = PanelState(
            PanelKind.ERROR,
            title=tr("This panel failed, the rest goes on"),
            sentence=f"{type(error).__name__}: {' '.join(str(error).split()) or tr('no reason given')}",
            actions=(tr("Restart panel"), tr("Show report")),
        )
        self._page.set_state(self.state)
        self._page.setAutoFillBackground(True)
        self._page.action_requested.connect(self._act)
        self._page.setAccessibleName(f"{self.state.title}. {self.state.sentence}")
        panel.installEventFilter(self)
        self._cover(panel)
        self._page.show()

    def _act(self, label: str) -> None:
        if label == self.state.actions[0]:
            self.restart()
        else:
            self.show_report()

    def _cover(self, panel: QWidget) -> None:
        self._page.setGeometry(panel.rect())
        self._page.raise_()

    def set_theme(self, theme: Theme) -> None:
        self._page.set_theme(theme)

    def eventFilter(self, panel: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.ChildAdded) and isinstance(panel, QWidget):
            self._cover(panel)
        return False

    def take_away(self) -> None:
        """The panel works again, or goes."""
        panel = self.parent()
        if isinstance(panel, QWidget):
            panel.removeEventFilter(self)
        self._page.hide()
        self._page.deleteLater()
        self.deleteLater()


class PanelGuards:
    """Of one window. `theme` gives the look of now, `begin` starts a panel anew, `told` reports."""

    def __init__(self, theme: Callable[[], Theme], begin: Callable[[Any], object]) -> None:
        self._theme = theme
        self.told: Told = lambda _what, _error: lambda: None
        self._begin = begin
        self._failed: dict[Any, FailedPanel] = {}

    def has_failed(self, panel: Any) -> bool:
        return panel in self._failed

    def state(self, panel: Any) -> PanelState:
        """What the panel shows: its own state, or that it failed."""
        failed = self._failed.get(panel)
        own: PanelState = failed.state if failed is not None else panel.state
        return own

    def working(self, panels: Sequence[Any]) -> list[Any]:
        """Those that can be asked."""
        return [panel for panel in panels if panel not in self._failed] if self._failed else list(panels)

    def frame(self, panel: Any, now_ms: int, clock_us: int) -> bool:
        """`prepare_frame` of a panel that works; False of one that does not."""
        if panel in self._failed:
            return False
        try:
            return bool(panel.prepare_frame(now_ms, clock_us))
        except Exception as error:  # noqa: BLE001 (whatever it is, the other panels get their frame)
            self.fail(panel, error)
            return True  # its page is to be painted

    def tick(self, panel: Any, now_ms: int) -> None:
        """`tick`, likewise."""
        if panel in self._failed:
            return
        try:
            panel.tick(now_ms)
        except Exception as error:  # noqa: BLE001 (as above)
            self.fail(panel, error)

    def fail(self, panel: Any, error: BaseException) -> None:
        """Put the panel into its error state and tell of it, once."""
        if panel in self._failed:
            return
        failed = FailedPanel(panel, self._theme(), error)
        failed.restart = lambda: self.restart(panel)
        self._failed[panel] = failed
        failed.show_report = self.told(tr("A {kind} failed", kind=_kind(panel)), error)

    def restart(self, panel: Any) -> None:
        """As if it had just been opened; what fails again says so again."""
        failed = self._failed.pop(panel, None)
        if failed is None:
            return
        failed.take_away()
        try:
            panel.let_go()
            self._begin(panel)
        except Exception as error:  # noqa: BLE001 (as above)
            self.fail(panel, error)

    def blamed(self, panels: Sequence[Any], owners: Sequence[object], error: BaseException) -> bool:
        """An error while one of the panels was painted; False when it was none of them."""
        for panel in panels:
            for owner in owners:
                inside = isinstance(owner, QWidget) and panel.isAncestorOf(owner)
                if owner is panel or inside:
                    self.fail(panel, error)
                    return True
        return False

    def set_theme(self, theme: Theme) -> None:
        for failed in self._failed.values():
            failed.set_theme(theme)

    def forget(self, panel: Any) -> None:
        """The panel goes."""
        self._failed.pop(panel, None)


def _kind(panel: Any) -> str:
    """`watchlist` of a `WatchlistPanel`."""
    return type(panel).__name__.removesuffix("Panel").lower() or tr("panel")
