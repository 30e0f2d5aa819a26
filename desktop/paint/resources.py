"""Where the files that ship beside the code are: fonts, icons, themes.

Keeps one path; every other module asks here, so a frozen build has to get one thing right.
"""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2] / "resources"


def resource(relative: str) -> Path:
    """The file at `relative` below resources/. Raises `FileNotFoundError` naming it when it is missing."""
    path = ROOT / relative
    if not path.exists():
        raise FileNotFoundError(f"{path}: the installation is incomplete, install Tapedeck again")
    return path
