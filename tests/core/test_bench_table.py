"""What a person sees of a bench, also in a pipe of 80 columns."""

import io

from rich.console import Console

from core.bench_report import Report, at_least, at_most, recorded
from core.bench_table import print_report


def test_every_figure_stands_with_its_goal_peer_and_verdict() -> None:
    report = Report(
        "aggregator",
        {"factor": 1.25},
        [
            at_least("aggregator.single_ticks_per_s", 246_608.4, "1/s", 200_000.0, peer=88_706.0, ratio=2.78),
            at_most("aggregator.emit_jitter_p99_ms", 5.582, "ms", 5.0),
            recorded("aggregator.groups", None, ""),
        ],
    )
    written = io.StringIO()
    print_report(report, Console(file=written, width=80))
    lines = [line.split() for line in written.getvalue().splitlines()]
    assert lines[0] == ["aggregator,", "machine", "factor", "1.25"]
    assert ["aggregator.single_ticks_per_s", "246,608", "200,000", "88,706", "2.78", "1/s", "ok"] in lines
    assert ["aggregator.emit_jitter_p99_ms", "5.582", "5", "-", "-", "ms", "missed"] in lines
    assert ["aggregator.groups", "-", "-", "-", "-"] in lines
