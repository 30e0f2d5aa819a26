"""What `tapedeckd data import|list|verify|prune` do with datasets; the tapes' side is aggregator/recording/.

Speaks to people in lines, to other programs with `--progress json` in one object a line: progress, then
`{"result": ...}` or `{"error", "file", "line"}`.
"""

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from core.backtest.catalog import DatasetRow
    from core.backtest.dataset import DatasetManifest
    from core.backtest.home import ResearchHome
    from core.backtest.importing.importer import Imported, ImportOptions

FAILED: Final = 1
BAD_INPUT: Final = 2
PROGRESS_STEP: Final = 0.005  # of the whole: some 200 lines an import


def import_as_dataset(files: Sequence[Path], options: "ImportOptions", *, as_json: bool) -> None:
    """Import, enter in the catalog, and say what came of it. Exits with 1 or 2 where it cannot."""
    from aggregator.cli import UsageError
    from core.backtest.calendars import CalendarError
    from core.backtest.catalog import Catalog, CatalogError
    from core.backtest.dataset import DatasetError
    from core.backtest.home import ResearchHome
    from core.backtest.importing.importer import import_dataset
    from core.backtest.importing.refused import ImportRefused, OptionRefused
    from core.profile import Profile

    try:
        home = ResearchHome.of(Profile.open())
        with _tidy_end():
            imported = import_dataset(home, files, options, _teller(as_json))
        Catalog(home).add_dataset(imported.manifest)
    except (ImportRefused, OptionRefused, CalendarError, DatasetError) as error:
        if as_json:
            file, row = (error.file, error.row) if isinstance(error, ImportRefused) else ("", None)
            _say_failed(str(error), file, row, BAD_INPUT)
        raise UsageError(str(error)) from error
    except (OSError, CatalogError) as error:
        number = getattr(error, "errno", None)  # Arrow's own words for it are longer than a line
        said = f"dataset {options.name} was not made: {os.strerror(number) if number else error}"
        if as_json:
            _say_failed(said, str(getattr(error, "filename", "") or ""), None, FAILED)
        raise OSError(said) from error
    if as_json:
        _emit({"result": {**_result(imported), "directory": str(home.datasets / imported.manifest.id)}})
    else:
        typer.echo(_imported(imported))


def guess_columns(files: Sequence[Path], changes: dict[str, str]) -> None:
    """Print what would be taken of every file, as JSON, with what is doubtful."""
    from aggregator.cli import UsageError
    from core.backtest.importing.guess import guess_csv, guess_parquet
    from core.backtest.importing.read_file import CSV, DBN, PARQUET, file_kind
    from core.backtest.importing.refused import ImportRefused, OptionRefused
    from core.backtest.importing.said import Said, check_files

    try:
        check_files(files, changes)
    except OptionRefused as error:
        raise UsageError(str(error)) from error
    for path in files:
        try:
            kind = file_kind(path)
            if kind == DBN:
                _emit({"file": path.name, "kind": DBN})
                continue
            found = guess_parquet(path) if kind == PARQUET else guess_csv(path)
            fitted = Said.of(path, changes).fit(found, is_csv=kind == CSV)
        except (ImportRefused, OptionRefused) as error:
            raise UsageError(str(error)) from error
        doubts = (*fitted.lacking, *fitted.doubts, *fitted.told)
        _emit({"file": path.name, "names": fitted.names, "mapping": fitted.mapping.as_dict(),
               "doubts": doubts, "rows": found.rows[:3]})  # fmt: skip


def list_datasets(home: "ResearchHome") -> "tuple[Table | None, list[str]]":
    """(table of the datasets, notes); None: there is none."""
    from core.backtest.catalog import Catalog

    catalog = Catalog(home)
    enter_all(catalog)
    rows = catalog.datasets()
    return (_table(rows), []) if rows else (None, [])


def enter_all(catalog: Any) -> None:
    """The directory is the truth: what lies there and is not in the catalog is entered."""
    from core.backtest.dataset import DatasetError, dataset_there
    from core.backtest.verify import dataset_ids

    known = {row.id for row in catalog.datasets()}
    for identity in dataset_ids(catalog.home):
        if identity in known:
            continue
        try:
            manifest = dataset_there(catalog.home, identity)
        except DatasetError:
            continue  # `data verify` says what is wrong with it
        if manifest is not None and manifest.id == identity:
            catalog.add_dataset(manifest)


def verify_datasets(home: "ResearchHome", ids: Sequence[str]) -> bool:
    """One line a dataset, one on stderr for each defect; whether there was any."""
    from core.backtest.verify import verify_dataset

    defective = False
    for identity in ids:
        verdict = verify_dataset(home, identity)
        for defect in verdict.defects:
            typer.echo(defect, err=True)
        defective |= bool(verdict.defects)
        if verdict.manifest is not None and not verdict.defects:
            bars = sum(each.bars for each in verdict.manifest.instruments)
            typer.echo(f"{verdict.manifest.name} ({identity}): {bars:,} bars are as they were written")
    return defective


def find_dataset(home: "ResearchHome", named: str) -> str | None:
    """Its id, by id, name, or the begin of an id; also one that only lies in the directory."""
    from core.backtest.catalog import Catalog, CatalogError
    from core.backtest.verify import dataset_ids

    if named in dataset_ids(home):
        return named
    catalog = Catalog(home)
    enter_all(catalog)
    try:
        return catalog.find_dataset(named).id
    except CatalogError:
        return None


