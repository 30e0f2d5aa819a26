"""Where a run's result comes from, as tables: its spec, the venue, the data, the code, every hash."""

import json
from collections.abc import Iterable
from html import escape
from typing import Any, Final

from core.backtest.dataset import DatasetManifest
from core.backtest.run_files import RunFiles

_FIRST: Final = ("kind", "file")
_INPUTS_MAX: Final = 200  # rows of files or findings; a folder of ticks may have been thousands

Row = tuple[str, Any]


def provenance(run: RunFiles, dataset: DatasetManifest | None) -> list[tuple[str, str]]:
    """Headings with their tables, as HTML."""
    spec, venue, manifest = run.spec, run.spec.venue, run.manifest
    rules: list[Row] = [("Engine", rule) for rule in manifest.rules]
    parts = [
        (
            "Run",
            [
                ("Run", spec.run_id),
                ("Strategy", spec.strategy),
                ("Strategy hash", spec.strategy_hash),
                *((f"Parameter {name}", value) for name, value in spec.parameters.items()),
                ("Instruments", ", ".join(spec.instruments)),
                ("Seed", spec.seed),
                ("Precision", spec.precision),
                ("Code", manifest.code_hash),
                ("Environment", manifest.environment_hash),
                *manifest.environment.items(),
                *((f"Artifact {name}", sha256) for name, sha256 in manifest.artifacts.items()),
            ],
        ),
        (
            "Venue model",
            [
                ("Fees", f"{venue.fees_bps:g} bps of notional, per fill"),
                ("Slippage", f"{venue.k_spread:g} x the minute's mean spread, booked per fill"),
                ("Slippage by chance", f"one tick with probability {venue.prob_slippage:g}"),
                ("Limit orders", f"filled with probability {venue.prob_fill_on_limit:g} when touched"),
                ("Latency", f"{venue.latency_us:,} µs"),
                ("Starting cash", f"{venue.starting_cash:,.2f} {venue.currency}"),
                ("Account", f"{venue.account}, leverage {venue.leverage:g}"),
                *rules,
            ],
        ),
        ("Dataset", _dataset(run, dataset)),
    ]
    tables = [(head, _table(rows)) for head, rows in parts]
    if dataset is not None and dataset.findings:
        tables.append(("What its import reported", _listed(dataset.findings)))
    if dataset is not None and dataset.inputs:
        tables.append(("Inputs of the dataset", _listed(dataset.inputs)))
    return tables


def _dataset(run: RunFiles, dataset: DatasetManifest | None) -> list[Row]:
    if dataset is None:
        return [("Dataset", run.spec.dataset_id), ("Hash", run.spec.dataset_hash), ("State", "gone")]
    return [
        ("Dataset", f"{dataset.name} ({dataset.id})"),
        ("Hash", run.spec.dataset_hash),
        ("State", dataset.state),
        ("Interval", dataset.interval),
        ("Calendar", dataset.calendar),
        ("Corporate actions", dataset.corporate_actions),
        ("Made", dataset.created_utc),
        *((f"Import {name}", value) for name, value in dataset.parameters.items()),
        *dataset.versions.items(),
    ]


def _table(rows: Iterable[Row]) -> str:
    cells = "".join(
        f"<tr><td>{escape(str(name))}</td><td{_mono(value)}>{escape(_text(value))}</td></tr>"
        for name, value in rows
        if value != ""
    )
    return f'<table class="plain">{cells}</table>'


def _listed(entries: Iterable[dict[str, Any]]) -> str:
    """One row an entry; columns are the names that occur, what it is and of which file first."""
    entries = list(entries)
    names = sorted(
        {name for entry in entries for name in entry},
        key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name),
    )
    head = "".join(f"<th>{escape(str(name))}</th>" for name in names)
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{_mono(entry.get(name, ''))}>{escape(_text(entry.get(name, '')))}</td>" for name in names
        )
        + "</tr>"
        for entry in entries[:_INPUTS_MAX]
    )
    more = f"<p>and {len(entries) - _INPUTS_MAX:,} more</p>" if len(entries) > _INPUTS_MAX else ""
    return f'<div class="scroll"><table><tr>{head}</tr>{rows}</table></div>{more}'


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int):
        return f"{value:,}"
    return (
        json.dumps(value, sort_keys=True, ensure_ascii=False)
        if isinstance(value, dict | list)
        else str(value)
    )


def _mono(value: Any) -> str:
    """Hashes in the fixed font."""
    is_hash = (
        isinstance(value, str) and len(value) >= 16 and all(digit in "0123456789abcdef" for digit in value)
    )
    return ' class="mono"' if is_hash else ""
