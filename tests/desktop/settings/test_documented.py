"""docs/settings.md has every setting with its key, its values and its default."""

from pathlib import Path

import pytest

from desktop.settings.schema import DEFAULTS, SETTINGS, value_of

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_a_setting_is_documented(setting):
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if f"| `{setting.key}` |" in line]
    assert len(rows) == 1
    assert setting.title in rows[0]
    assert setting.words in rows[0]
    for value, words in setting.choices:
        assert f"{words} (`{value}`)" in rows[0]
    if setting.kind == "int":
        assert f"{setting.low:,} to {setting.high:,}" in rows[0]
    default = setting.said(value_of(DEFAULTS, setting.key)) or "none"
    assert rows[0].endswith(f"| {default} |")
