"""What a desk started with --inspect answers: the screen as JSON."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from core import subjects
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto


async def ask(stage: Stage, **request: Any) -> dict[str, Any]:
    bus = stage.markets[0].bus
    subject = subjects.inspect(stage.app.name)
    answer = await bus.request(subject, json.dumps(request).encode(), 2_000)
    found: dict[str, Any] = json.loads(answer)
    return found


def test_it_answers_what_is_painted_in_every_window(play: Play, tmp_path: Path) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(160))
        await stage.until(lambda: all(stage.words(number)[0] == "live" for number in range(2)))
        answer = await ask(stage)
        assert answer["desk"] == stage.app.name
        assert answer["failures"] == 0
        assert answer["first_value_ns"] > 0
        assert [window["panels"][0]["rows"] for window in answer["windows"]] == [[100, 100], [60, 60]]
        panel = answer["windows"][1]["panels"][0]
        assert panel["state"] == "live"
        assert len(panel["cells"]) > 30
        assert set(panel["cells"][0]) >= {"Symbol", "Last", "Bid", "Ask", "Age"}
        assert answer["windows"][0]["health"].startswith("Connected loopback")

    play(scenario, windows=2, inspect=True)


def test_it_measures_from_a_mark_and_does_what_a_hand_could(play: Play, tmp_path: Path) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market(crypto(12))
        await stage.until(lambda: stage.words()[0] == "live")
        await ask(stage, mark=True, cells=False)
        before = stage.app.frames.figures.total
        market.send(*market.instruments)
        await stage.until(lambda: stage.app.frames.figures.total > before)
        answer = await ask(stage, cells=False, do=[{"theme": "light"}, {"filter": "S003"}])
        assert answer["since_mark"]["frames"] >= 1
        assert answer["theme"] == "light"
        assert answer["windows"][0]["panels"][0]["rows"] == [1, 12]
        assert "cells" not in answer["windows"][0]["panels"][0]
        shots = (await ask(stage, screenshots=str(tmp_path), cells=False))["screenshots"]
        assert [Path(shot).name for shot in shots] == ["window-1-light.png"]
        written.extend(shots)

    written: list[str] = []
    play(scenario, inspect=True)
    assert Path(written[0]).stat().st_size > 1_000


def test_a_request_it_cannot_read_is_answered_with_the_reason(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(2))
        await stage.until(lambda: stage.words()[0] == "live")
        assert "nothing called 'order' can be done" in (await ask(stage, do=[{"order": 1}]))["error"]
        data = await stage.markets[0].bus.request(subjects.inspect(stage.app.name), b"{", 2_000)
        assert "error" in json.loads(data)

    play(scenario, inspect=True)


@pytest.mark.parametrize("is_there", [True, False])
def test_it_says_that_it_answers_only_once_the_server_knows(
    play: Play, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    monkeypatch.setattr("desktop.app.CONNECT_TIMEOUT_MS", 100)
    caplog.set_level(logging.INFO)

    def said() -> bool:
        return any("inspect" in record.getMessage() for record in caplog.records)

    async def scenario(stage: Stage) -> None:
        if is_there:
            await stage.market()
            await stage.until(said, "the line that it answers")
            assert (await ask(stage))["desk"] == stage.app.name
        else:
            words = "Not connected yet"
            await stage.until(lambda: any(words in each.text for each in stage.app.messages.all), words)
            assert not said()

    play(scenario, url="" if is_there else "nats://127.0.0.1:1", inspect=True)
