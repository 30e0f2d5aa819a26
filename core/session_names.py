"""Names of replay sessions, made from file names when nobody gave one."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

NAME_LENGTH_MAX: Final = 32
_SUFFIXES: Final = re.compile(r"(\.(dbn|zst|parquet|csv|gz|tape))+$")


def session_name(files: Sequence[Path]) -> str:
    """`crypto_multi_dev.parquet` -> `crypto_multi_dev`; always a name that `Scope` takes."""
    stem = _SUFFIXES.sub("", files[0].name.lower()) if files else ""
    name = re.sub(r"[^a-z0-9_-]+", "-", stem).strip("-_")
    return name[:NAME_LENGTH_MAX].rstrip("-_") or "replay"
