"""What a person said of columns, and which of it holds for a file: `--map zone=UTC`, `--map a.csv:zone=UTC`.

What is said without a file's name holds for all files, a column's name where a file has that column; a file
without it keeps what was guessed of it. What is said of a file by name holds for it in any case. Nothing is
passed over in silence: a column that no file has is refused, one that this file lacks is told.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, Self

from core.backtest.importing.csv_reader import column_names
from core.backtest.importing.frame_reader import no_column
from core.backtest.importing.guess import Guess, with_time
from core.backtest.importing.mapping import FIELDS, NEEDED, ROLES, ColumnMapping
from core.backtest.importing.refused import ImportRefused, OptionRefused

_PLAIN: Final = re.compile(r"\s*([a-z_]+)\s*=(.*)", re.DOTALL)
_OF_FILE: Final = re.compile(rf"(.+?):\s*({'|'.join(sorted(FIELDS | ROLES))})\s*=(.*)", re.DOTALL)


def said_pair(text: str) -> tuple[str, str]:
    """(what, which) of `what=which` or `FILE:what=which`; `what` keeps the file. Raises `OptionRefused`."""
    if (found := _PLAIN.fullmatch(text)) is not None:
        return found[1], found[2]
    if (found := _OF_FILE.fullmatch(text)) is not None:
        return f"{found[1]}:{found[2]}", found[3]
    raise OptionRefused(f"--map {text}: say what=which, such as time=Date, or FILE:what=which")


def of_file(path: Path, what: str) -> str:
    """`what` said of this one file alone."""
    name = re.sub(r"([*?\[])", r"[\1]", str(path.absolute()))
    return f"{name}:{what}"


@dataclass(frozen=True, slots=True)
class Said:
    """`everywhere` holds for all files, `here` for one by its name; both as `--map` spells them."""

    everywhere: Mapping[str, str]
    here: Mapping[str, str]

    @classmethod
    def of(cls, path: Path, said: Mapping[str, str]) -> "Said":
        """A later word of this file takes the place of an earlier one."""
        everywhere = {what: which for what, which in said.items() if ":" not in what}
        here = {
            what.rpartition(":")[2]: which
            for what, which in said.items()
            if ":" in what and _fits(path, what.rpartition(":")[0])
        }
        return cls(everywhere, here)

    def fit(self, found: Guess, *, is_csv: bool) -> "Fitted":
        """How the file is read. Raises `OptionRefused` for a word that means nothing."""
        form = found.mapping.changed(_forms({**self.everywhere, **self.here}))
        names = _names(found, form) if is_csv else found.names
        missing = {
            role: name
            for role, name in _columns(self.everywhere).items()
            if name not in names and role not in self.here
        }
        changes = {what: which for what, which in self.everywhere.items() if what not in missing}
        changes |= self.here
        mapping, doubts, time_formats = found.mapping.changed(changes), found.doubts, found.time_formats
        if {"time", "date"} & set(changes) and names == found.names and mapping.columns.get("time") in names:
            timed, more, time_formats = with_time(mapping, names, found.rows)
            mapping, doubts = (mapping if "time_format" in changes else timed), (*doubts, *more)
        told = replace(found, doubts=doubts).doubts_left(changes)
        return Fitted(mapping, tuple(names), changes, missing, told, time_formats)


@dataclass(frozen=True, slots=True)
class Fitted:
    """`names` of the file's columns; `changes`: what holds for it; `missing`: roles and the columns said of
    them that it does not have; `doubts` and `time_formats` as in `Guess`, without what a person ended.
    """

    mapping: ColumnMapping
    names: tuple[str, ...]
    changes: dict[str, str]
    missing: dict[str, str]
    doubts: tuple[str, ...]
    time_formats: tuple[str, ...]

    def check(self) -> Self:
        """Itself. Raises `OptionRefused`, which names the column that is missing or the role without one."""
        for role, name in self.missing.items():
            if role in NEEDED.get(self.mapping.kind, ()) and self.mapping.columns.get(role) not in self.names:
                raise OptionRefused(no_column(name, role, self.names))
        self.mapping.check()
        return self

    @property
    def lacking(self) -> tuple[str, ...]:
        """Roles that need a column and have none."""
        needed = NEEDED.get(self.mapping.kind, ())
        return tuple(f"no column found for {role}" for role in needed if role not in self.mapping.columns)

    @property
    def told(self) -> tuple[str, ...]:
        """What is taken in the place of the columns that are missing."""
        return tuple(_taken_instead(role, name, self.mapping) for role, name in self.missing.items())


def check_files(files: Sequence[Path], said: Mapping[str, str]) -> None:
    """Raises `OptionRefused` for words of a file that is not among them."""
    for what in said:
        name = what.rpartition(":")[0]
        if name and not any(_fits(path, name) for path in files):
            raise OptionRefused(f"--map {what}: no file is called so")


def by_exact_names(files: Sequence[Path], said: Mapping[str, str]) -> dict[str, str]:
    """`said`; words of a file that is called exactly so hold for it alone: `a[1].csv` is no pattern then."""
    found: dict[str, str] = {}
    for what, which in said.items():
        name, _, field = what.rpartition(":")
        exact = [path for path in files if name and _is_called(path, name)]
        found |= {of_file(path, field): which for path in exact} if exact else {what: which}
    return found


def check_columns(read: Iterable[tuple[Path, Sequence[str], Mapping[str, str]]]) -> None:
    """Of (file, its columns, what it is missing): raises `ImportRefused` for a column that no file has."""
    every = list(read)
    for path, names, missing in every[:1]:
        for role, name in missing.items():
            if all(role in each for _, _, each in every):
                raise ImportRefused(path, no_column(name, role, names))


def _fits(path: Path, pattern: str) -> bool:
    """By its name, or by its path where the pattern has one, from here on if it is relative."""
    if _is_called(path, pattern):
        return True
    if "/" in pattern or "\\" in pattern:
        return fnmatchcase(str(path.absolute()), str(Path(pattern).absolute()))
    return fnmatchcase(path.name, pattern)


def _is_called(path: Path, name: str) -> bool:
    if "/" in name or "\\" in name:
        return path.absolute() == Path(name).absolute()
    return path.name == name


def _columns(changes: Mapping[str, str]) -> dict[str, str]:
    """Role and column of those that name one."""
    return {
        what: which.removeprefix("column:")
        for what, which in changes.items()
        if what in ROLES and (what not in FIELDS or which.startswith("column:"))
    }


def _forms(changes: Mapping[str, str]) -> dict[str, str]:
    """What decides how a line is split."""
    return {what: which for what, which in changes.items() if what in ("separator", "has_header")}


def _names(found: Guess, form: ColumnMapping) -> tuple[str, ...]:
    """Of the file's columns, split as a person said."""
    guessed = found.mapping
    if (form.separator, form.has_header) == (guessed.separator, guessed.has_header):
        return found.names
    first = found.names if guessed.has_header else found.rows[0]
    return tuple(column_names(guessed.separator.join(first), form))


def _taken_instead(role: str, name: str, mapping: ColumnMapping) -> str:
    if role in mapping.columns:
        return f"no column {name!r} for {role}: {mapping.columns[role]!r} is taken"
    if mapping.symbol and role in ("symbol", "exchange"):
        return f"no column {name!r} for {role}: taken as {getattr(mapping, role)}"
    return f"no column {name!r} for {role}: there is none"
