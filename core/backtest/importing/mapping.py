"""Which column of a CSV or Parquet file means what: said by a person, or guessed and then shown to one.

A mapping is plain data: what it says decides what is imported, and it stands in the manifest.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final, Self

from core.backtest.importing.refused import OptionRefused
from core.clock import NS_PER_S
from core.market.exact import NANO_DECIMALS
from core.market.intervals import IntervalError, parse_interval
from core.market.zones import ZoneError, zone_info

BARS: Final = "bars"
TRADES: Final = "trades"
QUOTES: Final = "quotes"
MIXED: Final = "mixed"  # a column `kind` says trade or quote of every row
KINDS: Final = (BARS, TRADES, QUOTES, MIXED)
# Roles that a kind needs, and those it may have.
NEEDED: Final = {
    BARS: ("time", "open", "high", "low", "close"),
    TRADES: ("time", "price"),
    QUOTES: ("time", "bid", "ask"),
    MIXED: ("time", "kind", "price", "bid", "ask"),
}
OPTIONAL: Final = {
    BARS: ("date", "volume", "symbol", "exchange"),
    TRADES: ("date", "size", "symbol", "exchange"),
    QUOTES: ("date", "symbol", "exchange"),
    MIXED: ("date", "size", "symbol", "exchange", "history"),
}
ROLES: Final = frozenset(role for kind in KINDS for role in (*NEEDED[kind], *OPTIONAL[kind]))
EPOCHS: Final = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
ISO: Final = "iso"  # 2024-01-02 14:30:00[.fraction], with T and with an offset or Z, too
_FIXED: Final = re.compile(r"UTC([+-])(\d{1,2})(?::?(\d\d))?")


def fixed_offset_ns(zone: str) -> int | None:
    """Of `UTC`, `UTC-5`, `UTC+05:30`: ns to add to UTC for the zone's time. None: a named zone."""
    if zone == "UTC":
        return 0
    match = _FIXED.fullmatch(zone)
    if match is None:
        return None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return (-minutes if match[1] == "-" else minutes) * 60 * NS_PER_S


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """`columns`: role to the name of a column ("1", "2" ... where a file has no header).

    `time_format` is iso, s, ms, us, ns (since 1970) or a pattern such as %Y%m%d %H%M%S. `zone` is where times
    without an offset are of: UTC, Europe/London, UTC-5. `stamp`: bars carry their open or their close.
    `interval` of bars is found from the file when empty. `exchange` and `symbol` serve files without such
    columns. `decimals`: prices are rounded to so many; None: to none.
    """

    kind: str = BARS
    columns: dict[str, str] = field(default_factory=dict)
    separator: str = ","
    has_header: bool = True
    decimal: str = "."
    time_format: str = ISO
    zone: str = "UTC"
    stamp: str = "open"
    interval: str = ""
    exchange: str = "CSV"
    symbol: str = ""
    currency: str = "USD"
    decimals: int | None = None

    def check(self) -> Self:
        """Itself. Raises `OptionRefused`, which names the first thing that is wrong."""
        if self.kind not in KINDS:
            raise OptionRefused(f"kind {self.kind!r}: use {', '.join(KINDS)}")
        known = {*NEEDED[self.kind], *OPTIONAL[self.kind]}
        for role in self.columns:
            if role not in known:
                raise OptionRefused(f"{self.kind} have no column {role!r}: use {', '.join(sorted(known))}")
        for role in NEEDED[self.kind]:
            if role not in self.columns:
                raise OptionRefused(f"no column for {role}: say which one it is (--map {role}=COLUMN)")
        if not self.symbol and "symbol" not in self.columns:
            raise OptionRefused("no symbol: name one, or the column that holds it (--map symbol=NAME)")
        if len(self.separator) != 1 or self.decimal not in (".", ",") or self.decimal == self.separator:
            raise OptionRefused(
                f"separator {self.separator!r} and decimal mark {self.decimal!r} do not go together"
            )
        if self.stamp not in ("open", "close"):
            raise OptionRefused(f"stamp {self.stamp!r}: bars carry the time of their open or close")
        if self.decimals is not None and not 0 <= self.decimals <= NANO_DECIMALS:
            raise OptionRefused(
                f"decimals {self.decimals}: prices are rounded to 0 to {NANO_DECIMALS} of them"
            )
        try:
            if fixed_offset_ns(self.zone) is None:
                zone_info(self.zone)
            if self.interval and not parse_interval(self.interval).is_timed:
                raise OptionRefused(f"interval {self.interval}: bars of a file are of a time, such as 1m")
        except (ZoneError, IntervalError) as error:
            raise OptionRefused(str(error)) from error
        return self

    def changed(self, changes: Mapping[str, str]) -> "ColumnMapping":
        """With what a person said: names of fields or of roles. Raises `OptionRefused` for other names."""
        values: dict[str, Any] = {}
        columns = dict(self.columns)
        for name, value in changes.items():
            if name == "has_header":
                values[name] = value.lower() in ("true", "yes", "1")
            elif name == "decimals":
                if not value.isdecimal():
                    raise OptionRefused(f"decimals {value!r}: say how many, such as --map decimals=2")
                values[name] = int(value)
            elif name in FIELDS and not (name in ROLES and value.startswith("column:")):
                values[name] = value
                columns.pop(name, None)  # one symbol for the whole file
            elif name in ROLES:
                columns[name] = value.removeprefix("column:")
                if name == "kind":
                    values[name] = MIXED
            else:
                raise OptionRefused(f"--map {name}: use {', '.join(sorted(FIELDS | ROLES))}")
        kind = values.get("kind", self.kind)
        if kind in KINDS:
            allowed = {*NEEDED[kind], *OPTIONAL[kind]}
            columns = {role: name for role, name in columns.items() if role in allowed}
        return replace(self, columns=columns, **values)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "ColumnMapping":
        """Raises `OptionRefused`."""
        try:
            return cls(**data)
        except TypeError as error:
            raise OptionRefused(f"not a mapping of columns ({error})") from error


FIELDS: Final = frozenset(each.name for each in fields(ColumnMapping)) - {"columns"}
