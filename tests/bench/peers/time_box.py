"""What the peers' charts do alike: a box of time from their first line on, figures so far at its end.

Imported before anything heavy: loading counts too. `BARS VISIBLE SECONDS FRAMES` on the command line.
"""

import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable

BARS, VISIBLE = int(sys.argv[1]), int(sys.argv[2])
SECONDS, FRAMES = float(sys.argv[3]), int(sys.argv[4])
FRAMES_MIN = 3
# Of the box, what has to be left for the acts that follow.
LEFT_FOR = {"update": 0.25, "pan": 0.05}
FIGURES: dict[str, float | str] = {}
_BEGIN = time.perf_counter()


def report() -> None:
    """Print what there is and end, whatever else is going on."""
    print(json.dumps(FIGURES), flush=True)
    os._exit(0)


def measure(name: str, frame_ms: Callable[[int], float]) -> None:
    """`update` or `pan`: `frame_ms(step)` paints one frame; the first is not counted."""
    frame_ms(0)
    times: list[float] = []
    while len(times) < FRAMES:
        left = 1 - (time.perf_counter() - _BEGIN) / SECONDS
        if left < LEFT_FOR[name] and len(times) >= FRAMES_MIN:
            break
        times.append(frame_ms(len(times) + 1))
        FIGURES[f"{name}_ms"] = statistics.median(times)
        FIGURES[f"{name}s"] = len(times)


_box = threading.Timer(SECONDS, report)
_box.daemon = True
_box.start()
