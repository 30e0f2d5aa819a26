"""Which files may be market data, by their names; what is in them is the importer's to say."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

SUFFIXES: Final = (".dbn", ".dbn.zst", ".csv", ".csv.gz", ".csv.zst", ".txt", ".parquet")


FILES_FILTER: Final = "DBN, CSV, Parquet (*.dbn *.dbn.zst *.csv *.csv.gz *.csv.zst *.txt *.parquet)"


def data_files(paths: Iterable[Path]) -> list[Path]:
    """Those that an import may take, in the given order, each once."""
    found = [path for path in paths if path.name.lower().endswith(SUFFIXES)]
    return list(dict.fromkeys(found))
