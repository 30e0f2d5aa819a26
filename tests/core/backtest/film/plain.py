"""A film told the long way: plain loops over what a run left, up to a time and no further."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from core.backtest.film.film import Film
from core.market.intervals import Interval
from core.market.trading_day import day_begins, trading_day


def rows(columns: dict[str, Any], by: str, until_ns: int) -> Iterator[dict[str, Any]]:
    """The rows whose time had come."""
    for row in range(len(columns[by])):
        if columns[by][row] <= until_ns:
            yield {name: column[row] for name, column in columns.items()}


def bars(film: Film, place: int, interval: Interval, until_ns: int) -> list[tuple[int, ...]]:
    """(key, open, high, low, close, volume) of every bar, the forming one included."""
    reel, made = film.reels[place], []
    day = trading_day(reel.instrument.key.exchange)
    for bar in rows(reel.columns, "close_ns", until_ns):
        key = bar["open_ns"] // interval.span_ns * interval.span_ns
        if interval.is_day:
            key = day_begins(day, np.array([bar["open_ns"]]))[0]
        if made and made[-1][0] == key:
            _, opened, high, low, _, volume = made.pop()
            high, low, volume = max(high, bar["high"]), min(low, bar["low"]), volume + bar["volume"]
        else:
            opened, high, low, volume = bar["open"], bar["high"], bar["low"], bar["volume"]
        made.append((int(key), int(opened), int(high), int(low), int(bar["close"]), int(volume)))
    return made


def position(film: Film, place: int, until_ns: int) -> tuple[int, float, float, int] | None:
    """Side, quantity, mean entry and since when; None for none."""
    name, held, worth, opened_ns = film.run.spec.instruments[place], 0.0, 0.0, 0
    for fill in rows(film.run.read("fills"), "ts_ns", until_ns):
        if fill["instrument"] != name:
            continue
        signed = int(fill["side"]) * float(fill["quantity"])
        after = held + signed
        if held * after <= 0:  # flat before, flat now, or turned round
            worth, opened_ns = after * float(fill["price"]), int(fill["ts_ns"])
        elif abs(after) > abs(held):
            worth += signed * float(fill["price"])
        else:
            worth *= after / held
        held = after
    return None if not held else (1 if held > 0 else -1, abs(held), worth / held, opened_ns)
