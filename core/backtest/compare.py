"""Several runs side by side: equity and drawdown on one time line, what differs in their specs, figures.

Reads the files of finished runs; blocks, so a desk calls it in a thread. Equity before a run's first bar and
after its last is NaN, never a number that was not there. Trades are compared in trade_differences.py.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.columns import ColumnsError
from core.backtest.daily_figures import F64, drawdown_series
from core.backtest.dataset import DatasetError
from core.backtest.home import ResearchHome
from core.backtest.metric_list import METRICS, Metric
from core.backtest.metrics import as_stored, metrics_of
from core.backtest.run_files import RunFiles

RUNS_MAX: Final = 20
_UNSAID: Final = frozenset(("version",))  # of the spec's form, not of the run
# Rounding may make two equal figures differ in their last bits.
_SAME: Final = 1e-12


class CompareError(ValueError):
    """These runs cannot be compared; one line."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting and its value in each run; None where a run has no such setting."""

    name: str  # such as `parameters.fast`, `venue.fees_bps`, `seed`, `code`
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ComparedMetric:
    """A figure and its value in each run, None where undefined. `best`: the runs that are ahead in it."""

    metric: Metric
    values: tuple[float | None, ...]
    best: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`equity` and `drawdown` have the shape (runs, times). `growth` is equity over the starting cash."""

    runs: tuple[RunFiles, ...]
    close_ns: NDArray[np.int64]
    equity: F64
    drawdown: F64
    differing: tuple[Difference, ...]
    common: tuple[tuple[str, Any], ...]
    metrics: tuple[ComparedMetric, ...]

    @property
    def growth(self) -> F64:
        cash = np.array([run.spec.venue.starting_cash for run in self.runs])
        growth: F64 = self.equity / cash[:, None]
        return growth


def compare(home: ResearchHome, run_ids: Sequence[str]) -> Comparison:
    """The runs in the order given. Raises `CompareError`, `ColumnsError`, `OSError`."""
    if len(set(run_ids)) != len(run_ids) or not 2 <= len(run_ids) <= RUNS_MAX:
        raise CompareError(f"compare 2 to {RUNS_MAX} runs, each once")
    runs = tuple(RunFiles.open(home, run_id) for run_id in run_ids)
    close_ns, equity, drawdown = _aligned(runs)
    differing, common = differences([settings_of(run) for run in runs])
    figures = [figures_of(home, run) for run in runs]
    return Comparison(runs, close_ns, equity, drawdown, differing, common, _side_by_side(figures))


def figures_of(home: ResearchHome, run: RunFiles) -> dict[str, float | None]:
    """What metrics.json says, else computed now; nothing where neither can be."""
    try:
        stored: dict[str, float | None] = run.metrics()
    except (OSError, ValueError):
        stored = {}
    if stored:
        return stored
    try:
        return as_stored(metrics_of(home, run).final())
    except (DatasetError, ColumnsError, OSError):
        return {}


# ---- equity ------------------------------------------------------------------------------------------
def _aligned(runs: Sequence[RunFiles]) -> tuple[NDArray[np.int64], F64, F64]:
    columns = [run.read("equity") for run in runs]
    first = columns[0]["close_ns"]
    if all(np.array_equal(each["close_ns"], first) for each in columns[1:]):
        close_ns = first
    else:
        close_ns = np.unique(np.concatenate([each["close_ns"] for each in columns]))
    equity = np.full((len(runs), len(close_ns)), math.nan)
    drawdown = np.full_like(equity, math.nan)
    for number, (run, each) in enumerate(zip(runs, columns, strict=True)):
        if not len(each["close_ns"]):
            continue
        at = np.searchsorted(each["close_ns"], close_ns, side="right") - 1
        seen = (at >= 0) & (close_ns <= each["close_ns"][-1])
        below = drawdown_series(np.concatenate([[run.spec.venue.starting_cash], each["equity"]]))[1:]
        equity[number, seen] = each["equity"][at[seen]]
        drawdown[number, seen] = below[at[seen]]
    return close_ns, equity, drawdown


# ---- settings ----------------------------------------------------------------------------------------
def settings_of(run: RunFiles) -> dict[str, Any]:
    """Everything that decided a run, flat: the spec, and the hashes of the code and packages that ran it."""
    flat: dict[str, Any] = {}
    for name, value in asdict(run.spec).items():
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": each for inner, each in value.items()}
        elif name not in _UNSAID:
            flat[name] = list(value) if isinstance(value, tuple) else value
    return flat | {"code": run.manifest.code_hash, "environment": run.manifest.environment_hash}


def differences(
    settings: Sequence[dict[str, Any]],
) -> tuple[tuple[Difference, ...], tuple[tuple[str, Any], ...]]:
    """What is not the same in all, and what is. A setting of only some differs."""
    names = dict.fromkeys(name for each in settings for name in each)
    differing: list[Difference] = []
    common: list[tuple[str, Any]] = []
    for name in names:
        values = tuple(each.get(name) for each in settings)
        if all(name in each for each in settings) and all(value == values[0] for value in values):
            common.append((name, values[0]))
        else:
            differing.append(Difference(name, values))
    return tuple(differing), tuple(common)


# ---- figures -----------------------------------------------------------------------------------------
def _side_by_side(figures: Sequence[dict[str, float | None]]) -> tuple[ComparedMetric, ...]:
    rows = []
    for metric in METRICS:
        values = tuple(each.get(metric.name) for each in figures)
        rows.append(ComparedMetric(metric, values, _best(metric, values)))
    return tuple(rows)


def _best(metric: Metric, values: Sequence[float | None]) -> tuple[int, ...]:
    known = [value for value in values if value is not None]
    if not metric.better or len(known) < 2:
        return ()
    best = max(known) if metric.better > 0 else min(known)
    ahead = tuple(n for n, value in enumerate(values) if value is not None and _is_same(value, best))
    return () if len(ahead) == len(values) else ahead


def _is_same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_SAME, abs_tol=_SAME)
