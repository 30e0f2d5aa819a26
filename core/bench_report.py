"""What every bench hands back: one report object, timed so that machines can be compared.

Peers and floors run in the same call and interleaved, so a busy neighbour slows all of them; figures are
medians. `machine_factor` times one fixed NumPy + Python kernel against the reference machine: absolute
goals are multiplied by it. Nothing here prints or decides what is measured.
"""

import gc
import json
import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.clock import NS_PER_US, monotonic_ns

# Median of the kernel on the reference machine (2 cores of an AMD EPYC, CPython 3.11).
KERNEL_REFERENCE_US: Final = 2_300.0
REPEATS_FULL: Final = 5
REPEATS_QUICK: Final = 3


@dataclass(frozen=True, slots=True)
class Result:
    """One line of a report. `goal` is already scaled; `ok` is None for a recorded figure without a goal."""

    metric: str
    value: float | None
    unit: str
    goal: float | None = None
    ok: bool | None = None
    peer: float | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """`{"name", "machine", "results": [...]}` as every `bench` command writes it."""

    name: str
    machine: Mapping[str, Any]
    results: Sequence[Result] = field(default_factory=tuple)

    @property
    def ok(self) -> bool:
        """No result missed its goal."""
        return all(result.ok is not False for result in self.results)

    def to_json(self) -> str:
        results = [asdict(result) for result in self.results]
        return json.dumps({"name": self.name, "machine": dict(self.machine), "results": results}, indent=2)

    def write(self, path: Path) -> None:
        """Write the report as JSON; raises OSError."""
        path.write_text(self.to_json() + "\n", encoding="utf-8")


def at_most(
    metric: str,
    value: float | None,
    unit: str,
    goal: float,
    *,
    peer: float | None = None,
    ratio: float | None = None,
) -> Result:
    """A result that is good when small. No value (a peer or a child is missing) is a miss."""
    return Result(metric, value, unit, goal, value is not None and bool(value <= goal), peer, ratio)


def at_least(
    metric: str,
    value: float | None,
    unit: str,
    goal: float,
    *,
    peer: float | None = None,
    ratio: float | None = None,
) -> Result:
    """A result that is good when large. No value is a miss."""
    return Result(metric, value, unit, goal, value is not None and bool(value >= goal), peer, ratio)


def recorded(
    metric: str, value: float | None, unit: str, *, peer: float | None = None, ratio: float | None = None
) -> Result:
    """A result without a goal."""
    return Result(metric, value, unit, None, None, peer, ratio)


def describe_machine(repeats: int = REPEATS_FULL, kernel_us: float | None = None) -> dict[str, Any]:
    """System, Python, cores and `factor`: how much slower this machine is than the reference.

    A bench that has timed `kernel` among its own work gives its median, taken in the same seconds.
    """
    factor = machine_factor(repeats) if kernel_us is None else kernel_us / KERNEL_REFERENCE_US
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "cores": os.cpu_count(),
        "factor": round(factor, 3),
    }


def machine_factor(repeats: int = REPEATS_FULL) -> float:
    """Time of the kernel here over its time on the reference machine: above 1 is slower."""
    return interleaved_medians({"kernel": kernel}, repeats)["kernel"] / KERNEL_REFERENCE_US


def kernel() -> int:
    """Half NumPy on small columns, half plain Python: the mix that the product lives on."""
    column = np.arange(20_000, dtype=np.int64)
    total = 0
    for step in range(1, 21):
        scattered = (column * 7_919 + step) % 20_000
        column[scattered] += step
        total += int(column.sum())
    counts: dict[int, int] = {}
    for number in range(6_000):
        counts[number & 255] = counts.get(number & 255, 0) + number
    return total + sum(counts.values())


def interleaved_medians(
    work: Mapping[str, Callable[[], object]],
    repeats: int = REPEATS_FULL,
    slice_us: float = 20_000.0,
) -> dict[str, float]:
    """Median microseconds of one call of each, in the order a, b, c, a, b, c...

    Each turn calls one function often enough to fill about `slice_us`; the garbage collector rests meanwhile.
    """
    calls = {name: _calls_for(function, slice_us) for name, function in work.items()}
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(repeats):
        for name, function in work.items():
            times[name].append(time_us(function, calls[name]))
    return {name: statistics.median(figures) for name, figures in times.items()}


def time_us(function: Callable[[], object], calls: int = 1) -> float:
    """Microseconds of one call, averaged over `calls` in a row."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        begin_ns = monotonic_ns()
        for _ in range(calls):
            function()
        return (monotonic_ns() - begin_ns) / NS_PER_US / calls
    finally:
        if was_enabled:
            gc.enable()


def _calls_for(function: Callable[[], object], slice_us: float) -> int:
    function()  # warm caches and imports
    once_us = min(time_us(function) for _ in range(2))
    return max(1, min(100_000, round(slice_us / max(once_us, 0.05))))
