"""What stops an import: one line that names the file, the row and the remedy."""

from pathlib import Path


class ImportRefused(ValueError):
    """A file cannot be imported as asked. `row` counts records or lines from 0, None: the file as a whole."""

    def __init__(self, file: Path | str, said: str, row: int | None = None) -> None:
        self.file = Path(file).name
        self.row = row
        where = self.file if row is None else f"{self.file}: row {row:,}"
        super().__init__(f"{where}: {said}")


class OptionRefused(ValueError):
    """What was asked for cannot be; one line with the remedy."""
