"""pyqtgraph's TableWidget under the same load: `pyqtgraph_table_widget.py WINDOWS ROWS_PER_S SECONDS`.

A hundred rows of twelve columns a window, 1248 x 1822 px offscreen; every 16 ms the rows that changed get
their values set and the window paints. Prints {"fps": paints a second of the slowest window}.
"""

import json
import os
import sys
import time

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"

import numpy as np
import pyqtgraph
from PySide6.QtWidgets import QApplication

ROWS, COLUMNS, INTERVAL_S = 100, 12, 0.016


class CountedTable(pyqtgraph.TableWidget):
    paints = 0

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        self.paints += 1


def main(windows: int, rows_per_s: int, seconds: float) -> None:
    application = QApplication([])
    dice = np.random.default_rng(1)
    tables = []
    for _ in range(windows):
        table = CountedTable(editable=False, sortable=False)
        table.setData([[float(value) for value in row] for row in dice.random((ROWS, COLUMNS))])
        table.resize(1_248, 1_822)
        table.show()
        tables.append(table)
    application.processEvents()
    for table in tables:
        table.paints = 0
    begin = due = time.monotonic()
    while time.monotonic() - begin < seconds:
        for table in tables:
            rows = np.unique(dice.integers(0, ROWS, max(1, int(rows_per_s * INTERVAL_S / windows))))
            for row, values in zip(rows.tolist(), dice.random((len(rows), COLUMNS)).tolist(), strict=True):
                for column, value in enumerate(values):
                    table.item(row, column).setValue(value)
        application.processEvents()
        due = max(due + INTERVAL_S, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))
    took = time.monotonic() - begin
    print(json.dumps({"fps": min(table.paints for table in tables) / took}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
