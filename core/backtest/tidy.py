"""What may go from a research home without a loss: leavings of killed imports, copies of what is no more.

Only files older than `LEFT_ALONE_S`, so that nothing is taken from an import that is under way.
"""

import shutil
from pathlib import Path
from typing import Final

from core.backtest.dataset import MANIFEST, DatasetError, dataset_there
from core.backtest.home import MAKING, ResearchHome
from core.backtest.importing.parts import PARTS
from core.backtest.verify import dataset_ids
from core.clock import NS_PER_S, wall_ns

LEFT_ALONE_S: Final = 3_600


def leavings(home: ResearchHome, older_than_s: float = LEFT_ALONE_S) -> list[Path]:
    """Directories of imports that never ended, and parts that nobody took up."""
    limit_ns = wall_ns() - int(older_than_s * NS_PER_S)
    found: list[Path] = []
    for place in (home.cache / PARTS, home.cache / MAKING):
        found += place.iterdir() if place.is_dir() else ()
    return sorted(each for each in found if each.stat().st_mtime_ns <= limit_ns)


def dead_copies(home: ResearchHome) -> list[Path]:
    """Arrow copies in the cache that no dataset and no run there names."""
    named: set[str] = set()
    for identity in dataset_ids(home):
        try:
            manifest = dataset_there(home, identity)
        except DatasetError:
            return []  # what it names is not known: nothing is called dead
        named |= set(manifest.outputs.values()) if manifest is not None else set()
    texts = [each.read_text(encoding="utf-8") for each in home.runs.glob(f"*/{MANIFEST}")]
    return sorted(
        copy
        for copy in home.cache.glob("*.arrow")
        if copy.stem not in named and not any(copy.stem in text for text in texts)
    )


def remove(paths: list[Path]) -> int:
    """The bytes freed; what is in use stays. Raises nothing."""
    freed = 0
    for path in paths:
        size = size_of(path)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            try:
                path.unlink(missing_ok=True)
            except OSError:
                continue  # mapped by a desk, on systems that keep such files
        freed += 0 if path.exists() else size
    return freed


def size_of(path: Path) -> int:
    if path.is_dir():
        return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
    return path.stat().st_size if path.exists() else 0
