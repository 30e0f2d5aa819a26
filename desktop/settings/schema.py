"""Every setting of the desk: the values a person has chosen, and what the dialog and the file know of each.

One place for both: a field of `DeskSettings` is its default, the entry of that key in `SETTINGS` its words
and its limits. A test holds the two together, and with docs/settings.md.
"""

from dataclasses import dataclass, fields
from typing import Final

from desktop.paint.theme import TEXT_PERCENTS
from desktop.settings.complaints import credentials_complaint, interval_complaint, server_complaint
from desktop.settings.setting import Setting, Value
from desktop.zones import ZONE_CHOICES, zone_complaint

LOOK: Final = "Look"
NUMBERS: Final = "Numbers and time"
GRID: Final = "Grid"
CHARTS: Final = "Charts"
KEYBOARD: Final = "Keyboard"
CONNECTION: Final = "Connection"
MESSAGES: Final = "Messages"
STARTUP: Final = "Startup"
HEALTH: Final = "Health"
GROUPS: Final = (LOOK, NUMBERS, GRID, CHARTS, KEYBOARD, CONNECTION, MESSAGES, STARTUP, HEALTH)


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """What holds now. The values here are the defaults."""

    theme: str = "dark"
    market_palette: str = "western"
    density: str = "normal"
    text_percent: str = "100"
    flash: bool = True
    flash_ms: int = 300
    zone: str = "exchange"
    rank_every_ms: int = 1_000
    chart_interval: str = "3s"
    chart_style: str = "candles"
    server: str = ""
    credentials_file: str = ""
    info_s: int = 4
    warning_s: int = 8
    start_with: str = "own"
    untended_s: int = 60
    own_warnings: bool = True


SETTINGS: Final[tuple[Setting, ...]] = (
    Setting(
        "theme", LOOK, "Theme", "Dark, light, or as the system has it now.", "choice",
        (("dark", "Dark"), ("light", "Light"), ("system", "Follow the system")),
    ),
    Setting(
        "market_palette", LOOK, "Up and down", "Colours of rises and falls; a sign always goes with them.",
        "choice",
        (
            ("western", "Green up, red down"), ("chinese", "Red up, green down"),
            ("colour_blind", "Blue up, orange down"),
        ),
    ),
    Setting(
        "density", LOOK, "Density", "Height of rows and size of their text.", "choice",
        (("compact", "Compact"), ("normal", "Normal"), ("comfortable", "Comfortable")),
    ),
    Setting(
        "text_percent", LOOK, "Text size", "All text, and what holds it, in each density.", "choice",
        tuple((str(percent), f"{percent} %") for percent in TEXT_PERCENTS),
    ),
    Setting("flash", LOOK, "Flash changes", "A cell lights up for a moment when its value changes.", "bool"),
    Setting(
        "flash_ms", LOOK, "Flash length", "How long a changed cell stays lit.", "int", low=100, high=2_000,
        unit="ms", step=50,
    ),
    Setting(
        "zone", NUMBERS, "Time zone of workspaces without one",
        "Of clocks, axes and time columns; any zone by its name, such as Asia/Tokyo.", "zone", ZONE_CHOICES,
        high=64, complaint=zone_complaint,
    ),
    Setting(
        "rank_every_ms", GRID, "Re-sort at most every", "Sorted rows stand still in between.",
        "int", low=250, high=60_000, unit="ms", step=250,
    ),
    Setting(
        "chart_interval", CHARTS, "Interval of new charts",
        "Such as 5s, 1m, 4h or 1d; 100t for bars of trades.", "text", high=12, complaint=interval_complaint,
    ),
    Setting(
        "chart_style", CHARTS, "Style of new charts", "How a bar is drawn.", "choice",
        (("candles", "Candles"), ("bars", "Bars"), ("line", "Line"), ("heikin_ashi", "Heikin-Ashi")),
    ),
    Setting(
        "server", CONNECTION, "Server",
        "Of \"Connect to a server\": nats://host:port, several with commas.", "text",
        high=500, complaint=server_complaint,
    ),
    Setting(
        "credentials_file", CONNECTION, "Credentials file",
        "The path of what the server's operator gave you.", "text",
        high=1_000, complaint=credentials_complaint,
    ),
    Setting(
        "info_s", MESSAGES, "Notices stand", "In the bar; all messages are kept in the list.", "int", low=1,
        high=60, unit="s",
    ),
    Setting(
        "warning_s", MESSAGES, "Warnings stand", "Errors stay until they are read.", "int", low=2, high=120,
        unit="s",
    ),
    Setting(
        "start_with", STARTUP, "Start with", "What the desk connects to when the command line says nothing.",
        "choice",
        (
            ("own", "This computer's market"), ("server", "The server under Connection"),
        ),
    ),
    Setting(
        "untended_s", HEALTH, "Slow windows down after",
        "Without focus and without the mouse a window then paints 15 times a second; 0 is never.", "int",
        low=0, high=3_600, unit="s", step=30,
    ),
    Setting(
        "own_warnings", HEALTH, "Warn of the desk itself",
        "Slow frames, standstills, dropped messages and growing memory become messages.", "bool",
    ),
)  # fmt: skip

BY_KEY: Final = {setting.key: setting for setting in SETTINGS}
DEFAULTS: Final = DeskSettings()
assert list(BY_KEY) == [field.name for field in fields(DeskSettings)]


def value_of(settings: DeskSettings, key: str) -> Value:
    """The value of a key."""
    value: Value = getattr(settings, key)
    return value
