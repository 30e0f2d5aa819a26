"""What a strategy recorded, series by series, as of any time of the film.

A value belongs to the time it was recorded with: it is known from then on and not before. Series recorded
together share their columns of times. A value that is no finite number is a gap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.columns import Columns, Texts
from core.backtest.recorded_series import ON_PRICE, Described

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
SERIES_MAX: Final = 200  # of what is shown of a run; how many more there are is said
OWN_AXIS: Final = -1
BLOCK: Final = 16


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One name. `ts_ns` ascending; `rows` are those of the film's equity (one a bar's close) that the values
    belong to; `place` of the instrument whose price it is, else `OWN_AXIS`. Make it with `series_of`.
    """

    name: str
    number: int  # what colours go by
    place: int
    ts_ns: I64
    rows: I64
    values: F64  # NaN: a gap
    lows: F64  # lowest and highest of every whole `BLOCK` of values
    highs: F64

    @property
    def is_price(self) -> bool:
        return self.place != OWN_AXIS

    def known(self, time_ns: int) -> int:
        """How many values there were by then."""
        return int(np.searchsorted(self.ts_ns, time_ns, side="right"))

    def value(self, time_ns: int) -> float:
        """The newest one by then; NaN before the first."""
        known = self.known(time_ns)
        return float(self.values[known - 1]) if known else float("nan")


class RecordedSeries:
    """Of one run. `all`: prices, then the rest, in the order of their first values; `left_out` names were
    too many.
    """

    def __init__(self, series: Sequence[Series], left_out: int = 0) -> None:
        self.all = tuple(series)
        self.left_out = left_out
        self._on: dict[int, tuple[Series, ...]] = {}
        for one in self.all:
            if one.is_price:
                self._on[one.place] = (*self._on.get(one.place, ()), one)

    @classmethod
    def of(
        cls,
        columns: Columns,
        names: Texts,
        described: dict[str, Described],
        instruments: tuple[str, ...],
        close_ns: I64,
    ) -> "RecordedSeries":
        """`columns` of `RECORDED` with `name` as places in `names`; `close_ns` of the film's equity."""
        places = {name: place for place, name in enumerate(instruments)}
        codes, found, shared = columns["name"], [], _Shared(close_ns)
        order = np.argsort(codes, kind="stable")
        edges = np.searchsorted(codes[order], np.arange(len(names) + 1))
        kept = [(name, _place(described.get(name), places)) for name in names[:SERIES_MAX]]
        # Prices first: it is they that are looked at together.
        by_place = sorted(range(len(kept)), key=lambda code: (kept[code][1] == OWN_AXIS, code))
        for number, code in enumerate(by_place):
            picked = order[edges[code] : edges[code + 1]]
            ts_ns, values = columns["ts_ns"][picked], columns["value"][picked]
            if len(ts_ns) > 1 and (np.diff(ts_ns) < 0).any():  # any time may be recorded, also an earlier one
                by_time = np.argsort(ts_ns, kind="stable")
                ts_ns, values = ts_ns[by_time], values[by_time]
            name, place = kept[code]
            found.append(series_of(name, number, place, *shared.of(ts_ns), values))
        return cls(found, max(len(names) - SERIES_MAX, 0))

    def on_price(self, place: int) -> tuple[Series, ...]:
        """Those that are prices of an instrument."""
        return self._on.get(place, ())


def _place(said: Described | None, places: dict[str, int]) -> int:
    if said is None or said.on != ON_PRICE:
        return OWN_AXIS
    return places.get(said.instrument, OWN_AXIS)


def series_of(name: str, number: int, place: int, ts_ns: I64, rows: I64, values: F64) -> Series:
    """What is no finite number becomes a gap."""
    values = np.where(np.isfinite(values), values, np.nan)
    blocks = values[: len(values) // BLOCK * BLOCK].reshape(-1, BLOCK)
    lows, highs = np.fmin.reduce(blocks, axis=1), np.fmax.reduce(blocks, axis=1)
    return Series(name, number, place, ts_ns, rows, values, lows, highs)


class _Shared:
    """One column of times, and of rows, for all that were recorded together: looked up once for all."""

    def __init__(self, close_ns: I64) -> None:
        self._close_ns = close_ns
        self._known: list[tuple[I64, I64]] = []

    def of(self, ts_ns: I64) -> tuple[I64, I64]:
        for times, rows in self._known:
            if len(times) == len(ts_ns) and np.array_equal(times, ts_ns):
                return times, rows
        rows = np.searchsorted(self._close_ns, ts_ns, side="left").astype(np.int64)
        self._known.append((ts_ns, rows))
        return ts_ns, rows
