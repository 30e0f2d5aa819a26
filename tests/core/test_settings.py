"""A configuration file is taken whole or refused with file, key and remedy."""

from pathlib import Path

import pytest

from core.settings import Settings, SettingsError, SyntheticSettings, read_settings


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "desk.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_there_is_a_synthetic_market() -> None:
    assert read_settings(None) == Settings()
    assert Settings().market.feeds == ("synthetic",)


def test_what_is_not_named_keeps_its_default(tmp_path: Path) -> None:
    path = written(tmp_path, "[synthetic]\nseed = 11\n")
    assert read_settings(path).synthetic == SyntheticSettings(seed=11)


def test_no_feeds_is_a_choice(tmp_path: Path) -> None:
    assert read_settings(written(tmp_path, "[market]\nfeeds = []\n")).market.feeds == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[synthetic]\ninstrumants = 5\n", "[synthetic] unknown key 'instrumants': remove it or use one of"),
        ("[sintetic]\n", "unknown section 'sintetic': remove it or use one of market, synthetic"),
        ("synthetic = 5\n", "write [synthetic]"),
        ("[synthetic]\ninstruments = 0\n", "instruments: 0 must be between 1 and 20000"),
        ("[synthetic]\ninstruments = true\n", "instruments: True must be a whole number"),
        ("[synthetic]\nrate_ticks_per_s = 2.5\n", "rate_ticks_per_s: 2.5 must be a whole number"),
        ('[market]\nfeeds = "synthetic"\n', "must be a list of names"),
        ('[market]\nfeeds = ["binance"]\n', "there is no feed 'binance', use synthetic"),
        ("[market\n", "is not TOML"),
        ("\udcff", "is not TOML"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "desk.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SettingsError) as raised:
        read_settings(path)
    assert str(path) in str(raised.value)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot read .*none\.toml: No such file"):
        read_settings(tmp_path / "none.toml")
