"""From files to a dataset: whole, or not at all.

`import_dataset` hashes its inputs; a dataset of the same inputs and parameters that is there is returned at
once. Every file becomes a part (parts.py), the parts become bars and means in a directory beside, which is
renamed when all of it is on the disk. Whatever fails, `datasets/` is as before.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from core.backtest.calendars import calendar_version, check_calendar, usual_calendar
from core.backtest.dataset import DatasetManifest, dataset_id
from core.backtest.home import ResearchHome
from core.backtest.importing.assemble import DROP, KEEP
from core.backtest.importing.findings import Findings
from core.backtest.importing.minutes import MINUTE_NS
from core.backtest.importing.parts import PARTS, Part, PartStore
from core.backtest.importing.read_file import Source, read_file, source_of
from core.backtest.importing.refused import ImportRefused, OptionRefused
from core.backtest.importing.said import by_exact_names, check_columns, check_files
from core.backtest.importing.steady_file import sha256_of
from core.backtest.importing.write_dataset import Making, write_dataset
from core.backtest.verify import whole_dataset
from core.market.intervals import IntervalError, parse_interval

IMPORT_VERSION: Final = 3  # moves when the same files would give other bars
FILES_MAX: Final = 10_000
Told = Callable[[str, int, int, str], None]  # phase, done, total, note


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """`calendar` None: the usual one of the exchange. `mapping`: what a person said of columns (said.py)."""

    name: str
    calendar: str | None = None
    interval: str = "1m"
    outside: str = DROP
    allow_partial: bool = False
    mapping: dict[str, str] = field(default_factory=dict)

    def check(self) -> int:
        """The interval in ns. Raises `OptionRefused`, `CalendarError`."""
        if self.outside not in (KEEP, DROP):
            raise OptionRefused(f"outside {self.outside!r}: use keep or drop")
        if not self.name.strip() or len(self.name) > 100:
            raise OptionRefused("a dataset needs a name of 1 to 100 letters")
        if self.calendar is not None:
            check_calendar(self.calendar)
        try:
            interval = parse_interval(self.interval)
        except IntervalError as error:
            raise OptionRefused(str(error)) from error
        if not interval.is_timed:
            raise OptionRefused(f"interval {self.interval}: datasets hold bars of 1s to 1d")
        if interval.is_day and self.outside == KEEP:
            raise OptionRefused("bars of 1d are whole sessions: --outside keep goes with shorter ones")
        return interval.span_ns


@dataclass(frozen=True, slots=True)
class Imported:
    """`existed`: it was there already, under the name in its manifest."""

    manifest: DatasetManifest
    existed: bool


@dataclass(frozen=True, slots=True)
class Input:
    """A file as it was hashed. `source` None: it cannot be read, and partial results were asked for."""

    path: Path
    source: Source | None
    sha256: str
    bytes: int


def import_dataset(
    home: ResearchHome, files: Sequence[Path], options: ImportOptions, told: Told = lambda *_: None
) -> Imported:
    """Raises `ImportRefused`, `OptionRefused`, `CalendarError`, `OSError`; then nothing has changed."""
    interval_ns = options.check()
    findings = Findings()
    inputs = hash_inputs(files, options, findings, told)
    calendar = options.calendar or _usual_calendar(inputs)
    # Sessions begin at whole minutes: no part may lie on both sides of an open.
    base_ns = math.gcd(interval_ns, MINUTE_NS)
    parameters = {
        "calendar": calendar, "interval": options.interval, "outside": options.outside,
        "files": [None if each.source is None else each.source.how(base_ns) for each in inputs],
    }  # fmt: skip
    decides = {"import": str(IMPORT_VERSION), "calendar": calendar_version(calendar)}
    hashes = [each.sha256 for each in inputs]
    identity = dataset_id(hashes, parameters, decides)
    # A partial dataset has an identity of its own, so that the whole one can still be made.
    identity_partial = dataset_id(hashes, {**parameters, "partial": True}, decides)
    for each in (identity, identity_partial) if options.allow_partial else (identity,):
        if (manifest := whole_dataset(home, each)) is not None:  # a damaged one is made anew
            return Imported(manifest, existed=True)
    store = PartStore(home.cache / PARTS)
    keys = [_part_key(store, one, base_ns, options) for one in inputs]
    try:
        parts = _read(inputs, keys, store, base_ns, options, told)
        making = Making(
            options.name,
            identity,
            identity_partial,
            calendar,
            options.interval,
            interval_ns,
            options.outside,
            parameters,
            decides,
        )
        manifest, existed = write_dataset(home, making, inputs, parts, findings, told)
    except OSError:
        for key in keys:  # a full disk is not left fuller
            store.drop(key)
        raise
    for key in keys:
        store.drop(key)
    return Imported(manifest, existed)


def hash_inputs(files: Sequence[Path], options: ImportOptions, findings: Findings, told: Told) -> list[Input]:
    """The files by name, each content once. Raises `ImportRefused`, `OptionRefused`, `OSError`."""
    if not files:
        raise OptionRefused("no file to import")
    if len(files) > FILES_MAX:
        raise OptionRefused(f"{len(files):,} files, at most {FILES_MAX:,} at once")
    for path in files:
        if not path.is_file():
            raise OptionRefused(f"{path} is no file: give DBN, CSV or Parquet files")
    check_files(files, options.mapping)
    said = by_exact_names(files, options.mapping)
    total = sum(path.stat().st_size for path in files)
    done = 0
    inputs: list[Input] = []
    for path in sorted(files, key=lambda each: (each.name, str(each))):
        size, before = path.stat().st_size, done

        def step(count: int, name: str = path.name) -> None:
            nonlocal done
            done += count
            told("import", done, 2 * total, f"checking {name}")

        sha256 = sha256_of(path, step)
        done = before + size
        if any(each.sha256 == sha256 for each in inputs):
            findings.add("duplicate_file", 1, note=path.name)
            continue
        try:
            source = source_of(path, said, allow_partial=options.allow_partial)
        except ImportRefused as refused:
            if not options.allow_partial:
                raise
            findings.add("unreadable", 1, note=str(refused))
            source = None
        for doubt in () if source is None else source.doubts:
            findings.add("doubtful", 1, file=path.name, note=doubt)
        inputs.append(Input(path, source, sha256, size))
    sources = [each.source for each in inputs if each.source is not None and each.source.mapping is not None]
    check_columns((each.path, each.names, each.missing) for each in sources)
    return inputs


def _usual_calendar(inputs: Sequence[Input]) -> str:
    """Raises `OptionRefused` when files go by different ones."""
    names = {usual_calendar(each.source.exchange) for each in inputs if each.source is not None}
    if len(names) > 1:
        raise OptionRefused(
            f"the files go by calendars {', '.join(sorted(names))}: say which one (--calendar)"
        )
    return names.pop() if names else usual_calendar("")


def _part_key(store: PartStore, each: Input, base_ns: int, options: ImportOptions) -> str:
    how: dict[str, Any] = {} if each.source is None else each.source.how(base_ns)
    return store.key(each.sha256, {**how, "partial": options.allow_partial, "version": IMPORT_VERSION})


def _read(
    inputs: Sequence[Input],
    keys: Sequence[str],
    store: PartStore,
    base_ns: int,
    options: ImportOptions,
    told: Told,
) -> list[Part | None]:
    """A part of every file that can be read; those that are there are taken as they are."""
    total = sum(each.bytes for each in inputs)
    done = 0
    parts: list[Part | None] = []
    for each, key in zip(inputs, keys, strict=True):
        if each.source is None:
            parts.append(None)
            continue
        part = store.find(key)
        if part is None:

            def step(offset: int, before: int = done, name: str = each.path.name) -> None:
                told("import", total + before + offset, 2 * total, name)

            part = read_file(each.source, base_ns, step, allow_partial=options.allow_partial)
            if each.path.stat().st_size != each.bytes:
                raise ImportRefused(each.path, "was changed while it was read: import it again")
            part = store.write(key, part)
        done += each.bytes
        told("import", total + done, 2 * total, each.path.name)
        parts.append(part)
    return parts
