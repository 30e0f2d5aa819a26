"""From what a person asks for to a spec that is complete: hashes, instruments, every default filled in.

Equal wishes give equal specs, so the run that exists already is found. Reads the dataset's manifest and the
strategy's source, nothing else; blocks on the disk.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.backtest.dataset import Dataset, DatasetInstrument, DatasetManifest
from core.backtest.home import ResearchHome
from core.backtest.spec import RunSpec, SpecError, VenueModel
from core.backtest.strategies import BUILT_IN, StrategyDescription, strategy_hash
from core.market.intervals import Interval, IntervalError, parse_interval
from core.platform import ENGINE_PRECISION

DECIMALS_MAX: Final = {"standard": 9, "high": 16}


def plan(
    home: ResearchHome,
    dataset_id: str,
    strategy: str,
    parameters: Mapping[str, Any],
    *,
    described: StrategyDescription | None = None,
    instruments: Sequence[str] = (),
    seed: int = 0,
    venue: VenueModel | None = None,
    precision: str = ENGINE_PRECISION,
    begin_ns: int = 0,
    end_ns: int = 0,
) -> RunSpec:
    """A checked spec. `described` is needed for the user's own file; no `instruments`: all of the dataset.

    Raises `SpecError`, `DatasetError`, `OSError`.
    """
    manifest = Dataset.open(home, dataset_id).manifest
    described = described or BUILT_IN.get(strategy)
    source_hash = strategy_hash(home, strategy)
    if described is None:
        raise SpecError(f"{strategy} is not described: ask for it with backtest strategies")
    named = tuple(instruments) or tuple(str(each.key) for each in manifest.instruments)
    venue = _venue_of(manifest, named) if venue is None else venue
    spec = RunSpec(
        dataset_id=dataset_id,
        dataset_hash=manifest.hash,
        instruments=named,
        strategy=strategy,
        strategy_hash=source_hash,
        parameters=described.checked(parameters),
        seed=seed,
        venue=_as_numbers(venue),
        precision=precision,
        begin_ns=begin_ns,
        end_ns=end_ns,
    )
    spec.check()
    check_against(spec, manifest)
    return spec


def default_venue(home: ResearchHome, dataset_id: str) -> VenueModel:
    """The venue when nothing is said: an account in the dataset's currency. Raises `DatasetError`."""
    manifest = Dataset.open(home, dataset_id).manifest
    return _venue_of(manifest, tuple(str(each.key) for each in manifest.instruments))


def _venue_of(manifest: DatasetManifest, named: tuple[str, ...]) -> VenueModel:
    currencies = {each.currency for each in manifest.instruments if str(each.key) in named}
    return VenueModel(currency=min(currencies)) if len(currencies) == 1 else VenueModel()


def check_against(spec: RunSpec, manifest: DatasetManifest) -> tuple[DatasetInstrument, ...]:
    """The instruments of a run, in the spec's order, when the dataset can serve it. Raises `SpecError`."""
    if manifest.hash != spec.dataset_hash:
        raise SpecError(f"dataset {manifest.id} is not the one that the spec names: plan the run again")
    run_interval(manifest)
    held = {str(each.key): each for each in manifest.instruments}
    missing = [name for name in spec.instruments if name not in held]
    if missing:
        raise SpecError(f"dataset {manifest.id} has no {missing[0]}: it holds {', '.join(list(held)[:10])}")
    chosen = tuple(held[name] for name in spec.instruments)
    decimals_max = DECIMALS_MAX[spec.precision]
    for each in chosen:
        if each.currency != spec.venue.currency:
            raise SpecError(
                f"{each.key} is in {each.currency}, the account in {spec.venue.currency}: take the same"
            )
        if max(each.price_decimals, each.size_decimals) > decimals_max:
            raise SpecError(
                f"{each.key} has more than the {decimals_max} decimals of {spec.precision} precision"
            )
        if not each.bars:
            raise SpecError(f"{each.key} has no bars in dataset {manifest.id}")
    return chosen


def run_interval(manifest: DatasetManifest) -> Interval:
    """Of the bars that the engine is fed with. Raises `SpecError` for one it does not know."""
    try:
        interval = parse_interval(manifest.interval)
    except IntervalError as error:
        raise SpecError(f"dataset {manifest.id}: {error}") from error
    if not interval.is_timed:
        raise SpecError(f"dataset {manifest.id} has bars of {manifest.interval}: runs need bars of time")
    return interval


def _as_numbers(venue: VenueModel) -> VenueModel:
    """5 and 5.0 are one wish: each field as its own type."""
    return VenueModel(
        fees_bps=_float("fees_bps", venue.fees_bps),
        k_spread=_float("k_spread", venue.k_spread),
        latency_us=venue.latency_us,
        prob_slippage=_float("prob_slippage", venue.prob_slippage),
        prob_fill_on_limit=_float("prob_fill_on_limit", venue.prob_fill_on_limit),
        starting_cash=_float("starting_cash", venue.starting_cash),
        currency=venue.currency,
        account=venue.account,
        leverage=_float("leverage", venue.leverage),
    )


def _float(name: str, value: float) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise SpecError(f"venue.{name} is {value!r}: use a number") from error
