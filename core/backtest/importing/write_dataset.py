"""Parts become a dataset's files, in a directory beside that is renamed when all of it is on the disk."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from core import platform
from core.backtest.calendars import Calendar, calendar
from core.backtest.columns import BARS, QUOTES, write_parquet
from core.backtest.dataset import (
    COMPLETE,
    MANIFEST,
    PARTIAL,
    DatasetInstrument,
    DatasetManifest,
)
from core.backtest.home import DAMAGED, MAKING, ResearchHome
from core.backtest.importing.assemble import Assembled, Assembly, Slice
from core.backtest.importing.findings import Finding, Findings
from core.backtest.importing.minutes import Bar, Mean, Parts
from core.backtest.importing.names import Named, name_groups
from core.backtest.importing.parts import Part
from core.backtest.importing.refused import ImportRefused, OptionRefused
from core.backtest.verify import whole_dataset
from core.clock import NS_PER_S, wall_ns
from core.market.exact import NANO_DECIMALS

if TYPE_CHECKING:
    from core.backtest.importing.importer import Input

SPAN_NS_MAX: Final = 80 * 366 * 86_400 * NS_PER_S
CORPORATE_ACTIONS: Final = "none"  # prices are as they were traded: no splits, no dividends
_PACKAGES: Final = ("numpy", "polars", "pyarrow", "databento-dbn", "exchange-calendars")


@dataclass(frozen=True, slots=True)
class Making:
    """What is to be made, all checked."""

    name: str
    identity: str
    identity_partial: str
    calendar: str
    interval: str
    interval_ns: int
    outside: str
    parameters: dict[str, Any]
    decides: dict[str, str]


def write_dataset(
    home: ResearchHome,
    making: Making,
    inputs: Sequence["Input"],
    parts: Sequence[Part | None],
    findings: Findings,
    told: Callable[[str, int, int, str], None],
) -> tuple[DatasetManifest, bool]:
    """The manifest, and whether the dataset had been there, made by somebody else meanwhile.

    Raises `ImportRefused`, `OptionRefused`, `CalendarError`, `OSError`; then nothing is left behind.
    """
    read = [part for part in parts if part is not None]
    named = name_groups(read)
    first_ns, last_ns = _span(read)
    _check_intervals(read, making)
    sessions = calendar(making.calendar, first_ns, last_ns)
    is_partial = len(read) < len(parts) or any(part.is_partial for part in read)
    made: list[DatasetInstrument] = []
    outputs: dict[str, str] = {}
    with _directory_beside(home, making.identity) as directory:
        for number, each in enumerate(named):
            told("write", number, len(named), str(each.key))
            assembly = Assembly(
                str(each.key), sessions, making.interval_ns, making.outside, findings, each.decimals_min
            )
            found = assembly.run([_slice(read, place, group) for place, group in each.groups])
            if not len(found.bars["open_ns"]):
                findings.add("no_bars", 1, instrument=str(each.key))
                continue
            if found.price_decimals > NANO_DECIMALS:
                note = f"import again with --map decimals={_plain_decimals(found)}"
                findings.add("fine_prices", 1, instrument=str(each.key), note=note)
            made.append(_written(directory, each, found, outputs))
        if not made:
            raise OptionRefused(_why_nothing(read, making))
        listed = (*_named_findings(read, named), *findings.listed())
        manifest = _manifest(making, inputs, parts, made, outputs, listed, sessions, is_partial=is_partial)
        platform.write_private(directory / MANIFEST, manifest.as_json())
        there = _renamed(home, directory, manifest.id)
    told("write", len(named), len(named), manifest.id)
    return there or manifest, there is not None


def _manifest(
    making: Making,
    inputs: Sequence["Input"],
    parts: Sequence[Part | None],
    made: list[DatasetInstrument],
    outputs: dict[str, str],
    findings: tuple[Finding, ...],
    sessions: Calendar,
    *,
    is_partial: bool,
) -> DatasetManifest:
    parameters = {
        **making.parameters,
        "calendar_first": str(sessions.first),
        "calendar_last": str(sessions.last),
    }
    if is_partial:
        parameters["partial"] = True
    return DatasetManifest(
        id=making.identity_partial if is_partial else making.identity,
        name=making.name,
        state=PARTIAL if is_partial else COMPLETE,
        interval=making.interval,
        calendar=making.calendar,
        instruments=tuple(made),
        inputs=tuple(_input(each, part) for each, part in zip(inputs, parts, strict=True)),
        parameters=parameters,
        versions={
            **making.decides,
            "python": sys.version.split()[0],
            **{name: version(name) for name in _PACKAGES},
        },
        corporate_actions=CORPORATE_ACTIONS,
        outputs=outputs,
        findings=tuple(finding.as_dict() for finding in findings),
        created_utc=datetime.fromtimestamp(wall_ns() // NS_PER_S, UTC).isoformat(),
    )


def _input(each: "Input", part: Part | None) -> dict[str, Any]:
    return {
        "file": each.path.name,
        "bytes": each.bytes,
        "sha256": each.sha256,
        "schema": "unreadable" if part is None else part.schema,
        "rows": 0 if part is None else sum(part.rows.values()),
    }


def _slice(parts: Sequence[Part], place: int, group: int) -> Slice:
    part = parts[place]
    told = part.groups[group]
    return Slice(
        told.source, part.file, told.interval_ns, told.closes, told.dated,
        part.increments.price_decimals, part.increments.size_decimals,
        _of_group(part.bars, group), _of_group(part.means, group),
    )  # fmt: skip


def _of_group(parts: Parts, group: int) -> Parts:
    first, end = np.searchsorted(parts[0], (group, group + 1))
    return np.array(parts[:, first:end])


def _written(directory: Path, each: Named, found: Assembled, outputs: dict[str, str]) -> DatasetInstrument:
    bars = found.bars
    instrument = DatasetInstrument(
        each.key.exchange, each.key.symbol, found.price_decimals, found.size_decimals,
        each.tick_counts(found.price_decimals), each.currency or "USD", len(bars["open_ns"]),
        len(found.quotes["open_ns"]), int(bars["open_ns"][0]), int(bars["close_ns"][-1]),
    )  # fmt: skip
    for folder, columns, schema in (("bars", bars, BARS), ("quotes", found.quotes, QUOTES)):
        if len(columns["open_ns"]):
            platform.private_directory(directory / folder)
            name = f"{folder}/{instrument.file_name}"
            outputs[name] = write_parquet(directory / name, columns, schema)
    return instrument


def _plain_decimals(found: Assembled) -> int:
    """Fewest decimals whose prices, as 32-bit floats, are these; as many as a run surely holds if none."""
    columns = np.stack([found.bars[name] for name in ("open", "high", "low", "close")])
    prices = columns / 10.0**found.price_decimals
    stored = prices.astype(np.float32)
    for places in range(NANO_DECIMALS):
        if (np.round(prices, places).astype(np.float32) == stored).all():
            return places
    return NANO_DECIMALS


def _named_findings(parts: Sequence[Part], named: Sequence[Named]) -> Iterator[Finding]:
    """What was found while reading, by the instruments' names."""
    names = {(place, group): str(each.key) for each in named for place, group in each.groups}
    for place, part in enumerate(parts):
        for finding in part.findings:
            number = finding.instrument
            yield replace(finding, instrument=names[place, int(number)]) if number else finding


