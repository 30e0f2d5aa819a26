"""vn.py's ChartWidget with candles, volume, cursor: `vnpy_chart_widget.py BARS VISIBLE SECONDS FRAMES`.

1200 x 800 px offscreen. Prints {"update_ms": median of an update of the last bar with its paint, "pan_ms",
"updates", "pans"}; whatever has not been measured by the end of the box is left out.
"""

import gc
import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from time_box import BARS, VISIBLE, measure, report

# vn.py keeps its settings in the home directory, and speaks Chinese unless told otherwise.
HOME = tempfile.mkdtemp()
os.environ["HOME"] = HOME
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.chdir(HOME)
os.mkdir(".vntrader")

import numpy as np  # noqa: E402
from vnpy.chart import CandleItem, ChartWidget, VolumeItem  # noqa: E402
from vnpy.trader.constant import Exchange, Interval  # noqa: E402
from vnpy.trader.object import BarData  # noqa: E402
from vnpy.trader.ui import QtCore, QtWidgets  # noqa: E402

TRIES_MAX = 50  # an act that changes nothing asks for no paint


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
    volume = dice.integers(1, 5_000, bars).astype(float)
    begin = datetime(2020, 1, 1, tzinfo=UTC)

    def bar(number: int, moved: float = 0.0) -> BarData:
        return BarData(
            "BENCH", "WALK", Exchange.SMART, begin + timedelta(minutes=number), Interval.MINUTE,
            volume=float(volume[number]), open_price=float(opened[number]), high_price=float(high[number]),
            low_price=float(low[number]), close_price=float(close[number] + moved),
        )  # fmt: skip

    def history() -> list[BarData]:
        """All bars. Copied from one: to make a million through their constructor takes most of the box."""
        one, made = vars(bar(0)), []
        minute, at = timedelta(minutes=1), begin - timedelta(minutes=1)
        columns = (column.tolist() for column in (volume, opened, high, low, close))
        for values in zip(*columns, strict=True):
            at += minute
            copied = object.__new__(BarData)
            fields = vars(copied)
            fields.update(one)
            fields["datetime"] = at
            (
                fields["volume"], fields["open_price"], fields["high_price"], fields["low_price"],
                fields["close_price"],
            ) = values  # fmt: skip
            made.append(copied)
        return made

    application = QtWidgets.QApplication([])
    widget = ChartWidget()
    widget.add_plot("candle", hide_x_axis=True)
    widget.add_plot("volume", maximum_height=200)
    widget.add_item(CandleItem, "candle", "candle")
    widget.add_item(VolumeItem, "volume", "volume")
    widget.add_cursor()
    widget.resize(1_200, 800)
    widget.show()
    widget.update_history(history())
    widget._bar_count = visible
    widget.move_to_right()
    paints = Paints()
    widget.viewport().installEventFilter(paints)

    def frame(act: Callable[[int], None], step: int) -> float:
        painted = paints.count
        start = time.perf_counter()
        act(step)
        tries = 0
        while paints.count == painted and tries < TRIES_MAX:
            application.processEvents()
            tries += 1
        return (time.perf_counter() - start) * 1e3

    def pan(step: int) -> None:
        left = bars - visible - (step % 20 + 1) * visible / 100
        for plot in widget._plots.values():
            plot.setRange(xRange=(left, left + visible), padding=0)

    measure(
        "update", lambda step: frame(lambda at: widget.update_bar(bar(bars - 1, 0.01 * np.sin(at))), step)
    )
    measure("pan", lambda step: frame(pan, step))
    report()


if __name__ == "__main__":
    main(BARS, VISIBLE)
