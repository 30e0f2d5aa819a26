"""One setting as data: its words, what it takes, and the check of every value before it counts.

A value comes from a hand, a file or another version; none is trusted. What cannot be used raises
`SettingError`, which names the key, the value and what to do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from desktop.tr import tr

Kind = Literal["bool", "int", "choice", "text", "zone"]
Value = bool | int | str


class SettingError(ValueError):
    """`key` cannot have this value; the text says why and what to do."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(f"{key}: {text}")
        self.key = key
        self.words = text  # without the key, for the place beside the field


def anything(_text: str) -> str:
    """No complaint."""
    return ""


@dataclass(frozen=True, slots=True)
class Setting:
    """`key` is a field of `DeskSettings`. `choices` are (value, words). `complaint` checks a text further.

    `low`..`high` bound an int, both included; for a text `high` is its greatest length.
    """

    key: str
    group: str
    title: str
    words: str
    kind: Kind
    choices: tuple[tuple[str, str], ...] = ()
    low: int = 0
    high: int = 0
    unit: str = ""
    step: int = 1
    complaint: Callable[[str], str] = anything

    def checked(self, value: object) -> Value:
        """`value` when it can be used. Raises `SettingError`."""
        if self.kind == "bool":
            if isinstance(value, bool):
                return value
            raise self._error(value, tr("use true or false"))
        if self.kind == "int":
            return self._whole_number(value)
        if not isinstance(value, str):
            raise self._error(value, tr("use a text"))
        if self.kind == "choice":
            if value in (name for name, _ in self.choices):
                return value
            raise self._error(value, tr("use {names}", names=", ".join(name for name, _ in self.choices)))
        return self._text(value)

    def _whole_number(self, value: object) -> int:
        text = str(value).strip()
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise self._error(value, tr("use a whole number"))
        try:
            number = int(text)
        except ValueError:
            raise self._error(value, tr("use a whole number")) from None
        if not self.low <= number <= self.high:
            raise self._error(value, tr("use {low} to {high}", low=self.low, high=self.high))
        return number

    def _text(self, value: str) -> str:
        text = value.strip()
        if self.high and len(text) > self.high:
            raise self._error(f"{text[:20]}…", tr("use {high} characters at most", high=self.high))
        if any(not char.isprintable() for char in text):
            raise self._error(value, tr("use one line of plain text"))
        complaint = self.complaint(text)
        if complaint:
            raise SettingError(self.key, complaint)
        return text

    def _error(self, value: object, remedy: str) -> SettingError:
        return SettingError(self.key, tr("“{value}” cannot be used: {remedy}", value=value, remedy=remedy))

    def said(self, value: Value) -> str:
        """The value as a person reads it."""
        if self.kind == "bool":
            return tr("on") if value else tr("off")
        for name, words in self.choices:
            if name == value:
                return tr(words)
        return f"{value} {self.unit}".strip()
