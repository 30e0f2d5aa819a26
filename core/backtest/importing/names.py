"""Which instrument every group of every part is, and by which increments: definitions of any file serve all.

The definition's symbol comes first, then the stream's own mapping, then what was asked for, then the number.
One dataset of several publishers makes an exchange of each: `DBEQ-41`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.backtest.importing.chunks import Group
from core.backtest.importing.dbn_reader import NANO_DECIMALS
from core.backtest.importing.parts import Part
from core.clock import NS_PER_S
from core.market.exact import nano_decimals
from core.market.instruments import InstrumentKey

_DAY_NS = 86_400 * NS_PER_S


@dataclass(slots=True)
class Named:
    """An instrument and its groups as (part, group number), in the order of the files.

    `decimals_min` and `tick` (in nanos, 0: unknown) are the definition's.
    """

    key: InstrumentKey
    groups: list[tuple[int, int]] = field(default_factory=list)
    currency: str = ""
    tick_nanos: int = 0

    @property
    def decimals_min(self) -> int:
        if not self.tick_nanos:
            return 0
        decimals = nano_decimals(np.array([self.tick_nanos]), np.array([0]), 1)
        return int(decimals[0])

    def tick_counts(self, price_decimals: int) -> int:
        """The venue's price step in counts of 10^-`price_decimals`; 1 when it is unknown."""
        step: int = 10 ** (NANO_DECIMALS - min(price_decimals, NANO_DECIMALS))
        return max(1, self.tick_nanos // step)


def name_groups(parts: Sequence[Part]) -> list[Named]:
    """Every instrument, by name."""
    definitions: dict[tuple[str, int], list[dict[str, Any]]] = {}
    mapped: dict[tuple[str, int], str] = {}
    publishers: dict[str, set[int]] = {}
    for part in parts:
        for each in part.definitions:
            definitions.setdefault((part.dataset, each["id"]), []).append(each)
        mapped |= {(part.dataset, number): symbol for number, symbol in part.mapped.items()}
        for group in part.groups:
            publishers.setdefault(group.dataset, set()).add(group.publisher)
    named: dict[InstrumentKey, Named] = {}
    for place, part in enumerate(parts):
        for number, group in enumerate(part.groups):
            definition = _definition(definitions.get((group.dataset, group.instrument_id), []), part, number)
            key = _key(group, definition, mapped, len(publishers[group.dataset]) > 1)
            found = named.setdefault(key, Named(key))
            found.groups.append((place, number))
            if definition is not None:
                found.tick_nanos = definition["increment"] or found.tick_nanos
                found.currency = found.currency or definition["currency"]
            found.currency = found.currency or part.currency
    return [named[key] for key in sorted(named)]


def _definition(known: list[dict[str, Any]], part: Part, number: int) -> dict[str, Any] | None:
    """The newest not after the group's first day: some venues' ids stand for another symbol every day."""
    if not known:
        return None
    keys = [
        int(parts[1, place])
        for parts in (part.bars, part.means)
        if (place := int(np.searchsorted(parts[0], number))) < parts.shape[1] and parts[0, place] == number
    ]
    until = min(keys, default=0) + _DAY_NS
    ordered = sorted(known, key=lambda each: int(each["ts"]))
    before = [each for each in ordered if each["ts"] <= until]
    return before[-1] if before else ordered[0]


def _key(
    group: Group, definition: dict[str, Any] | None, mapped: dict[tuple[str, int], str], is_shared: bool
) -> InstrumentKey:
    if not group.dataset:
        return InstrumentKey(group.exchange, group.symbol)
    exchange = group.dataset.partition(".")[0] or "DBN"
    if is_shared:
        exchange = f"{exchange}-{group.publisher}"
    symbol = "" if definition is None else definition["symbol"]
    symbol = symbol or mapped.get((group.dataset, group.instrument_id)) or group.symbol
    return InstrumentKey(exchange, symbol or f"#{group.instrument_id}")
