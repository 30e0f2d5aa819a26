"""The catalog's rows as the desk lists them."""

from core.backtest.catalog import DatasetRow as CatalogDataset
from core.backtest.catalog import RunRow as CatalogRun
from core.clock import NS_PER_US
from desktop.research.rows import DatasetRow, RunError, RunRow, in_order


def run_row(row: CatalogRun, interval: str) -> RunRow:
    """`interval` is that of its dataset."""
    spec = row.spec
    error = RunError(row.error, row.error_file, row.error_line, row.traceback) if row.error else None
    return RunRow(
        id=row.id,
        state=row.state,
        strategy=spec.strategy,
        parameters=in_order(spec.strategy, spec.parameters),
        dataset_id=spec.dataset_id,
        dataset_name=row.dataset_name,
        instruments=spec.instruments,
        seed=spec.seed,
        created_us=row.queued_ns // NS_PER_US,
        is_starred=row.starred,
        name=row.name,
        tags=row.tags,
        note=row.note,
        figures=dict(row.metrics),
        error=error,
        interval=interval,
        spec=spec,
    )


def dataset_row(row: CatalogDataset) -> DatasetRow:
    return DatasetRow(
        id=row.id,
        name=row.name,
        state=row.state,
        interval=row.interval,
        calendar=row.calendar,
        instruments=row.instruments,
        bars=row.bars,
        begin_ns=row.begin_ns,
        end_ns=row.end_ns,
        size_bytes=row.bytes,
        added_us=row.added_ns // NS_PER_US,
        findings=row.findings,
        hash=row.hash,
        runs=row.runs,
    )
