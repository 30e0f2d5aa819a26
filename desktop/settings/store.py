"""Keeps a person's settings: read once, checked at every change, saved off the GUI thread, told to listeners.

Promises that `current` can always be used: a value of the file that cannot falls back to its default with a
notice, and what a newer version has put there is kept for it. Never half-changes.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from core.state.versioned_file import VersionedFile
from core.tasks import TaskSet
from desktop.saver import Saver
from desktop.settings.schema import BY_KEY, DEFAULTS, DeskSettings, value_of
from desktop.settings.setting import Setting, SettingError
from desktop.tr import tr

VERSION: Final = 1
Listener = Callable[[DeskSettings, DeskSettings], None]


class SettingsStore:
    """`say` gets one line for whatever a person must know. `change` needs the running loop."""

    def __init__(self, path: Path, tasks: TaskSet, say: Callable[[str], None]) -> None:
        file = VersionedFile(path, VERSION)
        self._say = say
        self._listeners: list[Listener] = []
        self._kept: dict[str, Any] = {}  # keys of a newer version
        self._saver = Saver(file, self._data, tasks, say)
        self.current = DEFAULTS
        self.is_new = True  # nobody has chosen anything on this profile
        self._load(file)

    def _load(self, file: VersionedFile) -> None:
        try:
            loaded = file.load()
        except OSError as error:
            self._say(tr("{path} cannot be read: {reason}", path=file.path, reason=error.strerror or error))
            return
        if loaded.notice:
            self._say(loaded.notice)
        self.is_new = loaded.data is None and not loaded.notice
        values: dict[str, Any] = {}
        for key, value in (loaded.data or {}).items():
            if key not in BY_KEY:
                self._kept[key] = value
                continue
            try:
                values[key] = BY_KEY[key].checked(value)
            except SettingError as error:
                self._say(tr("{file}: {reason}; the default is used", file=file.path.name, reason=error))
        self.current = replace(DEFAULTS, **values)

    def _data(self) -> dict[str, Any]:
        """What differs from the defaults: a default that improves reaches everybody who chose nothing."""
        chosen = {key: value_of(self.current, key) for key in BY_KEY if not self.is_default(key)}
        return {**self._kept, **chosen}

    # ---- changes ---------------------------------------------------------------------------------
    def change(self, key: str, value: object) -> None:
        """Take a value, tell everybody, save it. Raises `SettingError`; nothing has changed then."""
        self.change_all({key: value})

    def change_all(self, values: Mapping[str, object]) -> None:
        """All of them or, with `SettingError`, none."""
        checked = {key: _setting(key).checked(value) for key, value in values.items()}
        before, self.current = self.current, replace(self.current, **checked)  # type: ignore[arg-type]
        if self.current == before:
            return
        self.touch()
        for listener in tuple(self._listeners):
            listener(before, self.current)

    def touch(self) -> None:
        """Something was chosen, were it only to leave all as it is."""
        self.is_new = False
        self._saver.changed()

    def reset(self, key: str) -> None:
        """Back to the default."""
        self.change(key, value_of(DEFAULTS, _setting(key).key))

    def reset_all(self) -> None:
        self.change_all({key: value_of(DEFAULTS, key) for key in BY_KEY})

    def is_default(self, key: str) -> bool:
        return value_of(self.current, key) == value_of(DEFAULTS, key)

    def listen(self, callback: Listener) -> Callable[[], None]:
        """Call `callback(before, now)` after each change; returns what ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback) if callback in self._listeners else None

    def flush(self) -> None:
        """Write what is not written yet: for the end of the desk."""
        self._saver.flush()


def _setting(key: str) -> Setting:
    if key not in BY_KEY:
        raise SettingError(key, tr("there is no such setting: use one of {keys}", keys=", ".join(BY_KEY)))
    return BY_KEY[key]
