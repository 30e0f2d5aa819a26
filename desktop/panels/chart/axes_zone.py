"""The time zones an axis can be in: by choice, as a zone, and as a word.

UTC, this machine's, the exchange's, or any by its IANA name. Nothing here reads a clock.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from PySide6.QtCore import QTimeZone

from core.clock import NS_PER_S
from core.market.trading_day import TradingDay
from desktop.panels.chart.text import offset_words

UTC_ZONE: Final = "UTC"
LOCAL_ZONE: Final = "local"
EXCHANGE_ZONE: Final = "exchange"
NEW_YORK_ZONE: Final = "America/New_York"
# What the menu offers, in its order, with the menu's words.
ZONE_CHOICES: Final = (
    (UTC_ZONE, "UTC"),
    (LOCAL_ZONE, "This computer's"),
    (EXCHANGE_ZONE, "The exchange's"),
    (NEW_YORK_ZONE, "New York"),
)


class ZoneError(ValueError):
    """Not a time zone; one line that says what is."""


@lru_cache(maxsize=64)
def zone_named(choice: str, day: TradingDay) -> ZoneInfo:
    """The zone of a choice (`UTC`, `local`, `exchange` or an IANA name). Raises `ZoneError`."""
    if choice == EXCHANGE_ZONE:
        return ZoneInfo(day.zone)
    if choice == LOCAL_ZONE:
        try:  # Qt knows the IANA name on every system, Windows included
            return ZoneInfo(bytes(QTimeZone.systemTimeZoneId().data()).decode("ascii"))
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo(UTC_ZONE)
    try:
        return ZoneInfo(choice)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ZoneError(
            f"“{choice}” is no time zone: use UTC, local, exchange or a name such as America/New_York"
        ) from error


def zone_words(zone: ZoneInfo, at_ns: int) -> str:
    """`UTC`, or the city with the offset at that time: `New York (UTC−4)`."""
    offset = datetime.fromtimestamp(at_ns // NS_PER_S, UTC).astimezone(zone).utcoffset() or timedelta()
    return offset_words(zone, round(offset.total_seconds() / 60))


def zone_tag(zone: ZoneInfo, at_ns: int) -> str:
    """As short as an axis has room for: `UTC`, `UTC−4`, `UTC+5:30`."""
    return zone_words(zone, at_ns).rpartition("(")[2].rstrip(")")
