"""The quick writer's bytes are those of `encode_raw`, whatever shapes follow each other."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aggregator.feeds.raw_writer import FORM_EVENTS_MAX, RawWriter
from core.market.fields import SourceState
from core.wire.raw import RawBatch, RawFlag, RawHeader, encode_raw
from core.wire.raw_events import KINDS_OF_EVENTS, wire_columns

lengths = st.one_of(st.just(0), st.integers(0, 4), st.integers(0, FORM_EVENTS_MAX + 2))
headers = st.builds(
    RawHeader,
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**32 - 1),
    st.sampled_from([RawFlag(0), RawFlag.STATE | RawFlag.FIRST, RawFlag.STATE | RawFlag.LAST]),
    st.sampled_from(list(SourceState)),
    st.integers(0, 2**32 - 1),
)


@st.composite
def batches(draw: st.DrawFn) -> RawBatch:
    dice = np.random.default_rng(draw(st.integers(0, 2**32)))
    kinds: dict[str, Any] = {}
    for name, kind in KINDS_OF_EVENTS:
        length = draw(lengths) if draw(st.booleans()) else 0
        columns = {
            column.name: dice.integers(
                np.iinfo(column.dtype).min, np.iinfo(column.dtype).max, length, column.dtype
            )
            for column in wire_columns(kind)
        }
        if draw(st.booleans()):
            columns["position"] = None
        if length:
            kinds[name] = kind(**columns)
    return RawBatch(draw(headers), **kinds)


@given(st.lists(batches(), min_size=1, max_size=8))
def test_same_bytes(written: list[RawBatch]) -> None:
    writer = RawWriter()
    for batch in [*written, *written]:  # the second time from a form
        assert writer.encode(batch) == encode_raw(batch)
