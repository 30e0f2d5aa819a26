"""A chart's bars are what was put in, and a reader who looks only at what changed misses nothing."""

import time

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.market.bar_series import CHANGES_MAX, BarField, BarSeries
from core.market.bars import COLUMNS, BarColumns, no_bars
from tests.core.wire.examples import some_bars

Row = tuple[int, ...]
KEYS_MAX = 400


def bars_of(rows: dict[int, Row]) -> BarColumns:
    """Columns of {key: the other columns}."""
    if not rows:
        return no_bars()
    table = np.array([(key, *rows[key]) for key in sorted(rows)], np.int64).T
    return BarColumns(*table[:-1], table[-1].astype(np.uint8))


def rows_of(series: BarSeries) -> dict[int, Row]:
    return {row[0]: tuple(row[1:]) for row in series.values.T.tolist()}


class SeriesMachine(RuleBasedStateMachine):
    """Beside a dict of bars, with readers that copy what they are told has changed."""

    def __init__(self) -> None:
        super().__init__()
        self.series = BarSeries()
        self.model: dict[int, Row] = {}
        self.layouts = 0
        # version, the copy, its layout: two that look now and then, one that looks each time
        self.readers: list[tuple[int, np.ndarray]] = [(0, self.series.values.copy()) for _ in range(3)]
        self.random = np.random.default_rng(1)

    def fresh(self, keys: list[int]) -> dict[int, Row]:
        return {
            key: (*self.random.integers(-(10**12), 10**12, 8).tolist(), int(self.random.integers(256)))
            for key in keys
        }

    @rule(keys=st.lists(st.integers(0, KEYS_MAX), max_size=40, unique=True))
    def replace(self, keys: list[int]) -> None:
        self.model = self.fresh(keys)
        self.series.replace(bars_of(self.model), 2, 3)
        self.layouts += 1

    @rule(keys=st.lists(st.integers(-KEYS_MAX, KEYS_MAX), max_size=300, unique=True))
    def prepend(self, keys: list[int]) -> None:
        page = self.fresh(keys)
        first = min(self.model, default=10**9)
        self.series.prepend(bars_of(page))
        self.model |= {key: row for key, row in page.items() if key < first}

    @rule(keys=st.lists(st.integers(0, KEYS_MAX), min_size=1, max_size=12, unique=True))
    def merge(self, keys: list[int]) -> None:
        self.put(self.fresh(keys))

    @rule(steps=st.lists(st.integers(0, 2), min_size=1, max_size=90))
    def follow_the_market(self, steps: list[int]) -> None:
        """The last bar changes, or one to three new ones follow."""
        for step in steps:
            last = max(self.model, default=0)
            self.put(self.fresh([last + n for n in range(step + 1)]))

    @rule(at=st.integers(0, 10**6), count=st.integers(1, 3))
    def amend(self, at: int, count: int) -> None:
        """Known bars change after they had closed."""
        if self.model:
            keys = sorted(self.model)
            begin = at % len(keys)
            self.put(self.fresh(keys[begin : begin + count]))

    @rule(at=st.integers(0, 10**6), count=st.integers(1, 60), changed=st.integers(0, 90), new=st.booleans())
    def a_page_is_read_again(self, at: int, count: int, changed: int, new: bool) -> None:
        """All as it is here, or but one bar, or one that was missing."""
        keys = sorted(self.model)
        if not keys:
            return
        begin = at % len(keys)
        page = {key: self.model[key] for key in keys[begin : begin + count]}
        others = {key: row for key, row in self.fresh([keys[begin] + changed]).items() if new or key in page}
        version, is_one = self.series.version, len(page) == 1
        self.put(page | others)
        assert (self.series.version > version) == (bool(others) or is_one)

    def put(self, bars: dict[int, Row]) -> None:
        self.series.merge(bars_of(bars))
        self.model |= bars
        self.look(0)

    @rule(reader=st.integers(0, 2))
    def look(self, reader: int) -> None:
        version, seen = self.readers[reader]
        begin = self.series.changed_from(version)
        assert 0 <= begin <= self.series.count
        now = np.concatenate((seen[:, :begin], self.series.values[:, begin:]), axis=1)
        np.testing.assert_array_equal(now, self.series.values)
        self.readers[reader] = self.series.version, now
        assert self.series.changed_from(self.series.version) == self.series.count

    @invariant()
    def holds_what_was_put_in(self) -> None:
        series = self.series
        assert series.count == len(self.model) == len(series.columns)
        assert rows_of(series) == self.model
        assert (np.diff(series.column(BarField.KEY)) > 0).all()
        assert series.layout == self.layouts


SeriesMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestSeries = SeriesMachine.TestCase


def filled(count: int) -> BarSeries:
    series = BarSeries()
    series.replace(some_bars(np.random.default_rng(1), count), 2, 8)
    return series


def test_a_window_left_alone_for_hours_looks_at_the_last_bars_only() -> None:
    series = filled(1_000)
    version, bar = series.version, series.columns.take(slice(-1, None))
    for _ in range(10 * CHANGES_MAX):
        series.merge(bar)
    assert series.changed_from(version) == 999


def test_a_reader_who_missed_too_much_reads_everything() -> None:
    series = filled(1_000)
    version = series.version
    for _ in range(CHANGES_MAX + 2):
        last = series.columns.take(slice(-1, None))
        series.merge(BarColumns(last.key + 1, *(getattr(last, name) for name in COLUMNS[1:])))
    assert series.changed_from(version) == 0
    assert series.changed_from(series.version - 3) == series.count - 3


@pytest.mark.parametrize("page_bars", [10, 5_000])
def test_pages_of_history_are_not_moved_with_every_page(page_bars: int) -> None:
    series = BarSeries()
    pages = 100
    bars = some_bars(np.random.default_rng(1), pages * page_bars)
    moves, place = 0, None
    for page in range(pages - 1, -1, -1):
        series.prepend(bars.take(slice(page * page_bars, (page + 1) * page_bars)))
        base = series.values.base
        moves += base is not place
        place = base
    assert series.count == pages * page_bars
    assert moves < 15
    np.testing.assert_array_equal(series.column(BarField.CLOSE), bars.close)


@pytest.mark.bench
def test_a_change_of_the_last_bar_costs_the_same_whatever_is_behind_it() -> None:
    def best_us(series: BarSeries) -> float:
        bar, best = series.columns.take(slice(-1, None)), 1e9
        for _ in range(20):
            begin = time.perf_counter()
            for _ in range(50):
                series.merge(bar)
            best = min(best, (time.perf_counter() - begin) * 1e6 / 50)
        return best

    assert best_us(filled(500_000)) < 3 * best_us(filled(100)) + 20
