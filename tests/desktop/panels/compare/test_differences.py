"""Words of a filter find rows by all that they say, and at once also among very many."""

import time

import pytest

from core.backtest.home import ResearchHome
from core.backtest.trade_differences import Found
from core.clock import NS_PER_S
from desktop.panels.compare.differences import (
    COLUMNS,
    ROWS_MAX,
    Differences,
    TradeRow,
    listed,
    matching,
)
from tests.desktop.conftest import Play, Stage
from tests.desktop.panels.compare.test_compare import compared
from tests.desktop.research.shelf import made_shelf


def row(number: int) -> TradeRow:
    opened_ns = (1_672_929_000 + number * 60) * NS_PER_S
    return TradeRow(
        1 + number % 2, list(Found)[number % 3], f"XNAS:S{number % 40}", 1 - 2 * (number % 2), opened_ns,
        opened_ns + NS_PER_S, ("exit_price", "pnl"), 1.0 * number, -2.0 * number, -3.0 * number,
    )  # fmt: skip


@pytest.fixture(scope="module")
def many() -> Differences:
    rows = tuple(map(row, range(ROWS_MAX)))
    return listed(Differences(0, ("Base", "First", "Second"), rows, len(rows)))


@pytest.mark.parametrize("words", ["", "LONG", "only s7 short", "second exit", "2023-01-05 15:0", "no such"])
@pytest.mark.parametrize("run", [None, 2])
def test_rows_have_every_word_in_what_they_say(many: Differences, words: str, run: int | None) -> None:
    told = Differences(many.base, many.titles, many.rows[:900], 900, many.texts[:900])
    found = matching(told, words, run)
    for each in told.rows:
        said = " ".join(column.text(each, told) for column in COLUMNS).lower()
        wanted = (run is None or each.run == run) and all(word in said for word in words.lower().split())
        assert (each in found) == wanted, said


def test_a_key_in_the_filter_is_answered_at_once_among_the_most_rows_there_may_be(many: Differences) -> None:
    took = []
    for words in ("l", "lo", "long", "long exit", "long exit s8"):
        for _ in range(3):
            begin = time.thread_time()
            assert matching(many, words)
            took.append(time.thread_time() - begin)
    assert min(took) < 0.05
    assert sorted(took)[len(took) // 2] < 0.05


def test_columns_stand_under_each_other_in_every_size_of_text(
    play: Play, research_home: ResearchHome
) -> None:
    made_shelf(pairs=((20, 80), (10, 40)), sessions=2)

    async def scenario(stage: Stage) -> None:
        panel = await compared(stage, 2)
        for percent in ("100", "150", "90"):
            stage.app.settings.change("text_percent", percent)
            columns = range(len(panel.figures.text.titles))
            widths = [[table.columnWidth(at) for at in columns] for table in (panel.settings, panel.figures)]
            assert widths[0] == widths[1], percent

    play(scenario)
