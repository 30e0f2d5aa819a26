"""Who holds which bar series until when, and how fast. Bounded; time is an argument in monotonic ns."""

from collections.abc import Mapping
from typing import Final

from aggregator.pipeline.cadence import SPACING_FOCUSED_MS, SPACING_MS
from aggregator.pipeline.groups import DESKS_MAX
from core.clock import NS_PER_S
from core.market.instruments import InstrumentKey
from core.market.intervals import Interval

HOLD_S: Final = 5  # desks lease every second; building a series anew costs more than some messages too many
KEYS_MAX: Final = 4_096

SeriesKey = tuple[InstrumentKey, Interval]


class BarLeases:
    """`desk` is any text that names a desk. Requests for pages hold a series, too."""

    def __init__(self) -> None:
        self._desks: dict[str, tuple[int, Mapping[SeriesKey, int]]] = {}
        self._until_ns: dict[SeriesKey, int] = {}

    def __contains__(self, desk: str) -> bool:
        return desk in self._desks

    def renew(self, desk: str, spacings_ms: Mapping[SeriesKey, int], now_ns: int) -> None:
        """What a desk holds now, and the spacing it asks for. Too many desks: this one holds nothing."""
        self._desks = {name: held for name, held in self._desks.items() if held[0] > now_ns}
        if desk not in self._desks and len(self._desks) >= DESKS_MAX:
            return
        self._desks[desk] = (now_ns + HOLD_S * NS_PER_S, dict(spacings_ms))
        if len(self._until_ns) > KEYS_MAX:
            self._until_ns = {key: until for key, until in self._until_ns.items() if until > now_ns}
        for key in spacings_ms:
            self.touch(key, now_ns)

    def touch(self, key: SeriesKey, now_ns: int) -> None:
        """Somebody wants the series."""
        self._until_ns[key] = now_ns + HOLD_S * NS_PER_S

    def is_held(self, key: SeriesKey, now_ns: int) -> bool:
        """Whether the series is to be served; one that is not is forgotten."""
        if self._until_ns.get(key, 0) > now_ns:
            return True
        self._until_ns.pop(key, None)
        return False

    def spacing_ms(self, key: SeriesKey, now_ns: int) -> int:
        """16 when any desk asks for 16 or less, else 33."""
        for until_ns, spacings_ms in self._desks.values():
            if until_ns > now_ns and 0 < spacings_ms.get(key, SPACING_MS) <= SPACING_FOCUSED_MS:
                return SPACING_FOCUSED_MS
        return SPACING_MS
