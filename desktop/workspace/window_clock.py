"""The market's time as a window says it: beside the scope and in the band of a session, with its zone."""

from collections.abc import Iterable

from core.market.instruments import Instrument
from core.market.zones import US_PER_S
from core.scope import Scope
from desktop.desk import ClockReading
from desktop.words import clock_minutes, clock_time
from desktop.workspace.app_bar import AppBar
from desktop.workspace.frame_band import FrameBand, band_words
from desktop.zones import zone_of, zone_tag, zone_words


class WindowClock:
    """`zone` is the workspace's choice, `shown` the one zone in which clocks over all its venues go."""

    def __init__(self, bar: AppBar, band: FrameBand, choice: str) -> None:
        self._bar = bar
        self._band = band
        self.set_zone(choice, ())

    def set_zone(self, choice: str, instruments: Iterable[Instrument]) -> None:
        """Raises `ZoneError`."""
        self.zone = zone_of(choice)
        self.follow(instruments)

    def follow(self, instruments: Iterable[Instrument]) -> None:
        """The scope's have changed: the venues' own zone as long as they share one."""
        self.shown = self.zone.common(dict.fromkeys(item.key.exchange for item in instruments))

    def say(self, scope: Scope, clock: ClockReading) -> None:
        zone, at_s = self.shown, clock.time_us // US_PER_S
        self._band.say(None if scope.is_live else band_words(scope, clock, zone))
        at = clock_time if clock.has_seconds else clock_minutes
        self._bar.show_clock(at(clock.time_us, zone), zone_tag(zone, at_s), zone_words(zone, at_s))
