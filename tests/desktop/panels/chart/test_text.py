"""What a chart says: exact numbers, what a bar lacks, times in the zone that was chosen."""

from zoneinfo import ZoneInfo

import numpy as np

from core.clock import NS_PER_S
from core.market.bar_series import BAR_FIELD_COUNT, BarField
from core.market.bars import BarFlag
from core.market.fields import NULL
from core.market.instruments import InstrumentKey
from core.market.intervals import parse_interval
from core.market.trading_day import TradingDay, trading_day
from desktop.panels.chart.text import (
    LegendRole,
    bar_time_words,
    caption_words,
    crosshair_words,
    legend_parts,
    legend_text,
)

KEY = InstrumentKey("BINANCE", "ETHUSDT")
AT_NS = 1_723_161_411 * NS_PER_S  # Thu 8 Aug 2024 23:56:51 UTC
UTC, NEW_YORK = ZoneInfo("UTC"), ZoneInfo("America/New_York")


def bar(flags: int = 1, volume: int = 561_700) -> np.ndarray:
    values = np.zeros(BAR_FIELD_COUNT, np.int64)
    values[[BarField.KEY, BarField.FIRST_NS]] = AT_NS, AT_NS + 5
    values[[BarField.OPEN, BarField.HIGH, BarField.LOW, BarField.CLOSE]] = 268_102, 268_203, -5, 268_132
    values[BarField.VOLUME], values[BarField.FLAGS] = volume, flags
    return values


def test_the_legend_has_every_value_whole() -> None:
    parts = legend_parts(KEY, parse_interval("3s"), bar(), 2, 3)
    assert legend_text(parts) == "ETHUSDT BINANCE 3s O 2,681.02 H 2,682.03 L −0.05 C 2,681.32 V 561.700"
    assert [part.role for part in parts[:3]] == [LegendRole.SYMBOL, LegendRole.PLACE, LegendRole.LETTER]


def test_what_a_bar_lacks_is_said_beside_it() -> None:
    flags = BarFlag.QUOTE_MID | BarFlag.INCOMPLETE
    text = legend_text(legend_parts(KEY, parse_interval("1m"), bar(flags, NULL), 3, 3))
    assert text.endswith("C 268.132 quotes’ mid incomplete")
    assert " V " not in text
    amended = legend_parts(KEY, parse_interval("1m"), bar(BarFlag.CLOSED | BarFlag.CHANGED), 2, 3)
    assert amended[-1].text == "amended"
    assert amended[-1].role is LegendRole.WORD


def test_without_a_bar_there_is_only_its_name() -> None:
    assert legend_text(legend_parts(KEY, parse_interval("100t"), None, 2, 3)) == "ETHUSDT BINANCE 100t"


def test_the_crosshair_says_the_date_when_it_is_another() -> None:
    three, day = parse_interval("3s"), TradingDay()
    assert bar_time_words(AT_NS, three, UTC, day, AT_NS + NS_PER_S) == "23:56:51"
    assert crosshair_words(bar(), three, UTC, day, AT_NS + 3_600 * NS_PER_S) == "Thu 8 Aug 2024 23:56:51"
    assert bar_time_words(AT_NS, parse_interval("1m"), NEW_YORK, day, AT_NS) == "19:56"
    assert bar_time_words(AT_NS, parse_interval("100t"), NEW_YORK, day, AT_NS) == "19:56:51"


def test_a_bar_by_the_day_has_its_trading_date() -> None:
    cme = trading_day("GLBX")  # 18:56 in Chicago is of the 9th
    assert bar_time_words(AT_NS, parse_interval("1d"), UTC, cme) == "Fri 9 Aug 2024"


def test_a_caption_names_the_zone() -> None:
    assert caption_words(KEY, parse_interval("3s"), UTC, AT_NS, "Replay eth") == (
        "ETHUSDT BINANCE 3s · Thu 8 Aug 2024 23:56:51 UTC · Replay eth"
    )
    assert caption_words(KEY, parse_interval("1h"), NEW_YORK, AT_NS) == (
        "ETHUSDT BINANCE 1h · Thu 8 Aug 2024 19:56:51 New York (UTC−4)"
    )
