"""The player's upper row: keys, clock, what is played, step unit, speeds, loop and bookmark.

Shows what it is handed and calls the deck. In a narrow window whole parts leave, last the keys and the clock.
"""

from functools import partial
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from desktop.desk import Speed, StepUnit, Transport
from desktop.paint.icons import icon
from desktop.paint.theme import Theme, number_font
from desktop.panels.grid.states import PanelKind, PanelState
from desktop.panels.player.control_parts import Details, SpeedField, box_css, play_css, speed_css
from desktop.panels.player.deck import Command, Deck
from desktop.steady_label import SteadyLabel
from desktop.tr import mark, tr
from desktop.words import SPEEDS_MILLI, speed_words

BUTTON_PX: Final = (28, 26)
PLAY_PX: Final = 40
DETAILS_PX_MIN: Final = 110  # the end of the tape
SPEEDS_RARE: Final = (0, 1, 5, 6, 4, 3, 2)  # places of those that leave a narrow window, first ones first
_BUTTONS: Final = (
    (Command.TO_BEGIN, "rewind", mark("To the begin (Home)")),
    (Command.BACK, "step-back", mark("Step back (←; Shift ← 10 steps)")),
    (Command.TOGGLE, "play", mark("Play (Space)")),
    (Command.FORWARD, "step-forward", mark("Step forward (→; Shift → 10 steps)")),
    (Command.TO_END, "fast-forward", mark("To the end (End)")),
)
_UNITS: Final = {
    StepUnit.EVENT: mark("1 event"),
    StepUnit.BAR: mark("1 bar"),
    StepUnit.SECOND: mark("1 second"),
    StepUnit.SESSION: mark("1 session"),
    StepUnit.FILL: mark("1 fill"),
}


UNITS_OF_SESSIONS: Final = (StepUnit.EVENT, StepUnit.BAR, StepUnit.SECOND)


