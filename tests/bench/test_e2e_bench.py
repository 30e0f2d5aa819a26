"""The end-to-end bench: it judges cells by the grid's own rules, and runs every case on real processes."""

import asyncio

import pytest

from aggregator.bench import desk_child, e2e
from aggregator.bench.final_cells import expected_cells, lost_cells, size_text
from aggregator.cli import BAD_USAGE, execute
from core.market.fields import FIELD_COUNT, NULL, Field
from core.market.instruments import Instrument, InstrumentKey

NVDA = Instrument(InstrumentKey("XNAS", "NVDA"), 2, 0)


def values(**known: int) -> list[int]:
    row = [NULL] * FIELD_COUNT
    for name, value in known.items():
        row[Field[name]] = value
    return row


def test_cells_read_as_the_grid_writes_them() -> None:
    cells = expected_cells(NVDA, values(LAST=119_950, REFERENCE=120_000, BID=119_945, VOLUME=1_234_567))
    assert cells["Last"] == "1,199.50"
    assert cells["Change"] == "\u22120.50"
    assert cells["Chg %"] == "\u22120.04"
    assert cells["Volume"] == "1.23M"
    assert (cells["Ask"], cells["Ask size"], cells["High"]) == ("", "", "")


@pytest.mark.parametrize(
    ("count", "decimals", "text"),
    [
        (0, 3, "0.00"), (1, 8, "0.01"), (999_994, 3, "999.99"), (999_995, 3, "1.00K"), (15, 3, "0.02"),
        (5_000_000_000, 0, "5.00B"), (NULL, 0, ""),
    ],
)  # fmt: skip
def test_sizes_read_as_the_grid_writes_them(count: int, decimals: int, text: str) -> None:
    assert size_text(count, decimals) == text


def test_every_cell_that_differs_and_every_row_that_is_missing_is_lost() -> None:
    cells = expected_cells(NVDA, values(LAST=119_950))
    row = {"Symbol": "NVDA", **cells}
    final = {"XNAS:NVDA": cells}
    names = ["XNAS:NVDA"]
    assert lost_cells([{"instruments": names, "cells": [row]}], final) == ([], len(cells))
    lost, _ = lost_cells([{"instruments": names, "cells": [{**row, "Last": "1.00"}]}], final)
    assert lost == ["XNAS:NVDA Last: painted '1.00', last '1,199.50'"]
    lost, compared = lost_cells([{"instruments": names, "cells": []}], final)
    assert len(lost) == compared == len(cells)


def test_without_a_desktop_it_ends_with_2_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(desk_child, "is_installed", lambda: False)
    assert execute(["bench", "e2e", "--quick"]) == BAD_USAGE
    assert "desktop not installed" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.bench
def test_every_case_runs_and_loses_no_cell() -> None:
    measured = asyncio.run(e2e._measure(1, 0.4, []))
    assert set(measured) == {case.name for case in e2e.CASES}
    for name, figures in measured.items():
        assert figures.latency_p95_ms, name
        assert figures.fps_slowest[0] > 0, name
        assert not figures.lost_cells, name
    results = e2e._results(measured, 1.0)
    names = [result.metric for result in results]
    assert len(set(names)) == len(names)
    assert {"e2e.paint_p50_ms", "e2e.paint_p95_ms", "e2e.paint_p99_ms", "e2e.lost_final_cells"} <= set(names)
    assert all(result.value is not None for result in results)
