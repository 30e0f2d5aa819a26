"""finplot's candles and volume: `finplot_chart.py BARS VISIBLE SECONDS FRAMES`, by the Python of .venv-peers.

1200 x 800 px offscreen. Prints {"update_ms": median of an update of the last bar with its paint, "pan_ms",
"updates", "pans", "finplot": version}; what was not measured by the end of the box is left out.
"""

import gc
import os
import time
from collections.abc import Callable
from importlib.metadata import version

from time_box import BARS, FIGURES, VISIBLE, measure, report

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import finplot as fplt
import numpy as np
import pandas as pd
from PyQt6 import QtCore, QtWidgets

TRIES_MAX = 50  # an act that changes nothing asks for no paint
FIGURES["finplot"] = version("finplot")


class Paints(QtCore.QObject):
    """Counts paints of the widget it filters."""

    count = 0

    def eventFilter(self, watched: object, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.Paint:
            self.count += 1
        return False


def main(bars: int, visible: int) -> None:
    gc.disable()  # as the desk does while it paints; a million objects made under it take minutes
    dice = np.random.default_rng(3)
    close = 30_000 + np.cumsum(dice.normal(0, 0.6, bars))
    opened = np.concatenate(([30_000.0], close[:-1]))
    high, low = np.maximum(opened, close) + 0.4, np.minimum(opened, close) - 0.4
    frame_of = pd.DataFrame(
        {"open": opened, "close": close, "high": high, "low": low, "volume": dice.integers(1, 5_000, bars)},
        index=pd.date_range("2020-01-01", periods=bars, freq="min"),
    )
    fplt.timers = []
    axes = fplt.create_plot("bench", rows=2, init_zoom_periods=visible)
    prices, volumes = ["open", "close", "high", "low"], ["open", "close", "volume"]
    candles = fplt.candlestick_ochl(frame_of[prices], ax=axes[0])
    columns = fplt.volume_ocv(frame_of[volumes], ax=axes[1])
    fplt.show(qt_exec=False)
    application = QtWidgets.QApplication.instance()
    assert application is not None
    window = fplt.windows[0]
    window.resize(1_200, 800)
    paints = Paints()
    window.viewport().installEventFilter(paints)

    def frame(act: Callable[[int], None], step: int) -> float:
        painted = paints.count
        start = time.perf_counter()
        act(step)
        tries = 0
        while paints.count == painted and tries < TRIES_MAX:
            application.processEvents()
            tries += 1
        return (time.perf_counter() - start) * 1e3

    def update(step: int) -> None:
        frame_of.iat[bars - 1, 1] = close[-1] + 0.01 * np.sin(step)
        candles.update_data(frame_of[prices])
        columns.update_data(frame_of[volumes])

    def pan(step: int) -> None:
        box = axes[0].vb
        left = bars - visible - (step % 20 + 1) * visible / 100
        box.set_range(left, box.targetRect().top(), left + visible, box.targetRect().bottom())
        box.update()

    measure("update", lambda step: frame(update, step))
    measure("pan", lambda step: frame(pan, step))
    report()


if __name__ == "__main__":
    main(BARS, VISIBLE)
