"""What a strategy wants to be seen: numbers by name, kept in columns while the run goes on.

A strategy either derives from `RecordingStrategy` and calls `record`, or publishes nautilus' own signals;
both end in the same file. The number of values is bounded, what comes after is counted.
"""

from typing import Any, Final

import numpy as np
from nautilus_trader.trading.strategy import Strategy

from core.backtest.columns import Columns

VALUES_MAX: Final = 4_000_000  # about 25 MB as Parquet
SIGNAL_TOPIC: Final = "data.Signal*"


class Recorder:
    """`names` by the order of their first value."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.dropped = 0
        self._row: dict[str, int] = {}
        self._ts_ns: list[int] = []
        self._name: list[int] = []
        self._value: list[float] = []

    def record(self, ts_ns: int, name: str, value: float) -> None:
        """Keep one value; NaN is one as well."""
        row = self._row.get(name)
        if row is None:
            row = self._row[name] = len(self.names)
            self.names.append(name)
        if len(self._value) >= VALUES_MAX:
            self.dropped += 1
            return
        self._ts_ns.append(ts_ns)
        self._name.append(row)
        self._value.append(value)

    def on_signal(self, signal: Any) -> None:
        """Nautilus' own signal, when its value is a number."""
        if isinstance(signal.value, int | float):
            name = type(signal).__name__.removeprefix("Signal")
            self.record(signal.ts_event, name[:1].lower() + name[1:], float(signal.value))

    def columns(self) -> Columns:
        """Columns of `RECORDED`, in the order in which they came."""
        names = np.array(self.names, object)
        return {
            "ts_ns": np.array(self._ts_ns, np.int64),
            "name": names[np.array(self._name, np.intp)],
            "value": np.array(self._value, np.float64),
        }


class RecordingStrategy(Strategy):
    """A nautilus strategy whose `record` costs a fraction of a microsecond.

    The engine hands in the recorder before the start and, when a run has several instruments, the symbol that
    is put behind every name. Outside of Tapedeck `record` does nothing.
    """

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self._recorder: Recorder | None = None
        self._suffix = ""

    def record_into(self, recorder: Recorder | None, suffix: str = "") -> None:
        self._recorder, self._suffix = recorder, suffix

    def record(self, ts_ns: int, **values: float) -> None:
        """Values by name, at a time: `self.record(bar.ts_event, fast=..., slow=...)`."""
        if self._recorder is None:
            return
        for name, value in values.items():
            self._recorder.record(ts_ns, name + self._suffix, value)
