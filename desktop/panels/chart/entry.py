"""A small field that opens when one types over a chart: a symbol, an interval, or an indicator.

`BTCUSDT`; `5m`, `100t`, `50v`; `ema 21`, `macd`. An instrument that is called as an indicator is reached by
`EXCHANGE:SYMBOL`. What cannot be read is said below the field and changes nothing.
"""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from core.market.indicators import IndicatorError, parse_indicator
from core.market.instruments import InstrumentKey
from core.market.intervals import IntervalError, parse_interval
from desktop.paint.theme import Theme
from desktop.panels.watchlist.lists import find

if TYPE_CHECKING:
    from desktop.panels.chart.panel import ChartPanel

WIDTH_PX: Final = 240
TOP_PX: Final = 44
HINT: Final = "Symbol, interval (5m, 100t, 50v) or indicator (ema 21)"


class ChartEntry(QWidget):
    """Return takes it, Esc closes; the chart has the keys again then."""

    def __init__(self, theme: Theme, panel: "ChartPanel") -> None:
        super().__init__(panel)
        self._panel = panel
        self._study_id: str | None = None  # the indicator that is being changed
        self.setObjectName("chartEntry")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.field = QLineEdit(self)
        self.field.setAccessibleName("Symbol, interval or indicator")
        self.field.installEventFilter(self)
        self.field.textEdited.connect(lambda _text: self._say(""))
        self.said = QLabel(self)
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        column.addWidget(self.field)
        column.addWidget(self.said)
        self.set_theme(theme)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setStyleSheet(
            f"#chartEntry {{ background: {theme.css('surface.overlay')};"
            f" border: 1px solid {theme.css('border.strong')};"
            f" border-radius: {theme.px('radius.control')}px; }}"
        )
        self._say("")

    def begin(self, text: str, study_id: str | None = None, *, is_whole: bool = False) -> None:
        """Open with what was typed; `study_id`: to change that indicator; `is_whole`: typing replaces it."""
        self._study_id = study_id
        self._say("")
        self.field.setText(text)
        self.show()
        self.raise_()
        self.place(self._panel.plots.geometry())
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)
        if study_id is not None or is_whole:
            self.field.selectAll()
        else:
            self.field.setCursorPosition(len(text))

    def place(self, area: QRect) -> None:
        """Near the top of the chart, in its middle."""
        width = min(WIDTH_PX, area.width() - 16)
        self.setFixedWidth(max(width, 80))
        self.adjustSize()
        self.move(area.left() + (area.width() - self.width()) // 2, area.top() + TOP_PX)

    def _say(self, error: str) -> None:
        theme = self._theme
        ink = theme.css("state.error" if error else "text.tertiary")
        self.said.setStyleSheet(f"color: {ink}; font-size: {theme.font_px('small')}px;")
        self.said.setText(error or HINT)
        self.said.setAccessibleName(error)
        if self.isVisible():
            self.place(self._panel.plots.geometry())

    def say_error(self, error: str) -> None:
        """Words below the field."""
        self._say(error)

    def take(self) -> None:
        """Do what the text says, or say why not."""
        text, panel = self.field.text().strip(), self._panel
        try:
            if self._study_id is not None:
                panel.change_indicator(self._study_id, parse_indicator(text))
            elif text[:1].isdigit():
                panel.choose_interval(parse_interval(text))
            else:
                panel.add_indicator(parse_indicator(text))
        except (IntervalError, IndicatorError) as error:
            key = self._named(text) if self._study_id is None else None
            if key is None:
                self._say(str(error).replace("is no indicator", "is no symbol here and no indicator"))
                return
            panel.choose(key)
        self.close_entry()

    def _named(self, text: str) -> InstrumentKey | None:
        """The instrument called so, or first that begins so: a slip in an indicator must not find one."""
        key = find(text, self._panel.instruments)
        begin = text.rpartition(":")[2].upper()
        return key if key is not None and key.symbol.upper().startswith(begin) else None

    def close_entry(self) -> None:
        self.hide()
        self._panel.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.take()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close_entry()
                return True
        elif event.type() is QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        return False
