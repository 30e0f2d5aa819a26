"""Other people's tables under the same load, each in a child process with a time box.

A peer is judged on what it painted by the end of its box; one that is not installed, does not start or does
not answer gives None. The children live with the tests: the product imports none of them.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

PEERS: Final = Path(__file__).resolve().parents[2] / "tests" / "bench" / "peers"
START_AND_STOP_S: Final = 12.0


def peer_fps(name: str, windows: int, rows_per_s: int, seconds: float) -> float | None:
    """Paints a second of the slowest window of a peer, or None."""
    script = PEERS / f"{name}.py"
    if not script.exists():
        return None
    command = [sys.executable, str(script), str(windows), str(rows_per_s), str(seconds)]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=seconds + START_AND_STOP_S, check=True, text=True
        )
        figures = json.loads(done.stdout.strip().splitlines()[-1])
    except (subprocess.SubprocessError, OSError, ValueError, IndexError):
        return None
    return float(figures["fps"])
