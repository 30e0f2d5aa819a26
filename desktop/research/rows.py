"""A run and a dataset as the desk lists them: plain values, read from the catalog at once and never changed.

Figures are None where there are none. Nothing here reads a file or knows a widget.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from core.backtest.run_files import RunState
from core.backtest.spec import RunSpec
from core.backtest.strategies import BUILT_IN
from desktop.job import Progress

COMMA_FROM: Final = 10_000  # 1200 bars read as well without one
SHORT_ID: Final = 8  # hex digits of a run's id on the screen


@dataclass(frozen=True, slots=True)
class RunError:
    """`text` is one line, such as `ZeroDivisionError: division by zero`; `line` 0: nobody knows."""

    text: str
    file: str = ""
    line: int = 0
    traceback: str = ""

    @property
    def said(self) -> str:
        """`mean.py line 31: ZeroDivisionError: division by zero`."""
        name = self.file.replace("\\", "/").rpartition("/")[2]
        if not name:
            return self.text
        return f"{name} line {self.line}: {self.text}" if self.line else f"{name}: {self.text}"


@dataclass(frozen=True, slots=True)
class RunRow:
    """`created_us` is this computer's time; `figures` are metrics by name (core/backtest/metrics.py)."""

    id: str
    state: RunState
    strategy: str
    parameters: dict[str, Any]
    dataset_id: str
    dataset_name: str
    instruments: tuple[str, ...]
    seed: int = 0
    created_us: int = 0
    is_starred: bool = False
    name: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    figures: dict[str, float | None] = field(default_factory=dict)
    error: RunError | None = None
    progress: Progress | None = None  # of a job of this desk
    interval: str = ""
    spec: RunSpec | None = None
    telling: int = 0  # so many of the first parameters are what tells it from other runs of its strategy

    def with_progress(self, state: RunState, progress: Progress) -> "RunRow":
        return replace(self, state=state, progress=progress)

    @property
    def short_id(self) -> str:
        return self.id[:SHORT_ID]

    @property
    def title(self) -> str:
        """`sma_crossover, EURUSD`."""
        return f"{self.strategy_name}, {self.dataset_name or self.dataset_id}"

    @property
    def strategy_name(self) -> str:
        """`file:mean.py` is `mean.py`."""
        return self.strategy.removeprefix("file:")

    @property
    def is_active(self) -> bool:
        return self.state in (RunState.QUEUED, RunState.RUNNING)

    @property
    def parameter_words(self) -> str:
        """`fast 120, slow 480`."""
        return ", ".join(f"{name} {value_words(value)}" for name, value in self.parameters.items())

    @property
    def parameter_variants(self) -> tuple[str, ...]:
        """The same in less and less room: all of them, those that matter, their values alone: `120 / 480`."""
        items = list(self.parameters.items())
        matter = items[: self.telling] or [item for item in items if item[1] is not False]
        named = ", ".join(f"{name} {value_words(value)}" for name, value in matter)
        return self.parameter_words, named, " / ".join(value_words(value) for _, value in matter)

    def figure(self, name: str) -> float | None:
        return self.figures.get(name)


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """Times are ns since 1970, but for `added_us`; `findings`: how many kinds of defects its import found."""

    id: str
    name: str
    state: str
    interval: str
    calendar: str
    instruments: tuple[str, ...]
    bars: int = 0
    begin_ns: int = 0
    end_ns: int = 0
    size_bytes: int = 0
    added_us: int = 0
    findings: int = 0
    hash: str = ""
    runs: int = 0


def in_order(strategy: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """As the strategy lists its parameters, where it is a built-in one: a spec keeps them by name."""
    described = BUILT_IN.get(strategy)
    names = [each.name for each in described.parameters] if described is not None else []
    known = {name: parameters[name] for name in names if name in parameters}
    return {**known, **{name: value for name, value in parameters.items() if name not in known}}


def settings_words(strategy: str, parameters: Mapping[str, Any]) -> str:
    """`sma_crossover fast 120, slow 480`: what is switched off is not said."""
    items = in_order(strategy, parameters).items()
    said = ", ".join(f"{name} {value_words(value)}" for name, value in items if value is not False)
    return f"{strategy.removeprefix('file:')} {said}".strip()


def value_words(value: object) -> str:
    """A parameter's value: all the digits it has, and no more."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        comma = "," if abs(value) >= COMMA_FROM else ""
        return f"{value:{comma}.15g}".replace("-", "−")
    return str(value)
