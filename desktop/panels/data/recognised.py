"""What a file to be imported is, as far as its beginning tells: read in a thread, never more than its head.

A file that no import can read is one, too: with the reason, so that it is seen before anything starts.
"""

from dataclasses import dataclass, field
from pathlib import Path

from core.backtest.importing.dbn_stream import DbnStream
from core.backtest.importing.guess import Guess, guess
from core.backtest.importing.read_file import CSV, DBN, file_kind
from core.backtest.importing.refused import ImportRefused, OptionRefused
from core.backtest.importing.said import Said
from desktop.tr import tr


@dataclass(frozen=True, slots=True)
class Recognised:
    """`guess` is None for DBN, and for what cannot be read: then `wrong` says why."""

    path: Path
    kind: str = ""
    words: str = ""
    size_bytes: int = 0
    guess: Guess | None = None
    wrong: str = ""
    symbols: tuple[str, ...] = field(default=())

    def unclear(self, changes: dict[str, str]) -> str:
        """What its columns still lack with these changes; empty: nothing."""
        if self.guess is None:
            return ""
        try:
            Said(changes, {}).fit(self.guess, is_csv=self.is_csv).check()
        except OptionRefused as refused:
            return tr("{file}: {reason}", file=self.path.name, reason=refused)
        return ""

    @property
    def is_csv(self) -> bool:
        return self.kind == CSV

    @property
    def form(self) -> tuple[object, ...]:
        """Files of equal forms are mapped together: those with the same header, or guessed alike without."""
        if self.guess is None:
            return ()
        mapping = self.guess.mapping
        alike = (self.kind, self.guess.names, mapping.separator)
        return alike if mapping.has_header else (*alike, mapping.kind, mapping.exchange, mapping.time_format)


def recognise(path: Path) -> Recognised:
    """Blocks on the disk; raises nothing."""
    try:
        size = path.stat().st_size
        kind = file_kind(path)
        if kind == DBN:
            return _dbn(path, size)
        found = guess(path)
    except (ImportRefused, OptionRefused) as refused:
        return Recognised(path, wrong=str(refused))
    except OSError as error:
        return Recognised(path, wrong=tr("{file}: {reason}", file=path.name, reason=error.strerror or error))
    form = "CSV" if kind == CSV else "Parquet"
    mapping = found.mapping
    what = {
        "bars": tr("bars"),
        "trades": tr("trades"),
        "quotes": tr("quotes"),
        "mixed": tr("trades and quotes"),
    }
    words = tr("{form}, {what} of {symbol}", form=form, what=what.get(mapping.kind, mapping.kind),
               symbol=mapping.symbol or tr("several symbols"))  # fmt: skip
    return Recognised(path, kind, words, size, found, symbols=(mapping.symbol,) if mapping.symbol else ())


def _dbn(path: Path, size: int) -> Recognised:
    stream = DbnStream(path)
    try:
        metadata = stream.metadata
        symbols = tuple(str(each) for each in metadata.symbols)
        schema = "" if metadata.schema is None else str(metadata.schema)
        dataset = str(metadata.dataset)
    finally:
        stream.close()
    named = ", ".join(symbols[:3]) + (f" +{len(symbols) - 3}" if len(symbols) > 3 else "")
    words = tr(
        "DBN {schema}, {dataset}, {symbols}", schema=schema or "?", dataset=dataset, symbols=named or "?"
    )
    return Recognised(path, DBN, words, size, symbols=symbols)


def suggested_name(files: list[Recognised]) -> str:
    """Of the dataset: the symbols, else the first file."""
    symbols = list(dict.fromkeys(symbol for each in files for symbol in each.symbols))
    if 0 < len(symbols) <= 3:
        return " ".join(symbols)
    return files[0].path.name.split(".")[0] if files else ""
