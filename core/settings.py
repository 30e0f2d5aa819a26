"""The supervisor's configuration file: TOML, every key optional, none unknown.

    [market]
    feeds = ["synthetic"]        # or [] for a bus and an aggregator that wait for feeds of others

    [synthetic]
    instruments = 500
    seed = 7
    rate_ticks_per_s = 2000      # on average; the market's own bursts go above

What is wrong is told as file, key and remedy, all before anything has started.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

FEEDS: Final = ("synthetic",)
INSTRUMENTS_MAX: Final = 20_000
TICKS_PER_S_MAX: Final = 100_000
SEED_MAX: Final = 2**63 - 1


class SettingsError(ValueError):
    """One line: which file, which key, what to do."""


@dataclass(frozen=True, slots=True)
class MarketSettings:
    feeds: tuple[str, ...] = ("synthetic",)

    def __post_init__(self) -> None:
        for feed in self.feeds:
            if feed not in FEEDS:
                raise SettingsError(f"feeds: there is no feed {feed!r}, use {' or '.join(FEEDS)}")


@dataclass(frozen=True, slots=True)
class SyntheticSettings:
    instruments: int = 500
    seed: int = 7
    rate_ticks_per_s: int = 2_000

    def __post_init__(self) -> None:
        _check_range("instruments", self.instruments, 1, INSTRUMENTS_MAX)
        _check_range("seed", self.seed, 0, SEED_MAX)
        _check_range("rate_ticks_per_s", self.rate_ticks_per_s, 1, TICKS_PER_S_MAX)


@dataclass(frozen=True, slots=True)
class Settings:
    market: MarketSettings = field(default_factory=MarketSettings)
    synthetic: SyntheticSettings = field(default_factory=SyntheticSettings)


def read_settings(path: Path | None) -> Settings:
    """The settings in a file; the defaults for None. Raises `SettingsError`."""
    if path is None:
        return Settings()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error
    try:
        sections = _known(content, Settings, "section")
        return Settings(
            market=_section(MarketSettings, "market", sections),
            synthetic=_section(SyntheticSettings, "synthetic", sections),
        )
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error


def _section(kind: type[T], name: str, sections: Mapping[str, Any]) -> T:
    section = sections.get(name, {})
    if not isinstance(section, dict):
        raise SettingsError(f"{name} must be a section: write [{name}] and its keys below")
    try:
        values = {key: _checked(key, value, kind) for key, value in _known(section, kind, "key").items()}
        return kind(**values)
    except SettingsError as error:
        raise SettingsError(f"[{name}] {error}") from error


def _known(content: Mapping[str, Any], kind: "type[DataclassInstance]", what: str) -> Mapping[str, Any]:
    names = [each.name for each in fields(kind)]
    for key in content:
        if key not in names:
            raise SettingsError(f"unknown {what} {key!r}: remove it or use one of {', '.join(names)}")
    return content


def _checked(key: str, value: Any, kind: "type[DataclassInstance]") -> Any:
    wanted = {each.name: each.type for each in fields(kind)}[key]
    if wanted is int:
        if type(value) is not int:
            raise SettingsError(f"{key}: {value!r} must be a whole number")
        return value
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise SettingsError(f'{key}: {value!r} must be a list of names, like ["synthetic"]')
    return tuple(value)


def _check_range(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise SettingsError(f"{name}: {value} must be between {low} and {high}")
