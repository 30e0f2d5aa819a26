"""What stands right in the title bar of the runs: the filter, how many there are, a new run."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from core.backtest.run_files import RunState
from desktop.paint.icons import icon
from desktop.paint.theme import Theme
from desktop.panels.runs.filtering import help_words
from desktop.panels.title_tools import TitleTools
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.panels.runs.panel import RunsPanel

FILTER_PX: Final = 150


class _Filter(QLineEdit):
    """Escape empties it, Down goes to the rows."""

    def __init__(self, panel: "RunsPanel", parent: QWidget) -> None:
        super().__init__(parent)
        self._panel = panel
        self._funnel = QAction(self)
        self.addAction(self._funnel, QLineEdit.ActionPosition.LeadingPosition)

    def set_funnel(self, theme: Theme) -> None:
        self._funnel.setIcon(icon("funnel", theme))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self._panel.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            super().keyPressEvent(event)


class RunsTools(TitleTools):
    """In a narrow panel the count leaves first, then the words of the button's actions, the filter last."""

    def __init__(self, panel: "RunsPanel", theme: Theme) -> None:
        super().__init__()
        self._panel = panel
        self._count = QLabel(self)
        self.filter = _Filter(panel, self)
        self.filter.setPlaceholderText(tr("Filter runs"))
        self.filter.setAccessibleName(tr("Filter runs"))
        self.filter.setToolTip(help_words())
        self.filter.setText(panel.model.filter.text)
        self.filter.textChanged.connect(panel.set_filter)
        self.new = QToolButton(self)
        self.new.setText(f" {tr('New run')}")
        self.new.setToolTip(tr("Run a strategy over a dataset"))
        self.new.setAccessibleName(tr("New run"))
        self.new.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.new.clicked.connect(lambda: panel.run_action("runs.new"))
        self.play = QToolButton(self)
        self.play.setToolTip(tr("Play the selected run (Return)"))
        self.play.setAccessibleName(tr("Play the selected run"))
        self.play.clicked.connect(lambda: panel.run_action("runs.play"))
        self._more = QToolButton(self)
        self._more.setToolTip(tr("More for the selected runs (right click)"))
        self._more.setAccessibleName(tr("More"))
        self._more.clicked.connect(
            lambda: panel.show_runs_menu(self._more.mapToGlobal(QPoint(0, self._more.height())))
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px("spacing.s"))
        for part in (self._count, self.filter, self.play, self.new, self._more):
            row.addWidget(part)
        panel.counted.connect(self._say_count)
        panel.chosen.connect(self._follow_choice)
        panel.filter_changed.connect(self._follow_filter)
        self.set_theme(theme)

    def focus_filter(self) -> None:
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def _follow_filter(self, text: str, error: str) -> None:
        """A workspace may have set it; one that cannot be used is marked."""
        if text != self.filter.text():
            self.filter.setText(text)
        self.filter.setToolTip(error or help_words())
        if bool(error) != bool(self.filter.property("invalid")):
            self.filter.setProperty("invalid", bool(error))
            self.filter.style().unpolish(self.filter)
            self.filter.style().polish(self.filter)

    def _follow_choice(self) -> None:
        """One finished run can be played."""
        chosen = self._panel.selected
        self.play.setEnabled(len(chosen) == 1 and chosen[0].state is RunState.DONE)

    def _say_count(self, shown: int, total: int) -> None:
        text = f"{total:,}" if shown == total else tr("{shown} of {total}", shown=shown, total=f"{total:,}")
        if text != self._count.text():
            self._count.setText(text)
            self.fit_again()

    def leaving(self) -> Sequence[QWidget]:
        return [self._count, self._more, self.filter, self.play, self.new]

    def set_theme(self, theme: Theme) -> None:
        side, small = theme.px("icon_px.inline"), theme.font_px("small")
        self.new.setIcon(icon("plus", theme))
        self.play.setIcon(icon("play", theme))
        self._more.setIcon(icon("ellipsis-vertical", theme))
        for button in (self.play, self.new, self._more):
            button.setIconSize(QSize(side, side))
            button.setStyleSheet(f"font-size: {small}px; padding: 1px 3px;")
        self.filter.set_funnel(theme)
        self.filter.setFixedWidth(theme.scaled_px(FILTER_PX))
        self.filter.setStyleSheet(f"QLineEdit {{ font-size: {small}px; min-height: 16px; padding: 0 4px; }}")
        self._count.setFont(theme.number_font("small"))
        self._follow_choice()
        self._count.setStyleSheet(f"color: {theme.css('text.tertiary')}; font-size: {small}px;")
        self.fit_again()
