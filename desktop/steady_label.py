"""A label whose figures change with every frame: as long as a text fits its place, nothing else is laid out.

An ordinary label asks its window for a new layout with each text, and the answer costs more than the paint.
"""

from typing import Final

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QLabel, QWidget

SIZE_MAX_PX: Final = 16_777_215  # Qt's own


class SteadyLabel(QLabel):
    """Say texts with `say`: its place grows with the widest of one kind, those with as many signs that are
    no figures. Names of days and months differ in width: what follows must not move with each.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._least_px, self._kind = 0, -1
        self._held_px = -1  # of the text that its place was made for; -1 while the layout gives it one

    def set_least(self, width_px: int) -> None:
        """Of its place, whatever it says."""
        self._least_px = width_px
        self._let_go()

    def say(self, text: str) -> bool:
        """True when it is painted anew."""
        if text == self.text():
            return False
        width_px = self.fontMetrics().horizontalAdvance(text)
        kind = sum(not sign.isdigit() for sign in text)
        if kind == self._kind and width_px <= self._held_px:
            self.setText(text)
            return True
        self._let_go()
        self.setText(text)
        self._held_px, self._kind = width_px, kind
        self.setFixedSize(self.sizeHint().expandedTo(QSize(self._least_px, 0)))
        return True

    def _let_go(self) -> None:
        self._held_px = -1
        self.setMinimumSize(QSize(self._least_px, 0))
        self.setMaximumSize(QSize(SIZE_MAX_PX, SIZE_MAX_PX))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._let_go()  # another font is of another width
