"""The keys of a watchlist while a page stands in the place of its rows.

Hidden rows cannot have the keys, so the panel takes them itself: an empty list is pasted or typed into. When
rows come they get them back. A field or button that has them keeps them.
"""

from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from desktop.panels.watchlist.panel import WatchlistPanel


class PageKeys:
    """`with` it round whatever may show or hide the page."""

    def __init__(self, panel: "WatchlistPanel") -> None:
        self._panel = panel
        self._is_page = self._had_keys = False

    def __enter__(self) -> None:
        panel = self._panel
        focused = panel.window().focusWidget()
        in_rows = focused is not None and panel.grid.rows.isAncestorOf(focused)
        self._had_keys = in_rows or focused is panel

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        panel = self._panel
        is_page = panel.grid.rows.isHidden()
        if is_page is self._is_page:
            return
        self._is_page = is_page
        # None takes the proxy away, which the bindings' types do not know.
        panel.setFocusProxy(None if is_page else panel.grid)  # type: ignore[arg-type]
        panel.setFocusPolicy(Qt.FocusPolicy.StrongFocus if is_page else Qt.FocusPolicy.NoFocus)
        if self._had_keys:
            panel.setFocus(Qt.FocusReason.OtherFocusReason)
