"""The field that opens when one types over a panel: what is typed is found as one types.

Stands at the upper edge of its panel, below the title; the focus stays within the panel. Arrows choose,
Return takes what is chosen, Esc leaves. What cannot be taken is said below the field and changes nothing.
"""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from core.market.instruments import InstrumentKey
from desktop.paint.theme import Theme
from desktop.panels.candidates import Candidate, CandidateList
from desktop.tr import tr
from desktop.watchlists.search import Match, Part, SymbolSearch

WIDTH_PX: Final = 320
EDGE_PX: Final = 8
PAD_PX: Final = 6
SYMBOLS_MAX: Final = 6
_TYPED_MODIFIERS: Final = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)


def typed_text(event: QKeyEvent) -> str:
    """The letter or digit a key types, empty for any other key."""
    text = event.text()
    return text if text and text.isalnum() and not event.modifiers() & _TYPED_MODIFIERS else ""


class TypedEntry(QWidget):
    """Symbols in any panel; a panel that takes more than symbols overrides `others` and `refused`.

    `search` gives the symbols of the panel's scope, None while there are none; `choose` is told the one taken
    and returns why it cannot be, empty when it was.
    """

    def __init__(
        self,
        theme: Theme,
        panel: QWidget,
        search: Callable[[], SymbolSearch | None],
        choose: Callable[[InstrumentKey], str],
        is_right: bool = False,
    ) -> None:
        super().__init__(panel)
        self._panel = panel
        self._is_right = is_right
        self.search = search
        self.choose = choose
        self.setObjectName("typedEntry")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.field = QLineEdit(self)
        self.field.setAccessibleName(self.name())
        self.field.installEventFilter(self)
        self.field.textChanged.connect(lambda _text: self._look())
        self.candidates = CandidateList(theme, self)
        self.candidates.taken.connect(self._take)
        self.said = QLabel(self)
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setContentsMargins(2, 0, 2, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(PAD_PX, PAD_PX, PAD_PX, PAD_PX)
        column.setSpacing(4)
        for part in (self.field, self.candidates, self.said):
            column.addWidget(part)
        self.set_theme(theme)
        self.hide()

    # ---- what is its panel's ---------------------------------------------------------------------
    def name(self) -> str:
        return tr("Symbol")

    def hint(self) -> str:
        return tr("Symbol, name or venue; ↑ ↓ choose, Return takes")

    def others(self, text: str) -> Sequence[Candidate]:
        """What the text means beside symbols, before them."""
        return ()

    def refused(self, text: str) -> str:
        """Why a text without a candidate cannot be taken."""
        return tr("No symbol like “{text}” here", text=text)

    def refused_while_typed(self, text: str) -> str:
        """The same, before Return: only what more letters cannot mend."""
        return self.refused(text)

    # ---- life ------------------------------------------------------------------------------------
    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.candidates.set_theme(theme)
        self.setStyleSheet(
            f"#typedEntry {{ background: {theme.css('surface.overlay')};"
            f" border: 1px solid {theme.css('border.strong')};"
            f" border-radius: {theme.px('radius.control')}px; }}"
        )
        self._say("")

    def begin(self, text: str, *, is_whole: bool = False) -> None:
        """Open with what was typed; `is_whole`: typing replaces it."""
        self.field.setText(text)
        self._look()  # the same text may mean something else by now
        self.show()
        self.raise_()
        self.place()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)
        if is_whole:
            self.field.selectAll()
        else:
            self.field.setCursorPosition(len(text))

    def area(self) -> QRect:
        """Where in the panel it may stand."""
        return self._panel.rect()

    def place(self) -> None:
        """At the upper edge."""
        area = self.area()
        width = max(min(WIDTH_PX, area.width() - 2 * EDGE_PX), 80)
        self.setFixedWidth(width)
        self.said.setFixedHeight(self.said.heightForWidth(width - 2 * PAD_PX))
        self.adjustSize()
        left = area.right() + 1 - EDGE_PX - self.width() if self._is_right else area.left() + EDGE_PX
        self.move(left, area.top() + 2)

    def close_entry(self) -> None:
        """The panel has the keys again."""
        self.hide()
        self._panel.setFocus(Qt.FocusReason.PopupFocusReason)

    # ---- what is typed ---------------------------------------------------------------------------
    def _look(self) -> None:
        text = self.field.text().strip()
        self.candidates.show_all([*self.others(text), *self._symbols(text)])
        self._say("" if self.candidates.all or not text else self.refused_while_typed(text))
        self._tell_current()

    def _symbols(self, text: str) -> list[Candidate]:
        search = self.search()
        return [] if search is None else [self._candidate(one) for one in search.search(text, SYMBOLS_MAX)]

    def _candidate(self, match: Match) -> Candidate:
        spans = tuple((span.begin, span.end) for span in match.spans if span.part is Part.SYMBOL)
        instrument = match.instrument
        return Candidate(
            match.key.symbol, lambda: self._take_symbol(match.key), instrument.name, match.key.exchange, spans
        )

    def _take_symbol(self, key: InstrumentKey) -> str:
        reason = self.choose(key)
        search = self.search()
        if not reason and search is not None:
            search.note_used(key)
        return reason

    def take(self) -> None:
        """Do what is chosen, or say why not."""
        text, current = self.field.text().strip(), self.candidates.current
        if current is not None:
            self._take(current)
        elif text:
            self._say(self.refused(text))
        else:
            self.close_entry()

    def _take(self, candidate: Candidate) -> None:
        reason = candidate.act()
        if isinstance(reason, str) and reason:
            self._say(reason)
        else:
            self.close_entry()

    # ---- words -----------------------------------------------------------------------------------
    def _say(self, error: str) -> None:
        theme = self._theme
        ink = theme.css("state.error" if error else "text.tertiary")
        self.said.setStyleSheet(f"color: {ink}; font-size: {theme.font_px('small')}px;")
        self.said.setText(error or self.hint())
        self.said.setAccessibleName(error)
        if self.isVisible():
            self.place()

    def say_error(self, error: str) -> None:
        """Words below the field."""
        self._say(error)

    def _tell_current(self) -> None:
        """For those who cannot see it: which candidate Return takes."""
        candidates = self.candidates
        current = candidates.current
        words = ""
        if current is not None:
            words = tr(
                "{candidate}, {place} of {count}",
                candidate=current.words,
                place=candidates.chosen + 1,
                count=len(candidates.all),
            )
        self.field.setAccessibleDescription(words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            key = event.key()
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.take()
            elif key == Qt.Key.Key_Escape:
                self.close_entry()
            elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self.candidates.step(-1 if key == Qt.Key.Key_Up else 1)
                self._tell_current()
            else:
                return False
            return True
        if event.type() is QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        return False


class TypingOpens(QObject):
    """Opens the entry for letters that nothing in its panel has a use of its own for."""

    def __init__(self, panel: QWidget, entry: TypedEntry) -> None:
        super().__init__(panel)
        self._panel = panel
        self._entry = entry
        panel.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Keys that a part of the panel has not taken come up to the panel itself.
        if watched is not self._panel or not isinstance(event, QKeyEvent):
            return False
        if event.type() is not QEvent.Type.KeyPress or event.isAutoRepeat():
            return False
        text = typed_text(event)
        if not text.isalpha() or self._entry.isVisible():
            return False  # digits are intervals, and speeds of a session
        if getattr(self._panel, "takes_letters", False):
            return False  # an empty list adds what is typed
        self._entry.begin(text)
        return True
