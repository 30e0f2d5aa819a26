"""Lists of one's own on a stage, and what a hand does to them."""

from typing import Any

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
)

from core.market.instruments import InstrumentKey
from desktop.panels.watchlist.lists import own_choice
from desktop.panels.watchlist.panel import WatchlistPanel
from tests.desktop.conftest import Stage
from tests.desktop.market import crypto

NO_KEYS = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


def key(number: int) -> InstrumentKey:
    return crypto(40)[number].key


def panel(stage: Stage, window: int = 0) -> WatchlistPanel:
    found: WatchlistPanel = stage.app.windows[window].panels[0]
    return found


def symbols(stage: Stage, window: int = 0) -> list[str]:
    return [row["Symbol"] for row in stage.cells(window)]


def said(stage: Stage) -> str:
    told = stage.app.messages.all
    return told[-1].text if told else ""


async def with_list(stage: Stage, *numbers: int, name: str = "Majors", window: int = 0) -> str:
    """A list that is shown in a window, with prices; its id."""
    made = stage.app.watchlists.store.create(name, [key(number) for number in numbers])
    panel(stage, window).choose(own_choice(made))
    wanted = [key(number).symbol for number in numbers]
    await stage.until(lambda: stage.words(window)[0] == "live" and symbols(stage, window) == wanted, name)
    return made.id


async def live(stage: Stage, count: int = 40) -> None:
    await stage.market(crypto(count))
    await stage.until(lambda: stage.words()[0] == "live")


def keys_of(stage: Stage, list_id: str) -> list[InstrumentKey]:
    found = stage.app.watchlists.store.get(list_id)
    return [] if found is None else list(found.keys)


def at_row(shown: WatchlistPanel, row: float) -> QPoint:
    canvas = shown.grid.rows.canvas
    metrics = shown.grid.rows.painter.atlas.metrics
    return canvas.mapTo(shown, QPoint(20, round((row + 0.25) * metrics.row_px / metrics.ratio)))


def dropped(shown: WatchlistPanel, mime: QMimeData, at: QPoint, modifiers: Any = NO_KEYS) -> bool:
    """Real events, as Qt sends them; whether the drop was taken."""
    actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    enter = QDragEnterEvent(at, actions, mime, LEFT, modifiers)
    shown.dragEnterEvent(enter)
    if not enter.isAccepted():
        return False
    move = QDragMoveEvent(at, actions, mime, LEFT, modifiers)
    shown.dragMoveEvent(move)
    assert shown.drops.mark.isVisible()
    if not move.isAccepted():
        shown.dragLeaveEvent(QDragLeaveEvent())
        assert not shown.drops.mark.isVisible()
        return False
    drop = QDropEvent(QPointF(at), actions, mime, LEFT, modifiers)
    shown.dropEvent(drop)
    assert not shown.drops.mark.isVisible()
    return drop.isAccepted()


# ---- typing --------------------------------------------------------------------------------------
