"""A run as one HTML file that anybody can open and keep: figures, charts, monthly returns, provenance.

Nothing in it is fetched from anywhere and nothing runs: no script, no font, no picture from outside. Whatever
comes from a person or a file is escaped. What makes the figures doubtful is said first.
"""

import math
import secrets
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

import numpy as np

from core import platform
from core.backtest import tearsheet_charts as charts
from core.backtest.calendars import ALWAYS, FX
from core.backtest.catalog_rows import RunRow
from core.backtest.columns import Columns, ColumnsError
from core.backtest.daily_figures import F64, drawdown_series
from core.backtest.dataset import COMPLETE, Dataset, DatasetError, DatasetManifest
from core.backtest.home import ResearchHome
from core.backtest.metric_list import METRICS, decimal_text, metric_text
from core.backtest.metrics import RunMetrics, as_stored
from core.backtest.run_files import RunFiles
from core.backtest.tearsheet_data import I64, MonthlyReturns, monthly_returns, trade_histogram
from core.backtest.tearsheet_provenance import provenance
from core.backtest.tearsheet_style import style
from core.backtest.trading_days import PER_YEAR, TradingDays, trading_days
from core.clock import NS_PER_S

KEY_FIGURES: Final = (
    "total_return", "cagr", "max_drawdown", "sharpe", "sortino", "calmar", "trades", "hit_rate",
)  # fmt: skip
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HEAT_EDGES: Final = (0.0025, 0.0125, 0.03)  # of a month's return; the desk's own steps
_DAY_S: Final = 86_400
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class _Run:
    """Everything that is shown, read once."""

    files: RunFiles
    row: RunRow | None
    dataset: DatasetManifest | None
    days: TradingDays
    equity: Columns
    positions: Columns
    figures: dict[str, float | None]
    warnings: tuple[tuple[str, str, str], ...]  # kind (warning, error), word, sentence

    @property
    def cash(self) -> float:
        return self.files.spec.venue.starting_cash


def tear_sheet(
    home: ResearchHome,
    run_id: str,
    row: RunRow | None = None,
    *,
    theme: str = "auto",
    market: str = "western",
) -> str:
    """The HTML of a finished run. `row`: its name, tags and note, if the catalog has it.

    `theme` is auto, dark or light; `market` one of the desk's palettes. Raises `ColumnsError`, `OSError`.
    """
    run = _read(home, run_id, row)
    title = _title(run)
    body = "".join(
        (
            _header(run, title),
            _warnings(run),
            _key_figures(run),
            _section("Equity and drawdown", _equity(run)),
            _section("Monthly returns, %", _months(run)),
            _section("Trades by profit", _trades(run)),
            _section("Exposure", _exposure(run)),
            _section("Figures", _figures(run)),
            *(_section(head, table) for head, table in provenance(run.files, run.dataset)),
        )
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style(theme, market)}</style></head>"
        f"<body><main>{body}{_footer(run)}</main></body></html>\n"
    )


