"""Link groups as plain data, read with care: a file may have been edited by hand."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

from core.market.instruments import InstrumentKey
from core.market.intervals import Interval, parse_interval
from core.state.versioned_file import StateError
from desktop.links_terms import CARRIED_AT_FIRST, Carried
from desktop.tr import tr

Choice = TypeVar("Choice", bound=Enum)


def parse_key(text: object, key: str) -> InstrumentKey:
    """`EXCHANGE:SYMBOL`, as `str` of an instrument's key writes it. Raises `StateError`, naming `key`."""
    exchange, colon, symbol = text.partition(":") if isinstance(text, str) else ("", "", "")
    if not colon or not exchange or not symbol:
        raise StateError(tr("{key} is {value}: use EXCHANGE:SYMBOL", key=key, value=repr(text)))
    return InstrumentKey(exchange, symbol)


def read_interval(text: object, key: str) -> Interval:
    """Raises `StateError`, naming `key`."""
    try:
        return parse_interval(text if isinstance(text, str) else repr(text))
    except ValueError as error:
        raise StateError(tr("{key}: {reason}", key=key, reason=str(error))) from error


def one_of(choices: type[Choice], value: object, key: str) -> Choice:
    """A member of `choices` by its value. Raises `StateError`, naming `key`."""
    try:
        return choices(value)
    except ValueError as error:
        usable = ", ".join(str(one.value) for one in choices)
        said = tr("{key} is {value}: use {usable}", key=key, value=repr(value), usable=usable)
        raise StateError(said) from error


def read_group(
    saved: object, number: int
) -> tuple[InstrumentKey | None, Interval | None, frozenset[Carried]]:
    """Symbol, interval and what is carried. Raises `StateError`."""
    name = f"links.{number}"
    if not isinstance(saved, Mapping):
        raise StateError(tr("{key} is {value}: use an object", key=name, value=repr(saved)))
    symbol, interval = saved.get("symbol", ""), saved.get("interval", "")
    carried = saved.get("carried", [one.value for one in CARRIED_AT_FIRST])
    if not isinstance(carried, list):
        raise StateError(tr("{key} is {value}: use a list", key=f"{name}.carried", value=repr(carried)))
    return (
        None if symbol == "" else parse_key(symbol, f"{name}.symbol"),
        None if interval == "" else read_interval(interval, f"{name}.interval"),
        frozenset(one_of(Carried, one, f"{name}.carried") for one in carried),
    )
