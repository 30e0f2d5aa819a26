"""Run by test_screen_places.py with two screens: moves windows that fill one to the other, says where."""

import json
import sys

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from desktop.workspace.screen_places import place_of, put, rooms
from desktop.workspaces.model import Place


def main() -> None:
    qt = QApplication([])
    there = rooms()
    left, right = (room.screen.name for room in there)
    said = []
    for first, then in (
        (Place(left, 10, 20, 400, 300, "maximised"), Place(right, 30, 40, 500, 350, "maximised")),
        (Place(left, 10, 20, 400, 300, "full"), Place(right, 30, 40, 500, 350, "full")),
        (Place(left, 10, 20, 400, 300, "maximised"), Place(right, 30, 40, 500, 350, "normal")),
        (Place(left, 10, 20, 400, 300, "maximised"), Place(left, 15, 25, 420, 310, "normal")),
    ):
        window = QWidget()
        window.setMinimumSize(100, 100)
        put(window, first, there)
        window.show()
        qt.processEvents()
        put(window, then, there)
        qt.processEvents()
        place = place_of(window, there)
        fills = bool(
            window.windowState() & (Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen)
        )
        said.append(
            [
                window.screen().name(),
                place.state if place else "",
                fills,
                None if fills or place is None else place.x,
            ]
        )
        window.close()
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
