"""What a run is: everything that decides its result, and nothing else.

The SHA-256 of the canonical text of a spec is the run's id, so the same spec is the same run. Names, tags and
notes are not in it. Seeds and models are always said, never left to a library's default. `check` refuses what
cannot run and names the field; what needs the dataset or the strategy to judge is checked in planning.py.
"""

import hashlib
import json
import math
import re
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final, Self

from core.platform import ENGINE_PRECISION

SPEC_VERSION: Final = 1
RUN_ID_LENGTH: Final = 16  # hex digits
SEED_MAX: Final = 2**63 - 1
INSTRUMENTS_MAX: Final = 64
TEXT_MAX: Final = 4_096  # of a text parameter
FILE_PREFIX: Final = "file:"
PRECISIONS: Final = ("standard", "high")
ACCOUNTS: Final = ("MARGIN", "CASH")
_STRATEGY_FILE: Final = re.compile(r"file:[^/\\:]+\.py")
_CURRENCY: Final = re.compile(r"[A-Z0-9]{2,10}")


class SpecError(ValueError):
    """A spec cannot be used; names the field and the remedy."""


@dataclass(frozen=True, slots=True)
class VenueModel:
    """How orders become fills. `k_spread` x the minute's mean spread is booked as slippage of every fill."""

    fees_bps: float = 1.0  # of notional, per fill
    k_spread: float = 0.5
    latency_us: int = 0
    prob_slippage: float = 0.0  # of one tick, by the seed
    prob_fill_on_limit: float = 1.0
    starting_cash: float = 100_000.0
    currency: str = "USD"
    account: str = "MARGIN"  # or CASH
    leverage: float = 10.0

    def check(self) -> None:
        """Raises `SpecError`, which names the field."""
        _number("venue.fees_bps", self.fees_bps, -1_000, 10_000)
        _number("venue.k_spread", self.k_spread, 0, 100)
        _whole("venue.latency_us", self.latency_us, 0, 60_000_000)
        _number("venue.prob_slippage", self.prob_slippage, 0, 1)
        _number("venue.prob_fill_on_limit", self.prob_fill_on_limit, 0, 1)
        _number("venue.starting_cash", self.starting_cash, 1, 1e12)
        _number("venue.leverage", self.leverage, 1, 1_000)
        _text("venue.currency", self.currency)
        if _CURRENCY.fullmatch(self.currency) is None:
            raise SpecError(f"venue.currency is {self.currency!r}: use a code such as USD")
        _one_of("venue.account", self.account, ACCOUNTS)
        if self.account == "CASH" and self.leverage != 1:
            raise SpecError(f"venue.leverage is {self.leverage:g}: a CASH account has 1")


