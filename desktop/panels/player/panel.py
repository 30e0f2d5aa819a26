"""The player: where a session is, and the keys that steer it.

Everything it shows is of the time the window's clock shows, so that it flips with all other panels after a
seek. Holds no group and no bars; asks the transport for the time line of the chart's symbol.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMenu, QVBoxLayout, QWidget

from core.clock import NS_PER_MS, monotonic_ns
from core.market.instruments import InstrumentKey
from core.market.intervals import Interval, seconds
from core.market.zones import UTC_ZONE, Zone, zone_info
from core.state.versioned_file import StateError
from desktop.desk import Bookmark, ClockPhase, Desk, Link, StepUnit, TimelineReading, TransportReading
from desktop.paint.theme import Theme
from desktop.panels.grid.states import LIVE, PanelKind, PanelState
from desktop.panels.player.controls import BUTTON_PX, Controls
from desktop.panels.player.deck import Deck
from desktop.panels.player.timeline import LinePicture, TimeLine, volumes_of
from desktop.panels.player.words import (
    clock_words,
    has_days,
    player_state,
    run_clock_words,
    tape_words,
)
from desktop.tr import tr
from desktop.transport import cut_timeline

DEFAULT_INTERVAL: Final = seconds(60)
NAME_CHARACTERS_MAX: Final = 40  # what a session keeps
_DIMMED: Final = (PanelKind.STALE, PanelKind.ERROR, PanelKind.DISCONNECTED)


class PlayerPanel(QWidget):
    """A `Panel`. `set_symbol` when the window's chart shows another instrument."""

    panel_state_changed = Signal(object)  # PanelState
    saved_changed = Signal()  # `saved` gives something else now
    line_changed = Signal()  # `line_words` say something else

    def __init__(
        self,
        theme: Theme,
        on_data: Callable[[], None],
        interval: Callable[[], Interval] = lambda: DEFAULT_INTERVAL,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme = theme
        self._on_data = on_data
        self._desk: Desk | None = None
        self._symbol: InstrumentKey | None = None
        self.zone = zone_info(UTC_ZONE)
        self._state = LIVE
        self._reading: TransportReading | None = None
        self._timeline: TimelineReading | None = None
        self._volumes: tuple[float, ...] = ()
        self.shows_values = False
        self._plays_on = False  # once a hand has let the time line go
        self.deck = Deck(interval, self)
        self.deck.unit_changed.connect(self.saved_changed)
        self.deck.naming_wanted.connect(self.rename)
        self.controls = Controls(theme, self.deck, self)
        self.line = TimeLine(theme, self)
        self.line.sought.connect(self.seek)
        self.line.scrubbed.connect(self._hold_while_scrubbed)
        self.line.flag_menu.connect(lambda flag, where: self.flag_menu(flag).popup(where))
        self.line.flag_named.connect(self.rename)
        column = QVBoxLayout(self)
        pad = theme.px("spacing.l")
        column.setContentsMargins(pad, theme.px("spacing.s") + 2, pad, 0)
        column.setSpacing(theme.px("spacing.s") + 1)
        column.addWidget(self.controls)
        column.addWidget(self.line, 1)
        self.controls.setFixedHeight(BUTTON_PX[1])
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    # ---- what is shown ---------------------------------------------------------------------------
    def set_desk(self, desk: Desk | None) -> None:
        self._desk = desk
        self.deck.transport = desk.transport if desk is not None else None
        self.controls.follow_transport(self.deck.transport)
        self._reading = self._timeline = None
        self._volumes = ()
        self.shows_values = self._plays_on = False
        self.refresh(monotonic_ns() // NS_PER_MS)
        self.line_changed.emit()

    def set_symbol(self, key: InstrumentKey | None) -> None:
        """The instrument whose volume the time line has; None: the trades of all."""
        if key != self._symbol:
            self._symbol = key
            self._timeline, self._volumes = None, ()
            self._on_data()

    def follow_directory(self) -> None:
        """Nothing here depends on it."""

    def set_asleep(self, asleep: bool) -> None:
        """It receives nothing of its own."""

    def follow_zone(self, _zone: Zone, clock_zone: ZoneInfo) -> None:
        """Its times are those of the window's clock."""
        if clock_zone != self.zone:
            self.zone = clock_zone
            self.refresh(monotonic_ns() // NS_PER_MS)

    def set_in_front(self, in_front: bool) -> None:
        """Clocks come at one pace for all."""

    def prepare_frame(self, now_ms: int, clock_us: int) -> bool:
        changed = self.refresh(now_ms)
        self.shows_values = self._reading is not None
        return changed

    def refresh(self, now_ms: int) -> bool:
        """Show the session as of the desk's clock; True when something of it changed."""
        desk = self._desk
        if desk is None or desk.is_turning:
            return False
        transport = desk.transport
        reading = transport.reading(now_ms) if transport is not None else None
        clock = desk.clock.read(now_ms)
        self._reading = reading
        self._take_timeline(desk, reading)
        self._show_state(
            player_state(
                desk.link(now_ms),
                clock.phase,
                clock.error,
                clock.silent_ms,
                reading is not None,
                is_run=clock.is_run,
            )
        )
        if reading is None:
            changed = self.controls.show_clock("--:--:--.---")
            changed |= self.controls.show_session(False, -1, False, False)
            changed |= self.controls.show_details("", self._state)
            return changed | self.line.show_picture(LinePicture())
        usable = self._state.kind in (PanelKind.LIVE, PanelKind.LOADING)
        changed = self.controls.show_clock(self._clock_words(reading, reading.tape_ns))
        playing = reading.phase is ClockPhase.PLAYING
        changed |= self.controls.show_session(playing, reading.speed_milli, reading.is_looped, usable)
        changed |= self.controls.show_details(tape_words(reading, self.zone), self._state)
        return changed | self.line.show_picture(self._picture(reading))

    def _take_timeline(self, desk: Desk, reading: TransportReading | None) -> None:
        if reading is None or desk.transport is None:
            self._timeline, self._volumes = None, ()
            return
        asked = desk.transport.timeline(self.line.buckets, self._symbol)
        # Another width or instrument has no line yet: the old one stays until it has.
        whole = asked if asked is not None else self._timeline
        if whole is None:
            return
        cut = cut_timeline(whole, reading.tape_ns)
        if whole is not self._timeline or len(cut.trades) != len(self._volumes):
            said = self.line_words
            self._timeline, self._volumes = whole, volumes_of(cut)
            if said != self.line_words:
                self.line_changed.emit()

    @property
    def line_words(self) -> str:
        """What the time line draws."""
        timeline, reading = self._timeline, self._reading
        if timeline is None or reading is None or not reading.is_run:
            return tr("Nothing after the clock is drawn")
        if timeline.is_range:
            return tr("Range per bar, up to the clock")
        per_bar = tr("Trades per bar, up to the clock"), tr("Volume per bar, up to the clock")
        return per_bar[timeline.volume is not None]

    def _picture(self, reading: TransportReading) -> LinePicture:
        return LinePicture(
            begin_ns=reading.begin_ns,
            end_ns=reading.end_ns,
            tape_ns=reading.tape_ns,
            bucket_ns=self._timeline.bucket_ns if self._timeline is not None else 0,
            volumes=self._volumes,
            bookmarks=reading.bookmarks,
            has_days=has_days(reading, self.zone),
            is_run=reading.is_run,
            zone=self.zone,
            is_dimmed=self._state.kind in _DIMMED,
        )

    def _show_state(self, state: PanelState) -> None:
        if state != self._state:
            self._state = state
            self.panel_state_changed.emit(state)

    # ---- what a hand does ------------------------------------------------------------------------
    def seek(self, tape_ns: int) -> None:
        if self.deck.transport is not None:
            self.deck.transport.seek(tape_ns)

    def _hold_while_scrubbed(self, is_scrubbed: bool) -> None:
        """A run that plays waits under the hand, and goes on from where it lets go."""
        reading, transport = self.deck.reading(), self.deck.transport  # as it is, not as it was painted
        if transport is None or reading is None or not reading.is_run:
            return
        if is_scrubbed:
            self._plays_on = reading.phase is ClockPhase.PLAYING
            if self._plays_on:
                transport.pause()
        elif self._plays_on:
            self._plays_on = False
            if reading.tape_ns < reading.end_ns:
                transport.play()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.deck.take_key(event):
            super().keyPressEvent(event)
        elif self.line.is_scrubbing:
            self._plays_on = False  # a key under the hand decides

    def type_speed(self) -> None:
        self.controls.type_speed()

    def copy_time(self) -> None:
        QGuiApplication.clipboard().setText(self.controls.clock.text())

    @property
    def bookmarks(self) -> tuple[Bookmark, ...]:
        """By time."""
        marks = self._reading.bookmarks if self._reading is not None else ()
        return tuple(sorted(marks, key=lambda mark: mark.tape_ns))

    def _clock_words(self, reading: TransportReading | None, at_ns: int) -> str:
        if reading is not None and reading.is_run:
            return run_clock_words(at_ns, self.zone, reading.has_seconds)
        return clock_words(at_ns, reading is not None and has_days(reading, self.zone), self.zone)

    def mark_words(self, mark: Bookmark) -> str:
        """Its name and time; those after the clock keep their names to themselves."""
        at = self._clock_words(self._reading, mark.tape_ns)
        known = self._reading is not None and mark.tape_ns <= self._reading.tape_ns
        return f"{mark.name}  {at}" if known else f"a bookmark  {at}"

    def flag_menu(self, mark: Bookmark) -> QMenu:
        menu = QMenu(self)
        menu.addAction(tr("Go there")).triggered.connect(lambda _checked=False: self.seek(mark.tape_ns))
        if self._reading is not None and mark.tape_ns <= self._reading.tape_ns:
            menu.addAction(tr("Rename…")).triggered.connect(lambda _checked=False: self.rename(mark))
        menu.addAction(tr("Remove")).triggered.connect(lambda _checked=False: self.remove(mark))
        return menu

    def rename(self, mark: Bookmark) -> None:
        """Ask for another name. Not modal to the loop: prices go on."""
        dialog = QInputDialog(self)
        dialog.setWindowTitle(tr("Bookmark"))
        dialog.setLabelText(tr("Name of the bookmark"))
        dialog.setTextValue(mark.name)
        field = dialog.findChild(QLineEdit)
        if field is not None:
            field.setMaxLength(NAME_CHARACTERS_MAX)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.textValueSelected.connect(lambda name: self._name(mark, name))
        dialog.open()

    def _name(self, mark: Bookmark, name: str) -> None:
        if name.strip() and self.deck.transport is not None:
            self.deck.transport.bookmark(mark.tape_ns, name.strip()[:NAME_CHARACTERS_MAX])

    def remove(self, mark: Bookmark) -> None:
        if self.deck.transport is not None:
            self.deck.transport.remove_bookmark(mark.tape_ns)

    # ---- saved -----------------------------------------------------------------------------------
    def saved(self) -> dict[str, Any]:
        """What a step is; speed, loop and bookmarks are the session's own."""
        return {"step": self.deck.unit.name.lower()}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take what `saved` gave. Raises `StateError`, naming the key."""
        units = {unit.name.lower(): unit for unit in StepUnit}
        step = saved.get("step")
        if step is None:
            return
        if not isinstance(step, str) or step not in units:
            said = tr("player.step is {value}: use {usable}", value=repr(step), usable=", ".join(units))
            raise StateError(said)
        self.deck.set_unit(units[step])

    # ---- the rest --------------------------------------------------------------------------------
    @property
    def state(self) -> PanelState:
        return self._state

    def take_oldest_recv_ns(self) -> int:
        return 0  # a clock is no price: it has no event whose latency counts

    def flash_deadline_ms(self) -> int | None:
        return None

    def cadence_ms(self, now_ms: int) -> int:
        return 0

    def tick(self, now_ms: int) -> None:
        self.refresh(now_ms)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.controls.set_theme(theme)
        self.line.set_theme(theme)
        self.refresh(monotonic_ns() // NS_PER_MS)
        self.update()

    def let_go(self) -> None:
        self.deck.transport = None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.color("surface.panel"))
        painter.end()

    def inspect(self, now_ms: int) -> dict[str, Any]:
        """What stands in it; `volume_until_ns` is the time at which the drawn volume ends."""
        reading, line = self._reading, self.line
        connected = self._desk is not None and self._desk.link(now_ms).link is Link.CONNECTED
        return {
            "kind": "player",
            "state": self._state.kind.value,
            "banner": {"words": self._state.words, "detail": self._state.detail},
            "connected": connected,
            "clock": self.controls.clock.text(),
            "details": self.controls.details.text(),
            "tape_ns": line.picture.tape_ns,
            "begin_ns": line.picture.begin_ns,
            "end_ns": line.picture.end_ns,
            "epoch": reading.epoch if reading is not None else 0,
            "phase": reading.phase.name.lower() if reading is not None else "",
            "speed_milli": reading.speed_milli if reading is not None else 0,
            "looped": reading.is_looped if reading is not None else False,
            "step": self.deck.unit.name.lower(),
            "symbol": str(self._symbol) if self._symbol is not None else "",
            "volume": list(line.picture.volumes),
            "bucket_ns": line.picture.bucket_ns,
            "volume_until_ns": line.drawn_until_ns,
            "bookmarks": [[mark.tape_ns, mark.name] for mark in self.bookmarks],
        }

    def inspect_rows(self) -> dict[str, Any]:
        return {}
