"""A tear sheet as who opens it sees it: whole, safe, right numbers, doubts first."""

import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backtest.catalog import Catalog
from core.backtest.columns import ColumnsError
from core.backtest.dataset import MANIFEST, PARTIAL, Dataset
from core.backtest.home import ResearchHome
from core.backtest.metric_list import METRICS, metric_text
from core.backtest.metrics import metrics_of
from core.backtest.run_files import METRICS as METRICS_FILE
from core.backtest.run_files import RunFiles
from core.backtest.spec import VenueModel
from core.backtest.tearsheet import tear_sheet, write_tear_sheet
from core.backtest.tearsheet_charts import percent_labels, plain_labels
from core.backtest.tearsheet_data import (
    date_ticks,
    monthly_returns,
    nice_step,
    thinned,
    ticks,
    trade_histogram,
)
from core.backtest.tearsheet_style import style
from tests.core.backtest.made import made_dataset, made_home, made_run

EVIL = "<script>alert(1)</script>\"'&"


class Sheet(HTMLParser):
    """The text of a page and its tags; fails on one that is not closed."""

    VOID = frozenset(("meta",))

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.rows: list[list[str]] = []
        self.text: list[str] = []
        self.links: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in self.VOID:
            self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._open and self._open[-1] in ("td", "th"):
            self.rows[-1][-1] += data

    def cells(self, label: str) -> list[str]:
        return [row[1] for row in self.rows if row and row[0] == label]

    def cell(self, label: str) -> str:
        (found,) = self.cells(label)
        return found

    @property
    def said(self) -> str:
        return " ".join(self.text)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> ResearchHome:
    return made_home(tmp_path_factory.mktemp("sheets"))


@pytest.fixture(scope="module")
def dataset(home: ResearchHome) -> Dataset:
    return made_dataset(home, sessions=70, minutes=30)


@pytest.fixture(scope="module")
def run(home: ResearchHome, dataset: Dataset) -> RunFiles:
    return made_run(home, dataset, fast=3, slow=9)


def test_a_sheet_shows_every_figure_of_the_run(home: ResearchHome, run: RunFiles) -> None:
    sheet = Sheet(tear_sheet(home, run.spec.run_id))
    figures = metrics_of(home, run).final()
    for metric in METRICS:
        assert metric_text(metric.name, figures[metric.name]) in sheet.cells(metric.label), metric.name
    for artifact, sha256 in run.manifest.artifacts.items():
        assert sheet.cell(f"Artifact {artifact}") == sha256
    assert sheet.cell("Parameter fast") == "3"
    assert "A market order fills at the close of the bar" in sheet.said
    assert "2023-01-03 to 2023-04-10" in sheet.said


def test_monthly_returns_compound_to_those_of_the_year(home: ResearchHome, run: RunFiles) -> None:
    sheet = Sheet(tear_sheet(home, run.spec.run_id))
    (year,) = [row for row in sheet.rows if row[0] == "2023"]
    shares = [float(cell.replace("−", "-")) / 100 for cell in year[1:13] if cell]
    assert len(shares) == 4
    total = math.prod(1 + share for share in shares) - 1
    assert total == pytest.approx(metrics_of(home, run).final()["total_return"], abs=3e-4)
    assert float(year[13].replace("−", "-")) / 100 == pytest.approx(total, abs=3e-4)


def test_a_sheet_needs_nothing_from_outside_and_runs_nothing(home: ResearchHome, run: RunFiles) -> None:
    text = tear_sheet(home, run.spec.run_id)
    sheet = Sheet(text)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form"} & set(sheet.tags)
    assert sheet.links == []
    assert not re.search(r"url\(|@import|https?:", text)
    assert "default-src 'none'" in text
    for svg in re.findall(r"<svg.*?</svg>", text, re.S):
        ElementTree.fromstring(svg)
    assert text.count("<svg") == 3


