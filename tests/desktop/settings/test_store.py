"""Settings outlive a restart, take no value that cannot be used, and lose nothing of a newer version."""

import asyncio
import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tasks import TaskSet
from desktop.settings.schema import BY_KEY, DEFAULTS, GROUPS, SETTINGS, DeskSettings, value_of
from desktop.settings.setting import SettingError
from desktop.settings.store import SettingsStore
from tests.waiting import wait_for


@pytest.fixture
def said():
    return []


@pytest.fixture
def path(tmp_path):
    return tmp_path / "desk" / "settings.json"


def store_at(path, said):
    return SettingsStore(path, TaskSet(), said.append)


async def test_a_choice_is_told_saved_and_there_after_a_restart(path, said):
    store, heard = store_at(path, said), []
    assert store.is_new
    end = store.listen(lambda before, now: heard.append((before.theme, now.theme)))
    store.change("theme", "light")
    assert heard == [("dark", "light")]
    await wait_for(path.exists, 5, "the file")
    assert json.loads(path.read_text()) == {"version": 1, "theme": "light"}  # defaults are not written
    end()
    store.change("theme", "dark")
    assert len(heard) == 1
    store.change("flash_ms", 450)
    store.flush()
    again = store_at(path, said)
    assert (again.current.theme, again.current.flash_ms, again.is_new) == ("dark", 450, False)
    assert said == []


@pytest.mark.parametrize(
    ("key", "value", "remedy"),
    [
        ("theme", "purple", "dark, light, system"),
        ("theme", 1, "use a text"),
        ("flash", "yes", "true or false"),
        ("flash_ms", 99, "100 to 2000"),
        ("flash_ms", "fast", "a whole number"),
        ("flash_ms", True, "a whole number"),
        ("zone", "Mars/Olympus", "Asia/Tokyo"),
        ("zone", "../../etc/passwd", "Asia/Tokyo"),
        ("zone", "UTC\nUTC", "one line"),
        ("zone", "x" * 65, "64 characters"),
        ("no_such", 1, "use one of theme"),
    ],
)
async def test_what_cannot_be_used_says_why_and_changes_nothing(path, said, key, value, remedy):
    store, heard = store_at(path, said), []
    store.listen(lambda *_: heard.append(1))
    with pytest.raises(SettingError, match=key) as raised:
        store.change_all({"density": "compact", key: value})
    assert remedy in str(raised.value)
    assert store.current == DEFAULTS
    assert heard == []
    store.flush()
    assert not path.exists()


async def test_values_of_a_file_that_cannot_be_used_fall_back_and_newer_keys_are_kept(path, said):
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"version": 1, "theme": "light", "flash_ms": -4, "density": 7, "holo": [1]}))
    store = store_at(path, said)
    assert (store.current.theme, store.current.flash_ms, store.current.density) == ("light", 300, "normal")
    assert len(said) == 2
    assert "flash_ms: “-4”" in said[0]
    assert "100 to 2000" in said[0]
    store.change("market_palette", "chinese")
    store.flush()
    kept = json.loads(path.read_text())
    assert kept == {"version": 1, "holo": [1], "theme": "light", "market_palette": "chinese"}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"theme": "light"}', '{"version": 99}', "\x00\xff"])
async def test_a_damaged_file_is_set_aside_and_the_one_before_it_used(path, said, content):
    store = store_at(path, said)
    for theme in ("light", "system"):
        store.change("theme", theme)
        store.flush()
    path.write_text(content)
    again = store_at(path, said)
    assert again.current.theme == "light"
    assert "set aside as settings.unreadable-1.json" in said[0]
    assert path.with_name("settings.unreadable-1.json").read_text() == content


async def test_reset_brings_one_or_all_back(path, said):
    store = store_at(path, said)
    store.change_all({"theme": "light", "flash_ms": 500})
    assert not store.is_default("theme")
    store.reset("theme")
    assert store.is_default("theme")
    assert store.current.flash_ms == 500
    store.reset_all()
    assert store.current == DEFAULTS


async def test_many_changes_become_few_writes(path, said):
    tasks = TaskSet()
    store = SettingsStore(path, tasks, said.append)
    for length_ms in range(100, 600):
        store.change("flash_ms", length_ms)
    await wait_for(path.exists, 5, "the file")
    await wait_for(lambda: not tasks.running, 5, "the write")
    assert json.loads(path.read_text())["flash_ms"] == 599
    assert not path.with_name("settings.backup-01.json").exists()


def test_every_setting_has_a_field_a_group_and_a_default_that_can_be_used():
    assert [setting.key for setting in SETTINGS] == [field.name for field in fields(DeskSettings)]
    for setting in SETTINGS:
        assert setting.group in GROUPS
        default = value_of(DEFAULTS, setting.key)
        assert setting.checked(default) == default
        assert setting.title
        assert setting.words.endswith(".")
        assert len(setting.words) <= 110


@given(st.sampled_from(SETTINGS), st.from_type(object) | st.text() | st.integers() | st.booleans())
def test_a_checked_value_is_of_its_kind_or_refused_by_name(setting, value):
    try:
        taken = setting.checked(value)
    except SettingError as error:
        refused = error
    else:
        refused = None
    if refused is not None:
        assert str(refused).startswith(setting.key)
        return
    assert type(taken) is type(value_of(DEFAULTS, setting.key))
    assert BY_KEY[setting.key].checked(taken) == taken


def test_a_change_needs_no_more_than_a_running_loop(path, said):
    async def act():
        store = store_at(path, said)
        store.change("flash", False)
        store.flush()

    asyncio.run(act())
    assert json.loads(path.read_text())["flash"] is False