def prune_datasets(home: "ResearchHome", names: Sequence[str], *, unused: bool, dry_run: bool) -> None:
    """Remove leavings and dead copies; the named datasets; those that no run uses, when asked for."""
    from aggregator.cli import UsageError
    from aggregator.recording.words import size
    from core.backtest import tidy
    from core.backtest.catalog import Catalog, CatalogError

    catalog = Catalog(home)
    enter_all(catalog)
    going = []
    for name in names:
        identity = find_dataset(home, name)
        if identity is None:
            raise UsageError(f"there is no dataset {name} (tapedeckd data list)")
        going.append(identity)
    rows = {row.id: row for row in catalog.datasets()}
    if unused:
        going += [row.id for row in rows.values() if not row.runs and row.id not in going]
    verb = "would go" if dry_run else "gone"
    freed = 0
    for identity in going:
        row = rows.get(identity)
        try:
            freed += (row.bytes if row else 0) if dry_run else catalog.remove_dataset(identity)
        except CatalogError as error:
            raise UsageError(str(error)) from error
        typer.echo(f"{verb}: dataset {row.name if row else ''} ({identity})")
    for what, paths in (
        ("leavings of imports", tidy.leavings(home)),
        ("copies of nothing", tidy.dead_copies(home)),
    ):
        if paths:
            freed += sum(tidy.size_of(path) for path in paths) if dry_run else tidy.remove(paths)
            typer.echo(f"{verb}: {len(paths):,} {what}")
    typer.echo(f"{size(freed)} {'would be' if dry_run else ''} freed".replace("  ", " "))


# ---- words -------------------------------------------------------------------------------------------
def _teller(as_json: bool) -> Any:
    """Progress, at most some 200 times; on a terminal as one line that is written over."""
    last: list[Any] = ["", -1.0]  # phase and share

    def told(phase: str, done: int, total: int, note: str) -> None:
        share = done / total if total else 1.0
        if phase == last[0] and share - last[1] < PROGRESS_STEP and share < 1.0:
            return
        last[:] = phase, share
        if as_json:
            _emit({"phase": phase, "done": done, "total": total, "note": note})
        elif sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{phase} {share:4.0%} {note}" + ("\r\x1b[K" if share >= 1.0 else ""))
            sys.stderr.flush()

    return told


@contextlib.contextmanager
def _tidy_end() -> Iterator[None]:
    """SIGTERM, with which a desk cancels, ends an import as an error does: nothing half-made stays."""

    def end(*_: object) -> None:
        raise SystemExit(FAILED)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _emit(said: dict[str, Any]) -> None:
    typer.echo(json.dumps(said, separators=(",", ":")))


def _say_failed(said: str, file: str, row: int | None, code: int) -> None:
    _emit({"error": said, "file": file, "line": row, "traceback": ""})
    raise typer.Exit(code)


def _result(imported: "Imported") -> dict[str, Any]:
    manifest = imported.manifest
    return {
        "dataset": manifest.id,
        "name": manifest.name,
        "state": manifest.state,
        "existed": imported.existed,
        "bars": sum(each.bars for each in manifest.instruments),
        "instruments": [str(each.key) for each in manifest.instruments],
        "findings": list(manifest.findings),
    }


def _imported(imported: "Imported") -> str:
    from aggregator.recording.words import moment

    manifest = imported.manifest
    there = " was there already" if imported.existed else ""
    lines = [f"dataset {manifest.name} ({manifest.id}){there}: {manifest.state}"]
    begin, end = (
        min(each.begin_ns for each in manifest.instruments),
        max(each.end_ns for each in manifest.instruments),
    )
    bars = sum(each.bars for each in manifest.instruments)
    quotes = sum(each.quotes for each in manifest.instruments)
    lines.append(
        f"  {bars:,} bars of {manifest.interval}, {quotes:,} of them with quotes, "
        f"from {moment(begin)} to {moment(end)} UTC"
    )
    names = [str(each.key) for each in manifest.instruments]
    lines.append(f"  {len(names):,} instruments: {', '.join(names[:8])}{', ...' if len(names) > 8 else ''}")
    lines.append(
        f"  calendar {manifest.calendar} ({manifest.versions['calendar']}); "
        f"corporate actions: {manifest.corporate_actions}"
    )
    lines += [f"  {text}" for text in _findings(manifest)]
    return "\n".join(lines)


def _findings(manifest: "DatasetManifest") -> list[str]:
    from core.backtest.importing.findings import Finding

    names = ("kind", "count", "file", "instrument", "first_row", "first_ns", "note")
    return [Finding(**{name: each[name] for name in names}).text for each in manifest.findings]


def _table(rows: "Sequence[DatasetRow]") -> "Table":
    from rich.table import Table

    from aggregator.recording.words import moment, size

    table = Table(box=None, pad_edge=False)
    table.add_column("dataset", overflow="fold")
    table.add_column("id", no_wrap=True)
    table.add_column("from", no_wrap=True)
    table.add_column("to (UTC)", no_wrap=True)
    for header in ("instruments", "bars", "runs", "size"):
        table.add_column(header, justify="right")
    table.add_column("state")
    for row in rows:
        table.add_row(
            row.name, row.id, moment(row.begin_ns)[:10], moment(row.end_ns)[:10], f"{len(row.instruments):,}",
            f"{row.bars:,}", f"{row.runs:,}", size(row.bytes), row.state,
        )  # fmt: skip
    return table