@dataclass(frozen=True, slots=True)
class RunSpec:
    """`strategy` is a built-in name or `file:<name>.py`; its hash is over the source that runs."""

    dataset_id: str
    dataset_hash: str
    instruments: tuple[str, ...]  # "EX:SYM", as `InstrumentKey` prints
    strategy: str
    strategy_hash: str
    parameters: dict[str, Any]
    seed: int = 0
    venue: VenueModel = field(default_factory=VenueModel)
    precision: str = ENGINE_PRECISION  # nautilus' own: standard (9 decimals) or high (16)
    begin_ns: int = 0  # bars that open before are left out; 0: from the first bar
    end_ns: int = 0  # bars that close after are left out; 0: to the last bar
    version: int = SPEC_VERSION

    def canonical(self) -> str:
        """One line of JSON; equal for equal specs."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), allow_nan=False)

    @property
    def run_id(self) -> str:
        return hashlib.sha256(self.canonical().encode()).hexdigest()[:RUN_ID_LENGTH]

    @property
    def strategy_file(self) -> str | None:
        """Name of the user's file that holds the strategy; None for a built-in one."""
        return self.strategy.removeprefix(FILE_PREFIX) if self.strategy.startswith(FILE_PREFIX) else None

    def check(self) -> None:
        """Refuse what cannot run whatever the data. Raises `SpecError`, which names the field."""
        _text("dataset_id", self.dataset_id)
        _text("dataset_hash", self.dataset_hash)
        _text("strategy", self.strategy)
        _text("strategy_hash", self.strategy_hash)
        if self.strategy_file is not None and _STRATEGY_FILE.fullmatch(self.strategy) is None:
            raise SpecError(f"strategy is {self.strategy!r}: use file:NAME.py of the folder of strategies")
        _instruments(self.instruments)
        _parameters(self.parameters)
        _whole("seed", self.seed, 0, SEED_MAX)
        self.venue.check()
        _one_of("precision", self.precision, PRECISIONS)
        _whole("begin_ns", self.begin_ns, 0, SEED_MAX)
        _whole("end_ns", self.end_ns, 0, SEED_MAX)
        if self.end_ns and self.begin_ns >= self.end_ns:
            raise SpecError("end_ns is not after begin_ns: choose a later end")

    @classmethod
    def from_json(cls, text: str) -> Self:
        """A checked spec. Raises `SpecError`."""
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise SpecError(f"not a run spec: {error}") from error
        data = dict(_object("a run spec", data))
        version = data.get("version", SPEC_VERSION)
        if version != SPEC_VERSION:
            raise SpecError(f"a spec of version {version}: this Tapedeck reads {SPEC_VERSION}")
        venue = _object("venue", data.get("venue", {}))
        _known("venue.", venue, VenueModel)
        _known("", data, cls)
        missing = {"dataset_id", "dataset_hash", "instruments", "strategy", "strategy_hash", "parameters"}
        missing -= data.keys()
        if missing:
            raise SpecError(f"the spec does not say {', '.join(sorted(missing))}")
        if not isinstance(data["instruments"], list):
            raise SpecError('instruments is no list: use ["EX:SYM", ...]')
        spec = cls(**{**data, "venue": VenueModel(**venue), "instruments": tuple(data["instruments"])})
        spec.check()
        return spec


# ---- one field ---------------------------------------------------------------------------------------
def _object(name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SpecError(f"{name} is no JSON object")
    return value


def _known(prefix: str, data: dict[str, Any], kind: type[Any]) -> None:
    unknown = data.keys() - {each.name for each in fields(kind)}
    if unknown:
        raise SpecError(f"the spec has no field {prefix}{min(unknown)}")


def _text(name: str, value: object) -> None:
    if not isinstance(value, str) or not value:
        raise SpecError(f"{name} is {value!r}: it must be a text")


def _one_of(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise SpecError(f"{name} is {value!r}: use {' or '.join(allowed)}")


def _whole(name: str, value: object, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise SpecError(f"{name} is {value!r}: use a whole number from {least:,} to {most:,}")


def _number(name: str, value: object, least: float, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise SpecError(f"{name} is {value!r}: use a number from {least:,} to {most:,.0f}")


def _instruments(named: tuple[str, ...]) -> None:
    if not 1 <= len(named) <= INSTRUMENTS_MAX:
        raise SpecError(f"instruments are {len(named):,}: name 1 to {INSTRUMENTS_MAX}")
    for name in named:
        if not isinstance(name, str) or not all(name.partition(":")):
            raise SpecError(f"instrument {name!r}: write it as EX:SYM, such as XNAS:AAPL")
    if len(set(named)) != len(named):
        raise SpecError("an instrument is named twice")


def _parameters(given: dict[str, Any]) -> None:
    for name, value in _object("parameters", given).items():
        if not isinstance(name, str) or not name.isidentifier():
            raise SpecError(f"parameter {name!r}: its name must be a plain word")
        if isinstance(value, str) and len(value) > TEXT_MAX:
            raise SpecError(f"parameter {name} has {len(value):,} characters: at most {TEXT_MAX:,}")
        if isinstance(value, float) and not math.isfinite(value):
            raise SpecError(f"parameter {name} is {value}: use a finite number")
        if not isinstance(value, bool | int | float | str):
            raise SpecError(f"parameter {name} is {value!r}: use a number, true or false, or a text")
