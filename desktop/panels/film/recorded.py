"""What the strategy of a played run recorded: a line a series up to the clock, beside it a list with values.

Prices of one instrument share a lane, every other series has its own axis. Which are shown and since when is
the person's choice and kept. Nothing past the clock is known here: no value, no range, no length of an axis.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from core.backtest.film.film import Film
from core.backtest.film.recorded import Series
from core.state.versioned_file import StateError
from desktop.desk import Desk, FilmReading
from desktop.paint.theme import Theme
from desktop.panels.chart.run_lines import HIDDEN_MAX, ink_of
from desktop.panels.chart.saved import read_names
from desktop.panels.film.base import FilmPanel
from desktop.panels.film.curve import span_of
from desktop.panels.film.recorded_columns import Axis, SeriesColumns, lanes_of
from desktop.panels.film.recorded_view import Lane, LanesPicture, LanesView, decimals_for, number_words
from desktop.panels.film.table import Cells, FilmColumn, FilmTable
from desktop.panels.grid.states import PanelKind, PanelState
from desktop.tr import mark, tr

LIST_PX: Final = (150, 260)  # least and most
LIST_SHARE: Final = 0.38
LIST_FROM_PX: Final = 340  # in a narrower panel the lanes say their values themselves
SESSIONS: Final = (0, 1, 5, 21)  # 0: the whole run
SPAN_WORDS: Final = (
    mark("Whole run"),
    mark("Last session"),
    mark("Last 5 sessions"),
    mark("Last 21 sessions"),
)
LINE_PX: Final = 1  # between lanes and list
BOX, VALUE = 0, 2  # columns


class SeriesTable(FilmTable):
    """A click on the box of a row is the same as Return on it."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        _, width = self.places()[BOX]
        number = self._number_at(event.position().y())
        if event.button() is Qt.MouseButton.LeftButton and number >= 0 and event.position().x() < width:
            self.opened.emit(number)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Two clicks on a box are two clicks."""
        if event.position().x() < self.places()[BOX][1]:
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)


class RecordedPanel(FilmPanel):
    """A `Panel`. A double click on the lines puts the clock to the time under it."""

    kind = "recorded"

    def __init__(self, theme: Theme, on_data: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(theme, on_data, parent)
        self.hidden: frozenset[str] = frozenset()
        self.sessions = 0
        self._film: Film | None = None
        self._columns: dict[str, SeriesColumns] = {}
        self._decimals: dict[str, int] = {}
        self._cursor_row = -1
        self._of_axis: tuple[Film, int] | None = None  # what the width of the axis belongs to
        self.view = LanesView(theme, self)
        columns = (FilmColumn("", 24), FilmColumn(tr("Series"), 66), FilmColumn(tr("Value"), 70, True))
        self.table = SeriesTable(theme, columns, self._cells, self._stamps, self._live, self)
        self.view.hovered.connect(self._point_at)
        self.view.sought.connect(self._seek)
        self.table.opened.connect(self._toggle_row)
        self.setFocusProxy(self.table)

    # ---- the film --------------------------------------------------------------------------------
    def state_of(self, film: FilmReading | None) -> PanelState:
        if film is not None and not film.film.recorded.all:
            return PanelState(
                PanelKind.EMPTY,
                title=tr("This run recorded nothing"),
                sentence=tr("A strategy shows numbers here with record(time, name=number)."),
                icon="chart-line",
            )
        return super().state_of(film)

    def set_desk(self, desk: Desk | None) -> None:
        self._film, self._cursor_row = None, -1
        super().set_desk(desk)

    @property
    def all(self) -> tuple[Series, ...]:
        """Of the film, hidden ones too."""
        return self._film.recorded.all if self._film is not None else ()

    @property
    def shown(self) -> list[Series]:
        return [one for one in self.all if one.name not in self.hidden]

    def show_film(self, film: FilmReading | None) -> bool:
        if film is not None and film.film is not self._film:
            self._columns = {one.name: SeriesColumns(one) for one in film.film.recorded.all}
            self.view.forget()
        of_axis = (film.film, film.epoch) if film is not None else None
        if of_axis != self._of_axis:  # another film or another place: how wide it was there tells nothing
            self.view.start_axis()
        self._of_axis = of_axis
        self._film = film.film if film is not None else None
        has_values = self.state.kind is not PanelKind.EMPTY
        for part in (self.view, self.table):
            part.setVisible(has_values)
        self._cursor_row = -1
        if film is None or not has_values:
            self.view.show_picture(None)
            self.table.show_rows(0)
            self.update()
            return True
        self._place_parts()
        self.view.show_picture(*self._picture(film))
        self.table.show_rows(len(self.all))
        return True

    def _picture(self, film: FilmReading) -> tuple[LanesPicture | None, str]:
        known = film.film.curve.known(film.time_ns)
        groups = lanes_of(self.shown)
        if not groups:
            return None, tr("Every series is hidden: choose one in the list")
        if not known:
            return None, tr("Nothing is recorded yet")
        width, most = self.view.plot_px
        first = self._first_row(film, known)
        axis = Axis(first, known, span_of(known - first), width)
        self._cursor_row = self.view.resting_row(axis)
        lanes = tuple(self._lane(film, axis, group) for group in groups[:most])
        if self.view.fit_axis(lanes):
            return self._picture(film)
        left_out = max(len(groups) - most, 0)
        return LanesPicture(film, known, axis, lanes, left_out, self.zone, self.table.isHidden()), ""

    def _lane(self, film: FilmReading, axis: Axis, group: list[Series]) -> Lane:
        lines = tuple(self._columns[one.name].of(axis, one.known(film.time_ns)) for one in group)
        for one, line in zip(group, lines, strict=True):
            reach = line.extremes
            if reach is not None and not one.is_price:
                self._decimals[one.name] = decimals_for(max(reach[1] - reach[0], abs(reach[1]) * 1e-6))
        words = tuple((one.name, self.value_words(one), ink_of(one)) for one in group)
        return Lane(tuple(group), lines, words)

    def _first_row(self, film: FilmReading, known: int) -> int:
        """Where the chosen sessions begin."""
        if not self.sessions:
            return 0
        begins = film.film.pace.session_ns
        at = int(np.searchsorted(begins, film.time_ns, side="left")) - self.sessions
        first = int(np.searchsorted(film.film.curve.close_ns, begins[max(at, 0)], side="right"))
        return min(first, known - 1)

    # ---- values ----------------------------------------------------------------------------------
    def value(self, series: Series) -> float:
        """As of the clock, or of the time under the mouse."""
        film = self.film
        if film is None:
            return float("nan")
        time_ns = film.time_ns
        if 0 <= self._cursor_row < film.film.curve.known(time_ns):
            time_ns = int(film.film.curve.close_ns[self._cursor_row])
        return series.value(time_ns)

    def value_words(self, series: Series) -> str:
        value = self.value(series)
        if series.is_price and self._film is not None:
            decimals = self._film.reels[series.place].instrument.price_decimals
        else:
            decimals = self._decimals.get(series.name, decimals_for(abs(value)))
        return number_words(value, decimals)

    def _point_at(self, row: int) -> None:
        if row != self._cursor_row:
            self._show_again()

    def _seek(self, row: int) -> None:
        if self._film is not None and self.desk is not None and self.desk.transport is not None:
            self.desk.transport.seek(int(self._film.curve.close_ns[row]))

    # ---- the list: the first series on top, so rows are numbered from below -----------------------
    def _of_row(self, number: int) -> Series:
        return self.all[len(self.all) - 1 - number]

    def _cells(self, number: int) -> Cells:
        one = self._of_row(number)
        is_shown = one.name not in self.hidden
        return (
            ("■" if is_shown else "□", ink_of(one) if is_shown else "text.tertiary"),
            (one.name, "text.primary" if is_shown else "text.tertiary"),
            ("", "text.primary"),
        )

    def _stamps(self, numbers: range) -> list[int]:
        return [-1 - (self._of_row(number).name in self.hidden) for number in numbers]

    def _live(self, number: int) -> tuple[int, str, str] | None:
        one = self._of_row(number)
        return VALUE, self.value_words(one), "text.tertiary" if one.name in self.hidden else "text.primary"

    def _toggle_row(self, number: int) -> None:
        one = self._of_row(number)
        self.show_series(one.name, one.name in self.hidden)

    # ---- choices ---------------------------------------------------------------------------------
    def show_series(self, name: str, is_shown: bool) -> None:
        """One, by its name."""
        self.hide_series(self.hidden - {name} if is_shown else self.hidden | {name})

    def hide_series(self, names: frozenset[str]) -> None:
        """These and no others."""
        self.hidden = frozenset(sorted(names)[:HIDDEN_MAX])
        self.table.forget_rows()
        self._show_again()
        self.saved_changed.emit()

    def set_sessions(self, sessions: int) -> None:
        """How much is shown, back from the clock: of `SESSIONS`."""
        self.sessions = sessions
        self._show_again()
        self.saved_changed.emit()

    def _hide_all(self, names: frozenset[str], _on: bool = False) -> None:
        self.hide_series(names)

    def _choose_sessions(self, sessions: int, _on: bool) -> None:
        self.set_sessions(sessions)

    def _show_again(self) -> None:
        """As last painted, otherwise chosen."""
        if self.film is not None:
            self.show_film(self.film)

    def saved(self) -> dict[str, Any]:
        return {"hidden": sorted(self.hidden), "sessions": self.sessions}

    def restore(self, saved: dict[str, Any]) -> None:
        sessions = saved.get("sessions", self.sessions)
        if type(sessions) is not int or sessions not in SESSIONS:
            use = ", ".join(map(str, SESSIONS))
            raise StateError(tr("recorded.sessions is {value}: use {use}", value=repr(sessions), use=use))
        hidden = read_names(saved["hidden"], "recorded.hidden") if "hidden" in saved else self.hidden
        self.hidden, self.sessions = hidden, sessions
        self.table.forget_rows()
        self._show_again()

    def fill_menu(self, menu: QMenu) -> None:
        """Which series, and since when."""
        for one in self.all:
            act = partial(self.show_series, one.name)
            _switch(menu, one.name, one.name not in self.hidden, act)
        if self.all:
            menu.addSeparator()
            menu.addAction(tr("Show all")).triggered.connect(partial(self._hide_all, frozenset()))
            every = frozenset(one.name for one in self.all)
            menu.addAction(tr("Hide all")).triggered.connect(partial(self._hide_all, every))
            menu.addSeparator()
        for sessions, words in zip(SESSIONS, SPAN_WORDS, strict=True):
            choose = partial(self._choose_sessions, sessions)
            _switch(menu, tr(words), sessions == self.sessions, choose)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.pop_up(event.globalPos())

    def pop_up(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        self.fill_menu(menu)
        menu.popup(at)

    # ---- looks -----------------------------------------------------------------------------------
    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)
        self.view.set_theme(theme)
        super().set_theme(theme)

    def zone_changed(self) -> None:
        self.view.forget()
        super().zone_changed()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_parts()
        self._show_again()

    def _place_parts(self) -> None:
        """The list at the right, where there is room for it."""
        width, height = self.width(), self.height()
        has_list = width >= self.theme.scaled_px(LIST_FROM_PX) and self.state.kind is not PanelKind.EMPTY
        least, most = (self.theme.scaled_px(px) for px in LIST_PX)
        list_px = min(max(round(width * LIST_SHARE), least), most) if has_list else 0
        self.table.setVisible(has_list)
        self.view.setGeometry(0, 0, width - list_px, height)
        self.table.setGeometry(width - list_px + LINE_PX, 0, list_px - LINE_PX, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        is_empty = self.state.kind is PanelKind.EMPTY
        painter.fillRect(event.rect(), self.theme.color("surface.panel" if is_empty else "border.default"))
        painter.end()

    # ---- words -----------------------------------------------------------------------------------
    def tick(self, now_ms: int) -> None:
        """What a screen reader says needs no frame's pace."""
        self.setAccessibleName(tr("Recorded values"))
        words = ", ".join(f"{one.name} {self.value_words(one)}" for one in self.shown)
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)

    def inspect(self, now_ms: int) -> dict[str, Any]:
        said = super().inspect(now_ms) | {"hidden": sorted(self.hidden), "sessions": self.sessions}
        said["values"] = {one.name: self.value_words(one) for one in self.all}
        return said


def _switch(menu: QMenu, text: str, is_on: bool, act: Callable[[bool], object]) -> None:
    entry = menu.addAction(text)
    entry.setCheckable(True)
    entry.setChecked(is_on)
    entry.triggered.connect(lambda checked=False: act(checked))
