"""One JSON line an event in the file, one short line for a person, floods held back and counted."""

import json
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import logs


@pytest.mark.usefixtures("plain_logging")
def test_the_file_holds_json_and_stderr_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):  # set up twice: still one line each
        logs.set_up("market", tmp_path)
    try:
        raise ValueError("bad price")
    except ValueError as error:
        logs.logger("feed").error("tick rejected", symbol="ÄÖ 1", exc_info=error)
    logging.getLogger("somebody.else").warning("their %s", "words")
    logs.logger("feed").debug("not worth a line")
    lines = [json.loads(line) for line in (tmp_path / "market.log").read_text("utf-8").splitlines()]
    assert [(line["level"], line["event"]) for line in lines] == [
        ("error", "tick rejected"),
        ("warning", "their words"),
    ]
    assert lines[0]["topic"] == "feed"
    assert lines[0]["symbol"] == "ÄÖ 1"
    assert "ValueError: bad price" in lines[0]["exception"]
    short = capsys.readouterr().err.splitlines()
    assert len(short) == 2
    assert short[0].endswith("market error: tick rejected symbol=ÄÖ 1 [ValueError: bad price]")


@given(st.lists(st.integers(0, 400), max_size=200))
def test_a_rate_limit_loses_no_event_from_its_count(gaps_ms: list[int]) -> None:
    limit = logs.RateLimit(interval_ms=1_000)
    now_ms, passed, told, last_ms = 0, 0, 0, None
    for gap_ms in gaps_ms:
        now_ms += gap_ms
        held_back = limit.pass_at(now_ms)
        if held_back is not None:
            assert last_ms is None or now_ms - last_ms >= 1_000
            last_ms = now_ms
            passed, told = passed + 1, told + held_back
    now_ms += 1_000
    assert passed + told + (limit.pass_at(now_ms) or 0) == len(gaps_ms)
