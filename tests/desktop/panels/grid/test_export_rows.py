"""Rows taken out of the grid: the exact numbers, typed, whole files or none, and copies with titles."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
import pytest
from PySide6.QtGui import QGuiApplication

from core.expressions import parse
from core.market.fields import NULL, Field
from desktop.export_file import ExportError
from desktop.messages import Level
from desktop.panels.grid import Col
from desktop.panels.grid.export import exported
from desktop.panels.grid.export_table import write_rows
from desktop.panels.grid.exporting import ask_export, export_to
from desktop.panels.grid.formats import CellFormat
from tests.desktop.panels.grid.lists import NOON_US, quote_list


@pytest.fixture
def quotes():
    quotes = quote_list(nulls=False)
    quotes.set(0, volume=NULL, event_us=NULL)
    quotes.set(1, event_us=NOON_US + 123_456)
    return quotes


@pytest.fixture
def grid(show_grid, quotes):
    grid = show_grid(quotes)
    columns = grid.rows.columns
    for col in (Col.MID, Col.SPREAD_BPS, Col.RANGE):
        columns.set_shown(col, True)
    columns.put_computed("tight", "Tight", parse("spread_ticks < 5", grid.rows.values.names))
    columns.put_computed("bid_2", "Bid", parse("bid * 2", grid.rows.values.names))
    return grid


def exact(counts: int, decimals: int) -> Decimal | None:
    return None if counts == NULL else Decimal(int(counts)).scaleb(-decimals)


def test_csv_holds_the_shown_rows_in_their_order_with_exact_numbers(grid, quotes, tmp_path):
    grid.rows.columns.set_format(Col.VOLUME, CellFormat(suffix=True, decimals=0))
    grid.set_filter("kraken")
    grid.set_sort(Col.LAST, descending=True)
    path = tmp_path / "rows.csv"
    assert write_rows(path, "csv", exported(grid.rows)) == len(grid.rows.order)
    table = pl.read_csv(path, infer_schema=False)
    assert table.columns[:3] == ["Symbol", "Venue", "Last"]
    assert "Bid (bid_2)" in table.columns, "two of one title"
    assert not {"Trend", "Age"} & set(table.columns)
    for line, row in zip(table.iter_rows(named=True), grid.rows.order.tolist(), strict=True):
        instrument, values = quotes.instruments[row], quotes.table.values[:, row]
        assert line["Symbol"] == instrument.key.symbol
        assert line["Venue"] == "KRAKEN"
        assert line["Last"] == instrument.format_price(int(values[Field.LAST])).replace(",", "")
        volume = instrument.format_size(int(values[Field.VOLUME])).replace(",", "")
        assert line["Volume"] == volume, "never short"
        assert line["Tight"] == "true"


def test_parquet_has_types(grid, quotes, tmp_path):
    path = tmp_path / "rows.parquet"
    write_rows(path, "parquet", exported(grid.rows))
    table = pl.read_parquet(path)
    decimals = max(i.price_decimals for i in quotes.instruments)
    assert table.schema["last"] == pl.Decimal(38, decimals)
    assert table.schema["mid"] == pl.Decimal(38, decimals + 1)
    assert table.schema["time"] == pl.Datetime("us", "UTC")
    assert table.schema["tight"] == pl.Boolean
    assert table.schema["spread_bps"] == table.schema["bid_2"] == pl.Float64
    for line, row in zip(table.iter_rows(named=True), grid.rows.order.tolist(), strict=True):
        instrument, values = quotes.instruments[row], quotes.table.values[:, row]
        assert line["last"] == exact(values[Field.LAST], instrument.price_decimals)
        assert line["volume"] == exact(values[Field.VOLUME], instrument.size_decimals)
        at = int(values[Field.EVENT_US])
        whole = None if at == NULL else datetime.fromtimestamp(at // 10**6, UTC)
        assert line["time"] == (whole and whole.replace(microsecond=at % 10**6))


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_says_so(grid, tmp_path):
    old = tmp_path / "old.csv"
    old.write_text("kept")
    grid.set_filter("there is none of this name")
    with pytest.raises(ExportError, match=r"old\.csv was not written: there is no row"):
        write_rows(old, "csv", exported(grid.rows))
    assert old.read_text() == "kept"
    grid.set_filter("")
    with pytest.raises(ExportError, match="choose another place"):
        write_rows(tmp_path / "missing" / "rows.parquet", "parquet", exported(grid.rows))
    assert [entry.name for entry in tmp_path.iterdir()] == ["old.csv"]


def test_the_desk_is_told_how_it_ended(grid, tmp_path):
    said: list[tuple[Level, str]] = []

    def export(path, kind):
        work = []
        export_to(grid, path, kind, lambda task, name: work.append(task), lambda *words: said.append(words))
        grid.rows.table.values[Field.LAST] = 1  # what comes after is not in the file
        asyncio.run(work[0])

    before = grid.painted_cells()[4]["Last"]
    export(tmp_path / "rows.csv", "csv")
    assert said[-1] == (Level.INFO, f"30 rows saved: {tmp_path / 'rows.csv'}")
    assert pl.read_csv(tmp_path / "rows.csv", infer_schema=False)["Last"][4] == before.replace(",", "")
    export(tmp_path / "no" / "rows.csv", "csv")
    assert said[-1][0] is Level.WARNING
    assert "was not written" in said[-1][1]


def test_rows_can_be_copied_with_their_titles(grid, quotes):
    grid.rows.selection.restore([2, 3], 2)
    grid.rows.copy(titles=True)
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert len(lines) == 3
    assert lines[0][:3] == ["Symbol", "Venue", "Last"]
    assert len({len(line) for line in lines}) == 1
    place = lines[0].index("Mid")
    assert lines[1][place] == grid.painted_cells()[2]["Mid"].replace(",", "")


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_place_is_asked_for_without_stopping_the_market(grid, qtbot, tmp_path):
    work = []
    dialog = ask_export(grid, "parquet", lambda task, name: work.append(task), lambda *words: None)
    qtbot.addWidget(dialog)
    assert dialog.isVisible()
    assert not work, "nothing is written before a place is chosen"
    dialog.fileSelected.emit(str(tmp_path / "mine.parquet"))
    asyncio.run(work[0])
    assert len(pl.read_parquet(tmp_path / "mine.parquet")) == 30
    dialog.close()
