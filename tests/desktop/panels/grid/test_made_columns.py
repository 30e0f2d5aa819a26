"""Columns that are made of others: what they say, how they are marked, and that they follow the market."""

import numpy as np
import pytest

from core.expressions import ExpressionError, parse
from core.market.fields import NULL, Field
from desktop.paint.theme import Theme
from desktop.panels.grid import Col, QuoteGrid
from desktop.panels.grid.computed import checked_title, column_id, read_expression
from desktop.panels.grid.formats import CellFormat
from desktop.panels.grid.text import MINUS
from desktop.panels.grid.values import QUOTE_NAMES
from tests.desktop.panels.grid.lists import NOON_US, quote_list

MADE = (Col.SPREAD, Col.SPREAD_TICKS, Col.SPREAD_BPS, Col.MID, Col.DEPTH, Col.RANGE)


@pytest.fixture
def quotes():
    return quote_list(nulls=False)


@pytest.fixture
def grid(show_grid, quotes):
    grid = show_grid(quotes, width=2400)
    for col in (Col.HIGH, Col.LOW, Col.TIME, Col.TREND):
        grid.rows.columns.set_shown(col, False)
    for col in MADE:
        grid.rows.columns.set_shown(col, True)
    return grid


def compute(grid: QuoteGrid, title: str, text: str, form: CellFormat | None = None) -> str:
    columns = grid.rows.columns
    col = column_id(title, [spec.col for spec in columns.ordered()])
    columns.put_computed(col, title, parse(text, grid.rows.values.names))
    if form is not None:
        columns.set_format(col, form)
    return col


def column(grid: QuoteGrid, title: str) -> list[str]:
    return [cells[title] for cells in grid.painted_cells()]


def places(text: str) -> int:
    return len(text.partition(".")[2])


def number(text: str) -> float:
    return float(text.replace(",", "").replace(MINUS, "-"))


def assert_quotes_are_true(grid: QuoteGrid, quotes) -> None:
    for cells, row in zip(grid.painted_cells(), grid.rows.picture.visible.tolist(), strict=True):
        instrument, values = quotes.instruments[row], quotes.table.values[:, row]
        bid, ask = int(values[Field.BID]), int(values[Field.ASK])
        assert cells["Spread"] == instrument.format_price(ask - bid)
        assert places(cells["Mid"]) == instrument.price_decimals + 1
        assert number(cells["Mid"]) == pytest.approx(
            (bid + ask) / 2 / 10**instrument.price_decimals, rel=1e-12
        )
        assert number(cells["Ticks"]) == pytest.approx((ask - bid) / instrument.tick_counts, abs=0.5)
        assert number(cells["Spread bp"]) == pytest.approx(20_000 * (ask - bid) / (ask + bid), abs=0.0051)


def test_spread_mid_and_their_kin_follow_the_quotes_to_the_last_digit(grid, quotes):
    assert_quotes_are_true(grid, quotes)
    for step in range(10):
        quotes.tick(np.unique(quotes.dice.integers(0, 30, 12)), NOON_US + step)
        quotes.set(step, ask=int(quotes.table.values[Field.BID, step]) + 10**step)
        grid.frame(33 * step, NOON_US)
        assert_quotes_are_true(grid, quotes)


def test_what_is_null_is_empty_and_what_has_no_number_is_a_dash(grid, quotes):
    compute(grid, "Ratio", "(last - low) / (high - low)")
    quotes.set(1, bid=NULL, low=NULL)
    quotes.set(2, high=50, low=50, last=50, bid_size=0, ask_size=0)
    grid.frame(33, NOON_US)
    row = grid.painted_cells()[1]
    assert {row[title] for title in ("Spread", "Mid", "Ticks", "Spread bp", "Ratio", "Day range")} == {""}
    row = grid.painted_cells()[2]
    assert (row["Ratio"], row["Depth %"], row["Day range"]) == ("–", "–", "")


def test_a_computed_column_shows_its_number_and_follows_the_market(grid, quotes):
    compute(grid, "Turnover", "volume * last", CellFormat(decimals=1, suffix=True))
    compute(grid, "Tight", "spread_ticks <= 4")
    quotes.set(5, last=7 * 10 ** quotes.instruments[5].price_decimals)
    quotes.set(5, volume=1_500 * 10 ** quotes.instruments[5].size_decimals)
    grid.frame(33, NOON_US)
    assert column(grid, "Turnover")[5] == "10.5K"
    assert set(column(grid, "Tight")) == {"Yes"}
    quotes.set(6, ask=int(quotes.table.values[Field.BID, 6]) + 5)
    grid.frame(66, NOON_US)
    assert column(grid, "Tight")[6] == "No"