def _why_nothing(parts: Sequence[Part], making: Making) -> str:
    if not any(part.bars.shape[1] for part in parts):
        return "quotes alone make no bars: give a file with trades or bars, too"
    return (
        f"no trade or bar lies in a session of calendar {making.calendar}: "
        "choose another --calendar, or --outside keep"
    )


def _span(parts: Sequence[Part]) -> tuple[int, int]:
    """First and last minute. Raises `ImportRefused` naming the row that lies a lifetime from all others."""
    held = [(part, each) for part in parts for each in (part.bars, part.means) if each.shape[1]]
    if not held:
        raise OptionRefused("no trade, bar or quote in these files: give files with market data")
    first, last = min(int(each[1].min()) for _, each in held), max(int(each[1].max()) for _, each in held)
    if last - first > SPAN_NS_MAX:
        keys = np.concatenate([each[1] for _, each in held])
        middle = int(np.median(keys))
        stray = first if middle - first > last - middle else last
        part, each = next((part, each) for part, each in held if stray in (each[1].min(), each[1].max()))
        row = int(each[Bar.ROW if each.shape[0] == len(Bar) else Mean.ROW, int((each[1] == stray).argmax())])
        raise ImportRefused(
            part.file,
            f"is of {np.datetime64(stray, 'ns').astype('datetime64[s]')} UTC, a lifetime from the others: "
            "repair or drop the row, or map the time",
            row,
        )
    return first, last


def _check_intervals(parts: Sequence[Part], making: Making) -> None:
    for part in parts:
        for group in part.groups:
            if group.interval_ns and making.interval_ns % group.interval_ns:
                raise ImportRefused(
                    part.file,
                    f"holds bars of {group.interval_ns / NS_PER_S:,g} s, no divisor of {making.interval}: "
                    "choose --interval as long or a multiple, or say theirs (--map interval=1d)",
                )


@contextlib.contextmanager
def _directory_beside(home: ResearchHome, identity: str) -> Iterator[Path]:
    making = platform.private_directory(home.cache / MAKING)
    directory = Path(tempfile.mkdtemp(dir=making, prefix=f"{identity}."))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)  # renamed: there is nothing


def _renamed(home: ResearchHome, directory: Path, identity: str) -> DatasetManifest | None:
    """Rename to its identity; the manifest of one that was there first. A damaged one is put away.

    Killed between the two renames, the next start puts the new one in its place (catalog_mend.py).
    """
    final = home.datasets / identity
    if (there := whole_dataset(home, identity)) is not None:
        return there
    damaged = directory.with_name(directory.name + DAMAGED)
    is_anew = final.exists()
    if is_anew:
        final.rename(damaged)
    try:
        directory.rename(final)
    except OSError:
        if (there := whole_dataset(home, identity)) is not None:  # made by another process meanwhile
            return there
        if is_anew:  # what can still be read of it stays
            damaged.rename(final)
        raise
    shutil.rmtree(damaged, ignore_errors=True)
    _sync(home.datasets)
    return None


def _sync(directory: Path) -> None:
    if sys.platform == "win32":  # has no handle of a directory to sync
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
