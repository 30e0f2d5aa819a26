"""What a run is: everything that decides its result, and nothing else.

The SHA-256 of the canonical text of a spec is the run's id, so the same spec is the same run. Names, tags and
notes are not in it. Seeds and models are always said, never left to a library's default.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

SPEC_VERSION: Final = 1
RUN_ID_LENGTH: Final = 16  # hex digits


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
    precision: str = "standard"  # nautilus' own: standard (9 decimals) or high (16)
    begin_ns: int = 0  # 0: from the first bar
    end_ns: int = 0  # 0: to the last bar
    version: int = SPEC_VERSION

    def canonical(self) -> str:
        """One line of JSON; equal for equal specs."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), allow_nan=False)

    @property
    def run_id(self) -> str:
        return hashlib.sha256(self.canonical().encode()).hexdigest()[:RUN_ID_LENGTH]

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises `SpecError`."""
        try:
            data = json.loads(text)
            data["venue"] = VenueModel(**data["venue"])
            data["instruments"] = tuple(data["instruments"])
            spec = cls(**data)
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise SpecError(f"not a run spec ({error})") from error
        if spec.version != SPEC_VERSION:
            raise SpecError(f"a spec of version {spec.version}: this Tapedeck reads {SPEC_VERSION}")
        return spec
