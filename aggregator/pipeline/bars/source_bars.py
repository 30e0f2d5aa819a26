"""A source's own bars as parts of longer ones, for where no trades are known."""

import numpy as np

from core.market.bars import BarColumns
from core.market.fields import NULL
from core.market.intervals import Interval
from core.market.partial_bars import PART_FIELDS, Part, Parts
from core.market.trades import I64

_UNITS = ((86_400, "day", "d"), (3_600, "hour", "h"), (60, "minute", "m"), (1, "second", "s"))


def parts_of_columns(bars: BarColumns) -> Parts:
    """Bars by their own keys; how many trades they hold is not known."""
    parts = np.zeros((PART_FIELDS, len(bars)), np.int64)
    parts[Part.KEY], parts[Part.FIRST_NS], parts[Part.LAST_NS] = bars.key, bars.first_ns, bars.last_ns
    parts[Part.OPEN], parts[Part.HIGH], parts[Part.LOW] = bars.open, bars.high, bars.low
    parts[Part.CLOSE], parts[Part.VOLUME] = bars.close, bars.volume
    parts[Part.OVERTAKEN_NS] = NULL
    return parts


def parts_of_bars(before: list[Parts], events: I64, length_ns: int) -> Parts:
    """What was before and logged events together, by ascending time; of one time the last that came."""
    times, lengths, opened, high, low, close, volume = events[:, events[1] == length_ns]
    later = np.zeros((PART_FIELDS, len(times)), np.int64)
    later[Part.KEY], later[Part.FIRST_NS], later[Part.LAST_NS] = times, times, times + lengths - 1
    later[Part.OPEN], later[Part.HIGH], later[Part.LOW], later[Part.CLOSE] = opened, high, low, close
    later[Part.VOLUME] = volume
    later[Part.OVERTAKEN_NS] = NULL
    parts = np.concatenate((*before, later), axis=1)
    _, newest = np.unique(parts[Part.KEY, ::-1], return_index=True)
    return parts[:, parts.shape[1] - 1 - newest]


def refusal(symbol: str, interval: Interval, length_ns: int) -> str:
    """Why bars of `interval` cannot be made of a source's bars; empty when they can."""
    if interval.is_timed and interval.span_ns % length_ns == 0:
        return ""
    for unit_s, word, letter in _UNITS:
        count, rest = divmod(length_ns, unit_s * 1_000_000_000)
        if count and not rest:
            return f"{symbol} comes as {count}-{word} bars: choose {count}{letter} or longer"
    return f"{symbol} comes as bars of {length_ns / 1e9:g} s, which make no {interval}"
