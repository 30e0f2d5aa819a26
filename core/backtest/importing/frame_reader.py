"""What reading CSV and reading Parquet have in common: a file, its mapping, the converter of its rows."""

from collections.abc import Sequence
from pathlib import Path

from core.backtest.importing.chunks import Group, Increments
from core.backtest.importing.findings import Findings
from core.backtest.importing.frames import FrameConverter
from core.backtest.importing.mapping import ColumnMapping
from core.backtest.importing.refused import ImportRefused


class FrameReader:
    """One file, read once; `interval_ns` is that of its bars. `rows` counts what was read, by kind."""

    def __init__(
        self,
        path: Path,
        mapping: ColumnMapping,
        findings: Findings,
        increments: Increments,
        interval_ns: int,
        *,
        allow_partial: bool,
    ) -> None:
        self._path, self._mapping = path, mapping
        self._convert = FrameConverter(
            path, mapping, findings, increments, interval_ns, allow_partial=allow_partial
        )
        self.rows: dict[str, int] = {}
        self._open()

    def _open(self) -> None:
        """Raises `ImportRefused`, `OSError`."""
        raise NotImplementedError

    @property
    def groups(self) -> list[Group]:
        return self._convert.groups

    @property
    def increments(self) -> Increments:
        return self._convert.increments

    @property
    def is_partial(self) -> bool:
        return self._convert.is_partial

    def _find_columns(self, names: Sequence[str], row: int | None = None) -> None:
        """Raises `ImportRefused` for a column of the mapping that the file does not have."""
        for role, name in self._mapping.columns.items():
            if name not in names:
                raise ImportRefused(self._path, no_column(name, role, names), row)


def no_column(name: str, role: str, names: Sequence[str]) -> str:
    """What is said of a file without the column that a role was mapped to."""
    return f"no column {name!r} for {role}: it has {', '.join(names)[:200]}"
