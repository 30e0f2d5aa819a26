"""A file that was exported is whole and exact, or it is not there and a line says why."""

import csv
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QFontMetricsF, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.clock import NS_PER_S
from core.market.bars import BarColumns, BarFlag, no_bars
from core.market.fields import NULL
from core.market.intervals import parse_interval
from core.market.trading_day import TradingDay, day_begins, trading_day
from desktop.export_file import ExportError
from desktop.paint.fonts import register_fonts
from desktop.paint.theme import Theme
from desktop.panels.chart.export import (
    CAPTION_HEIGHT_PX,
    caption_lines,
    picture_of,
    write_png,
)
from desktop.panels.chart.export_csv import _decimals, write_csv

NEW_YORK = ZoneInfo("America/New_York")
BEGIN_NS = 1_710_052_200 * NS_PER_S  # 2024-03-10 06:30 UTC: half an hour before summer time in New York


def bars(keys: np.ndarray) -> BarColumns:
    count = len(keys)
    price = np.arange(count) * 5 - 5
    volume = np.where(np.arange(count) == 1, NULL, 1_500)
    flags = np.full(count, int(BarFlag.CLOSED), np.uint8)
    flags[-1] = int(BarFlag.INCOMPLETE)
    return BarColumns(
        keys, keys + 1, keys + 7, price, price + 10**12, price - 1, price + 1, volume, np.arange(count), flags
    )


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_bar_is_a_row_with_exact_numbers_and_times_with_their_offset(tmp_path: Path) -> None:
    path = tmp_path / "Zürich bars.csv"
    keys = BEGIN_NS + np.arange(3) * 1_800 * NS_PER_S
    written = write_csv(path, bars(keys), parse_interval("30m"), NEW_YORK, TradingDay(), 2, 3)
    assert written == 3
    found = rows(path)
    assert [row["open_time"] for row in found] == [
        "2024-03-10T01:30:00-05:00", "2024-03-10T03:00:00-04:00", "2024-03-10T03:30:00-04:00",
    ]  # fmt: skip
    assert found[0]["end_time"] == found[1]["open_time"]
    assert datetime.fromisoformat(found[2]["end_time"]).timestamp() == BEGIN_NS / NS_PER_S + 5_400
    assert found[0] | {"open_time": "", "end_time": ""} == {
        "open_time": "", "end_time": "", "open": "-0.05", "high": "9999999999.95", "low": "-0.06",
        "close": "-0.04", "volume": "1.500", "trades": "0", "flags": "",
    }  # fmt: skip
    assert found[1]["volume"] == ""
    assert found[2]["flags"] == "incomplete; forming"


def test_a_days_bar_ends_where_the_next_trading_day_begins(tmp_path: Path) -> None:
    cme = trading_day("GLBX")
    keys = np.unique(day_begins(cme, BEGIN_NS + np.arange(3) * 86_400 * NS_PER_S))
    write_csv(tmp_path / "d.csv", bars(keys), parse_interval("1d"), ZoneInfo("UTC"), cme, 2, 0)
    found = rows(tmp_path / "d.csv")
    assert [row["end_time"] for row in found[:-1]] == [row["open_time"] for row in found[1:]]


def test_bars_of_trades_have_their_first_and_last_trade_to_the_nanosecond(tmp_path: Path) -> None:
    two = bars(np.array([0, 1]))
    two = BarColumns(
        two.key, BEGIN_NS + two.key, BEGIN_NS + two.key + 9, two.open, two.high, two.low, two.close,
        two.volume, two.trades, two.flags,
    )  # fmt: skip
    write_csv(tmp_path / "t.csv", two, parse_interval("100t"), ZoneInfo("UTC"), TradingDay(), 0, 0)
    first = rows(tmp_path / "t.csv")[0]
    assert first["open_time"] == "2024-03-10T06:30:00.000000000+00:00"
    assert first["end_time"] == "2024-03-10T06:30:00.000000009+00:00"


@settings(deadline=None)
@given(st.lists(st.integers(-(2**63) + 1, 2**63 - 1), min_size=1, max_size=20), st.integers(0, 18))
def test_decimals_are_never_rounded(counts: list[int], decimals: int) -> None:
    texts = _decimals(np.array(counts, np.int64), decimals).to_list()
    assert [Decimal(text) for text in texts] == [Decimal(count).scaleb(-decimals) for count in counts]


def test_what_cannot_be_written_says_why_and_leaves_the_old_file(tmp_path: Path) -> None:
    old = tmp_path / "old.csv"
    old.write_text("old")
    with pytest.raises(ExportError, match=r"old.csv was not written: there is no bar yet"):
        write_csv(old, no_bars(), parse_interval("1m"), NEW_YORK, TradingDay(), 2, 3)
    assert old.read_text() == "old"
    nowhere = tmp_path / "missing" / "new.csv"
    with pytest.raises(ExportError, match="choose another place"):
        write_csv(nowhere, bars(np.array([BEGIN_NS])), parse_interval("1m"), NEW_YORK, TradingDay(), 2, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["old.csv"]


def test_a_picture_is_the_panel_with_a_caption_below(qtbot: QtBot, tmp_path: Path) -> None:
    register_fonts()
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.setStyleSheet("background: #ff0000")
    widget.resize(320, 200)
    widget.show()
    path = tmp_path / "chart.png"
    write_png(path, widget, "ETHUSDT BINANCE 3s · 23:58:26 UTC", Theme())
    picture = QImage(str(path))
    ratio = widget.devicePixelRatioF()
    assert (picture.width(), picture.height()) == (320 * ratio, (200 + CAPTION_HEIGHT_PX) * ratio)
    assert picture.pixelColor(160, 100) == QColor("#ff0000")
    below = {picture.pixelColor(x, round(212 * ratio)).name() for x in range(320)}
    assert len(below) > 5  # letters, and no red
    assert "#ff0000" not in below
    with pytest.raises(ExportError, match="not written"):
        write_png(tmp_path / "missing" / "chart.png", widget, "", Theme())
    assert [found.name for found in tmp_path.iterdir()] == ["chart.png"]


def test_a_narrow_picture_still_says_that_it_is_of_a_replay(qtbot: QtBot) -> None:
    register_fonts()
    metrics = QFontMetricsF(Theme().number_font("small"))
    parts = ["ETHUSDT BINANCE_FUTURES 3s", "Thu 8 Aug 2024 23:55:06 UTC", "Replay eth"]
    lines = caption_lines(" · ".join(parts), metrics, 375)
    assert lines == [" · ".join(parts[:2]), parts[2]]
    assert caption_lines(" · ".join(parts), metrics, 100) == parts
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.resize(320, 200)
    high = picture_of(widget, " · ".join(parts), Theme()).height()
    assert high > picture_of(widget, parts[0], Theme()).height()
