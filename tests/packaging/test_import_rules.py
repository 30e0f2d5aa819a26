"""The import rules of the project file catch what ARCHITECTURE.md forbids, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

CORE = "core/market.py"
ALLOWED = {
    CORE: "import numpy\n",
    "aggregator/feed.py": "import core.market\n",
    "desktop/grid.py": "import PySide6\n",
}
FORBIDDEN = [
    (CORE, "import PySide6.QtCore\n", "core knows neither a screen nor a process"),
    (CORE, "import aggregator.feed\n", "core knows neither a screen nor a process"),
    ("aggregator/feed.py", "import desktop.grid\n", "aggregator and desktop never import each other"),
    ("desktop/grid.py", "import aggregator.feed\n", "aggregator and desktop never import each other"),
    ("aggregator/feed.py", "from pyqtgraph import Point\n", "the headless side has no Qt"),
    (CORE, "import nats.aio.client\n", "only the bus speaks NATS"),
    ("desktop/grid.py", "def late():\n    import nats\n", "only the bus speaks NATS"),
    ("desktop/grid.py", "import vnpy.trader.engine\n", "vn.py is a peer in the benches, not a part"),
    (CORE, "import nautilus_trader.model\n", "nautilus only in the engine, and the engine only in its child"),
]


def lint(repo_root: Path, project: Path, sources: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    for package in ("core", "aggregator", "desktop"):
        (project / package).mkdir()
        (project / package / "__init__.py").touch()
    for name, text in sources.items():
        (project / name).write_text(text)
    program = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    config = ["--config", str(repo_root / "pyproject.toml")]
    return subprocess.run([*program, *config], cwd=project, capture_output=True, text=True)


def test_what_is_allowed_passes(repo_root: Path, tmp_path: Path) -> None:
    done = lint(repo_root, tmp_path, ALLOWED)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("file", "text", "rule"), FORBIDDEN, ids=lambda value: str(value).strip()[:30])
def test_what_is_forbidden_is_named(repo_root: Path, tmp_path: Path, file: str, text: str, rule: str) -> None:
    done = lint(repo_root, tmp_path, {**ALLOWED, file: text})
    assert done.returncode == 1, done.stdout
    assert f"{rule} BROKEN" in done.stdout
