"""Which strategies there are and which parameters they take, known without importing the engine.

The built-in ones are described here; a test holds the descriptions against the code that runs. The user's own
files are described by a child (`python -m core.backtest.engine describe`), since that means running them.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from core.backtest.home import ResearchHome
from core.backtest.spec import FILE_PREFIX, SpecError

KINDS: Final = ("int", "float", "bool", "text", "choice")
SOURCES: Final = Path(__file__).parent / "engine" / "strategies"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One field of the form. `min` and `max` are inclusive; None: no limit. `default` None: must be given."""

    name: str
    kind: str  # of KINDS
    default: Any
    min: float | None = None
    max: float | None = None
    help: str = ""
    choices: tuple[str, ...] = ()

    def checked(self, value: Any) -> Any:
        """`value` as this parameter's own type. Raises `SpecError`."""
        if self.kind == "bool" and isinstance(value, bool):
            return value
        if self.kind in ("text", "choice") and isinstance(value, str):
            if self.kind == "choice" and value not in self.choices:
                raise SpecError(f"parameter {self.name} is {value!r}: use {' or '.join(self.choices)}")
            return value
        if self.kind in ("int", "float") and isinstance(value, int | float) and not isinstance(value, bool):
            return self._number(value)
        raise SpecError(f"parameter {self.name} is {value!r}: use {self._wanted()}")

    def parsed(self, text: str) -> Any:
        """What a person typed, as this parameter's own type. Raises `SpecError`."""
        text = text.strip()
        if self.kind == "bool" and text.lower() in ("true", "yes", "1", "false", "no", "0"):
            return text.lower() in ("true", "yes", "1")
        if self.kind in ("text", "choice"):
            return self.checked(text)
        try:
            return self.checked(int(text) if self.kind == "int" else float(text))
        except ValueError as error:
            raise SpecError(f"parameter {self.name} is {text!r}: use {self._wanted()}") from error

    def _number(self, value: float) -> int | float:
        is_whole = math.isfinite(value) and value == int(value)
        is_low = self.min is not None and value < self.min
        is_high = self.max is not None and value > self.max
        if not math.isfinite(value) or is_low or is_high or (self.kind == "int" and not is_whole):
            raise SpecError(f"parameter {self.name} is {value!r}: use {self._wanted()}")
        return int(value) if self.kind == "int" else float(value)

    def _wanted(self) -> str:
        words = {"int": "a whole number", "float": "a number", "bool": "true or false", "text": "a text"}
        said = words.get(self.kind) or " or ".join(self.choices)
        if self.min is not None and self.max is not None:
            return f"{said} from {self.min:g} to {self.max:g}"
        if self.min is not None:
            return f"{said} of at least {self.min:g}"
        return said if self.max is None else f"{said} of at most {self.max:g}"


@dataclass(frozen=True, slots=True)
class StrategyDescription:
    """`name` is what a spec says. A file that cannot be used has an `error` and the line it happened on."""

    name: str
    title: str
    help: str
    parameters: tuple[Parameter, ...]
    error: str = ""
    line: int = 0

    def checked(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Every parameter with its value, defaults filled in. Raises `SpecError`."""
        if self.error:
            raise SpecError(f"{self.name} cannot be used: {self.error}")
        unknown = given.keys() - {each.name for each in self.parameters}
        if unknown:
            names = ", ".join(each.name for each in self.parameters) or "none"
            raise SpecError(f"{self.name} has no parameter {min(unknown)}: it takes {names}")
        complete: dict[str, Any] = {}
        for each in self.parameters:
            value = given.get(each.name, each.default)
            if value is None:
                raise SpecError(f"parameter {each.name} of {self.name} must be given")
            complete[each.name] = each.checked(value)
        return complete

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """What `as_dict` made, also after a way through JSON."""
        parameters = tuple(
            Parameter(**{**each, "choices": tuple(each["choices"])}) for each in data["parameters"]
        )
        return cls(**{**data, "parameters": parameters})


_QUANTITY: Final = Parameter("quantity", "float", 100.0, 1e-9, 1e9, "Units held when in the market.")
_SHORT: Final = Parameter("allow_short", "bool", False, help="Sell short instead of standing aside.")

BUILT_IN: Final = {
    each.name: each
    for each in (
        StrategyDescription(
            "sma_crossover",
            "Moving average crossover",
            "Long while the fast mean of the closes is above the slow one.",
            (
                Parameter("fast", "int", 20, 1, 10_000, "Bars in the fast mean."),
                Parameter("slow", "int", 50, 2, 10_000, "Bars in the slow mean; more than in the fast one."),
                _QUANTITY,
                _SHORT,
            ),
        ),
        StrategyDescription(
            "rsi_reversion",
            "RSI mean reversion",
            "Buys when the relative strength index falls below a level, leaves when it is back at another.",
            (
                Parameter("period", "int", 14, 2, 10_000, "Bars in the index (Wilder's smoothing)."),
                Parameter(
                    "entry", "float", 30.0, 0, 100, "Buy below; with short sales, sell above 100 less it."
                ),
                Parameter(
                    "leave", "float", 50.0, 0, 100, "Out at or above; short sales, at or below 100 less it."
                ),
                _QUANTITY,
                _SHORT,
            ),
        ),
        StrategyDescription(
            "donchian_breakout",
            "Donchian channel breakout",
            "Buys a close above the highest high of the bars before, leaves below the lowest low of fewer.",
            (
                Parameter("entry", "int", 20, 1, 10_000, "Bars whose high or low must be broken to enter."),
                Parameter("leave", "int", 10, 1, 10_000, "Bars whose low or high, broken, ends it."),
                _QUANTITY,
                _SHORT,
            ),
        ),
    )
}


def strategy_path(home: ResearchHome, strategy: str) -> Path:
    """The file that holds a strategy's code. Raises `SpecError` when there is none."""
    if strategy.startswith(FILE_PREFIX):
        name = strategy.removeprefix(FILE_PREFIX)
        path = home.strategies / name
        if Path(name).name != name or not path.is_file():
            raise SpecError(f"there is no strategy file {name!r} in {home.strategies}")
        return path
    if strategy not in BUILT_IN:
        known = ", ".join(BUILT_IN)
        raise SpecError(f"there is no strategy {strategy!r}: use {known} or file:NAME.py")
    return SOURCES / f"{strategy}.py"


def strategy_hash(home: ResearchHome, strategy: str) -> str:
    """SHA-256 of the strategy's source, line ends as \\n. Raises `SpecError`, `OSError`."""
    source = strategy_path(home, strategy).read_bytes().replace(b"\r\n", b"\n")
    return hashlib.sha256(source).hexdigest()


def strategy_files(home: ResearchHome) -> list[str]:
    """The user's own strategies as a spec names them, sorted; hidden files and _private ones are none."""
    found = (path.name for path in home.strategies.glob("*.py"))
    return sorted(f"{FILE_PREFIX}{name}" for name in found if not name.startswith(("_", ".")))
