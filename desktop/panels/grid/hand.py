"""Mouse and keys over the rows: what they select, where they scroll to, and which cell the keys are at.

Knows which row is under the mouse and until when keys hold the rows still. Changes nothing but selection,
current cell and scroll position; what is shown there is the view's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent

from desktop.panels.grid.columns import Place
from desktop.panels.grid.keys import Intent, intent_of, target

if TYPE_CHECKING:
    from desktop.panels.grid.rows_view import RowsView

KEYS_REST_MS: Final = 1_500  # after the last key rows may move again


class RowsHand:
    """The hand at one window over rows."""

    def __init__(self, view: RowsView) -> None:
        self._view = view
        self.hovered = -1  # visible position under the mouse, -1 for none
        self.focused = False
        self.ring_col: str | None = None  # column of the current cell, while keys are in use
        self._keys_until_ms = 0
        canvas = view.canvas
        canvas.hovered.connect(self._on_hover)
        canvas.pressed.connect(self._on_press)
        canvas.dragged.connect(self._on_drag)
        canvas.double_clicked.connect(self._on_double_click)
        canvas.menu_requested.connect(self._on_menu)
        canvas.menu_key_pressed.connect(self._on_menu_key)
        canvas.key_pressed.connect(self._on_key)
        canvas.scrolled.connect(self._on_wheel)
        canvas.focus_changed.connect(self._on_focus)

    def place(self, position: int) -> int | None:
        """Place in the order of a visible position, None past the last row."""
        place = self._view.scrolling.top + position
        return place if position >= 0 and place < len(self._view.order) else None

    @property
    def over_row(self) -> bool:
        """A row is under the mouse."""
        return self.place(self.hovered) is not None

    def holds_rows(self, now_ms: int) -> bool:
        """A person is at the rows: none may move."""
        return self.over_row or now_ms < self._keys_until_ms

    def ring(self) -> tuple[int, int] | None:
        """The current cell as (visible position, place), while keys are in use."""
        view, place = self._view, self._view.selection.position()
        if self.ring_col is None or not self.focused or place is None:
            return None
        index = view.columns.layout.of_col.get(self.ring_col)
        position = place - view.scrolling.top
        if index is None or not 0 <= position < len(view.picture.visible):
            return None
        return position, index

    # --- mouse

    def _on_hover(self, position: int) -> None:
        self.hovered = position
        self._view.show_hover()

    def _on_press(self, position: int, _x: int, modifiers: Qt.KeyboardModifier) -> None:
        self.ring_col = None
        place = self.place(position)
        if place is not None:
            self._view.selection.press(place, modifiers)

    def _on_drag(self, position: int) -> None:
        """Past an edge the rows follow, one a move."""
        bars = self._view.scrolling
        past = position - min(max(position, 0), bars.whole_rows - 1)
        if past:
            bars.vertical.setValue(bars.top + (1 if past > 0 else -1))
        place = self.place(min(max(position, 0), bars.whole_rows - 1))
        if place is not None:
            self._view.selection.move_to(place, extend=True)

    def _on_double_click(self, position: int) -> None:
        place = self.place(position)
        if place is not None:
            self._view.activated.emit(int(self._view.order[place]))

    def _on_menu(self, position: int, where: QPoint) -> None:
        view, place = self._view, self.place(position)
        if place is not None and not view.selection.mask[view.order[place]]:
            view.selection.press(place, Qt.KeyboardModifier.NoModifier)
        view.menu_requested.emit(where)

    def _on_menu_key(self) -> None:
        """Below the current row, as if it had been clicked there."""
        view, place = self._view, self._view.selection.position()
        if place is not None:
            view.scrolling.reveal_row(place)
        below = 1 if place is None else place - view.scrolling.top + 1
        view.menu_requested.emit(view.canvas.mapToGlobal(QPoint(8, view.canvas.y_of(below))))

    def _on_wheel(self, rows: int, right_px: int) -> None:
        bars, metrics = self._view.scrolling, self._view.painter.atlas.metrics
        bars.vertical.setValue(bars.top + rows)
        bars.horizontal.setValue(bars.horizontal.value() + round(right_px * metrics.ratio / metrics.unit_px))

    # --- keys

    def _on_focus(self, focused: bool, by_keyboard: bool) -> None:
        view = self._view
        self.focused = focused
        if by_keyboard and self.ring_col is None and view.columns.layout.places:
            self.ring_col = view.columns.layout.places[0].spec.col
            if view.selection.current_row is None and len(view.order):
                view.selection.move_to(view.scrolling.top, extend=False)
        view.refresh()

    def _on_key(self, event: QKeyEvent) -> None:
        intent = intent_of(event)
        if intent is None:
            return
        event.accept()
        view = self._view
        self._keys_until_ms = view.now_ms + KEYS_REST_MS
        match intent:
            case Intent.COPY:
                view.copy()
            case Intent.SELECT_ALL:
                view.selection.select_all()
            case Intent.TOGGLE:
                view.selection.toggle_current()
            case Intent.ACTIVATE:
                if view.selection.current_row is not None:
                    view.activated.emit(view.selection.current_row)
            case Intent.LEFT | Intent.RIGHT:
                self._move_ring(1 if intent is Intent.RIGHT else -1)
            case _:
                self._move_row(intent, event.modifiers())

    def _move_row(self, intent: Intent, modifiers: Qt.KeyboardModifier) -> None:
        """Alone, with Shift as the end of a range, with Control without selecting."""
        view = self._view
        place = target(intent, view.selection.position(), len(view.order), view.scrolling.whole_rows)
        if place is None:
            return
        self.ring_col = self.ring_col or view.columns.layout.places[0].spec.col
        view.scrolling.reveal_row(place)
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            view.selection.walk_to(place)
        else:
            view.selection.move_to(place, bool(modifiers & Qt.KeyboardModifier.ShiftModifier))
        view.refresh()

    def _move_ring(self, step: int) -> None:
        layout = self._view.columns.layout
        here = layout.of_col.get(self.ring_col, 0) if self.ring_col is not None else -step
        index = min(max(here + step, 0), len(layout.places) - 1)
        self.ring_col = layout.places[index].spec.col
        self._reveal_column(layout.places[index])
        self._view.refresh()

    def _reveal_column(self, place: Place) -> None:
        """Scroll as little as possible until a column is wholly in view."""
        view = self._view
        bars, frozen, layout = view.scrolling, view.painter.frozen, view.columns.layout
        if place.x >= frozen and place.x < view.painter.first_unit + frozen:
            bars.horizontal.setValue(place.x - frozen)
        elif place.end > view.painter.first_unit + bars.whole_units:
            bars.horizontal.setValue(layout.column_at_or_after(place.end - bars.whole_units, frozen))
