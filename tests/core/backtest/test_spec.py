"""Specs: equal ones are equal texts, and what cannot run is refused with the field's name."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backtest.spec import RunSpec, SpecError, VenueModel
from core.backtest.strategies import BUILT_IN, Parameter

GOOD: dict[str, Any] = {
    "dataset_id": "es-1",
    "dataset_hash": "0" * 64,
    "instruments": ["XNAS:AAPL"],
    "strategy": "sma_crossover",
    "strategy_hash": "1" * 64,
    "parameters": {"fast": 20},
}

numbers = st.one_of(st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9), st.booleans(), st.text(max_size=20))


@settings(max_examples=40, deadline=None)
@given(
    parameters=st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), numbers, max_size=6),
    seed=st.integers(0, 2**63 - 1),
    fees_bps=st.floats(-1_000, 10_000),
    instruments=st.lists(
        st.from_regex(r"[A-Z]{1,4}:[A-Z0-9./ ]{1,8}", fullmatch=True), min_size=1, max_size=5, unique=True
    ),
)
def test_a_spec_survives_its_text_and_keeps_its_id(
    parameters: dict[str, Any], seed: int, fees_bps: float, instruments: list[str]
) -> None:
    spec = RunSpec(
        "d", "h", tuple(instruments), "sma_crossover", "s", parameters, seed, VenueModel(fees_bps=fees_bps)
    )
    again = RunSpec.from_json(spec.canonical())
    assert again == spec
    assert again.run_id == spec.run_id
    backwards = dict(reversed(json.loads(spec.canonical()).items()))
    assert RunSpec.from_json(json.dumps(backwards, indent=3)).run_id == spec.run_id


@given(
    first=st.integers(0, 5), second=st.integers(0, 5), seeds=st.tuples(st.integers(0, 3), st.integers(0, 3))
)
def test_other_wishes_are_other_runs(first: int, second: int, seeds: tuple[int, int]) -> None:
    specs = [
        RunSpec.from_json(json.dumps({**GOOD, "parameters": {"fast": fast}, "seed": seed}))
        for fast, seed in zip((first, second), seeds, strict=True)
    ]
    is_same = (first, seeds[0]) == (second, seeds[1])
    assert (specs[0].run_id == specs[1].run_id) is is_same


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"instruments": []}, "instruments are 0: name 1 to 64"),
        ({"instruments": ["AAPL"]}, "instrument 'AAPL': write it as EX:SYM"),
        ({"instruments": ["A:B", "A:B"]}, "named twice"),
        ({"instruments": "A:B"}, "instruments is no list"),
        ({"seed": -1}, "seed is -1: use a whole number from 0"),
        ({"seed": True}, "seed is True"),
        ({"parameters": {"fast": None}}, "parameter fast is None: use a number, true or false, or a text"),
        ({"parameters": {"not a name": 1}}, "its name must be a plain word"),
        ({"parameters": {"fast": float("inf")}}, "parameter fast is inf: use a finite number"),
        ({"parameters": []}, "parameters is no JSON object"),
        ({"strategy": "file:../evil.py"}, "use file:NAME.py"),
        ({"strategy": ""}, "strategy is '': it must be a text"),
        ({"precision": "double"}, "precision is 'double': use standard or high"),
        ({"begin_ns": 5, "end_ns": 5}, "end_ns is not after begin_ns"),
        ({"colour": 1}, "the spec has no field colour"),
        ({"version": 99}, "a spec of version 99"),
        ({"venue": {"fees_bps": "1"}}, "venue.fees_bps is '1': use a number from -1,000 to 10,000"),
        ({"venue": {"k_spread": float("nan")}}, "venue.k_spread is nan"),
        ({"venue": {"prob_slippage": 1.5}}, "venue.prob_slippage is 1.5: use a number from 0 to 1"),
        ({"venue": {"starting_cash": 0}}, "venue.starting_cash is 0"),
        ({"venue": {"currency": "us dollar"}}, "venue.currency is 'us dollar': use a code such as USD"),
        ({"venue": {"account": "SPREAD"}}, "venue.account is 'SPREAD': use MARGIN or CASH"),
        ({"venue": {"account": "CASH"}}, "venue.leverage is 10: a CASH account has 1"),
        ({"venue": {"latency_us": 1.5}}, "venue.latency_us is 1.5: use a whole number"),
        ({"venue": {"fee": 1}}, "the spec has no field venue.fee"),
    ],
)
def test_what_cannot_run_is_refused_by_name(changed: dict[str, Any], message: str) -> None:
    RunSpec.from_json(json.dumps(GOOD))
    with pytest.raises(SpecError) as refused:
        RunSpec.from_json(json.dumps({**GOOD, **changed}))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "1", "{", '{"dataset_id": "x"}', "null"])
def test_what_is_no_spec_is_said_to_be_none(text: str) -> None:
    with pytest.raises(SpecError):
        RunSpec.from_json(text)


# ---- parameters --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "value"),
    [("5", 5), (" 5 ", 5), ("0x5", None), ("5.0", None), ("", None), ("101", None), ("0", None)],
)
def test_a_whole_number_is_read_as_typed_or_refused(typed: str, value: int | None) -> None:
    fast = Parameter("fast", "int", 20, 1, 100)
    if value is None:
        with pytest.raises(SpecError, match=r"parameter fast is .*: use a whole number from 1 to 100"):
            fast.parsed(typed)
    else:
        assert fast.parsed(typed) == value


def test_five_and_five_point_nought_are_one_wish() -> None:
    described = BUILT_IN["sma_crossover"]
    first, second = (described.checked({"fast": 5, "quantity": each}) for each in (10, 10.0))
    assert json.dumps(first) == json.dumps(second)
    assert list(first) == ["fast", "slow", "quantity", "allow_short"]
    with pytest.raises(SpecError, match="sma_crossover has no parameter fats: it takes fast, slow"):
        described.checked({"fats": 5})
