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

    from core.backtest.catalog import Catalog, DatasetRow, RunRow
    from core.backtest.dataset import DatasetManifest
    from core.backtest.home import ResearchHome
    from core.backtest.importing.importer import Imported, ImportOptions

FAILED: Final = 1
BAD_INPUT: Final = 2
NAMED_MAX: Final = 8
PROGRESS_STEP: Final = 0.005  # of the whole: some 200 lines an import


def import_as_dataset(files: Sequence[Path], options: "ImportOptions", *, as_json: bool) -> None:
    """Import, enter in the catalog, and say what came of it. Exits with 1 or 2 where it cannot."""
    from aggregator.cli import UsageError
    from core.backtest.calendars import CalendarError
    from core.backtest.catalog import CatalogError
    from core.backtest.dataset import DatasetError
    from core.backtest.home import ResearchHome
    from core.backtest.importing.importer import import_dataset
    from core.backtest.importing.refused import ImportRefused, OptionRefused
    from core.profile import Profile

    try:
        home = ResearchHome.of(Profile.open())
        catalog = open_catalog(home)
        with _tidy_end():
            imported = import_dataset(home, files, options, _teller(as_json))
        catalog.add_dataset(imported.manifest)
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
    from core.backtest.importing.read_file import CSV, DBN, PARQUET, file_kind, source_of
    from core.backtest.importing.refused import ImportRefused, OptionRefused
    from core.backtest.importing.said import Said, by_exact_names, check_files

    try:
        check_files(files, changes)
    except OptionRefused as error:
        raise UsageError(str(error)) from error
    changes = by_exact_names(files, changes)
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
        mapping, doubts = fitted.mapping, (*fitted.lacking, *fitted.doubts, *fitted.told)
        with contextlib.suppress(ImportRefused, OptionRefused):  # what only all rows decide
            source = source_of(path, changes)
            mapping, doubts = source.mapping or mapping, source.doubts
        _emit({"file": path.name, "names": fitted.names, "mapping": mapping.as_dict(),
               "doubts": doubts, "rows": found.rows[:3]})  # fmt: skip


def list_datasets(home: "ResearchHome") -> "tuple[Table | None, list[str]]":
    """(table of the datasets, notes); None: there is none."""
    rows = open_catalog(home).datasets()
    return (_table(rows), []) if rows else (None, [])


def open_catalog(home: "ResearchHome") -> "Catalog":
    """The catalog, with what a killed process left half-done put right and said. Raises `CatalogError`."""
    from core.backtest.catalog import Catalog

    catalog = Catalog(home)
    for said in catalog.mend():
        typer.echo(said, err=True)
    return catalog


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


def find_dataset(catalog: "Catalog", named: str) -> str | None:
    """Its id, by id, name, or the begin of an id; also one that only lies in the directory."""
    from core.backtest.catalog import EntryError
    from core.backtest.verify import dataset_ids

    if named in dataset_ids(catalog.home):
        return named
    try:
        return catalog.find_dataset(named).id
    except EntryError:
        return None


def prune_datasets(
    home: "ResearchHome", names: Sequence[str], *, unused: bool, even_used: bool, dry_run: bool
) -> None:
    """Remove leavings and dead copies; the named datasets; those that no run uses, when asked for."""
    from aggregator.recording.words import size
    from core.backtest import tidy
    from core.backtest.catalog import CatalogError

    catalog = open_catalog(home)
    verb = "would go" if dry_run else "gone"
    freed = 0
    for identity, users in _going(catalog, names, unused=unused, even_used=even_used):
        row = next((row for row in catalog.datasets() if row.id == identity), None)
        try:
            told = {each.id: each.starred for each in users}
            freed += (row.bytes if row else 0) if dry_run else catalog.remove_dataset(identity, told)
        except CatalogError as error:
            raise OSError(str(error)) from error
        without = f": {_users_words(users)} can no longer be played" if users else ""
        typer.echo(f"{verb}: dataset {row.name if row else ''} ({identity}){without}")
    for what, paths in (
        ("leavings of imports", tidy.leavings(home)),
        ("copies of nothing", tidy.dead_copies(home)),
    ):
        if paths:
            freed += sum(tidy.size_of(path) for path in paths) if dry_run else tidy.remove(paths)
            typer.echo(f"{verb}: {len(paths):,} {what}")
    typer.echo(f"{size(freed)} {'would be' if dry_run else ''} freed".replace("  ", " "))


def _going(
    catalog: "Catalog", names: Sequence[str], *, unused: bool, even_used: bool
) -> "list[tuple[str, list[RunRow]]]":
    """Datasets to remove and the runs made of each; all is checked before any goes. Raises `UsageError`."""
    from aggregator.cli import UsageError

    going: list[str] = []
    for name in names:
        identity = find_dataset(catalog, name)
        if identity is None:
            raise UsageError(f"there is no dataset {name} (tapedeckd data list)")
        going.append(identity)
    if unused:
        going += [row.id for row in catalog.datasets() if not row.runs]
    runs = catalog.runs()
    found = [
        (identity, [row for row in runs if row.spec.dataset_id == identity])
        for identity in dict.fromkeys(going)
    ]
    for identity, users in found:
        if users and not even_used:
            raise UsageError(
                f"dataset {identity} is used by {_users_words(users)}: remove them first (tapedeckd backtest "
                "prune), or say --even-used: they keep their figures, but can no longer be played"
            )
    return found


def _users_words(users: "Sequence[RunRow]") -> str:
    """`3 runs, 1 of them starred (1a2b3c4d)`."""
    starred = [row.id[:8] for row in users if row.starred]
    more = f" and {len(starred) - NAMED_MAX:,} more" if len(starred) > NAMED_MAX else ""
    named = f", {len(starred):,} of them starred ({', '.join(starred[:NAMED_MAX])}{more})" if starred else ""
    return f"{len(users):,} run{'s' if len(users) > 1 else ''}{named}"


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
