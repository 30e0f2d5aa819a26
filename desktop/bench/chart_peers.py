"""Other people's charts with the same bars, each in a child process with a time box.

vn.py's comes with the development environment. finplot wants PyQt6, which cannot share a process or an
environment with PySide6: it has its own, `.venv-peers`, made by `make peers`. A peer that is missing or does
not answer gives None and a remark. The children live with the tests: the product imports none of them.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PEERS: Final = ROOT / "tests" / "bench" / "peers"
PEERS_PYTHON: Final = (
    ROOT / ".venv-peers" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
)
START_AND_STOP_S: Final = 8.0


@dataclass(frozen=True, slots=True)
class PeerBox:
    """What a peer gets: so many seconds with loading, and no more than so many frames of each act."""

    seconds: float
    frames: int


@dataclass(frozen=True, slots=True)
class PeerFigures:
    """Milliseconds of a frame; None for what was not painted in time, and then `remark` says why."""

    update_ms: float | None = None
    pan_ms: float | None = None
    remark: str = ""


class PeerRun:
    """A child at work; `figures` waits for it."""

    def __init__(self, name: str, script: str, python: Path, bars: int, visible: int, box: PeerBox) -> None:
        self._name = name
        self._limit_s = box.seconds + START_AND_STOP_S
        self._child: subprocess.Popen[str] | None = None
        self._remark = ""
        if not python.exists():
            self._remark = f"{name} is not here: make its environment with `make peers`"
        elif not (PEERS / script).exists():
            self._remark = f"{name} is not here: the peers come with the source tree"
        else:
            command = [str(python), str(PEERS / script), *map(str, (bars, visible, box.seconds, box.frames))]
            self._child = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=ROOT,
                env=_environment(),
            )

    def figures(self) -> PeerFigures:
        """What it had painted by the end of its box."""
        if self._child is None:
            return PeerFigures(remark=self._remark)
        try:
            said, complaint = self._child.communicate(timeout=self._limit_s)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.communicate()
            return PeerFigures(remark=f"{self._name} did not answer within {self._limit_s:.0f} s")
        try:
            found = json.loads(said.strip().splitlines()[-1])
        except (ValueError, IndexError):
            last = (complaint.strip().splitlines() or ["no reason given"])[-1]
            return PeerFigures(remark=f"{self._name} did not start: {last}")
        if "update_ms" not in found:
            return PeerFigures(remark=f"{self._name} painted no update within its box")
        return PeerFigures(found["update_ms"], found.get("pan_ms"))


def _environment() -> dict[str, str]:
    """Ours without what says which Qt we use: a peer has its own."""
    return {name: value for name, value in os.environ.items() if name not in ("QT_API", "PYQTGRAPH_QT_LIB")}


def vnpy_run(bars: int, visible: int, box: PeerBox) -> PeerRun:
    """vn.py's ChartWidget."""
    return PeerRun("vn.py", "vnpy_chart_widget.py", Path(sys.executable), bars, visible, box)


def finplot_run(bars: int, visible: int, box: PeerBox) -> PeerRun:
    """finplot's candles and volume."""
    return PeerRun("finplot", "finplot_chart.py", PEERS_PYTHON, bars, visible, box)
