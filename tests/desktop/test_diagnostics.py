"""Diagnostics tell everything support needs, and nothing that is secret."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.diagnostics import diagnostics, settings_without_secrets, without_secrets
from desktop.messages import Level
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto

words = st.text(st.characters(categories=("Lu", "Ll", "Nd"), max_codepoint=0x7F), min_size=6, max_size=24)
SEED = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl"


@settings(deadline=None)
@given(words, words, words)
def test_logins_are_taken_out_of_every_address(user: str, password: str, host: str) -> None:
    text = without_secrets(f"in nats://{user}0:{password}1@{host}:4222,wss://{password}1@{host}/x failed")
    assert f"{password}1" not in text.replace(host, "")
    assert f"@{host}:4222" in text
    assert text.startswith("in nats://")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"seed is {SEED} here", SEED),
        (f"jwt={TOKEN}", TOKEN),
        ("password=hunter2", "hunter2"),
        ('{"api_key": "abc123", "host": "bus1"}', "abc123"),
        ("Authorization: Bearer abc.def", "abc.def"),
        ("DB_PASSWORD='two words'", "two words"),
        ("-----BEGIN NATS USER JWT-----\nabcdef\n------END NATS USER JWT------ ", "abcdef"),
        ("-----BEGIN USER NKEY SEED-----\nxyz\n-----END USER NKEY SEED-----", "xyz"),
    ],
)
def test_keys_and_tokens_are_taken_out(text: str, secret: str) -> None:
    assert secret not in without_secrets(text)


def test_what_is_not_secret_stays() -> None:
    for text in ("frame p99 8.4 ms", "nats://bus1:4222", "seeded market, 500 instruments", "at 10:20:30"):
        assert without_secrets(text) == text


@settings(deadline=None)
@given(words)
def test_settings_are_told_without_those_named_as_secret(secret: str) -> None:
    told = settings_without_secrets(
        {
            "theme": "dark",
            "venue": {"apiKey": secret, "url": f"https://ann:{secret}@venue.example/x", "retries": 3},
            "list": [f"nats://u:{secret}@h", {"token": secret}],
        }
    )
    assert told["theme"] == "dark"
    assert told["venue"]["retries"] == 3
    assert told["venue"]["apiKey"] == "(not told)"
    assert f":{secret}@" not in str(told)
    assert told["list"][1]["token"] == "(not told)"


def test_a_desk_is_told_whole_and_without_its_credentials(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(6))
        await stage.until(lambda: stage.words()[0] == "live")
        app = stage.app
        app.messages.add(Level.WARNING, "cannot reach nats://ann:s3cret@bus1:4222", app.now_ms())
        await stage.until(lambda: len(app.health.history) > 0 and app.health.subscriptions)
        await stage.until(lambda: stage.words()[0] == "live")
        text = diagnostics(app)
        (group,) = app.groups_json()
        for expected in (
            "pyside6", "numpy", "== screens", "scale 1", "theme dark", "window 1: ", "watchlistpanel: live",
            "connected to nats://127.0.0.1", "frame_p99_ms", "memory_mb", f"md.agg.33ms.{group['group']}",
            "(not told)@bus1:4222",
        ):  # fmt: skip
            assert expected in text.lower(), expected
        assert "s3cret" not in text
        assert "cannot be told" not in text

    play(scenario)


def test_a_login_without_a_scheme_is_taken_out() -> None:
    text = without_secrets("cannot reach ann:pa55word@desk.example:4222,bob:0ther@[::1]:4222 now")
    assert "pa55word" not in text
    assert "0ther" not in text
    assert "desk.example:4222" in text
    assert without_secrets("at 12:30:15 main@2 of 10.0.0.1:4222") == "at 12:30:15 main@2 of 10.0.0.1:4222"