class Controls(QWidget):
    """`show_values` on every frame that changes something."""

    def __init__(self, theme: Theme, deck: Deck, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.deck = deck
        self._speed_milli = -1
        self._is_playing: bool | None = None
        self._interval = ""
        self._buttons = {command: self._button(command, name, tip) for command, name, tip in _BUTTONS}
        self.clock, self.details = SteadyLabel("--:--:--.---", self), Details(self)
        self.clock.setAccessibleName(tr("Tape time"))
        self.details.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._step_word = QLabel(tr("Step"), self)
        self._units = QToolButton(self)
        self._units.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._units.setToolTip(tr("What one step is"))
        self._units.setMenu(self._unit_menu())
        self._speed_word = QToolButton(self)
        self._speed_word.setText(tr("Speed"))
        self._speed_word.setToolTip(tr("Type a speed"))
        self._speed_word.clicked.connect(self.type_speed)
        self._speed_field = SpeedField(self)
        self._speed_field.textEdited.connect(lambda _text: self._forgive())
        self._transport: Transport | None = None
        self._offered = tuple(Speed(milli, speed_words(milli)) for milli in SPEEDS_MILLI)
        self._speeds = self._speed_buttons()
        self._own_speed = self._speed(Speed(-1, ""), -1)
        self._loop = self._tool(tr("Loop (L)"), Command.LOOP)
        self._loop.setCheckable(True)
        self._mark = self._tool(tr("Set a bookmark here (B)"), Command.BOOKMARK)
        deck.unit_changed.connect(self._show_unit)
        self._lay_out(theme)
        self.set_theme(theme)
        self._show_unit()

    # ---- parts -----------------------------------------------------------------------------------
    def _button(self, command: Command, _icon: str, tip: str) -> QToolButton:
        return self._tool(tr(tip), command)

    def _tool(self, tip: str, command: Command) -> QToolButton:
        button = QToolButton(self)
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(" (")[0])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda _checked=False: self.deck.do(command))
        return button

    def _speed_buttons(self) -> dict[int, QToolButton]:
        return {speed.milli: self._speed(speed, place) for place, speed in enumerate(self._offered)}

    def follow_transport(self, transport: Transport | None) -> None:
        """Another session, or a run: other speeds and other steps."""
        self._transport = transport
        offered = transport.speeds if transport is not None else self._offered
        if offered == self._offered:
            return
        self._offered = offered
        row = self.layout()
        assert isinstance(row, QHBoxLayout)
        place = row.indexOf(next(iter(self._speeds.values())))
        for button in self._speeds.values():
            row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._speeds = self._speed_buttons()
        for number, button in enumerate(self._speeds.values()):
            row.insertWidget(place + number, button)
        self._speed_milli = -1
        self.set_theme(self._theme)
        self._show_unit()

    def _words_of(self, speed_milli: int) -> str:
        return (
            speed_words(speed_milli) if self._transport is None else self._transport.speed_words(speed_milli)
        )

    def _speed(self, speed: Speed, place: int) -> QToolButton:
        milli = speed.milli
        button = QToolButton(self)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setCheckable(True)
        button.setText(speed.words)
        if milli >= 0:
            pace = tr("{speed} the recording's pace", speed=speed.words)
            said = tr("As fast as possible") if milli == 0 else pace
            button.setToolTip(f"{said} ({place + 1})")
            button.clicked.connect(lambda _checked=False: self._choose_speed(milli))
        else:
            button.setToolTip(tr("A speed that was typed"))
            button.clicked.connect(self.type_speed)
            button.hide()
        return button

    def _choose_speed(self, milli: int) -> None:
        self._show_speed(self._speed_milli, again=True)  # the session decides, not the click
        self.deck.set_speed(milli)

    def _unit_menu(self) -> QMenu:
        menu = QMenu(self)

        def fill() -> None:
            menu.clear()
            group = QActionGroup(menu)
            for unit in self._transport.units if self._transport is not None else UNITS_OF_SESSIONS:
                words = _UNITS[unit]
                told = f"{tr(words)} ({self.deck.interval()})" if unit is StepUnit.BAR else tr(words)
                action = QAction(told, menu)
                action.setCheckable(True)
                action.setChecked(unit is self.deck.step_unit)
                action.triggered.connect(partial(self.deck.set_unit, unit))
                group.addAction(action)
                menu.addAction(action)

        menu.aboutToShow.connect(fill)
        return menu

    def _show_unit(self) -> None:
        unit = self.deck.step_unit
        units = tr(_UNITS[unit])
        self._units.setText(units)
        told = tr(" of {interval}", interval=self.deck.interval()) if unit is StepUnit.BAR else ""
        self._units.setToolTip(tr("What one step is: {units}{told}", units=units, told=told))
        self._units.setAccessibleName(tr("Step: {units}", units=units))

    def _lay_out(self, theme: Theme) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        gap = theme.px("spacing.s")
        row.setSpacing(gap)
        for button in self._buttons.values():
            row.addWidget(button)
        row.addSpacing(3 * gap)
        row.addWidget(self.clock)
        row.addSpacing(gap)
        row.addWidget(self.details, 1)
        row.addWidget(self._step_word)
        row.addWidget(self._units)
        row.addSpacing(2 * gap)
        row.addWidget(self._speed_word)
        row.addWidget(self._speed_field)
        for speed in (*self._speeds.values(), self._own_speed):
            row.addWidget(speed)
        row.addSpacing(3 * gap)
        row.addWidget(self._loop)
        row.addWidget(self._mark)

    # ---- look ------------------------------------------------------------------------------------
    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        side, ui = theme.px("icon_px.toolbar"), theme.font_px("ui")
        clock_px = theme.px("font_px_fixed.dialog_title")
        for command, name, _tip in _BUTTONS:
            tint = "text.on_accent" if command is Command.TOGGLE else "text.primary"
            self._buttons[command].setIcon(icon(name, theme, tint))
        self._loop.setIcon(icon("repeat", theme, "text.primary"))
        self._mark.setIcon(icon("bookmark", theme, "text.primary"))
        for button in (*self._buttons.values(), self._loop, self._mark):
            is_play = button is self._buttons[Command.TOGGLE]
            button.setIconSize(QSize(side, side))
            button.setFixedSize(PLAY_PX if is_play else BUTTON_PX[0], BUTTON_PX[1])
            button.setStyleSheet(play_css(theme) if is_play else box_css(theme))
        self.clock.setFont(number_font(clock_px, "title"))
        self.clock.setStyleSheet(f"font-size: {clock_px}px; font-weight: 600;")
        self.details.setFont(number_font(ui))
        for label in (self._step_word, self._speed_word):
            label.setStyleSheet(f"color: {theme.css('text.secondary')}; border: none; padding: 0 2px;")
        self._units.setFont(number_font(ui))
        self._units.setStyleSheet(box_css(theme, padding_px=6))
        self._units.setFixedHeight(theme.px("height.control"))
        for speed in (*self._speeds.values(), self._own_speed):
            speed.setFont(number_font(ui))
            speed.setFixedHeight(theme.px("height.control"))
            speed.setStyleSheet(speed_css(theme))
        self._is_playing, self._state = None, None
        self._fit()

    # ---- values ----------------------------------------------------------------------------------
    def show_clock(self, text: str) -> bool:
        """True when it is painted anew."""
        return self.clock.say(text)

    def show_session(self, is_playing: bool, speed_milli: int, is_looped: bool, is_usable: bool) -> bool:
        """Keys of the session's state; not usable: it is not there, or cannot play."""
        changed = self._show_speed(speed_milli) | (self._loop.isChecked() != is_looped)
        self._loop.setChecked(is_looped)
        if is_playing != self._is_playing:
            changed, self._is_playing = True, is_playing
            button = self._buttons[Command.TOGGLE]
            button.setIcon(icon("pause" if is_playing else "play", self._theme, "text.on_accent"))
            button.setToolTip(tr("Pause (Space)") if is_playing else tr("Play (Space)"))
            button.setAccessibleName(tr("Pause") if is_playing else tr("Play"))
        if is_usable != self._buttons[Command.TOGGLE].isEnabled():
            changed = True
            parts = (*self._buttons.values(), *self._speeds.values(), self._own_speed, self._speed_word)
            for part in (*parts, self._units, self._loop, self._mark):
                part.setEnabled(is_usable)
        if str(self.deck.interval()) != self._interval:
            self._interval = str(self.deck.interval())
            self._show_unit()
        return changed

    def _show_speed(self, speed_milli: int, again: bool = False) -> bool:
        if speed_milli == self._speed_milli and not again:
            return False
        self._speed_milli = speed_milli
        for milli, button in self._speeds.items():
            button.setChecked(milli == speed_milli)
        own = speed_milli >= 0 and speed_milli not in self._speeds
        self._own_speed.setChecked(own)
        self._own_speed.setText(self._words_of(speed_milli) if own else "")
        self._fit()
        return True

    def show_details(self, tape: str, state: PanelState) -> bool:
        """What is played, or what is wrong with it."""
        if (tape, state) == self._state or self._is_refused:
            return False
        self._state = (tape, state)
        words = " · ".join(part for part in (state.words, state.detail) if part)
        plain = state.kind in (PanelKind.LIVE, PanelKind.LOADING)
        colour = "text.secondary" if plain else f"state.{state.kind.value}"
        self.details.setStyleSheet(f"color: {self._theme.css(colour)};")
        self.details.setText(words or tape)
        self.details.setToolTip(f"{words}\n{tape}".strip())
        return True

    def type_speed(self) -> None:
        """Open the field in the place of the word."""
        self._speed_word.hide()
        self._forgive()
        self._speed_field.clear()
        self._speed_field.show()
        self._speed_field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def end_typing(self) -> None:
        field, player = self._speed_field, self.parentWidget()
        if field.hasFocus() and player is not None:
            player.setFocus(Qt.FocusReason.OtherFocusReason)  # first: hiding would hand it to a neighbour
        self._forgive()
        if field.isVisibleTo(self):
            field.hide()
            self._fit()

    def refused(self, words: str) -> None:
        """What was typed cannot be used: said until the field closes or something else is typed."""
        self._is_refused = True
        error = self._theme.css("state.error")
        self._speed_field.setStyleSheet(f"border-color: {error};")
        self.details.setStyleSheet(f"color: {error};")
        self.details.setText(words)
        self.details.setToolTip(words)

    def _forgive(self) -> None:
        if self._is_refused:
            self._is_refused, self._state = False, None
            self._speed_field.setStyleSheet("")
            self._speed_field.setToolTip("")

    # ---- room ------------------------------------------------------------------------------------
    def _fit(self) -> None:
        """Leave out whole parts where not all fit: words first, then speeds but the one in force."""
        row = self.layout()
        if row is None:
            return
        typing = self._speed_field.isVisibleTo(self)
        own = [self._own_speed] if self._own_speed.text() else []
        speeds = list(self._speeds.values())
        rare = [speeds[place] for place in SPEEDS_RARE if place < len(speeds)]
        idle = [speed for speed in rare if not speed.isChecked()]
        shown: list[QWidget] = [self._step_word, self._units, *self._speeds.values(), *own]
        shown += [self._speed_field if typing else self._speed_word, self._loop, self._mark]
        least = [self._step_word, self._speed_word, *idle, self._mark, self._loop, self._units]
        fixed = 4 * BUTTON_PX[0] + PLAY_PX + self.clock.width() + 24 * row.spacing() + DETAILS_PX_MIN
        for part in least:
            wanted = sum(self._width(part) + row.spacing() for part in shown)
            if fixed + wanted > self.width() and part in shown:
                shown.remove(part)
        droppable = (self._step_word, self._speed_word, self._units, self._loop, self._mark)
        for part in (*droppable, *self._speeds.values(), self._own_speed):
            part.setVisible(part in shown)

    @staticmethod
    def _width(part: QWidget) -> int:
        return part.sizeHint().width() if part.maximumWidth() > 10_000 else part.maximumWidth()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    _state: tuple[str, PanelState] | None = None
    _is_refused = False
