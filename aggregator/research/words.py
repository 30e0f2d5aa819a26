"""Runs as a person reads them on a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from aggregator.recording.words import duration, moment
from core.backtest.catalog_rows import RunRow
from core.backtest.columns import ColumnsError
from core.backtest.home import ResearchHome
from core.backtest.metric_list import METRIC_OF, METRICS, metric_text
from core.backtest.run_files import RunFiles, RunState

if TYPE_CHECKING:
    from rich.table import Table

_COLUMNS: Final = ("total_return", "sharpe", "max_drawdown", "trades")
_LABEL_WIDTH: Final = 26


def runs_table(rows: Sequence[RunRow], sorted_by: str | None = None) -> "Table":
    """One line a run; the figure they are sorted by comes last if it is not shown anyway."""
    from rich.table import Table
    from rich.text import Text

    figures = [*_COLUMNS, *([sorted_by] if sorted_by and sorted_by not in _COLUMNS else [])]
    table = Table(box=None, pad_edge=False)
    table.add_column("run", no_wrap=True)
    for header in ("name", "strategy", "dataset"):
        table.add_column(header, overflow="fold")
    table.add_column("state", no_wrap=True)
    for name in figures:
        table.add_column(METRIC_OF[name].label.lower(), justify="right", no_wrap=True)
    table.add_column("tags", overflow="fold")
    for row in rows:
        cells = [
            row.id + (" ★" if row.starred else ""),
            row.name,
            f"{row.spec.strategy} {parameters(row)}".strip(),
            row.dataset_name or row.spec.dataset_id,
            row.state.value,
            *(metric_text(name, row.metrics.get(name)) if row.metrics else "" for name in figures),
            ", ".join(row.tags),
        ]
        table.add_row(*(Text(cell) for cell in cells))  # a person's words are no markup
    return table


def parameters(row: RunRow) -> str:
    """`fast=20 slow=80`."""
    return " ".join(f"{name}={value}" for name, value in row.spec.parameters.items())


def shown(home: ResearchHome, row: RunRow) -> str:
    """Everything there is to say of a run, in lines."""
    spec, venue = row.spec, row.spec.venue
    said = [
        ("run", row.id + (" ★" if row.starred else "")),
        ("name", row.name),
        ("state", row.state.value + (f": {row.error}" if row.error else "")),
        ("where", f"{row.error_file}, line {row.error_line}" if row.error_file else ""),
        ("tags", ", ".join(row.tags)),
        ("note", row.note),
        ("strategy", f"{spec.strategy} {parameters(row)}".strip()),
        ("dataset", f"{row.dataset_name or 'not in the catalog'} ({spec.dataset_id})"),
        ("instruments", ", ".join(spec.instruments)),
        ("from", moment(spec.begin_ns) or "the first bar"),
        ("to", moment(spec.end_ns) or "the last bar"),
        ("seed", str(spec.seed)),
        ("precision", spec.precision),
        ("fees", f"{venue.fees_bps:g} bps"),
        ("slippage", f"{venue.k_spread:g} x mean spread, {venue.prob_slippage:g} of a tick by chance"),
        ("latency", f"{venue.latency_us:,} us"),
        ("limit orders", f"filled with probability {venue.prob_fill_on_limit:g} when touched"),
        ("account", f"{venue.account}, leverage {venue.leverage:g}"),
        ("starting cash", f"{venue.starting_cash:,.2f} {venue.currency}"),
        ("queued", moment(row.queued_ns)),
        ("took", duration(row.started_ns, row.finished_ns) if row.started_ns and row.finished_ns else ""),
    ]
    lines = [_line(label, text) for label, text in said if text]
    if row.metrics:
        lines += ["", *(_figure(row, name) for name in [metric.name for metric in METRICS])]
        lines += [_figure(row, name) for name in sorted(row.metrics.keys() - METRIC_OF.keys())]
    if row.state is RunState.DONE:
        lines += ["", *_files(home, row)]
    if row.traceback:
        lines += ["", row.traceback.rstrip()]
    return "\n".join(lines)


def _figure(row: RunRow, name: str) -> str:
    label = METRIC_OF[name].label if name in METRIC_OF else name
    return _line(label, metric_text(name, row.metrics.get(name)))


def _files(home: ResearchHome, row: RunRow) -> list[str]:
    try:
        run = RunFiles.open(home, row.id)
    except ColumnsError as error:
        return [f"files: {error}"]
    manifest = run.manifest
    return [
        _line("files", str(run.directory)),
        _line("bars", f"{manifest.bars:,} from {moment(manifest.begin_ns)} to {moment(manifest.end_ns)} UTC"),
        _line("code", manifest.code_hash),
        _line("environment", manifest.environment_hash),
        *(_line(name, sha256) for name, sha256 in manifest.artifacts.items()),
        *(_line("rule", rule) for rule in manifest.rules),
    ]


def _line(label: str, text: str) -> str:
    return f"{label:<{_LABEL_WIDTH}}{text.replace(chr(10), chr(10) + ' ' * _LABEL_WIDTH)}"
