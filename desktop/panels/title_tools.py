"""What stands right in a panel's title bar, and what of it leaves where the bar is narrow.

The title bar gives the tools what its tabs leave: whole parts go, the least used first, never cut in half.
What left is still in the panel's menu or has a key. No panel is known here.
"""

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QSizePolicy, QWidget


class TitleTools(QWidget):
    """`fit` when the room is another; whoever shows or hides parts calls `fit_again`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.room_px = 1 << 20
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)

    def leaving(self) -> Sequence[QWidget]:
        """Parts that may go, the first one first; each is wanted now."""
        raise NotImplementedError

    def fit(self, room_px: int) -> None:
        """Show as many parts as stand in `room_px`."""
        if room_px != self.room_px:
            self.room_px = room_px
            self.fit_again()

    def fit_again(self) -> None:
        """Parts are others, or as wide as others."""
        leaving = self.leaving()
        for part in leaving:
            part.show()
        for part in leaving:
            if self.wanted_px() <= self.room_px:
                break
            part.hide()

    def wanted_px(self) -> int:
        """Of the parts that are shown now."""
        layout = self.layout()
        if layout is None:
            return 0
        layout.invalidate()
        return layout.sizeHint().width()

    def minimumSizeHint(self) -> QSize:
        # Not that of the parts: it would hold the panel open before any of them has left.
        return QSize(0, super().minimumSizeHint().height())
