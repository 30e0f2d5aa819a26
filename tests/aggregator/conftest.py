"""A profile of the test's own, and `say(...)`, which types a command in it."""

from pathlib import Path

import pytest

from aggregator.cli import execute
from core.profile import HOME_VARIABLE
from tests.aggregator.typed import CSV, Say


@pytest.fixture
def profile_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the profile will be; lines of output are 120 letters wide."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path / "home" / "default"


@pytest.fixture
def say(profile_directory: Path, capsys: pytest.CaptureFixture[str], plain_logging: None) -> Say:
    def said(*arguments: str) -> tuple[int, str, str]:
        code = execute(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return said


@pytest.fixture
def bars(tmp_path: Path) -> Path:
    """40 minutes of BTC-PERP."""
    path = tmp_path / "btc-perp.csv"
    path.write_text(CSV)
    return path