def test_words_of_a_person_stay_words(home: ResearchHome, dataset: Dataset) -> None:
    run = made_run(home, dataset, fast=4, slow=9, strategy=EVIL)
    catalog = Catalog(home)
    catalog.set_name(run.spec.run_id, EVIL)
    catalog.set_note(run.spec.run_id, EVIL)
    catalog.add_tags(run.spec.run_id, [EVIL])
    sheet = Sheet(tear_sheet(home, run.spec.run_id, catalog.find_run(run.spec.run_id)))
    assert "script" not in sheet.tags
    assert sheet.cell("Strategy") == EVIL
    assert sheet.said.count(EVIL) >= 5


def test_what_makes_figures_doubtful_comes_first(home: ResearchHome) -> None:
    dataset = made_dataset(home, sessions=3, minutes=30, name="half")
    run = made_run(home, dataset, fast=3, slow=9)
    finding = {"kind": "gap", "file": "a.csv", "count": 3, "first_row": 17}
    manifest = replace(dataset.manifest, state=PARTIAL, findings=(finding,))
    (dataset.directory / MANIFEST).write_text(manifest.as_json())
    (run.directory / METRICS_FILE).write_text(json.dumps({"sharpe": 99.0, "trades": 1}))
    text = tear_sheet(home, run.spec.run_id)
    warnings = re.findall(r"<li class=\"(\w+)\"><b>(\w+)</b> (.*?)</li>", text)
    errors = [word for kind, word, _ in warnings if kind == "error"]
    assert (errors, len(warnings)) == (["PARTIAL", "Figures"], 5)
    assert [word for kind, word, _ in warnings if kind == "warning"] == ["Data", "Prices", "Short"]
    assert "metrics.json says otherwise of Sharpe, Trades" in warnings[-1][2]
    assert text.index("PARTIAL") < text.index("<svg")
    assert ["gap", "a.csv", "3", "17"] in Sheet(text).rows


def test_a_sheet_of_a_run_whose_dataset_is_gone_says_so(home: ResearchHome) -> None:
    dataset = made_dataset(home, sessions=3, minutes=30, name="gone")
    run = made_run(home, dataset, fast=3, slow=9)
    (dataset.directory / MANIFEST).unlink()
    sheet = Sheet(tear_sheet(home, run.spec.run_id))
    assert "there is no dataset" in sheet.said
    assert "Days here are those of UTC" in sheet.said
    assert sheet.cell("Trading days") == "3"


def test_a_run_that_never_traded_has_a_sheet(home: ResearchHome, dataset: Dataset) -> None:
    run = made_run(home, dataset, fast=3, slow=100_000)
    sheet = Sheet(tear_sheet(home, run.spec.run_id))
    assert "No trade was closed." in sheet.said
    assert (sheet.cell("Trades"), sheet.cell("Hit rate"), sheet.cell("Sharpe")) == ("0", "–", "–")


def test_there_is_no_sheet_of_no_run(home: ResearchHome) -> None:
    with pytest.raises(ColumnsError, match="run nothing is not there"):
        tear_sheet(home, "nothing")


