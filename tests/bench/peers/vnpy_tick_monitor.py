"""vn.py's own TickMonitor, fed through its EventEngine: `vnpy_tick_monitor.py WINDOWS ROWS_PER_S SECONDS`.

A hundred instruments a window, windows of 1248 x 1822 px offscreen, ticks put from a thread at the given rate
over all windows. Prints {"fps": paints a second of the slowest window, "processed_per_s": events taken}.
"""

import json
import os
import random
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime

# vn.py keeps its settings in the home directory, and speaks Chinese unless told otherwise.
HOME = tempfile.mkdtemp()
os.environ["HOME"] = HOME
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.chdir(HOME)
os.mkdir(".vntrader")

from vnpy.event import Event, EventEngine  # noqa: E402
from vnpy.trader.constant import Exchange  # noqa: E402
from vnpy.trader.engine import MainEngine  # noqa: E402
from vnpy.trader.event import EVENT_TICK  # noqa: E402
from vnpy.trader.object import TickData  # noqa: E402
from vnpy.trader.ui import QtWidgets  # noqa: E402
from vnpy.trader.ui.widget import TickMonitor  # noqa: E402

ROWS = 100
FEED_EVERY_S = 0.004


class CountedMonitor(TickMonitor):
    """A monitor for one group of instruments, as one window of five shows it."""

    def __init__(self, main_engine: MainEngine, event_engine: EventEngine, group: int) -> None:
        self.event_type = f"{EVENT_TICK}group{group}"
        self.paints = 0
        self.processed = 0
        super().__init__(main_engine, event_engine)

    def process_event(self, event: Event) -> None:
        super().process_event(event)
        self.processed += 1

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        self.paints += 1


def tick(group: int, row: int, dice: random.Random) -> TickData:
    price = 1_000 + row + dice.random()
    return TickData(
        symbol=f"SYM{group}{row:03d}", exchange=Exchange.SMART, datetime=datetime.now(UTC),
        name=f"Name {row}", last_price=price, volume=dice.random() * 1e6, open_price=price,
        high_price=price + 5, low_price=price - 5, bid_price_1=price - 0.01, ask_price_1=price + 0.01,
        bid_volume_1=dice.randrange(10**6), ask_volume_1=dice.randrange(10**6), gateway_name="BENCH",
    )  # fmt: skip


def main(windows: int, rows_per_s: int, seconds: float) -> None:
    application = QtWidgets.QApplication([])
    event_engine = EventEngine()
    main_engine = MainEngine(event_engine)
    monitors = [CountedMonitor(main_engine, event_engine, group) for group in range(windows)]
    dice = random.Random(1)
    for group, monitor in enumerate(monitors):
        for row in range(ROWS):
            monitor.process_event(Event(monitor.event_type, tick(group, row, dice)))
        monitor.resize(1_248, 1_822)
        monitor.show()
    application.processEvents()
    over = threading.Event()

    def feed() -> None:
        begin, sent = time.monotonic(), 0
        while not over.is_set():
            wanted = int((time.monotonic() - begin) * rows_per_s)
            for number in range(sent, wanted):
                group = number % windows
                event_engine.put(Event(monitors[group].event_type, tick(group, dice.randrange(ROWS), dice)))
            sent = wanted
            over.wait(FEED_EVERY_S)

    for monitor in monitors:
        monitor.paints = monitor.processed = 0
    feeder = threading.Thread(target=feed, daemon=True)
    begin = time.monotonic()

    def report() -> None:
        took = time.monotonic() - begin
        figures = {
            "fps": min(monitor.paints for monitor in monitors) / took,
            "processed_per_s": sum(monitor.processed for monitor in monitors) / took,
        }
        print(json.dumps(figures), flush=True)
        # Tens of thousands of events wait in the engine by now: there is nothing to close in order.
        os._exit(0)

    # Under this load Qt's own timers never come: signals of waiting ticks are always before them.
    threading.Timer(seconds, report).start()
    feeder.start()
    application.exec()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