def write_tear_sheet(path: Path, text: str) -> None:
    """Whole or not at all. Raises `OSError`."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("x", encoding="utf-8") as file:
            file.write(text)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


# ---- reading -----------------------------------------------------------------------------------------
def _read(home: ResearchHome, run_id: str, row: RunRow | None) -> _Run:
    files = RunFiles.open(home, run_id)
    columns = {name: files.read(name) for name in ("equity", "fills", "positions")}
    if not len(columns["equity"]["close_ns"]):
        raise ColumnsError(f"run {run_id} has no bar: there is nothing to show")
    warnings: list[tuple[str, str, str]] = []
    dataset: DatasetManifest | None = None
    try:
        opened = Dataset.open(home, files.spec.dataset_id)
        dataset, days = opened.manifest, trading_days(home, opened)
        warnings += _doubts(files, dataset)
    except (DatasetError, ColumnsError, OSError) as error:
        days = _days_of_utc(columns["equity"]["close_ns"])
        warnings.append(("error", "Dataset", f"{error}. Days here are those of UTC, without holidays."))
    if float(columns["equity"]["equity"].min()) <= 0:
        said = "equity fell to 0 or below: no account would have gone on, what follows means little."
        warnings.append(("error", "Ruin", said))
    figures = as_stored(RunMetrics(columns, days, files.spec.venue).final())
    if figures["days"] is not None and figures["days"] < PER_YEAR / 4:
        said = f"{figures['days']:,.0f} trading days: figures a year and ratios say little."
        warnings.append(("warning", "Short", said))
    warnings += _other_figures(files, figures)
    return _Run(files, row, dataset, days, columns["equity"], columns["positions"], figures, tuple(warnings))


def _doubts(files: RunFiles, dataset: DatasetManifest) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    if dataset.state != COMPLETE:
        said = f"the import of {dataset.name} did not finish: parts of its inputs are missing."
        found.append(("error", dataset.state, said))
    if dataset.hash != files.spec.dataset_hash:
        said = "the dataset is not the one of this run: its hash is another."
        found.append(("error", "Dataset", said))
    if dataset.findings:
        said = f"its import reported {len(dataset.findings):,} kinds of defects, listed below."
        found.append(("warning", "Data", said))
    if not any(each.quotes for each in dataset.instruments) and files.spec.venue.k_spread:
        found.append(("warning", "Costs", "the dataset has no quotes: no slippage was charged."))
    if dataset.corporate_actions == "none" and dataset.calendar not in (ALWAYS, FX):
        found.append(("warning", "Prices", "not adjusted for splits and dividends."))
    return found


def _other_figures(files: RunFiles, figures: dict[str, float | None]) -> list[tuple[str, str, str]]:
    """metrics.json may have been changed, or written by another version."""
    try:
        stored = files.metrics()
    except (OSError, ValueError):
        return []
    other = [
        metric.label
        for metric in METRICS
        if metric.name in stored and not _is_same(stored[metric.name], figures.get(metric.name))
    ]
    said = f"metrics.json says otherwise of {', '.join(other)}; here they are computed from the artifacts."
    return [("error", "Figures", said)] if other else []


def _is_same(stored: Any, computed: float | None) -> bool:
    if stored is None or computed is None:
        return stored is computed
    return isinstance(stored, int | float) and math.isclose(stored, computed, rel_tol=1e-6, abs_tol=1e-6)


def _days_of_utc(close_ns: I64) -> TradingDays:
    days = np.unique((close_ns - 1) // (_DAY_S * NS_PER_S))
    return TradingDays(days, days * _DAY_S * NS_PER_S, np.arange(len(days)), PER_YEAR)


# ---- sections ----------------------------------------------------------------------------------------
def _title(run: _Run) -> str:
    spec = run.files.spec
    if run.row is not None and run.row.name:
        return run.row.name
    settings = " ".join(f"{name}={value}" for name, value in spec.parameters.items())
    return f"{spec.strategy} {settings}".strip()


def _header(run: _Run, title: str) -> str:
    spec, manifest = run.files.spec, run.files.manifest
    settings = ", ".join(f"{name} {value}" for name, value in spec.parameters.items())
    data = run.dataset.name if run.dataset is not None else spec.dataset_id
    said = (
        f"{spec.strategy}{f' ({settings})' if settings else ''} on {', '.join(spec.instruments)}, "
        f"{_span(run)}, {manifest.bars:,} bars of {data}"
    )
    lines = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(said)}</p>",
        f'<p class="mono">run {escape(spec.run_id)}</p>',
    ]
    if run.row is not None and run.row.tags:
        tags = "".join(f'<span class="tag">{escape(tag)}</span>' for tag in run.row.tags)
        lines.append(f"<p>{tags}</p>")
    if run.row is not None and run.row.note:
        lines.append(f'<p class="note">{escape(run.row.note)}</p>')
    return f"<section>{''.join(lines)}</section>"


def _span(run: _Run) -> str:
    days = _day_of_bars(run)
    first, last = (np.datetime64(int(day), "D").astype(object) for day in (days[0], days[-1]))
    return f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"


def _warnings(run: _Run) -> str:
    items = "".join(
        f'<li class="{kind}"><b>{escape(word)}</b> {escape(said)}</li>' for kind, word, said in run.warnings
    )
    return f'<ul class="warnings">{items}</ul>' if items else ""


def _key_figures(run: _Run) -> str:
    labels = {metric.name: metric.label for metric in METRICS}
    items = "".join(
        f"<div><dt>{escape(labels[name])}</dt>"
        f"<dd{_coloured(name, run.figures[name])}>{escape(metric_text(name, run.figures[name]))}</dd></div>"
        for name in KEY_FIGURES
    )
    return f'<section><dl class="key">{items}</dl></section>'


def _coloured(name: str, value: float | None) -> str:
    if name not in ("total_return", "cagr") or not value:
        return ""
    return f' class="{"up" if value > 0 else "down"}"'


def _equity(run: _Run) -> str:
    equity = run.equity["equity"]
    below = drawdown_series(np.concatenate([[run.cash], equity]))[1:]
    return charts.equity_chart(equity, below, _day_of_bars(run), run.cash)


def _exposure(run: _Run) -> str:
    share = charts.exposure_share(run.equity["equity"], run.equity["exposure"])
    return charts.exposure_chart(share, _day_of_bars(run))


def _trades(run: _Run) -> str:
    histogram = trade_histogram(run.positions["pnl"][run.positions["closed_ns"] > 0])
    if histogram is None:
        return "<p>No trade was closed.</p>"
    is_cut = histogram.is_cut_low or histogram.is_cut_high
    return charts.trades_chart(histogram) + (
        "<p>The outermost bars hold all beyond them.</p>" if is_cut else ""
    )


def _months(run: _Run) -> str:
    places = run.days.places(run.equity["close_ns"])
    last = np.flatnonzero(np.diff(places, append=places[-1:] + 1))
    values: F64 = np.concatenate([[run.cash], run.equity["equity"][last]])
    years = monthly_returns(run.days.days[places[last]], values)
    head = "".join(f"<th>{month}</th>" for month in ("", *MONTHS, "Year"))
    rows = "".join(_year(each) for each in years)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _year(each: MonthlyReturns) -> str:
    cells = "".join(f'<td class="{_heat(value)}">{_share(value)}</td>' for value in each.months)
    return f'<tr><td>{each.year}</td>{cells}<td class="whole">{_share(each.whole) or "–"}</td></tr>'


def _heat(value: float) -> str:
    if math.isnan(value):
        return "none"
    step = sum(abs(value) >= edge for edge in _HEAT_EDGES)
    return f"heat{3 + step if value > 0 else 3 - step}"


def _share(value: float) -> str:
    """Percent without its sign, which the heading says; empty where the run was not there."""
    if math.isnan(value):
        return ""
    return ("+" if value > 0 else "") + decimal_text(value * 100)


def _figures(run: _Run) -> str:
    half = (len(METRICS) + 1) // 2
    tables = (
        "".join(_row(metric.label, metric_text(metric.name, run.figures[metric.name])) for metric in part)
        for part in (METRICS[:half], METRICS[half:])
    )
    return (
        '<div class="two">' + "".join(f'<table class="figures">{each}</table>' for each in tables) + "</div>"
    )


def _row(label: str, text: str) -> str:
    return f"<tr><td>{escape(label)}</td><td>{escape(text)}</td></tr>"


def _day_of_bars(run: _Run) -> I64:
    days: I64 = run.days.days[run.days.places(run.equity["close_ns"])]
    return days


def _section(head: str, body: str) -> str:
    return f"<section><h2>{escape(head)}</h2>{body}</section>"


def _footer(run: _Run) -> str:
    year = run.days.per_year
    said = (
        "Returns are daily, by the exchange's trading day, the first against the starting cash; a day without"
        f" trade counts as 0; a year has {year} trading days. Trades are round trips that have closed, net of"
        f" costs. Finished {run.files.manifest.finished_utc or 'at an unknown time'}."
        f" Tapedeck {platform.build()}."
    )
    return f"<footer>{escape(said)}</footer>"
