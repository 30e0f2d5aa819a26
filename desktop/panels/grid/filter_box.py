"""The field a grid is filtered by: words or an expression, with completion and with errors in plain words.

Every key counts at once. Tab takes the offered name, arrows choose another, Esc closes what is open, then
clears, then goes back to the rows. Text that is not in force is marked as such as long as it stands there.
"""

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from core.expressions import complete
from desktop.paint.icons import icon_pixmap
from desktop.paint.theme import Theme
from desktop.panels.grid.filter_popup import FilterPopup, Notice, Offer, plain_mono
from desktop.panels.grid.filtering import expression_begin, is_expression
from desktop.panels.grid.quote_grid import QuoteGrid
from desktop.panels.grid.values import name_hints
from desktop.tr import tr

WIDTH_PX: Final = 150
WIDTH_WIDE_PX: Final = 280  # while an expression is typed or shown
HEIGHT_PX: Final = 20
# Plain words are mostly symbols: names are offered once a word is clearly the begin of one.
WORD_MIN: Final = 2


class FilterBox(QLineEdit):
    """Follows the filter of one grid."""

    width_wanted = Signal()  # `wanted_px` is another

    def __init__(self, grid: QuoteGrid, theme: Theme) -> None:
        super().__init__()
        self._grid = grid
        self._theme = theme
        self._popup: FilterPopup | None = None
        self._window: QWidget | None = None  # that is watched for where it is
        self._place = (0, 0)  # of the word that an offer takes the place of
        self._chose = False  # arrows were used: Return takes the offer
        self.wanted_px = WIDTH_PX
        self.setPlaceholderText(tr("Filter rows"))
        self.setAccessibleName(tr("Filter rows"))
        # Not a QAction: Qt draws those at 16 px and more; the look has 14 in a field.
        self._funnel = QLabel(self)
        self.textChanged.connect(grid.set_filter)
        self.textEdited.connect(lambda _: self._offer())
        self.cursorPositionChanged.connect(self._on_cursor)
        grid.filter_changed.connect(self._on_filter)
        grid.filter_edit_asked.connect(self.edit_error)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        if self._popup is not None:
            self._popup.set_theme(theme)
        self.setFixedHeight(theme.scaled_px(HEIGHT_PX))
        self._show_state()

    def edit_error(self) -> None:
        """Go to what is wrong with the text."""
        error = self._grid.row_order.error
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if error is not None:
            self.setSelection(error.position, error.end - error.position)
            self._show_popup(())

    # --- what is shown

    def _on_filter(self, text: str) -> None:
        if text != self.text():
            self.setText(text)
        self._show_state()
        if self.hasFocus() and self._popup is not None:
            self._show_popup(self._popup.offers if self._popup.isVisible() else ())

    def _show_state(self) -> None:
        """Font, edge, width and icon say what the text is and whether it is in force."""
        theme, order = self._theme, self._grid.row_order
        written = is_expression(self.text()) or order.filter.expression is not None
        family = "JetBrains Mono" if written else "Inter"
        begun = order.error is not None and (order.error.incomplete or bool(self.offers))
        wrong = order.error is not None and not (begun and self.hasFocus())
        edge = f" border-color: {theme.css('state.error')};" if wrong else ""
        size = theme.font_px("small")
        self.setFont(plain_mono(theme) if written else theme.font("small"))
        # The application's style sheet would win over the font.
        sheet = f'QLineEdit {{ font-family: "{family}"; font-size: {size}px;{edge} }}'
        if sheet != self.styleSheet():
            self.setStyleSheet(sheet)
        self.setToolTip("" if self.hasFocus() else self._words())
        self.setAccessibleDescription(self._words())
        icon, pad = theme.px("icon_px.inline"), theme.px("spacing.m")
        in_force = bool(order.filter.text.strip())
        ink = "state.error" if wrong else "text.primary" if in_force else "text.tertiary"
        self._funnel.setPixmap(icon_pixmap("funnel", icon, theme.argb(ink), self.devicePixelRatioF()))
        self._funnel.setGeometry(pad, (self.height() - icon) // 2, icon, icon)
        # The field's own 6 px of padding are the gap between icon and text.
        self.setTextMargins(pad + icon - 3, 0, 0, 0)
        long = written or (self.hasFocus() and order.error is not None)
        wide = theme.scaled_px(WIDTH_WIDE_PX if long else WIDTH_PX)
        if wide != self.wanted_px:
            self.wanted_px = wide
            self.width_wanted.emit()

    def _words(self) -> str:
        """What is wrong, or what can be typed here."""
        error = self._grid.row_order.error
        if error is not None:
            return f"{error}\n{self._kept_words()}"
        return tr(
            "Filter rows by words of symbol, venue or name, or by an expression: spread_bps < 5"
            " (Ctrl+F, Esc clears)"
        )

    def _kept_words(self) -> str:
        """Which rows are shown while the text is wrong."""
        order = self._grid.row_order
        if order.unusable:
            return ""
        kept = order.filter.text.strip()
        return tr("Still filtered by “{filter}”", filter=kept) if kept else tr("All rows are still shown")

    def _notice(self, calm: bool) -> Notice | None:
        """What is wrong; while names are offered it may be that the word is only not finished."""
        error = self._grid.row_order.error
        if error is None:
            return None
        if calm:
            return Notice(error.text, 0, 0, self._kept_words(), "", calm=True)
        reason = error.reason[:1].upper() + error.reason[1:]
        return Notice(
            error.text, error.position, error.end, reason, self._kept_words(), calm=error.incomplete
        )

    # --- completion

    def _offer(self, every: bool = False) -> None:
        """Show names that the word at the cursor may become."""
        text, names = self.text(), self._grid.row_order.values.names
        begin = expression_begin(text)
        found = complete(text[begin:], max(0, self.cursorPosition() - begin), names, every=every)
        word = text[found.begin + begin : self.cursorPosition()]
        offers = found.suggestions
        if not every and not is_expression(text):
            fits = (offer.insert.startswith(word.casefold()) for offer in offers)
            offers = offers if len(word) >= WORD_MIN and any(fits) else ()
        hints = name_hints()
        self._place = (found.begin + begin, found.end + begin)
        self._chose = False
        self._show_popup(
            tuple(Offer(offer.insert, hints.get(offer.insert, offer.hint), word) for offer in offers)
        )

    def _show_popup(self, offers: tuple[Offer, ...]) -> None:
        notice = self._notice(calm=bool(offers)) if self.hasFocus() else None
        if self._popup is None:
            if not offers and notice is None:
                return
            self._popup = FilterPopup(self._theme, self)
            self._popup.chosen.connect(self._take)
        if self._window is not self.window():  # a panel may have gone to another one
            if self._window is not None:
                self._window.removeEventFilter(self)
            self._window = self.window()
            self._window.installEventFilter(self)
        self._popup.show_under(offers, notice)
        self._show_state()

    @property
    def offers(self) -> tuple[Offer, ...]:
        """Names that are offered now."""
        return self._popup.offers if self._popup is not None and self._popup.isVisible() else ()

    def _take(self, index: int) -> None:
        """An offer takes the place of the word."""
        offer = self.offers[index]
        begin, end = self._place
        text = self.text()
        self.setText(text[:begin] + offer.text + text[end:])
        self.setCursorPosition(begin + len(offer.text))
        self._show_popup(())  # nothing more is offered before the next key: Tab may go on

    def _on_cursor(self, _old: int, new: int) -> None:
        """Away from the word that was being typed nothing is offered for it."""
        if self.offers and not self._place[0] <= new <= self._place[1] + 1:
            self._show_popup(())

    # --- keys and focus

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, offers = event.key(), self.offers
        controlled = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key == Qt.Key.Key_Space and controlled:
            self._offer(every=True)
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and offers and self._popup is not None:
            self._chose = True
            self._popup.step(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and offers and self._chose:
            self._take_current()
        elif key == Qt.Key.Key_Escape and offers:
            self._show_popup(())
        elif key == Qt.Key.Key_Escape and self.text():
            self.clear()
            self._show_popup(())
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self._grid.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().keyPressEvent(event)

    def _take_current(self) -> None:
        if self._popup is not None:
            self._take(self._popup.current)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab takes what is offered before it goes on."""
        if forward and self.offers:
            self._take_current()
            return True
        return super().focusNextPrevChild(forward)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._show_state()
        self._show_popup(())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._close()
        self._show_state()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._close()

    def _close(self) -> None:
        if self._popup is not None:
            self._popup.show_under((), None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The popup goes with the window."""
        if self._popup is not None and event.type() in (QEvent.Type.Move, QEvent.Type.Resize):
            self._popup.follow()
        return super().eventFilter(watched, event)
