"""What an operator gets for what was typed: codes 0, 1, 2, one line for each mistake, never a traceback."""

from pathlib import Path

import pytest

from tests.aggregator.typed import Say
from tests.nats_process import NatsServer


def test_help_names_every_command(say: Say) -> None:
    code, out, _ = say("--help")
    assert code == 0
    for command in ("run", "replay", "health", "doctor", "bench"):
        assert command in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fly"], "No such command 'fly'"),
        (["run", "--rate", "5"], "No such option"),
        (["run", "--config", "none.toml"], "'none.toml' does not exist"),
        (["run", "--role", "pilot"], "there is no role 'pilot': use market"),
        (["replay"], "Missing argument"),
        (["replay", "none.dbn"], "none.dbn does not exist"),
        (["replay", __file__, "--speed", "fast"], "--speed fast: use a number from 0.001 to 1000, or max"),
        (["replay", __file__, "--speed", "nan"], "--speed nan"),
        (["replay", __file__, "--speed", "-1"], "--speed -1"),
        (["replay", __file__, "--session", "Monday!"], "session name 'Monday!'"),
        (["replay", __file__, "--loop", "--exit-at-end"], "exclude each other"),
        (["replay", __file__, "--at", "soon"], "--at soon: not a time: give 2024-01-02T14:30:05"),
        (["bench", "everything"], "No such command 'everything'"),
        (["health"], "no supervisor runs on"),
        (["health", "--server", "nats://127.0.0.1:1", "--creds", __file__], "is neither"),
        (["health", "--server", "nats://127.0.0.1:port"], "cannot be used: write nats://host:port"),
    ],
)
def test_a_mistake_is_one_line_and_code_2(say: Say, arguments: list[str], said: str) -> None:
    code, out, err = say(*arguments)
    assert code == 2
    assert out == ""
    assert said in err
    assert err.count("\n") == 1
    assert err.startswith("tapedeckd: ")


def test_a_server_that_is_not_there_is_one_line_and_code_1(say: Say) -> None:
    code, _, err = say("health", "--server", "nats://127.0.0.1:1")
    assert code == 1
    assert "127.0.0.1:1" in err
    assert err.splitlines()[-1].startswith("tapedeckd: ")


def test_a_file_that_does_not_play_starts_no_supervisor(say: Say, tmp_path: Path) -> None:
    empty = tmp_path / "empty.dbn"
    empty.write_bytes(b"")
    code, _, err = say("replay", str(empty))
    assert code == 2
    assert "empty.dbn" in err
    assert list((tmp_path / "home/default/run").iterdir()) == []


def test_epochs_that_cannot_be_kept_are_one_line_and_code_1(
    say: Say, tmp_path: Path, nats_server: NatsServer
) -> None:
    (tmp_path / "home/default/state/market.sqlite").mkdir(parents=True)
    code, _, err = say("run", "--role", "market", "--server", nats_server.url)
    assert code == 1
    assert err.splitlines()[-1].startswith("tapedeckd: cannot keep epochs in ")


def test_a_bad_configuration_stops_before_anything_starts(say: Say, tmp_path: Path) -> None:
    config = tmp_path / "desk.toml"
    config.write_text("[market]\nfeads = []\n")
    code, _, err = say("run", "--config", str(config))
    assert code == 2
    assert f"{config}: [market] unknown key 'feads'" in err
    assert not (tmp_path / "home").exists()
