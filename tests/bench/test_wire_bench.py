"""The wire bench gives back every line it promises, with figures of this machine."""

import json

import pytest

from aggregator.bench import wire
from core.bench_report import Report

PROMISED = {
    "wire.decode_apply_100_us",
    "wire.encode_100_us",
    "wire.bytes_per_row",
    "wire.rows_as_tables_over_ours",
    "wire.group_mbit_per_s",
}


@pytest.fixture(scope="module")
def report() -> Report:
    return wire.run(quick=True)


@pytest.mark.bench
def test_every_promised_line_is_there(report: Report) -> None:
    lines = {result.metric: result for result in report.results}
    assert set(lines) >= PROMISED
    assert all(lines[name].value for name in PROMISED)


@pytest.mark.bench
def test_sizes_do_not_depend_on_the_machine(report: Report) -> None:
    lines = {result.metric: result for result in report.results}
    assert lines["wire.bytes_per_row"].ok
    assert lines["wire.group_mbit_per_s"].ok


@pytest.mark.bench
def test_columns_beat_a_table_per_row_by_far(report: Report) -> None:
    lines = {result.metric: result for result in report.results}
    ratio = lines["wire.rows_as_tables_over_ours"].value
    assert ratio is not None
    assert ratio > 20


def test_the_report_is_the_one_object(report: Report) -> None:
    said = json.loads(report.to_json())
    assert set(said) == {"name", "machine", "results"}
    assert said["machine"]["factor"] > 0
    assert all(
        set(result) == {"metric", "value", "unit", "goal", "ok", "peer", "ratio"}
        for result in said["results"]
    )
