"""What a strategy says of the values it records: which are prices, and of which instrument.

`series.json` of a run, one entry a described name; a name without one has an axis of its own. A run made
before there was such a file has none, and its values are shown all the same.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from core.backtest.columns import ColumnsError

SERIES: Final = "series.json"
ON_PRICE: Final = "price"  # over the bars of its instrument
ON_OWN: Final = "own"
DRAWN_ON: Final = (ON_PRICE, ON_OWN)


@dataclass(frozen=True, slots=True)
class Described:
    """`on` of `DRAWN_ON`; `instrument` is "EX:SYM", empty where it is on no price."""

    on: str = ON_OWN
    instrument: str = ""


def series_text(described: Mapping[str, Described]) -> str:
    """Equal for equal descriptions."""
    return json.dumps({name: asdict(said) for name, said in described.items()}, indent=1, sort_keys=True)


def read_series(text: str) -> dict[str, Described]:
    """Raises `ColumnsError`. What a newer Tapedeck draws elsewhere has an axis of its own."""
    try:
        data = json.loads(text)
        described = {
            str(name): Described(str(said["on"]), str(said["instrument"])) for name, said in data.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ColumnsError(f"{SERIES} is damaged ({error}): run it again") from error
    return {name: said if said.on in DRAWN_ON else Described() for name, said in described.items()}