def test_a_computed_number_that_outgrows_its_column_widens_it(grid, quotes):
    col = compute(grid, "Big", "last * 1")
    before = grid.rows.columns.place(col).width
    quotes.set(3, last=123_456_789_012 * 10 ** quotes.instruments[3].price_decimals)
    grid.frame(33, NOON_US)
    assert grid.rows.columns.place(col).width > before
    assert column(grid, "Big")[3] == "123,456,789,012.00"


def test_a_number_that_depends_on_the_clock_runs_without_messages(grid, quotes):
    quotes.table.values[Field.EVENT_US] = NOON_US
    quotes.table.touch(np.arange(30))
    compute(grid, "Old", "age_s * 10", CellFormat(decimals=0))
    grid.frame(1_000, NOON_US + 1_000_000)
    assert set(column(grid, "Old")) == {"10"}
    grid.frame(4_000, NOON_US + 4_000_000)
    assert set(column(grid, "Old")) == {"40"}


def test_computed_columns_read_each_other_and_a_missing_one_makes_them_unknown(grid, quotes):
    first = compute(grid, "Half", "last / 2")
    compute(grid, "Quarter", "half / 2")
    quotes.set(0, last=8 * 10 ** quotes.instruments[0].price_decimals)
    grid.frame(33, NOON_US)
    assert column(grid, "Quarter")[0] == "2.00"
    state = grid.column_state()
    state["computed"] = [entry for entry in state["computed"] if entry["col"] != first]
    grid.restore_columns(state)
    assert set(column(grid, "Quarter")) == {"–"}
    assert "half" in grid.rows.model.spec("quarter").problem
    assert grid.column_state()["computed"][0]["expression"] == "half / 2", "nothing a person wrote is lost"


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        (CellFormat(suffix=True), "1.23M"),
        (CellFormat(suffix=True, decimals=4), "1.2346M"),
        (CellFormat(), "1,234,567.891"),
        (CellFormat(decimals=1), "1,234,567.9"),
        (CellFormat(decimals=0), "1,234,568"),
    ],
)
def test_sizes_are_written_as_chosen(grid, quotes, form, shown):
    row = next(n for n, i in enumerate(quotes.instruments) if i.size_decimals == 3)
    quotes.set(row, volume=1_234_567_891)
    grid.rows.columns.set_format(Col.VOLUME, form)
    assert column(grid, "Volume")[row] == shown


def test_percent_takes_decimals_and_colour_and_prices_take_nothing(grid, quotes):
    quotes.set(4, last=100_123, reference=100_000)
    grid.rows.columns.set_format(Col.PERCENT, CellFormat(decimals=4, sign=True, colour=True))
    assert column(grid, "Chg %")[4] == "+0.1230"
    with pytest.raises(ValueError, match="decimals"):
        CellFormat(decimals=9)
    state = grid.column_state()
    next(entry for entry in state["columns"] if entry["col"] == "last")["format"] = {"decimals": 1}
    grid.restore_columns(state)
    assert column(grid, "Last")[4] == quotes.instruments[4].format_price(100_123)


def test_heat_steps_follow_the_edges_that_were_set(grid, quotes):
    quotes.set(2, last=10_100, reference=10_000)
    grid.frame(33, NOON_US)
    grid.frame(999, NOON_US)

    def heat(title):
        return grid.painted_states()[2]["grounds"].get(title)

    assert heat("Chg %") == "heat_4"
    grid.rows.columns.set_format(Col.PERCENT, CellFormat(sign=True, heat=True, heat_edges=(0.1, 0.5, 1.0)))
    assert heat("Chg %") == "heat_6"
    grid.rows.columns.set_format(Col.PERCENT, CellFormat(sign=True))
    assert heat("Chg %") is None
    grid.rows.columns.set_format(
        Col.SPREAD_BPS, CellFormat(decimals=2, heat=True, heat_edges=(0.001, 0.01, 1e6))
    )
    assert heat("Spread bp") == "heat_5"


def test_a_bar_is_as_long_as_its_share_of_the_largest_value_of_the_list(grid, quotes):
    decimals = [i.size_decimals for i in quotes.instruments]
    for row in range(30):
        quotes.set(row, volume=10 ** decimals[row])
    quotes.set(0, volume=100 * 10 ** decimals[0])
    quotes.set(1, volume=25 * 10 ** decimals[1])
    quotes.set(2, volume=NULL)
    grid.rows.columns.set_format(Col.VOLUME, CellFormat(suffix=True, bar=True))
    place = grid.rows.columns.place(Col.VOLUME)
    theme, pixels = Theme(), grid.rows.canvas.grab().toImage()
    bar, panel = theme.argb("flash_neutral"), theme.argb("surface.panel")

    def bar_px(row):
        line = [pixels.pixel(x, row * 20 + 2) for x in range(place.x * 4, place.end * 4)]
        assert set(line) <= {bar, panel}
        assert line == sorted(line, key=lambda argb: argb != bar), "one piece from the left edge"
        return line.count(bar)

    whole = (place.width - 1) * 4
    assert bar_px(0) == whole, "the largest"
    assert bar_px(1) == pytest.approx(whole * 0.5, abs=1), "bars of sizes go by the root"
    assert bar_px(2) == 0
    assert bar_px(3) == pytest.approx(whole * 0.1, abs=1)


