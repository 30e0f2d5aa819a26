"""The table of a film: what it moves and draws anew is what it would draw at once; what counts has room."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from desktop.paint.fonts import register_fonts
from desktop.paint.theme import Theme
from desktop.panels.film.table import Cells, FilmColumn, FilmTable

COLUMNS = (
    FilmColumn("#", 40, True, leaves=1),
    FilmColumn("Words", 90, leaves=2),
    FilmColumn("Profit", 80, True),
)


class Rows:
    """What the table shows: rows that may say something else, the newest three with a live number."""

    def __init__(self) -> None:
        self.count, self.stamp, self.price = 0, 0, 0

    def cells(self, number: int) -> Cells:
        words = f"word {number} of a long sentence {self._stamp(number)}"
        ink = "market.up" if number % 2 else "market.down"
        return (
            (f"{number:,}", "text.secondary"),
            (words, "text.primary"),
            ("" if self._is_live(number) else f"{number * 7}", ink),
        )

    def _is_live(self, number: int) -> bool:
        return number >= self.count - 3

    def _stamp(self, number: int) -> int:
        return self.stamp if number % 3 == 0 else 0

    def stamps(self, numbers: range) -> list[int]:
        return [
            (-1 if self._is_live(number) else 1) * (10 + self._stamp(number) + number // 3 % 1)
            for number in numbers
        ]

    def live(self, number: int) -> tuple[int, str, str] | None:
        return (2, f"{self.price + number}", "market.up") if self._is_live(number) else None

    def table(self) -> FilmTable:
        return FilmTable(Theme(), COLUMNS, self.cells, self.stamps, self.live)


def picture(table: FilmTable) -> QImage:
    return table.grab().toImage()


def at_once(rows: Rows, like: FilmTable, qtbot: QtBot) -> QImage:
    """The same state on a table that has drawn nothing before."""
    table = rows.table()
    qtbot.addWidget(table)
    table.resize(like.size())
    table.grab()  # laid out, without a row
    table.show_rows(rows.count)
    table.selected = like.selected
    table.verticalScrollBar().setValue(like.verticalScrollBar().value())
    assert table.verticalScrollBar().value() == like.verticalScrollBar().value()
    image = picture(table)
    table.deleteLater()
    return image


STEPS = some.lists(
    some.one_of(
        some.tuples(some.just("grow"), some.sampled_from((1, 2, 5, 40))),
        some.tuples(some.just("shrink"), some.sampled_from((1, 7, 60))),
        some.tuples(some.just("scroll"), some.integers(0, 60)),
        some.tuples(some.just("select"), some.integers(0, 60)),
        some.tuples(some.just("stamp"), some.integers(0, 3)),
        some.tuples(some.just("price"), some.integers(0, 99)),
        some.tuples(some.just("width"), some.sampled_from((180, 260, 400))),
    ),
    max_size=12,
)


@given(steps=STEPS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_moved_is_what_would_be_drawn(qtbot: QtBot, steps: list[tuple[str, int]]) -> None:
    register_fonts()
    rows = Rows()
    table = rows.table()
    qtbot.addWidget(table)
    table.resize(260, 200)
    table.grab()
    for what, how in steps:
        if what in ("grow", "shrink"):
            rows.count = max(0, rows.count + (how if what == "grow" else -how))
        elif what == "scroll":
            table.verticalScrollBar().setValue(how)
        elif what == "select":
            table.selected = min(how, rows.count - 1)
        elif what == "stamp":
            rows.stamp = how
        elif what == "price":
            rows.price = how
        else:
            table.resize(how, 200)
        table.show_rows(rows.count)
        shown = picture(table)
        assert shown == at_once(rows, table, qtbot), (what, how)


@pytest.mark.parametrize(
    ("width_px", "shown"), [(300, ["#", "Words", "Profit"]), (185, ["Words", "Profit"]), (120, ["Profit"])]
)
def test_where_not_all_have_room_the_profit_stays(qtbot: QtBot, width_px: int, shown: list[str]) -> None:
    table = Rows().table()
    qtbot.addWidget(table)
    table.resize(width_px, 200)
    table.show()
    places = table.places()
    assert [column.title for column, (_, width) in zip(table.columns, places, strict=True) if width] == shown
    right = max(left + width for left, width in places)
    assert right <= table.viewport().width() + 1