def test_a_sheet_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "sheet.html").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_tear_sheet(tmp_path / "sheet.html", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.html"]


@pytest.mark.parametrize("theme", ["auto", "dark", "light"])
@pytest.mark.parametrize("market", ["western", "chinese", "colour_blind"])
def test_every_colour_that_is_used_is_there(theme: str, market: str) -> None:
    css = style(theme, market)
    assert set(re.findall(r"var\(--([\w-]+)\)", css)) <= set(re.findall(r"--([\w-]+):#", css))
    assert css.count("{") == css.count("}")
    assert ("prefers-color-scheme" in css) is (theme == "auto")


def test_an_unknown_theme_is_refused() -> None:
    with pytest.raises(ValueError, match="theme 'pink'"):
        style("pink", "western")


def test_a_run_that_lost_everything_says_so(home: ResearchHome, dataset: Dataset) -> None:
    run = made_run(home, dataset, fast=3, slow=9, quantity=10_000.0, venue=VenueModel(starting_cash=1_000.0))
    sheet = Sheet(tear_sheet(home, run.spec.run_id))
    assert "equity fell to 0 or below" in sheet.said
    assert sheet.cell("CAGR") == "−100.00 %"


def test_a_run_without_quotes_says_that_slippage_is_missing(home: ResearchHome) -> None:
    dataset = made_dataset(home, sessions=70, minutes=5, quotes=False, calendar="24/7", name="coins")
    text = tear_sheet(home, made_run(home, dataset, fast=3, slow=9).spec.run_id)
    assert re.findall(r"<b>(\w+)</b>", text) == ["Costs"]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0.0, 50.0, 100.0], ["0", "50", "100"]),
        ([-0.0, 2.5, 5.0], ["0.0", "2.5", "5.0"]),
        ([99_999.0, 100_000.0], ["99,999", "100,000"]),
        ([-0.0001, -0.00005, -0.0], ["−0.00010", "−0.00005", "0.00000"]),
    ],
)
def test_labels_of_an_axis_are_told_apart(values: list[float], labels: list[str]) -> None:
    assert plain_labels(values) == labels
    assert percent_labels([0.5]) == ["50 %"]


# ---- numbers -----------------------------------------------------------------------------------------
@given(pnl=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200))
def test_a_histogram_holds_every_trade_and_splits_at_zero(pnl: list[float]) -> None:
    histogram = trade_histogram(np.array(pnl))
    assert histogram is not None
    assert histogram.counts.sum() == len(pnl)
    assert 0 in histogram.edges
    assert len(histogram.counts) <= 60
    below = int(histogram.counts[histogram.edges[1:] <= 0].sum())
    assert below == sum(value < 0 for value in pnl)


def test_a_histogram_of_open_trades_is_none() -> None:
    assert trade_histogram(np.array([math.nan])) is None


@given(values=st.lists(st.integers(-50, 50), min_size=1, max_size=400), columns=st.integers(1, 30))
def test_a_thinned_line_keeps_every_extreme(values: list[int], columns: int) -> None:
    whole = np.array(values, np.float64)
    rows, kept = thinned(whole, columns)
    assert (whole[rows] == kept).all()
    assert (np.diff(rows) > 0).all()
    assert len(rows) <= max(4 * columns, 1)
    assert (kept.min(), kept.max(), kept[0], kept[-1]) == (whole.min(), whole.max(), whole[0], whole[-1])


@given(low=st.floats(-1e9, 1e9), span=st.floats(1e-3, 1e9), wanted=st.integers(1, 12))
def test_ticks_are_round_and_within(low: float, span: float, wanted: int) -> None:
    step = nice_step(span / wanted)
    made = ticks(low, low + span, wanted)
    assert len(made) <= wanted + 1
    assert all(low - step * 1e-6 <= value <= low + span + step * 1e-6 for value in made)


def test_months_are_of_the_trading_day() -> None:
    days = np.array(["2023-01-31", "2023-02-01", "2023-12-29", "2024-01-02"], "datetime64[D]").astype(
        np.int64
    )
    first, second = monthly_returns(days, np.array([100.0, 110.0, 99.0, 198.0, 0.0]))
    assert (first.year, second.year) == (2023, 2024)
    assert first.months[:2] == pytest.approx((0.1, -0.1))
    assert math.isnan(first.months[2])
    assert first.months[11] == pytest.approx(1.0)
    assert (first.whole, second.whole) == (pytest.approx(0.98), pytest.approx(-1.0))


@pytest.mark.parametrize(
    ("count", "label"),
    [(1, "3 Jan 2023"), (4, "4 Jan"), (60, "9 Jan"), (300, "Feb 2023"), (500, "Apr 2023"), (1_500, "2024")],
)
def test_dates_are_told_as_coarsely_as_the_span_allows(count: int, label: str) -> None:
    days = np.repeat(np.arange(19_360, 19_360 + count), 5)
    made = date_ticks(days, 9)
    assert 1 <= len(made) <= 9
    assert made[0][1] == label
    assert [row for row, _ in made] == sorted({row for row, _ in made})
