"""A subscriber's table is exactly what the publisher sent, and never half of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.fields import FIELD_COUNT, NULL, QUOTE_FIELDS, TRADE_FIELDS, Field
from core.market.quote_table import QuoteTable
from core.wire.delta import apply_delta, decode_delta_header, encode_delta, fixed_bases, open_delta
from core.wire.errors import WireError
from core.wire.flat import seal
from core.wire.generated.delta.Delta import Delta as Generated
from tests.core.wire.examples import LAYOUT, delta_header, delta_message, moved, some_values

INT64 = st.integers(NULL, 2**63 - 1)
NEAR = st.integers(-40_000, 40_000)


@st.composite
def sent_deltas(draw: st.DrawFn) -> tuple[int, np.ndarray, list[tuple[np.ndarray, list[Field], np.ndarray]]]:
    """(rows, bases, blocks) with columns of any width: near the base, far from it, null."""
    rows = draw(st.sampled_from([1, 3, 100, 256, 257, 400]))
    origin = draw(st.sampled_from([0, 1_000_000, 2**63 - 5, -(2**63) + 5]))
    bases = np.full((FIELD_COUNT, rows), origin, np.int64)
    bases[Field.EVENT_US] = 0
    blocks = []
    for _ in range(draw(st.integers(0, 3))):
        chosen = np.array(sorted(draw(st.sets(st.integers(0, rows - 1), max_size=6))), np.intp)
        fields = draw(st.lists(st.sampled_from(list(Field)), unique=True, min_size=1, max_size=5))
        cells = []
        for _field in fields:
            near = draw(st.booleans())
            for _row in chosen:
                value = origin + draw(NEAR) if near else draw(INT64)
                cells.append(value if -(2**63) < value < 2**63 and draw(st.integers(0, 5)) else NULL)
        blocks.append((chosen, fields, np.array(cells, np.int64).reshape(len(fields), len(chosen))))
    return rows, bases, blocks


@given(sent_deltas())
@settings(max_examples=150, deadline=None)
def test_every_value_arrives_exactly(sent: tuple) -> None:
    rows, bases, blocks = sent
    expected = QuoteTable(rows)
    for chosen, fields, values in blocks:
        expected.values[np.ix_(fields, chosen)] = values
    table = QuoteTable(rows)
    apply_delta(encode_delta(delta_header(), blocks, bases), table, bases, LAYOUT, rows)
    np.testing.assert_array_equal(table.values, expected.values)
    changed = sorted({int(row) for chosen, fields, _ in blocks if fields for row in chosen})
    assert table.changed_since(0).tolist() == changed


def test_the_header_arrives() -> None:
    header = delta_header(degradation=2, rows_left=17, cadence_ms=16)
    got = decode_delta_header(encode_delta(header, [], np.zeros((FIELD_COUNT, 1), np.int64)))
    assert got[:-2] == header[:-2]
    np.testing.assert_array_equal(got.source_states, header.source_states)
    np.testing.assert_array_equal(got.source_late_ms, header.source_late_ms)


def test_a_header_without_blocks_is_idle() -> None:
    bases = np.zeros((FIELD_COUNT, 4), np.int64)
    empty = (np.zeros(0, np.intp), [Field.BID], np.zeros((1, 0), np.int64))
    assert open_delta(encode_delta(delta_header(), [], bases)).is_idle
    assert open_delta(encode_delta(delta_header(), [empty], bases)).is_idle


def test_equal_row_lists_travel_once() -> None:
    rng = np.random.default_rng(3)
    values = some_values(rng, 100)
    rows = np.arange(100)
    trade_only = [field for field in TRADE_FIELDS if field is not Field.EVENT_US]
    message = encode_delta(
        delta_header(),
        [(rows, QUOTE_FIELDS, values[list(QUOTE_FIELDS)]), (rows, trade_only, values[trade_only])],
        fixed_bases(values),
    )
    assert Generated.GetRootAs(message).BlocksLength() == 1


def test_a_hundred_rows_of_ten_fields_cost_at_most_45_bytes_a_row() -> None:
    rng = np.random.default_rng(3)
    before = some_values(rng, 100)
    later = moved(rng, before)
    fields = [*QUOTE_FIELDS, *(field for field in TRADE_FIELDS if field is not Field.EVENT_US)]
    message = encode_delta(delta_header(), [(np.arange(100), fields, later[fields])], fixed_bases(before))
    assert len(message) / 100 <= 45


@pytest.mark.parametrize(
    ("offset", "width"),
    [(127, 8), (-127, 8), (128, 16), (-128, 16), (32_767, 16), (-32_768, 32), (2**31 - 1, 32), (2**31, 64)],
)
def test_a_column_takes_the_narrowest_width_that_keeps_its_null_apart(offset: int, width: int) -> None:
    bases = np.full((FIELD_COUNT, 2), 500, np.int64)
    values = np.array([[500 + offset, NULL]], np.int64)
    message = encode_delta(delta_header(), [(np.arange(2), [Field.BID], values)], bases)
    block = Generated.GetRootAs(message).Blocks(0)
    lengths = {8: block.Values8Length(), 16: block.Values16Length(), 32: block.Values32Length()}
    lengths[64] = block.Values64Length()
    assert {bits for bits, length in lengths.items() if length} == {width}
    table = QuoteTable(2)
    apply_delta(message, table, bases, LAYOUT, 2)
    assert table.column(Field.BID).tolist() == [500 + offset, NULL]


def test_a_difference_that_64_bits_cannot_hold_goes_absolute() -> None:
    lowest, highest = NULL + 1, 2**63 - 1
    for value, base in ((lowest, 1), (lowest, 2), (highest, -1), (highest, lowest), (lowest, highest)):
        bases = np.full((FIELD_COUNT, 2), base, np.int64)
        values = np.array([[base, value]], np.int64)
        table = QuoteTable(2)
        apply_delta(
            encode_delta(delta_header(), [(np.arange(2), [Field.BID], values)], bases),
            table,
            bases,
            LAYOUT,
            2,
        )
        assert table.column(Field.BID).tolist() == [base, value]


def test_the_generated_reader_sees_the_same_numbers() -> None:
    message, bases = delta_message(np.random.default_rng(5))
    table = QuoteTable(100)
    apply_delta(message, table, bases, LAYOUT, 100)
    root = Generated.GetRootAs(message)
    assert root.Sequence() == 42
    for index in range(root.BlocksLength()):
        block = root.Blocks(index)
        rows = block.Rows8AsNumpy()
        for bits in (8, 16, 32):
            fields = getattr(block, f"Fields{bits}AsNumpy")()
            if isinstance(fields, int):
                continue
            values = getattr(block, f"Values{bits}AsNumpy")().reshape(len(fields), len(rows)).astype(np.int64)
            for field, column in zip(fields, values, strict=True):
                base = root.EventBaseUs() if field == Field.EVENT_US else bases[field, rows]
                expected = np.where(column == -(2 ** (bits - 1)), NULL, column + base)
                if field != Field.EVENT_US:  # a later block may repeat a row's time
                    np.testing.assert_array_equal(table.column(Field(field))[rows], expected)


@given(sent_deltas())
@settings(max_examples=40, deadline=None)
def test_vectors_are_aligned_as_other_languages_need(sent: tuple) -> None:
    _, bases, blocks = sent
    message = encode_delta(delta_header(), blocks, bases)
    assert len(message) % 8 == 4
    root = Generated.GetRootAs(message)
    assert root._tab.Pos % 8 == 0
    for index in range(root.BlocksLength()):
        table = root.Blocks(index)._tab
        for slot, size in enumerate((1, 2, 1, 1, 1, 2, 1, 4, 1, 8)):
            offset = table.Offset(4 + 2 * slot)
            if offset:
                assert table.Vector(offset) % size == 0


def test_a_table_with_spare_rows_takes_deltas_too() -> None:
    message, bases = delta_message(np.random.default_rng(6), rows=20)
    exact, roomy = QuoteTable(20), QuoteTable(3)
    roomy.grow(10)
    roomy.grow(20)
    assert roomy.capacity > 20
    apply_delta(message, exact, bases, LAYOUT, 20)
    apply_delta(message, roomy, bases, LAYOUT, 20)
    np.testing.assert_array_equal(exact.values, roomy.values)


@pytest.mark.parametrize("rows", [100, 300])
def test_a_row_outside_the_group_refuses_the_whole_message(rows: int) -> None:
    message, bases = delta_message(np.random.default_rng(7), rows=rows)
    table = QuoteTable(rows)
    with pytest.raises(WireError, match="row"):
        apply_delta(message, table, bases, LAYOUT, rows // 2)
    assert table.version == 0
    assert (table.values == NULL).all()


def test_another_layout_is_refused() -> None:
    message, bases = delta_message(np.random.default_rng(7))
    with pytest.raises(WireError, match="layout"):
        apply_delta(message, QuoteTable(100), bases, LAYOUT + 1, 100)


def test_any_flipped_byte_is_noticed_and_changes_nothing() -> None:
    message, bases = delta_message(np.random.default_rng(8), rows=12)
    table = QuoteTable(12)
    for position in range(len(message)):
        changed = bytearray(message)
        changed[position] ^= 0x41
        with pytest.raises(WireError):
            apply_delta(bytes(changed), table, bases, LAYOUT, 12)
    assert table.version == 0
    assert (table.values == NULL).all()


def test_many_blocks_sharing_one_column_are_bounded() -> None:
    """64 block entries may name one block of 1,000 rows: the cells count, not the bytes."""
    rows = np.arange(1_000)
    bases = np.zeros((FIELD_COUNT, 1_000), np.int64)
    values = np.ones((FIELD_COUNT, 1_000), np.int64)
    message = encode_delta(delta_header(), [(rows, list(Field), values)], bases)
    shared = _with_blocks_repeated(message, 64)
    with pytest.raises(WireError, match="cells"):
        apply_delta(shared, QuoteTable(1_000), bases, LAYOUT, 1_000)


def _with_blocks_repeated(message: bytes, times: int) -> bytes:
    """Append a list that names the message's only block `times` times, and point the root at it."""
    buffer = bytearray(message[:-4])
    table = Generated.GetRootAs(message)._tab
    place = table.Pos + table.Offset(30)
    block = table.Indirect(table.Vector(table.Offset(30)))
    # Offsets point forward: the list goes behind the message, and a copy of the message behind the list.
    copy_at = len(buffer) + 4 + 4 * times
    listed = bytearray(times.to_bytes(4, "little"))
    for index in range(times):
        entry = len(buffer) + 4 + 4 * index
        listed += (copy_at + block - entry).to_bytes(4, "little")
    buffer[place : place + 4] = (len(buffer) - place).to_bytes(4, "little")
    return seal(bytes(buffer) + bytes(listed) + message[:-4])
