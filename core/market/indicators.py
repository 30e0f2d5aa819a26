"""The indicators there are: names, numbers they take, what they draw, and how a person types them.

`ema 21`, `bb 20 2`, `macd`: a name and its numbers, the rest as by default. `IndicatorSpec` is what is kept
with a workspace; its text reads back as the same. Values are computed in the files of each family.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from core.market.indicator_base import Indicator
from core.market.indicator_session import SessionVwap
from core.market.indicator_smoothed import ExponentialAverage, Macd, RelativeStrength, TrueRange
from core.market.indicator_windows import Bollinger, SimpleAverage
from core.market.trading_day import TradingDay

PERIOD_MAX: Final = 5_000


class IndicatorError(ValueError):
    """Not an indicator; one line that says what is."""


class Draw(Enum):
    """How an output is drawn."""

    LINE = auto()
    BAND_EDGE = auto()  # the space between two of them is filled
    HISTOGRAM = auto()


@dataclass(frozen=True, slots=True)
class Output:
    name: str
    draw: Draw = Draw.LINE


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number an indicator takes, from `least` to `most`; whole ones have no decimals."""

    name: str
    default: float
    least: float
    most: float
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class IndicatorKind:
    """`title` is what a legend shows, `guides` are lines across its pane, `example` may be typed."""

    name: str
    title: str
    words: str
    parameters: tuple[Parameter, ...]
    outputs: tuple[Output, ...]
    is_overlay: bool
    make: Callable[[tuple[float, ...], TradingDay], Indicator]
    aliases: tuple[str, ...] = ()
    guides: tuple[float, ...] = ()

    @property
    def example(self) -> str:
        return " ".join((self.name, *(_number(item.default) for item in self.parameters)))


def _period(default: int, least: int = 2, name: str = "period") -> Parameter:
    return Parameter(name, default, least, PERIOD_MAX)


_LINE: Final = (Output(""),)
INDICATORS: Final = (
    IndicatorKind(
        "sma", "SMA", "simple moving average", (_period(20),), _LINE, True,
        lambda numbers, _day: SimpleAverage(int(numbers[0])), aliases=("ma",),
    ),
    IndicatorKind(
        "ema", "EMA", "exponential moving average", (_period(21),), _LINE, True,
        lambda numbers, _day: ExponentialAverage(int(numbers[0])),
    ),
    IndicatorKind(
        "vwap", "VWAP", "volume-weighted average price of the trading day", (), _LINE, True,
        lambda _numbers, day: SessionVwap(day),
    ),
    IndicatorKind(
        "bb", "BB", "Bollinger bands",
        (_period(20), Parameter("deviations", 2.0, 0.1, 10.0, is_whole=False)),
        (Output("mid"), Output("upper", Draw.BAND_EDGE), Output("lower", Draw.BAND_EDGE)), True,
        lambda numbers, _day: Bollinger(int(numbers[0]), numbers[1]), aliases=("bollinger", "bbands", "boll"),
    ),
    IndicatorKind(
        "rsi", "RSI", "relative strength index", (_period(14),), _LINE, False,
        lambda numbers, _day: RelativeStrength(int(numbers[0])), guides=(30.0, 70.0),
    ),
    IndicatorKind(
        "macd", "MACD", "moving average convergence and divergence",
        (_period(12, name="fast"), _period(26, name="slow"), _period(9, 1, name="signal")),
        (Output("line"), Output("signal"), Output("histogram", Draw.HISTOGRAM)), False,
        lambda numbers, _day: Macd(int(numbers[0]), int(numbers[1]), int(numbers[2])), guides=(0.0,),
    ),
    IndicatorKind(
        "atr", "ATR", "average true range", (_period(14, 1),), _LINE, False,
        lambda numbers, _day: TrueRange(int(numbers[0])),
    ),
)  # fmt: skip
_BY_NAME: Final = {name: kind for kind in INDICATORS for name in (kind.name, *kind.aliases)}
_NAMES: Final = ", ".join(kind.name for kind in INDICATORS[:-1]) + f" or {INDICATORS[-1].name}"
_TEXT: Final = re.compile(r"\s*([a-zA-Z]+)\s*\(?([-+0-9.,;/\s]*)\)?\s*")
TEXT_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class IndicatorSpec:
    """One indicator with its numbers. Raises `IndicatorError` when it takes others."""

    name: str
    numbers: tuple[float, ...]

    def __post_init__(self) -> None:
        kind = _kind(self.name)
        object.__setattr__(self, "name", kind.name)
        object.__setattr__(self, "numbers", _checked(kind, self.numbers))

    @property
    def kind(self) -> IndicatorKind:
        return _BY_NAME[self.name]

    @property
    def is_overlay(self) -> bool:
        """Drawn over the bars, in their unit; else in a pane of its own."""
        return self.kind.is_overlay

    @property
    def outputs(self) -> tuple[Output, ...]:
        return self.kind.outputs

    @property
    def label(self) -> str:
        """`EMA 21`."""
        return " ".join((self.kind.title, *map(_number, self.numbers)))

    def __str__(self) -> str:
        """`ema 21`: what `parse_indicator` reads."""
        return " ".join((self.name, *map(_number, self.numbers)))

    def make(self, day: TradingDay) -> Indicator:
        """The computation, for an exchange with this trading day."""
        return self.kind.make(self.numbers, day)


