"""A window that fills a screen goes to the other one when its place is there, and fills that."""

import json
import os
import subprocess
import sys
from pathlib import Path

SCREENS = [
    {"name": "Left", "x": 0, "y": 0, "width": 1280, "height": 800, "logicalDpi": 96, "dpr": 1},
    {"name": "Right", "x": 1280, "y": 0, "width": 1600, "height": 900, "logicalDpi": 96, "dpr": 1},
]


def test_a_window_that_fills_a_screen_moves_to_the_screen_of_its_place(tmp_path: Path) -> None:
    file = tmp_path / "screens.json"
    file.write_text(json.dumps({"screens": SCREENS}), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.desktop.workspace.moving_places"],
        env=os.environ | {"QT_QPA_PLATFORM": f"offscreen:configfile={file}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        ["Right", "maximised", True, None],
        ["Right", "full", True, None],
        ["Right", "normal", False, 30],
        ["Left", "normal", False, 15],
    ]
