"""`tape.json`: what a tape says of itself. Read with every field checked, replaced whole, never edited.

Instruments are numbered by their place. A key may come more than once, with finer increments each time: a
recording goes on under the new number when a venue refines an increment.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from core import platform
from core.market.instruments import IncrementError, Instrument, InstrumentKey
from core.tape.format import INSTRUMENTS_MAX, MANIFEST, VERSION, TapeFormatError

MANIFEST_BYTES_MAX: Final = 256 << 20
_INT64_MAX: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class TapeSource:
    """A file that was imported, or `live` with the scope that was recorded."""

    name: str
    bytes: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class TapeFile:
    """One of the other files of a complete tape."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Until `is_complete`, spans, counts and files are those of the beginning: the events tell."""

    title: str
    instruments: tuple[Instrument, ...]
    exchanges: tuple[str, ...]
    sources: tuple[TapeSource, ...] = ()
    begin_ns: int = 0
    end_ns: int = 0
    events: Mapping[str, int] = field(default_factory=dict)  # by kind, gaps among them
    records: Mapping[str, int] = field(default_factory=dict)  # of the sources, by their own names
    unused: Mapping[str, int] = field(default_factory=dict)
    rejections: tuple[Mapping[str, Any], ...] = ()  # file, reason, count, first_row
    notes: tuple[str, ...] = ()  # what was taken so of the sources and may be otherwise
    recorded_ns: int = 0  # wall clock of the import or of the recording's begin
    is_complete: bool = False
    stopped: str = ""  # why a recording ended early
    files: Mapping[str, TapeFile] = field(default_factory=dict)
    batches: int = 0

    @property
    def event_count(self) -> int:
        return sum(self.events.values())


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Replace `tape.json` whole and durably. Raises `OSError`."""
    content = {
        "format": VERSION,
        "title": manifest.title,
        "complete": manifest.is_complete,
        "stopped": manifest.stopped,
        "recorded_ns": manifest.recorded_ns,
        "begin_ns": manifest.begin_ns,
        "end_ns": manifest.end_ns,
        "batches": manifest.batches,
        "events": dict(manifest.events),
        "sources": [asdict(source) for source in manifest.sources],
        "records": dict(manifest.records),
        "unused": dict(manifest.unused),
        "rejections": [dict(each) for each in manifest.rejections],
        "notes": list(manifest.notes),
        "files": {name: asdict(each) for name, each in manifest.files.items()},
        "exchanges": list(manifest.exchanges),
        "instruments": [_instrument_out(each) for each in manifest.instruments],
    }
    text = json.dumps(content, ensure_ascii=False, indent=1)
    platform.write_private(directory / MANIFEST, text + "\n")


def read_manifest(directory: Path) -> Manifest:
    """Raises `TapeFormatError`: missing, damaged, or of a later format."""
    path = directory / MANIFEST
    shown = f"{directory.name}/{MANIFEST}"
    try:
        if path.stat().st_size > MANIFEST_BYTES_MAX:
            raise TapeFormatError(f"{shown}: {path.stat().st_size:,} bytes is no manifest: not a tape")
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise TapeFormatError(f"{shown}: missing: {directory.name} is not a tape") from error
    except OSError as error:
        raise TapeFormatError(f"{shown}: cannot be read ({error.strerror}): check its permissions") from error
    except ValueError as error:
        raise TapeFormatError(f"{shown}: damaged ({error}): restore it from a copy") from error
    try:
        if content["format"] != VERSION:
            raise TapeFormatError(
                f"{shown}: format {content['format']}, this build reads {VERSION}: use a newer build"
            )
        return _manifest(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, TapeFormatError):
            raise
        raise TapeFormatError(f"{shown}: damaged ({error!r}): restore it from a copy") from error


def _manifest(content: dict[str, Any]) -> Manifest:
    listed = content["instruments"]
    if len(listed) > INSTRUMENTS_MAX:
        raise ValueError(f"{len(listed):,} instruments, at most {INSTRUMENTS_MAX:,}")
    instruments = tuple(_instrument_in(each) for each in listed)
    exchanges = tuple(_text(each) for each in content["exchanges"])
    if len(set(exchanges)) != len(exchanges):
        raise ValueError("an exchange is listed twice")
    unknown = {each.key.exchange for each in instruments} - set(exchanges)
    if unknown:
        raise ValueError(f"exchange {sorted(unknown)[0]!r} is not listed")
    return Manifest(
        title=_text(content["title"]),
        instruments=instruments,
        exchanges=exchanges,
        sources=tuple(
            TapeSource(_text(each["name"]), _count(each["bytes"]), _text(each["sha256"]))
            for each in content["sources"]
        ),
        begin_ns=_count(content["begin_ns"]),
        end_ns=_count(content["end_ns"]),
        events=_counts(content["events"]),
        records=_counts(content["records"]),
        unused=_counts(content["unused"]),
        rejections=tuple(_rejection(each) for each in content["rejections"]),
        notes=tuple(_text(each) for each in content.get("notes", ())),  # tapes of before have none
        recorded_ns=_count(content["recorded_ns"]),
        is_complete=content["complete"] is True,
        stopped=_text(content["stopped"]),
        files={
            _text(name): TapeFile(_count(each["bytes"]), _text(each["sha256"]))
            for name, each in content["files"].items()
        },
        batches=_count(content["batches"]),
    )


def _instrument_out(instrument: Instrument) -> dict[str, Any]:
    return {
        "exchange": instrument.key.exchange,
        "symbol": instrument.key.symbol,
        "price_decimals": instrument.price_decimals,
        "size_decimals": instrument.size_decimals,
        "tick_counts": instrument.tick_counts,
        "inferred": instrument.inferred,
        "name": instrument.name,
    }


def _instrument_in(content: dict[str, Any]) -> Instrument:
    key = InstrumentKey(_text(content["exchange"]), _text(content["symbol"]))
    try:
        return Instrument(
            key,
            _count(content["price_decimals"]),
            _count(content["size_decimals"]),
            _count(content["tick_counts"]),
            content["inferred"] is True,
            name=_text(content["name"]),
        )
    except IncrementError as error:
        raise ValueError(str(error)) from error


def _rejection(content: dict[str, Any]) -> Mapping[str, Any]:
    return {
        "file": _text(content["file"]),
        "reason": _text(content["reason"]),
        "count": _count(content["count"]),
        "first_row": _count(content["first_row"]),
    }


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -_INT64_MAX <= value <= _INT64_MAX:
        raise TypeError(f"{value!r} is not a 64 bit number")
    return value


def _counts(content: dict[str, Any]) -> dict[str, int]:
    return {_text(name): _count(value) for name, value in content.items()}
