"""What a chart says in words: the legend over the bars, the crosshair's time, the caption of a picture.

Every number is exact, with the series' own decimals; what a bar may lack is said beside it. Text at the edge,
nothing else: no Qt, no clock.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from core.clock import NS_PER_S
from core.market.bar_series import BarField
from core.market.bars import BarFlag
from core.market.instruments import InstrumentKey, format_counts
from core.market.intervals import Interval
from core.market.trading_day import TradingDay
from core.market.zones import offsets_s
from desktop.panels.chart.time_ticks import dates_of
from desktop.zones import offset_words

_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LETTERS: Final = (("O", BarField.OPEN), ("H", BarField.HIGH), ("L", BarField.LOW), ("C", BarField.CLOSE))
# In the order they are said; CLOSED is the rule and not worth a word.
FLAG_WORDS: Final = (
    (BarFlag.QUOTE_MID, "quotes’ mid"),
    (BarFlag.OF_BARS, "source’s bars"),
    (BarFlag.INCOMPLETE, "incomplete"),
    (BarFlag.CHANGED, "amended"),
)


class LegendRole(Enum):
    """How a part of the legend is drawn."""

    SYMBOL = "symbol"  # strong, text.primary
    PLACE = "place"  # venue and interval: text.tertiary
    LETTER = "letter"  # O H L C V: text.tertiary
    VALUE = "value"  # text.primary
    WORD = "word"  # what is to be known of the bar: state.late


@dataclass(frozen=True, slots=True)
class LegendPart:
    """A piece of the legend; pieces are told apart by a space, a letter and its value by a narrow one."""

    role: LegendRole
    text: str


def flag_words(flags: int) -> tuple[str, ...]:
    """What is to be known of a bar, in plain words; nothing of one that simply is whole."""
    return tuple(word for flag, word in FLAG_WORDS if flags & flag)


def legend_parts(
    key: InstrumentKey,
    interval: Interval,
    bar: NDArray[np.int64] | None,
    price_decimals: int,
    size_decimals: int,
) -> tuple[LegendPart, ...]:
    """`ETHUSDT  BINANCE 3s  O 2,681.02 H ... V 561.7  incomplete`; `bar` by `BarField`, None without one.

    A bar without volume (of quotes) has no V: nothing is shown as 0 that is not 0.
    """
    parts = [
        LegendPart(LegendRole.SYMBOL, key.symbol),
        LegendPart(LegendRole.PLACE, f"{key.exchange} {interval}"),
    ]
    if bar is None:
        return tuple(parts)
    values = [(letter, format_counts(int(bar[field]), price_decimals)) for letter, field in _LETTERS]
    values.append(("V", format_counts(int(bar[BarField.VOLUME]), size_decimals)))
    for letter, text in values:
        if text:
            parts += [LegendPart(LegendRole.LETTER, letter), LegendPart(LegendRole.VALUE, text)]
    parts += [LegendPart(LegendRole.WORD, word) for word in flag_words(int(bar[BarField.FLAGS]))]
    return tuple(parts)


def legend_text(parts: tuple[LegendPart, ...]) -> str:
    """The legend as one line, for --inspect and a screen reader."""
    return " ".join(part.text for part in parts)


def date_words(date: int) -> str:
    """`Thu 8 Aug 2024` of days since 1970; the same in every locale."""
    when = datetime.fromordinal(719_163 + date)
    return f"{_WEEKDAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"


def bar_time_words(
    open_ns: int, interval: Interval, zone: ZoneInfo, day: TradingDay, beside_ns: int | None = None
) -> str:
    """When a bar begins, as the crosshair says it: `23:56:51`, `14:30`, `Thu 8 Aug 2024 14:30`.

    The date is left out when it is that of `beside_ns` (the last bar's time). A bar by the day has its
    trading date and no time.
    """
    if interval.is_day:
        return date_words(int(dates_of(np.array([open_ns]), zone, day, is_day=True)[0]))
    at = datetime.fromtimestamp(open_ns // NS_PER_S, UTC).astimezone(zone)
    whole_minutes = interval.is_timed and interval.count % 60 == 0
    words = f"{at:%H:%M}" if whole_minutes else f"{at:%H:%M:%S}"
    if beside_ns is not None:
        beside = datetime.fromtimestamp(beside_ns // NS_PER_S, UTC).astimezone(zone)
        if beside.date() == at.date():
            return words
    return f"{_WEEKDAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]} {at.year} {words}"


def crosshair_words(
    bar: NDArray[np.int64], interval: Interval, zone: ZoneInfo, day: TradingDay, last_open_ns: int
) -> str:
    """The tag below the crosshair on a bar (by `BarField`)."""
    return bar_time_words(open_ns_of(bar, interval), interval, zone, day, last_open_ns)


def open_ns_of(bar: NDArray[np.int64], interval: Interval) -> int:
    """When a bar begins: its interval's begin, or its first trade when it counts trades or volume."""
    return int(bar[BarField.KEY if interval.is_timed else BarField.FIRST_NS])


def caption_words(key: InstrumentKey, interval: Interval, zone: ZoneInfo, at_ns: int, scope: str = "") -> str:
    """What a picture is of: `ETHUSDT BINANCE 3s · Thu 8 Aug 2024 23:58:26 UTC · Replay eth-0808`."""
    seconds = np.array([at_ns // NS_PER_S])
    local_s = int((seconds + offsets_s(zone, seconds))[0])
    at = datetime.fromtimestamp(local_s, UTC)
    offset_min = (local_s - int(seconds[0])) // 60
    when = f"{date_words(local_s // 86_400)} {at:%H:%M:%S} {offset_words(zone, offset_min)}"
    return " · ".join(part for part in (f"{key.symbol} {key.exchange} {interval}", when, scope) if part)
