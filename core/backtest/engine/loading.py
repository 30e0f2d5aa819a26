"""Strategies as code: the built-in ones by name, the user's own from a file, by path.

The folder of a user's file is never on `sys.path`, so a strategy is one file and its hash says all of it. Its
parameters are the fields of its configuration; ranges and help come from `msgspec.Meta`, as nautilus itself
would check them.
"""

import ast
import importlib
import importlib.util
import inspect
import sys
import types
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from nautilus_trader.trading.config import StrategyConfig
from nautilus_trader.trading.strategy import Strategy

from core.backtest.engine.errors import StrategyError, strategy_error
from core.backtest.engine.market import Market
from core.backtest.engine.recording import Recorder, RecordingStrategy
from core.backtest.home import ResearchHome
from core.backtest.spec import RunSpec
from core.backtest.strategies import BUILT_IN, Parameter, StrategyDescription, strategy_path

OURS: Final = ("instrument_id", "bar_type", "instrument_ids", "bar_types")  # filled in from the dataset
_CODE: Final = "core.backtest.engine.strategies"
_KINDS: Final = {bool: "bool", int: "int", float: "float", str: "text"}


@dataclass(frozen=True, slots=True)
class StrategyCode:
    """A strategy that can be made. `config` None: it takes no configuration."""

    name: str
    path: Path
    strategy: type[Any]
    config: type[Any] | None


def load_strategy(home: ResearchHome, name: str) -> StrategyCode:
    """Run the file that holds a strategy. Raises `StrategyError` with its line, `SpecError`."""
    path = strategy_path(home, name)
    module = importlib.import_module(f"{_CODE}.{name}") if name in BUILT_IN else _run_file(path)
    return StrategyCode(name, path, *_classes(module, path))


def describe(home: ResearchHome, name: str) -> StrategyDescription:
    """What the form shows; a file that cannot be used is described by its error."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    try:
        code = load_strategy(home, name)
        parameters = tuple(_parameter(each, code.path) for each in _own_fields(code.config))
    except StrategyError as error:
        return StrategyDescription(name, name, "", (), str(error), error.line)
    lines = (
        inspect.getdoc(code.strategy) or inspect.getdoc(sys.modules[code.strategy.__module__]) or ""
    ).splitlines()
    own = "__doc__" in vars(code.strategy) and vars(code.strategy)["__doc__"]
    return StrategyDescription(name, code.strategy.__name__, lines[0] if own and lines else "", parameters)


def make_strategies(code: StrategyCode, spec: RunSpec, market: Market, recorder: Recorder) -> list[Any]:
    """One for each instrument, or one for all when its configuration asks for `instrument_ids`."""
    taken = {each.name for each in msgspec.structs.fields(code.config)} if code.config else set()
    groups: list[dict[str, Any]]
    if "instrument_ids" in taken or not code.config:
        groups = [
            {
                "instrument_ids": [each.instrument.id for each in market.traded],
                "bar_types": [each.bar_type for each in market.traded],
            }
        ]
    else:
        groups = [{"instrument_id": each.instrument.id, "bar_type": each.bar_type} for each in market.traded]
    made = []
    for number, ours in enumerate(groups, start=1):
        values = {name: value for name, value in ours.items() if name in taken}
        try:
            if code.config is None:
                strategy = code.strategy()
            else:
                tag = {"order_id_tag": f"{number:03d}"}
                strategy = code.strategy(code.config(**values, **spec.parameters, **tag))
            if isinstance(strategy, RecordingStrategy):
                is_one_of_many = len(groups) > 1
                suffix = f" {market.traded[number - 1].described.symbol}" if is_one_of_many else ""
                strategy.record_into(recorder.sink(suffix))
        except StrategyError:  # knows its line
            raise
        except Exception as error:
            raise strategy_error(error, code.path) from error
        made.append(strategy)
    return made


# ---- a user's file -----------------------------------------------------------------------------------
def _run_file(path: Path) -> types.ModuleType:
    name = f"tapedeck_strategy_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # type hints of its classes are looked up there
    try:
        ast.parse(path.read_text(encoding="utf-8"), str(path))
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise strategy_error(error, path) from error
    return module


def _classes(module: types.ModuleType, path: Path) -> tuple[type[Any], type[Any] | None]:
    """The strategy that a file defines, and its configuration. Raises `StrategyError`."""
    own = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and each.__module__ == module.__name__
    ]
    strategies = [each for each in own if issubclass(each, Strategy)]
    leaves = [each for each in strategies if not any(each in other.__mro__[1:] for other in strategies)]
    if len(leaves) != 1:
        found = ", ".join(each.__name__ for each in leaves) or "none"
        raise StrategyError(f"a strategy file defines one Strategy, this one: {found}", path, 0)
    configs = [each for each in own if issubclass(each, StrategyConfig)]
    named = [each for each in configs if each.__name__ == f"{leaves[0].__name__}Config"]
    configs = named or configs
    if len(configs) > 1:
        raise StrategyError(
            f"several configurations: call the one of {leaves[0].__name__} {leaves[0].__name__}Config",
            path,
            0,
        )
    return leaves[0], configs[0] if configs else None


def _own_fields(config: type[Any] | None) -> list[Any]:
    if config is None:
        return []
    inherited = {each.name for each in msgspec.structs.fields(StrategyConfig)}
    hints = typing.get_type_hints(config, include_extras=True)
    return [
        (each, hints[each.name])
        for each in msgspec.structs.fields(config)
        if each.name not in inherited and each.name not in OURS
    ]


def _parameter(field: Any, path: Path) -> Parameter:
    """Raises `StrategyError` for a type that no form can ask for."""
    each, hint = field
    metas = list(getattr(hint, "__metadata__", ()))
    base = hint.__origin__ if metas else hint
    default = None if each.default is msgspec.NODEFAULT else each.default
    if typing.get_origin(base) is typing.Literal and all(isinstance(c, str) for c in typing.get_args(base)):
        return Parameter(each.name, "choice", default, help=_help(metas), choices=typing.get_args(base))
    kind = _KINDS.get(base)
    if kind is None:
        raise StrategyError(
            f"parameter {each.name} is a {getattr(base, '__name__', base)}: use int, float, bool, str or "
            "Literal of texts",
            path,
            0,
        )
    low = [value for meta in metas for value in (meta.ge, meta.gt) if value is not None]
    high = [value for meta in metas for value in (meta.le, meta.lt) if value is not None]
    least, most = (max(low) if low else None), (min(high) if high else None)
    return Parameter(each.name, kind, default, least, most, _help(metas))


def _help(metas: list[Any]) -> str:
    return next((meta.description for meta in metas if getattr(meta, "description", None)), "")
