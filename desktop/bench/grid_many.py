"""Ten thousand instruments in one grid: filtering by every key typed, ranking by three columns, scrolling.

A window of 900 px; 4,000 ticks a second over all rows. A key counts until its rows are painted; a rank until
the rows have their order. Scrolling and typing are paced like a screen, the mouse away and the rows sorted:
so a frame carries whatever falls due.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from typing import Final

import numpy as np
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.clock import NS_PER_MS, NS_PER_S, monotonic_ns
from desktop.bench.grid_market import NOON_US, BenchMarket
from desktop.paint.theme import Theme
from desktop.panels.grid import Col, GridTools, QuoteGrid
from desktop.panels.grid.order import SortKey

FrameStep = Callable[[int], None]  # what a person does in the frame of a number

MANY_ROWS: Final = 10_000
WIDTH_PX: Final = 1_248
HEIGHT_PX: Final = 900
FRAME_MS: Final = 16
TICKS_A_FRAME: Final = 64
RANKS: Final = 30
KEY_EVERY_FRAMES: Final = 6  # ten keys a second: a fast typist
SORTS: Final = (SortKey(Col.VENUE), SortKey(Col.PERCENT, True), SortKey(Col.VOLUME, True))
# What is typed, cleared by Esc: words that fit many rows and few, and expressions.
TYPED: Final = ("sym1", "42 bench", "sym1077", "change_pct > 0", "spread_bps < 5 and last > bid")


@dataclass(frozen=True, slots=True)
class ManyFigures:
    """Milliseconds of the slowest keys and ranks (95 %), frames a second that were painted."""

    filter_ms: float
    rank_ms: float
    scroll_fps: float
    typing_fps: float


class ManyWindow:
    """One grid with its tools over a market that moves."""

    def __init__(self, theme: Theme) -> None:
        self.market = BenchMarket(1, MANY_ROWS)
        self.grid = QuoteGrid(theme)
        self.tools = GridTools(self.grid, theme)
        self.grid.resize(WIDTH_PX, HEIGHT_PX)
        self.grid.set_layout(self.market.instruments, self.market.table)
        self.grid.show()
        self.tools.show()
        self._now_ms = 0
        self.frame()

    def frame(self) -> None:
        """One frame of a live market."""
        self._now_ms += FRAME_MS
        now_us = NOON_US + self._now_ms * 1_000
        self.market.tick(TICKS_A_FRAME, now_us)
        self.grid.frame(self._now_ms, now_us)

    def close(self) -> None:
        for widget in (self.tools, self.grid):
            widget.close()
            widget.deleteLater()
        QCoreApplication.processEvents()


def measure_many(theme: Theme, frames: int) -> ManyFigures:
    """All of it in one window; 'frames' of each paced run."""
    window = ManyWindow(theme)
    try:
        filter_ms = _keys(window)
        window.grid.set_sorts(SORTS)
        rank_ms = _ranks(window)
        scroll_fps = _paced(window, frames, _scroller(window))
        typing_fps = _paced(window, frames, _typist(window))
    finally:
        window.close()
    return ManyFigures(filter_ms, rank_ms, scroll_fps, typing_fps)


def _keys(window: ManyWindow) -> float:
    """Every key of every text, from the key to the painted rows."""
    box, took_ms = window.tools.filter_box, []
    for text in TYPED:
        for key in text:
            begin_ns = monotonic_ns()
            QTest.keyClicks(box, key)
            QApplication.processEvents()
            took_ms.append((monotonic_ns() - begin_ns) / NS_PER_MS)
            window.frame()
        box.clear()
        QApplication.processEvents()
    return float(np.percentile(took_ms, 95))


def _ranks(window: ManyWindow) -> float:
    """Values of a second have changed; the rows are put in order by three columns."""
    took_ms = []
    for number in range(RANKS):
        window.market.tick(4_000, NOON_US + number)
        begin_ns = monotonic_ns()
        window.grid.row_order.order(NOON_US + number)
        took_ms.append((monotonic_ns() - begin_ns) / NS_PER_MS)
    return float(np.percentile(took_ms, 95))


def _scroller(window: ManyWindow) -> FrameStep:
    """Three rows a frame by the wheel, down and at the end up again."""
    canvas, bar = window.grid.rows.canvas, window.grid.rows.scrolling.vertical
    down = -120

    def step(_number: int) -> None:
        nonlocal down
        if bar.value() in (bar.minimum(), bar.maximum()):
            down = -120 if bar.value() == bar.minimum() else 120
        event = QWheelEvent(
            QPointF(300, 300), QPointF(300, 300), QPoint(), QPoint(0, down), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(canvas, event)

    return step


def _typist(window: ManyWindow) -> FrameStep:
    """Types the texts one after the other, and sorts by another column now and then."""
    box = window.tools.filter_box
    keys = cycle([*"".join(f"{text}\n" for text in TYPED)])
    columns = cycle((Col.LAST, Col.SYMBOL, Col.PERCENT))

    def step(number: int) -> None:
        if number % KEY_EVERY_FRAMES:
            return
        key = next(keys)
        if key == "\n":
            box.clear()
            window.grid.set_sort(next(columns), descending=True)
        else:
            QTest.keyClicks(box, key)

    return step


def _paced(window: ManyWindow, frames: int, step: FrameStep) -> float:
    """Frames a second that were painted, at most one every 16 ms."""
    canvas = window.grid.rows.canvas
    window.grid.rows.scrolling.vertical.setValue(0)
    QApplication.processEvents()
    painted, begin_ns = canvas.direct_frames + canvas.buffered_frames, monotonic_ns()
    due_ns = begin_ns
    for number in range(frames):
        step(number)
        window.frame()
        canvas.update()
        QApplication.processEvents()
        due_ns += FRAME_MS * NS_PER_MS
        time.sleep(max(0, due_ns - monotonic_ns()) / NS_PER_S)
    return (canvas.direct_frames + canvas.buffered_frames - painted) / (
        (monotonic_ns() - begin_ns) / NS_PER_S
    )
