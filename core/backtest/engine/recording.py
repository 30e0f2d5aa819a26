"""What a strategy wants to be seen: numbers by name, kept in columns while the run goes on.

A strategy either derives from `RecordingStrategy` and calls `record`, or publishes nautilus' own signals;
both end in the same file, by time. `describe` says which of them are prices, and of which instrument. The
number of values is bounded, what comes after is counted.
"""

import sys
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from nautilus_trader.trading.strategy import Strategy

from core.backtest.columns import Columns
from core.backtest.engine.errors import StrategyError
from core.backtest.recorded_series import DRAWN_ON, ON_PRICE, Described

VALUES_MAX: Final = 4_000_000  # about 40 MB as Parquet at the very most
SIGNAL_TOPIC: Final = "data.Signal*"


class Recorded:
    """Rows of equal names: a time each, and as many values as there are names."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.ts_ns = array("q")
        self.values = array("d")

    def rows(self) -> tuple[Any, Any, Any]:
        """(times, names, values), one entry a value, in the order in which they came."""
        times = np.repeat(np.array(self.ts_ns, np.int64), len(self.names))
        names = np.tile(np.array(self.names, object), len(self.ts_ns))
        return times, names, np.array(self.values, np.float64)


class Sink:
    """What one strategy records; `suffix` is put behind every name. `instruments` of the run by their ids."""

    def __init__(self, suffix: str, values_max: int, instruments: Mapping[Any, str]) -> None:
        self.suffix = suffix
        self.dropped = 0
        self.described: dict[str, Described] = {}
        self._instruments = instruments
        self._room = values_max
        self._blocks: dict[tuple[str, ...], Recorded] = {}
        self._names: tuple[str, ...] = ()
        self._block = Recorded(())

    def record(self, ts_ns: int, values: dict[str, float]) -> None:
        """Usually the same names bar after bar: then this is two appends."""
        names = tuple(values)
        if names != self._names:
            self._names = names
            self._block = self._blocks.setdefault(
                names, Recorded(tuple(name + self.suffix for name in names))
            )
        if self._room < len(names):
            self.dropped += len(names)
            return
        self._room -= len(names)
        self._block.values.extend(values.values())
        self._block.ts_ns.append(ts_ns)

    def describe(self, name: str, on: str, instrument_id: Any) -> None:
        """None: the run's only instrument. Raises `ValueError` for a price of an instrument it has not."""
        instrument = ""
        if on == ON_PRICE:
            if instrument_id is None and len(self._instruments) == 1:
                instrument_id = next(iter(self._instruments))
            if instrument_id not in self._instruments:
                of = "several instruments" if instrument_id is None else str(instrument_id)
                raise ValueError(
                    f"{name} is described as a price of {of}: name one that the run trades with "
                    "describe(..., instrument_id=...)"
                )
            instrument = self._instruments[instrument_id]
        self.described[name + self.suffix] = Described(on, instrument)

    @property
    def blocks(self) -> list[Recorded]:
        return list(self._blocks.values())


class Recorder:
    """All that a run records. `instruments` of the run, their names by nautilus' ids."""

    def __init__(self, instruments: Mapping[Any, str], values_max: int = VALUES_MAX) -> None:
        self._instruments, self._values_max = instruments, values_max
        self._sinks: list[Sink] = []
        self._signals = self.sink("")

    @property
    def dropped(self) -> int:
        return sum(sink.dropped for sink in self._sinks)

    def sink(self, suffix: str) -> Sink:
        self._sinks.append(Sink(suffix, self._values_max, self._instruments))
        return self._sinks[-1]

    def on_signal(self, signal: Any) -> None:
        """Nautilus' own signal, when its value is a number."""
        if isinstance(signal.value, int | float):
            name = type(signal).__name__.removeprefix("Signal")
            self._signals.record(signal.ts_event, {name[:1].lower() + name[1:]: float(signal.value)})

    @property
    def described(self) -> dict[str, Described]:
        """What is known of the series, by name."""
        return {name: said for sink in self._sinks for name, said in sink.described.items()}

    def columns(self) -> Columns:
        """Columns of `RECORDED`, by time; at one time in the order of instruments and first use."""
        parts = [block.rows() for sink in self._sinks for block in sink.blocks]
        if not parts:
            return {"ts_ns": np.zeros(0, np.int64), "name": np.zeros(0, object), "value": np.zeros(0)}
        times, names, values = (np.concatenate(each) for each in zip(*parts, strict=True))
        if len(parts) > 1:
            order = np.argsort(times, kind="stable")
            times, names, values = times[order], names[order], values[order]
        return {"ts_ns": times, "name": names, "value": values}


class RecordingStrategy(Strategy):
    """A nautilus strategy whose `record` costs a fraction of a microsecond.

    The engine hands in where to before the start; outside of Tapedeck `record` does nothing.
    """

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self._sink: Sink | None = None
        self._described: list[tuple[tuple[str, str, Any], str, int]] = []  # before there was a sink; where

    def record_into(self, sink: Sink | None) -> None:
        """Raises `StrategyError` for what is described as a price of no instrument of the run."""
        self._sink = sink
        if sink is not None:
            for said, file, line in self._described:
                try:
                    sink.describe(*said)
                except ValueError as error:
                    raise StrategyError(f"ValueError: {error}", Path(file), line) from error

    def describe(self, *names: str, on: str = ON_PRICE, instrument_id: Any = None) -> None:
        """Where to draw what is recorded by these names: `on="price"` over the bars of an instrument (that
        of the configuration unless another is named), `on="own"` with an axis of its own, as everything
        that is not described. Say it in `__init__` or `on_start`. Raises `ValueError`.
        """
        if on not in DRAWN_ON:
            raise ValueError(f"describe(..., on={on!r}): use {' or '.join(map(repr, DRAWN_ON))}")
        of = instrument_id or getattr(self.config, "instrument_id", None)
        said_by = sys._getframe(1)  # a line of `__init__` is not in the traceback once there is a sink
        for name in names:
            self._described.append(((name, on, of), said_by.f_code.co_filename, said_by.f_lineno))
            if self._sink is not None:
                self._sink.describe(name, on, of)

    def record(self, ts_ns: int, **values: float) -> None:
        """Values by name, at a time: `self.record(bar.ts_event, fast=..., slow=...)`."""
        if self._sink is not None:
            self._sink.record(ts_ns, values)
