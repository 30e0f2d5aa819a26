"""A dataset: bars and quote means of some instruments, with where they came from.

`datasets/<id>/` holds `manifest.json`, `bars/<EX>.<SYM>.parquet` and, where there were quotes,
`quotes/<EX>.<SYM>.parquet` (names escaped as subject tokens are). A dataset is never changed once it is
there: other inputs or parameters make another id.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from core import subjects
from core.backtest.columns import BARS, QUOTES, Columns, read_columns
from core.backtest.home import ResearchHome
from core.market.instruments import Instrument, InstrumentKey

MANIFEST_VERSION: Final = 1
MANIFEST: Final = "manifest.json"
COMPLETE: Final = "COMPLETE"
PARTIAL: Final = "PARTIAL"
ID_LENGTH: Final = 16
_NO_FILE_NAME: Final = frozenset('/\\:*?"<>|')  # what no file name may hold on some system


class DatasetError(ValueError):
    """A dataset cannot be used; names it and the remedy."""


@dataclass(frozen=True, slots=True)
class DatasetInstrument:
    """Times are ns since 1970: open of the first, close of the last bar."""

    exchange: str
    symbol: str
    price_decimals: int
    size_decimals: int
    tick_counts: int
    currency: str
    bars: int
    quotes: int  # rows of quote means
    begin_ns: int
    end_ns: int

    @property
    def key(self) -> InstrumentKey:
        return InstrumentKey(self.exchange, self.symbol)

    @property
    def instrument(self) -> Instrument:
        return Instrument(self.key, self.price_decimals, self.size_decimals, self.tick_counts)

    @property
    def file_name(self) -> str:
        name = f"{subjects.escape(self.exchange)}.{subjects.escape(self.symbol)}.parquet"
        return "".join(f"%{ord(letter):02X}" if letter in _NO_FILE_NAME else letter for letter in name)


@dataclass(frozen=True, slots=True)
class DatasetManifest:
    """What a dataset was made of and what it holds; equal inputs and parameters give equal `outputs`."""

    id: str
    name: str
    state: str  # COMPLETE or PARTIAL
    interval: str  # such as 1m
    calendar: str  # of exchange-calendars, or 24/7
    instruments: tuple[DatasetInstrument, ...]
    inputs: tuple[dict[str, Any], ...]  # file, bytes, sha256, schema, rows
    parameters: dict[str, Any]
    versions: dict[str, str]  # of the packages that decide what comes out
    corporate_actions: str  # their source, or "none"
    outputs: dict[str, str]  # path below the dataset: SHA-256
    findings: tuple[dict[str, Any], ...] = ()  # kind, file, count, first row; gaps, duplicates, disorder, ...
    created_utc: str = ""
    version: int = field(default=MANIFEST_VERSION)

    @property
    def hash(self) -> str:
        """SHA-256 over what decides a run's result: instruments, interval, calendar, outputs."""
        said = {
            "interval": self.interval,
            "calendar": self.calendar,
            "instruments": [asdict(each) for each in self.instruments],
            "outputs": self.outputs,
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str, where: str) -> Self:
        """Raises `DatasetError`, which names `where`."""
        try:
            data = json.loads(text)
            if data["version"] != MANIFEST_VERSION:
                raise DatasetError(f"{where} is of version {data['version']}: import it again")
            data["instruments"] = tuple(DatasetInstrument(**each) for each in data["instruments"])
            data["inputs"], data["findings"] = tuple(data["inputs"]), tuple(data["findings"])
            return cls(**data)
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise DatasetError(f"{where} is damaged ({error}): import it again") from error


def dataset_id(inputs: Sequence[str], parameters: Mapping[str, Any], versions: Mapping[str, str]) -> str:
    """16 hex digits of the inputs' SHA-256, in their order, the parameters, and the versions that decide."""
    said = {"inputs": list(inputs), "parameters": parameters, "versions": versions}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:ID_LENGTH]


def dataset_there(home: ResearchHome, identity: str) -> DatasetManifest | None:
    """The manifest of a dataset that is there. Raises `DatasetError` for a damaged one, `OSError`."""
    return read_manifest(home.datasets / identity, identity)


def read_manifest(directory: Path, identity: str) -> DatasetManifest | None:
    """None where there is none. Raises `DatasetError` for a damaged one, `OSError`."""
    file = directory / MANIFEST
    return _manifest(file, f"dataset {identity}") if file.is_file() else None


def _manifest(file: Path, where: str) -> DatasetManifest:
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{where} is damaged ({error}): import it again") from error
    return DatasetManifest.from_json(text, where)


class Dataset:
    """An opened dataset. `directory` is its own, `cache` that of the research home."""

    def __init__(self, directory: Path, manifest: DatasetManifest, cache: Path) -> None:
        self.directory = directory
        self.manifest = manifest
        self._cache = cache

    @classmethod
    def open(cls, home: ResearchHome, dataset_id: str) -> Self:
        """Raises `DatasetError` when there is none or its manifest is damaged."""
        directory = home.datasets / dataset_id
        file = directory / MANIFEST
        if not dataset_id or Path(dataset_id).name != dataset_id or not file.is_file():
            raise DatasetError(f"there is no dataset {dataset_id!r} (tapedeckd data list)")
        return cls(directory, _manifest(file, f"dataset {dataset_id}"), home.cache)

    def bars(self, instrument: DatasetInstrument) -> Columns:
        """Columns of `BARS`, by ascending `open_ns`, memory-mapped and read-only."""
        return self._read("bars", instrument, BARS)

    def quotes(self, instrument: DatasetInstrument) -> Columns | None:
        """Columns of `QUOTES`, None where there were no quotes."""
        return self._read("quotes", instrument, QUOTES) if instrument.quotes else None

    def _read(self, folder: str, instrument: DatasetInstrument, schema: Any) -> Columns:
        name = f"{folder}/{instrument.file_name}"
        sha256 = self.manifest.outputs.get(name)
        if sha256 is None:
            raise DatasetError(f"dataset {self.manifest.id} has no {name}: import it again")
        where = self.directory / name
        return read_columns(where, schema, self._cache, sha256, f"import dataset {self.manifest.id} again")