def test_a_bar_with_a_sign_grows_from_the_middle_to_its_side(grid, quotes):
    quotes.set(0, last=11_000, reference=10_000)
    quotes.set(1, last=9_000, reference=10_000)
    grid.rows.columns.set_format(Col.PERCENT, CellFormat(sign=True, bar=True))
    grid.frame(5_000, NOON_US)
    place = grid.rows.columns.place(Col.PERCENT)
    theme, pixels = Theme(), grid.rows.canvas.grab().toImage()
    middle = (place.x + (place.width - 1) // 2) * 4
    up, down = theme.argb("market.flash_up"), theme.argb("market.flash_down")
    assert pixels.pixel(middle + 1, 2) == up != pixels.pixel(middle - 2, 2)
    assert pixels.pixel(middle - 2, 22) == down != pixels.pixel(middle + 1, 22)


def test_the_depth_bar_is_split_where_the_sizes_are(grid, quotes):
    quotes.set(1, bid_size=30, ask_size=10)
    grid.frame(5_000, NOON_US)
    place = grid.rows.columns.place(Col.DEPTH)
    theme, pixels = Theme(), grid.rows.canvas.grab().toImage()
    line = [pixels.pixel(x, 22) for x in range(place.x * 4, place.end * 4)]
    assert line.count(theme.argb("market.flash_up")) == pytest.approx(0.75 * len(line), abs=1)
    assert line.count(theme.argb("market.flash_up")) + line.count(theme.argb("market.flash_down")) == len(
        line
    )
    assert column(grid, "Depth %")[1] == "75"


def test_formats_and_computed_columns_come_back(grid, show_grid, quotes):
    compute(grid, "Edge in bp", "spread_bps - 1", CellFormat(decimals=3, heat=True, heat_edges=(1, 2, 3)))
    grid.rows.columns.set_format(Col.VOLUME, CellFormat(decimals=0, bar=True))
    grid.set_sort("edge_in_bp", descending=True)
    other = show_grid(quotes, width=2400)
    other.restore_columns(grid.column_state())
    assert other.rows.order.tolist() == grid.rows.order.tolist() != list(range(30))
    assert other.column_state() == grid.column_state()
    assert other.painted_cells() == grid.painted_cells()
    grid.rows.columns.reset()
    assert "Edge in bp" not in grid.painted_cells()[0]
    grid.rows.columns.set_shown("edge_in_bp", True)
    grid.rows.columns.remove_computed("edge_in_bp")
    assert not grid.column_state()["computed"]


def test_names_of_computed_columns():
    assert column_id("Spread in bp!", []) == "spread_in_bp"
    assert column_id("Spread", []) == "spread_2", "a name that means something already"
    assert column_id("5 min", []) == "column_5_min"
    assert checked_title("  a  b ") == "a b"
    for wrong in ("  ", "x" * 41):
        with pytest.raises(ValueError, match="name"):
            checked_title(wrong)
    with pytest.raises(ExpressionError, match="text"):
        read_expression("symbol", QUOTE_NAMES)


def test_a_column_that_read_a_removed_one_says_so_and_the_rows_go_on(show_grid) -> None:
    quotes = quote_list(nulls=False)
    grid = show_grid(quotes, width=2400)
    columns = grid.rows.columns
    columns.put_computed("fair", "Fair", parse("bid * 2", grid.rows.values.names))
    columns.put_computed("away", "Away", parse("last - fair", grid.rows.values.names))
    columns.remove_computed("fair")
    grid.frame(1_000, NOON_US)
    assert {row["Away"] for row in grid.painted_cells()} == {"–"}
    assert grid.rows.model.spec("away").problem


def test_a_column_shows_the_new_formula_of_one_that_it_reads(show_grid) -> None:
    quotes = quote_list(nulls=False)
    grid = show_grid(quotes, width=2400)
    columns = grid.rows.columns
    columns.put_computed("fair", "Fair", parse("last * 2", grid.rows.values.names))
    columns.put_computed("share", "Share", parse("fair / last", grid.rows.values.names))
    columns.set_shown("fair", False)
    grid.frame(1_000, NOON_US)
    assert {float(row["Share"]) for row in grid.painted_cells()} == {2.0}
    columns.put_computed("fair", "Fair", parse("last * 3", grid.rows.values.names))
    grid.frame(1_033, NOON_US)
    assert {float(row["Share"]) for row in grid.painted_cells()} == {3.0}
