"""Paced runs of grid windows: what a frame takes, how many are painted, what the main thread uses.

A frame is taking the changes into the tables, formatting, composing and Qt's flush, for all windows. The
floor is the same frame without composing: the table step, then one image of the window's size is drawn.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from core.clock import NS_PER_MS, NS_PER_S, monotonic_ns
from desktop.bench.grid_market import NOON_US, ROWS, BenchMarket
from desktop.paint.theme import Theme
from desktop.panels.grid import QuoteGrid

WIDTH_PX: Final = 1_248
ROW_PX: Final = 18  # compact: a hundred rows are 1,800 px
HEADER_PX: Final = 22
HEIGHT_PX: Final = ROWS * ROW_PX
WARM_UP_FRAMES: Final = 8

# step(window number, frame number, now_us): take a frame's changes into the window's table
Step = Callable[[int, int, int], None]


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds a frame over all windows, paints a second of the slowest window, core-seconds a second."""

    frame_p50_ms: float
    frame_p99_ms: float
    fps: float
    main_cpu: float


class GridWindow:
    """One grid in a window of its own."""

    def __init__(self, market: BenchMarket, theme: Theme) -> None:
        self.grid = QuoteGrid(theme)
        self.grid.resize(WIDTH_PX, HEIGHT_PX + HEADER_PX)
        self.grid.set_layout(market.instruments, market.table)
        self.grid.show()

    def frame(self, now_ms: int, now_us: int) -> None:
        self.grid.frame(now_ms, now_us)

    @property
    def paints(self) -> int:
        return self.grid.rows.canvas.direct_frames + self.grid.rows.canvas.buffered_frames

    def close(self) -> None:
        self.grid.close()
        self.grid.deleteLater()


class _Image(QWidget):
    """Draws one opaque image of its own size."""

    def __init__(self) -> None:
        super().__init__()
        self.paints = 0
        self._image = QImage(WIDTH_PX, HEIGHT_PX, QImage.Format.Format_RGB32)
        self._image.fill(0)
        self.resize(WIDTH_PX, HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawImage(0, 0, self._image)
        painter.end()
        self.paints += 1


class ImageWindow:
    """The floor: no glyphs. With `formats` the grid's table step is done as well."""

    def __init__(self, market: BenchMarket, theme: Theme, formats: bool = True) -> None:
        self._grid = QuoteGrid(theme)
        self._grid.set_layout(market.instruments, market.table)
        self._picture = self._grid.rows.picture
        self._picture.show(np.arange(ROWS))
        self._formats = formats
        self._image = _Image()
        self._image.show()

    def frame(self, now_ms: int, now_us: int) -> None:
        if self._formats:
            self._picture.advance(now_ms, now_us)
        self._image.update()

    @property
    def paints(self) -> int:
        return self._image.paints

    def close(self) -> None:
        for widget in (self._image, self._grid):
            widget.close()
            widget.deleteLater()


def run(windows: Sequence[GridWindow | ImageWindow], step: Step, interval_ms: int, frames: int) -> Figures:
    """Paint `frames` frames, `interval_ms` apart, after a warm-up; closes the windows."""
    application = QApplication.instance()
    assert application is not None
    application.processEvents()
    times_ms: list[float] = []
    painted: list[int] = []
    begin_ns = due_ns = monotonic_ns()
    begin_cpu_ns = time.thread_time_ns()
    for number in range(-WARM_UP_FRAMES, frames):
        if number == 0:
            painted = [window.paints for window in windows]
            begin_ns, begin_cpu_ns = monotonic_ns(), time.thread_time_ns()
        now_us = NOON_US + (number + WARM_UP_FRAMES) * interval_ms * 1_000
        start_ns = monotonic_ns()
        for index in range(len(windows)):
            step(index, number + WARM_UP_FRAMES, now_us)
        for window in windows:
            window.frame((number + WARM_UP_FRAMES) * interval_ms, now_us)
        application.processEvents()
        if number >= 0:
            times_ms.append((monotonic_ns() - start_ns) / NS_PER_MS)
        due_ns += interval_ms * NS_PER_MS
        time.sleep(max(0, due_ns - monotonic_ns()) / NS_PER_S)
    took_s = (monotonic_ns() - begin_ns) / NS_PER_S
    cpu = (time.thread_time_ns() - begin_cpu_ns) / NS_PER_S / took_s
    slowest = min(window.paints - before for window, before in zip(windows, painted, strict=True))
    for window in windows:
        window.close()
    application.processEvents()
    p50, p99 = np.percentile(times_ms, (50, 99))
    return Figures(float(p50), float(p99), slowest / took_s, cpu)