def parse_indicator(text: str) -> IndicatorSpec:
    """`ema 21`, `EMA21`, `bb(20, 2)`, `vwap`; without numbers the usual ones. Raises `IndicatorError`."""
    match = _TEXT.fullmatch(text) if len(text) <= TEXT_MAX else None
    if match is None:
        raise IndicatorError(f"“{text[:TEXT_MAX]}” is no indicator: type {_NAMES}, such as ema 21")
    kind = _kind(match[1])
    words = re.split(r"[,;/\s]+", match[2].strip(",;/ \t")) if match[2].strip(",;/ \t") else []
    try:
        given = tuple(float(word) for word in words)
    except ValueError:
        raise IndicatorError(
            f"{kind.title}: “{match[2].strip()}” are no numbers; type {kind.example}"
        ) from None
    if len(given) > len(kind.parameters):
        raise IndicatorError(f"{kind.title} takes {_takes(kind)}; type {kind.example}")
    defaults = tuple(item.default for item in kind.parameters[len(given) :])
    return IndicatorSpec(kind.name, (*given, *defaults))


def _kind(name: str) -> IndicatorKind:
    kind = _BY_NAME.get(name.lower())
    if kind is None:
        raise IndicatorError(f"“{name[:TEXT_MAX]}” is no indicator: type {_NAMES}, such as ema 21")
    return kind


def _checked(kind: IndicatorKind, numbers: tuple[float, ...]) -> tuple[float, ...]:
    if len(numbers) != len(kind.parameters):
        raise IndicatorError(f"{kind.title} takes {_takes(kind)}; type {kind.example}")
    for item, number in zip(kind.parameters, numbers, strict=True):
        if not item.least <= number <= item.most or (item.is_whole and number != int(number)):
            whole = "a whole number " if item.is_whole else ""
            raise IndicatorError(
                f"{kind.title}: {item.name} {_number(number)}: use {whole}from {_number(item.least)} "
                f"to {_number(item.most)}"
            )
    if kind.name == "macd" and numbers[0] >= numbers[1]:
        raise IndicatorError("MACD: fast must be less than slow; type macd 12 26 9")
    return tuple(float(number) for number in numbers)


def _takes(kind: IndicatorKind) -> str:
    names = [item.name for item in kind.parameters]
    return (
        " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names) or "no number"
    )


def _number(value: float) -> str:
    return f"{value:,.0f}".replace(",", "") if value == int(value) else f"{value:.10g}"
