"""Zones as a person chooses and reads them: the menu's words, this computer's zone, names beside times."""

from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QTimeZone

from core.market.zones import (
    EXCHANGE_ZONE,
    LOCAL_ZONE,
    NEW_YORK_ZONE,
    UTC_ZONE,
    Zone,
    ZoneError,
    offset_s,
    zone_info,
)
from desktop.tr import mark, tr

WORKSPACE_ZONE: Final = "workspace"  # of a panel that has none of its own
UTC_KEYS: Final = ("UTC", "Etc/UTC")
# What menus offer, in their order; any other zone can be typed.
ZONE_CHOICES: Final = (
    (EXCHANGE_ZONE, mark("The exchange's")),
    (NEW_YORK_ZONE, mark("New York")),
    (LOCAL_ZONE, mark("This computer's")),
    (UTC_ZONE, mark("UTC")),
)


@cache
def local_zone_name() -> str:
    """The IANA name of this machine's zone, as of the first question; UTC where it has none."""
    # Qt knows the name on every system, Windows included.
    name = bytes(QTimeZone.systemTimeZoneId().data()).decode("ascii", "replace")
    try:
        return zone_info(name).key
    except ZoneError:
        return UTC_ZONE


def zone_of(choice: str) -> Zone:
    """The zone of a choice. Raises `ZoneError`."""
    return Zone(choice, local_zone_name())


def zone_or(choice: str, of_workspace: Zone) -> Zone:
    """The same, where a panel may also follow its workspace. Raises `ZoneError`."""
    return of_workspace if choice == WORKSPACE_ZONE else zone_of(choice)


def zone_complaint(choice: str) -> str:
    """Why this is no choice, empty when it is one."""
    try:
        Zone(choice)
    except ZoneError:
        return tr("“{name}” is no time zone: choose one, or type a name such as Asia/Tokyo", name=choice)
    return ""


def offset_words(zone: ZoneInfo, offset_min: int) -> str:
    """`UTC`, `New York (UTC−4)`, `Kolkata (UTC+5:30)`."""
    if zone.key in UTC_KEYS:
        return "UTC"
    hours, rest = divmod(abs(offset_min), 60)
    sign = "−" if offset_min < 0 else "+"
    return f"{city_words(zone)} (UTC{sign}{hours}{f':{rest:02d}' if rest else ''})"


def city_words(zone: ZoneInfo) -> str:
    """`UTC`, `New York`."""
    return "UTC" if zone.key in UTC_KEYS else zone.key.rpartition("/")[2].replace("_", " ")


def zone_words(zone: ZoneInfo, at_s: int | None) -> str:
    """`UTC`, or the city with the offset at that time: `New York (UTC−4)`; without a time no offset."""
    return city_words(zone) if at_s is None else offset_words(zone, offset_s(zone, at_s) // 60)


def zone_tag(zone: ZoneInfo, at_s: int) -> str:
    """As short as an axis has room for: `UTC`, `UTC−4`, `UTC+5:30`."""
    return zone_words(zone, at_s).rpartition("(")[2].rstrip(")")


def zones_words(zones: tuple[ZoneInfo, ...], at_s: int | None) -> str:
    """What a column of times says about its zone: one for all rows, or each row its venue's."""
    if len(zones) > 1:
        named = ", ".join(zone_words(zone, at_s) for zone in zones)
        return tr("each in its exchange's zone: {zones}", zones=named)
    return zone_words(zones[0], at_s) if zones else "UTC"
