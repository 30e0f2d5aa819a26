"""The time zones a person can choose, in words."""

from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desktop.tr import tr

ZONE_CHOICES: Final = (
    ("exchange", "The exchange's"),
    ("America/New_York", "New York"),
    ("local", "This computer's"),
    ("UTC", "UTC"),
)


def zone_complaint(name: str) -> str:
    """Why this is no zone, empty when it is one."""
    if name in (choice for choice, _ in ZONE_CHOICES):
        return ""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return tr("“{name}” is no time zone: choose one, or type a name such as Asia/Tokyo", name=name)
    return ""
