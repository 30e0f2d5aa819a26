"""What panels of research look like: a banner, what they show, a page in its place while there is nothing.

`PagePanel` has these parts and takes files that are dropped on it; `SheetPanel` scrolls a column of parts
that a thread has read. Which state it is in says each panel itself.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QLabel, QMenu, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from core.market.intervals import Interval, IntervalError, parse_interval
from desktop.commands.context_menu import add_actions, desk_window_of
from desktop.paint.theme import Theme
from desktop.panels.grid.states import LIVE, PanelKind, PanelState, StateBanner, StatePage
from desktop.research.curves import MINUTE
from desktop.research.panel_base import ResearchPanel
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.research.research import Research


class PagePanel(ResearchPanel):
    """Call `lay_out` once; `act` gets the label of a button of the page."""

    def __init__(self, theme: Theme, research: "Research", name: str) -> None:
        super().__init__()
        self._theme = theme
        self.research = research
        self.banner, self.page = StateBanner(theme, self), StatePage(theme, self)
        self._shown: QWidget = self
        self.setAccessibleName(name)
        self.page.action_requested.connect(self.act)

    def lay_out(self, shown: QWidget, *above: QWidget) -> None:
        """`shown` goes while the page is there, `above` stays."""
        self._shown = shown
        self.setFocusProxy(shown)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.banner, *above):
            column.addWidget(part)
        column.addWidget(shown, 1)
        column.addWidget(self.page, 1)

    @property
    def has_something(self) -> bool:
        """To show, while no page is in its place."""
        return True

    def show_state(self, state: PanelState) -> None:
        on_page = state.kind is PanelKind.EMPTY or bool(state.title)
        self.banner.set_state(LIVE if on_page else state)
        self.page.set_state(state)
        self.page.setVisible(on_page)
        self._shown.setVisible(not on_page and self.has_something)
        self.setFocusProxy(self.page if on_page else self._shown)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for part in self.themed:
            part.set_theme(theme)

    @property
    def themed(self) -> Sequence[Any]:
        """Parts that are told of another theme."""
        return (self.banner, self.page)

    # ---- what is done from it --------------------------------------------------------------------
    def act(self, label: str) -> None:
        """A button of the page was pressed."""
        actions = {
            tr("Import data"): "data.import",
            tr("New run"): "runs.new",
            tr("Show the runs"): "runs.show",
        }
        if label in actions:
            self.run_action(actions[label])

    def run_action(self, action_id: str) -> None:
        """For what is chosen in this panel."""
        window = desk_window_of(self)
        if window is not None:
            window.host.commands.run(action_id, window, self)

    def show_menu(self, at: QPoint, groups: Sequence[Sequence[str]]) -> None:
        """Actions by their ids, with a line between groups."""
        window = desk_window_of(self)
        if window is None:
            return
        menu = QMenu(self)
        actions = window.host.commands.actions
        for ids in groups:
            add_actions(menu, self, [actions[each] for each in ids if each in actions])
            menu.addSeparator()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.research.files_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = self.research.files_in(event.mimeData())
        window = desk_window_of(self)
        if files and window is not None:
            event.acceptProposedAction()
            self.research.ask_import(window, files)


class SheetPanel(PagePanel):
    """Parts below each other in `area`, each with a title if it wants one."""

    def __init__(self, theme: Theme, research: "Research", name: str) -> None:
        super().__init__(theme, research, name)
        self.error = ""
        self.is_busy = False
        self.heads: list[QLabel] = []
        self._body = QWidget()
        self._body.setObjectName("sheet-body")
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self._body)
        self.lay_out(self.area)

    def add_part(self, part: QWidget, head: str | None = None) -> None:
        """Below what is there."""
        if head is not None:
            label = QLabel(head)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)  # else a long one would make the sheet wider than its panel
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            self.heads.append(label)
            self._column.addWidget(label)
        self._column.addWidget(part)

    def end_parts(self) -> None:
        self._column.addStretch(1)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        pad = theme.px("spacing.m")
        for label in self.heads:
            label.setFont(theme.font("ui", "title"))
            label.setContentsMargins(pad, pad, pad, theme.px("spacing.s"))
        self._body.setStyleSheet(f"#sheet-body {{ background: {theme.css('surface.panel')}; }}")

    # ---- states ----------------------------------------------------------------------------------
    def state_now(self) -> PanelState:
        """As it is now."""
        raise NotImplementedError

    def hidden_state(self, run_ids: Sequence[str]) -> PanelState | None:
        """While one of these runs is played, nobody may see how it ends."""
        hidden = self.research.playing() & set(run_ids)
        if not hidden:
            return None
        return PanelState(
            PanelKind.EMPTY,
            title=tr("Run {run} is being played", run=min(hidden)[:8]),
            sentence=tr("Its final figures are hidden until it is left."),
            icon="play",
        )

    def tick(self, now_ms: int) -> None:
        self.set_state(self.state_now())


def interval_of(text: str) -> Interval:
    """Of a dataset; a minute where it is not known."""
    try:
        return parse_interval(text) if text else MINUTE
    except IntervalError:
        return MINUTE
