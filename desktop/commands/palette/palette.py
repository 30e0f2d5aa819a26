"""The palette: a field over the window that finds symbols, actions, workspaces and settings as one types.

The market stays readable behind it, and the focus goes back to where it was. Return does what is chosen,
with Ctrl in a new panel; `>` searches actions alone, `@` symbols alone. Asks its sources, knows none.
"""

from collections.abc import Callable, Sequence
from typing import Final

import shiboken6
from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)

from desktop.commands.palette.hints import PaletteHints
from desktop.commands.palette.rows import HEADING_PX, PaletteDelegate, PaletteRows, Row
from desktop.commands.palette.sources import PaletteItem, PaletteSource
from desktop.paint.icons import icon_pixmap
from desktop.paint.overlay import Overlay
from desktop.paint.theme import Theme
from desktop.tr import tr

TOP_PX: Final = 96
SIDE_MIN_PX: Final = 8
LIST_PX_MAX: Final = 15 * 30 + 4 * HEADING_PX
LIST_BOTTOM_PX: Final = 8
HINTS_PX: Final = 32
EACH_MAX: Final = 5  # of a group among others
ALONE_MAX: Final = 200  # of the only group searched: every action is in the list
QUERY_CHARACTERS_MAX: Final = 80


class Palette(Overlay):
    """One a window. `sources` makes them anew each time it opens."""

    def __init__(self, theme: Theme, window: QWidget, sources: Callable[[], Sequence[PaletteSource]]) -> None:
        super().__init__(theme, window)
        self._window = window
        self._make_sources = sources
        self._sources: Sequence[PaletteSource] = ()
        self._before: QWidget | None = None
        self.setObjectName("palette")
        self._glass, self._count = QLabel(self), QLabel(self)
        self.field = QLineEdit(self)
        self.field.setMaxLength(QUERY_CHARACTERS_MAX)
        self.field.setAccessibleName(tr("Symbol or command"))
        self.field.setPlaceholderText(tr("Symbol or command"))
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self._rule = QWidget(self)
        self.rows = PaletteRows(self)
        self.list = self._make_list()
        self._nothing = QLabel(self)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setTextFormat(Qt.TextFormat.PlainText)
        self._hints = PaletteHints(theme, self)
        self._lay_out()
        self.set_theme(theme)
        window.installEventFilter(self)

    def _make_list(self) -> QListView:
        found = QListView(self)
        found.setObjectName("palette-list")
        found.setAccessibleName(tr("Found"))
        found.setModel(self.rows)
        self._delegate = PaletteDelegate(self._theme, found)
        found.setItemDelegate(self._delegate)
        found.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        found.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        found.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        found.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        found.setMouseTracking(True)
        found.viewport().setAutoFillBackground(False)
        found.viewport().installEventFilter(self)
        found.selectionModel().currentChanged.connect(self._say_current)
        return found

    def _lay_out(self) -> None:
        theme, pad = self._theme, self._theme.px("spacing.l")
        column = QVBoxLayout(self)
        column.setContentsMargins(*[self.margin_px] * 4)
        column.setSpacing(0)
        head = QWidget(self)
        head.setFixedHeight(theme.px("height.palette_input") - 1)
        row = QHBoxLayout(head)
        row.setContentsMargins(pad + 2, 0, pad + 2, 0)
        row.setSpacing(theme.px("spacing.s"))
        for part in (self._glass, self.field, self._count):
            row.addWidget(part)
        self._rule.setFixedHeight(1)
        self._hints.setFixedHeight(HINTS_PX)
        for widget in (head, self._rule, self.list, self._nothing, self._hints):
            column.addWidget(widget)

    def set_theme(self, theme: Theme) -> None:
        self.set_overlay_theme(theme)
        side, large = theme.px("icon_px.toolbar"), theme.px("font_px_fixed.dialog_title")
        glass = icon_pixmap("search", side, theme.argb("text.secondary"), self.devicePixelRatioF())
        self._glass.setPixmap(glass)
        self.field.setStyleSheet(
            f"QLineEdit {{ background: transparent; border: none; font-size: {large}px;"
            f" padding: 0 {theme.px('spacing.s')}px; }}"
        )
        self._count.setStyleSheet(f"color: {theme.css('text.tertiary')};")
        self._count.setFont(theme.number_font("ui"))
        self._nothing.setStyleSheet(
            f"color: {theme.css('text.secondary')}; padding: {theme.px('spacing.xl')}px;"
        )
        self._rule.setStyleSheet(f"background: {theme.css('border.default')};")
        self.list.setStyleSheet("QListView { background: transparent; border: none; }")
        self._delegate.set_theme(theme)
        self._hints.set_theme(theme)

    # ---- open and closed -------------------------------------------------------------------------
    def open_palette(self, text: str = "") -> None:
        """Over the window, with the keys; `text` as if it had been typed."""
        if not self.isVisible():
            self._before = self._window.focusWidget()
            self._sources = self._make_sources()
        self.show()
        self.raise_()
        if self.field.text() == text:
            self._search(text)
        self.field.setText(text)
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_palette(self, *, give_back: bool = True) -> None:
        """Gone; the keys go back to who had them."""
        if not self.isVisible():
            return
        before, self._before = self._before, None
        self.hide()
        self._sources = ()
        self.rows.show_rows(())
        if give_back and before is not None and shiboken6.isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)

    def tick(self) -> None:
        """Prices at the right follow the market, four times a second."""
        if self.isVisible():
            self.rows.refresh_values()

    # ---- what is found ---------------------------------------------------------------------------
    def _search(self, text: str) -> None:
        signs = {source.sign: source for source in self._sources if source.sign}
        alone = signs.get(text[:1])
        asked = [alone] if alone is not None else self._sources
        words = text[1:].strip() if alone is not None else text.strip()
        each = ALONE_MAX if alone is not None else EACH_MAX
        found = [(source, source.search(words, each)) for source in asked]
        hits = [(source, best) for source, best in found if best.items]
        if len(hits) == 1 and alone is None:  # nobody else needs the place
            hits = [(hits[0][0], hits[0][0].search(words, ALONE_MAX))]
        rows: list[Row] = []
        for source, best in hits:
            rows += [source.group, *best.items]
        shown = sum(len(best.items) for _source, best in hits)
        count = sum(best.count for _source, best in found)
        self.rows.show_rows(rows)
        self._count.setText(tr("{shown} of {count}", shown=f"{shown:,}", count=f"{count:,}"))
        self._nothing.setText(tr("Nothing is called “{words}” here", words=words))
        self.list.setVisible(bool(rows))
        self._nothing.setVisible(not rows)
        self._choose(1 if rows else -1)
        self.list.scrollToTop()
        self.fit()

    def fit(self) -> None:
        """As high as what is found, within the window."""
        window, theme = self._window, self._theme
        width = min(theme.px("width.palette"), window.width() - 2 * SIDE_MIN_PX)
        others = theme.px("height.palette_input") + 2 + 1
        self._hints.setVisible(self._hints.fits(width) and window.height() > 2 * TOP_PX + HINTS_PX)
        others += HINTS_PX if not self._hints.isHidden() else 0
        if self.rows.rows:
            content = sum(
                theme.px("height.palette_row") if isinstance(row, PaletteItem) else HEADING_PX
                for row in self.rows.rows
            )
            room = max(window.height() - 2 * SIDE_MIN_PX - others, theme.px("height.palette_row"))
            bottom = LIST_BOTTOM_PX if content <= LIST_PX_MAX else 0
            listed = min(content + bottom, LIST_PX_MAX, room)
            self.list.setFixedHeight(listed)
        else:
            listed = self._nothing.sizeHint().height()
        top = min(TOP_PX, max(SIDE_MIN_PX, window.height() - SIDE_MIN_PX - others - listed))
        self.place((window.width() - width) // 2, top, width, others + listed)

    # ---- what is chosen --------------------------------------------------------------------------
    @property
    def chosen(self) -> PaletteItem | None:
        return self.rows.item(self.list.currentIndex().row())

    def _choose(self, place: int) -> None:
        at = self.rows.index(place) if place >= 0 else QModelIndex()
        self.list.setCurrentIndex(at)

    def move_by(self, by: int) -> None:
        """To the next row that can be chosen; past the end to the other end by single steps only."""
        places = [place for place in range(len(self.rows.rows)) if self.rows.item(place) is not None]
        if not places:
            return
        here = self.list.currentIndex().row()
        at = places.index(here) if here in places else 0
        following = at + by
        if abs(by) == 1:
            following %= len(places)
        place = places[min(max(following, 0), len(places) - 1)]
        self._choose(place)
        if place == places[0]:
            self.list.scrollToTop()  # with the heading above it

    def _page(self) -> int:
        return max(1, self.list.height() // self._theme.px("height.palette_row") - 1)

    def _say_current(self) -> None:
        place = self.list.currentIndex().row()
        self.field.setAccessibleDescription(self.rows.said(place) if place >= 0 else "")

    def run(self, item: PaletteItem | None, beside: bool) -> None:
        """Close and do it; what cannot be done stays on the screen with its reason."""
        if item is None or item.refusal:
            return
        self.close_palette()
        item.run(beside)

    # ---- keys and mouse --------------------------------------------------------------------------
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if watched is self.field and isinstance(event, QKeyEvent) and kind is QEvent.Type.KeyPress:
            return self._take_key(event)
        if watched is self.field and isinstance(event, QFocusEvent) and kind is QEvent.Type.FocusOut:
            # Another window in front, or a menu of the field: it is still wanted.
            staying = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
            if event.reason() not in staying:
                self.close_palette(give_back=False)
        elif watched is self._window and kind is QEvent.Type.Resize and self.isVisible():
            self.fit()
        elif isinstance(event, QMouseEvent) and kind is QEvent.Type.MouseButtonRelease:
            at = self.list.indexAt(event.position().toPoint())
            if event.button() is Qt.MouseButton.LeftButton and at.isValid():
                beside = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
                self.run(self.rows.item(at.row()), beside)
                return True
        return False

    def _take_key(self, event: QKeyEvent) -> bool:
        moves = {
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Backtab: -1,
            Qt.Key.Key_Tab: 1,
            Qt.Key.Key_PageUp: -self._page(),
            Qt.Key.Key_PageDown: self._page(),
        }
        key = Qt.Key(event.key())
        if key in moves:
            self.move_by(moves[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.run(self.chosen, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        elif key == Qt.Key.Key_Escape:
            self.close_palette()
        else:
            return False
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """On the frame: not for what lies below."""
        event.accept()
