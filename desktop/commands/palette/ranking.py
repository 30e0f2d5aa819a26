"""How well typed words fit a text, and the best of many in the time between two keys.

Pure. A text that begins with the words goes before one with a word that does, then initials, then words
inside, then letters in their order with others between, from the begin of a word on. Within one kind what
was used lately is first, then the earlier place, the shorter text, and the order given; so equal queries
always give equal lists. A longer query only ever drops results of the shorter one.
"""

import heapq
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import repeat
from typing import Final

TEXT_CHARACTERS_MAX: Final = 200  # the rest of a longer text is not searched
QUERY_CHARACTERS_MAX: Final = 80
NOT_RECENT: Final = 1 << 12
Spans = tuple[tuple[int, int], ...]
Key = tuple[int, int, int, int, int]


class Fit(IntEnum):
    """Kinds of a match, the best first."""

    EXACT = 0
    PREFIX = 1
    WORD = 2  # a word of the text begins with it
    INITIALS = 3  # each letter begins a word, one word after the other
    INSIDE = 4
    BESIDE = 5  # in a further text: name, venue, words
    SCATTERED = 6
    NONE = 7


@dataclass(frozen=True, slots=True)
class Hit:
    """`row` of what was searched; `spans` are the matched stretches of its title, ascending."""

    row: int
    fit: Fit
    spans: Spans = ()


def words_of(query: str) -> tuple[str, ...]:
    """The words of a query, each to be found by itself."""
    return tuple(query[:QUERY_CHARACTERS_MAX].lower().split())


def fit_of(word: str, text: str) -> tuple[Fit, int]:
    """How `word` stands in `text` and where it begins; both are lower case."""
    at = text.find(word)
    if at >= 0:
        return _fit_inside(word, text, at)
    at = _initials(text).find(word)
    if at >= 0:
        return Fit.INITIALS, at
    return (Fit.NONE, 0) if _letters(word).match(text) is None else (Fit.SCATTERED, text.find(word[0]))


def _fit_inside(word: str, text: str, at: int) -> tuple[Fit, int]:
    """Of a text that holds the whole word, `at` first."""
    if at == 0:
        return (Fit.EXACT if len(word) == len(text) else Fit.PREFIX), 0
    here = at
    while here > 0:
        if not text[here - 1].isalnum():
            return Fit.WORD, here
        here = text.find(word, here + 1)
    return Fit.INSIDE, at


def spans_of(word: str, text: str) -> Spans:
    """The stretches of lower-case `text` that made `word` fit; empty where it does not."""
    fit, at = fit_of(word, text)
    if fit is Fit.NONE:
        return ()
    if fit is Fit.INITIALS:
        places = _starts(text)[at : at + len(word)]
        return _joined([(place, place + 1) for place in places])
    if fit is Fit.SCATTERED:
        return _joined([(place, place + 1) for place in _in_order(word, text)])
    return ((at, at + len(word)),)


def _letters(word: str) -> "re.Pattern[str]":
    """Matches texts that hold the letters in this order, the first of them at the begin of a word."""
    first, *others = (re.escape(letter) for letter in word)
    return re.compile(
        rf"(?:.*?[\W_])??{first}" + "".join(f"[^{other}]*{other}" for other in others), re.DOTALL
    )


def _in_order(word: str, text: str) -> list[int]:
    """Where those letters are; empty when they are not."""
    for start, letter in enumerate(text):
        if letter == word[0] and (start == 0 or not text[start - 1].isalnum()):
            places = [start]
            for wanted in word[1:]:
                places.append(text.find(wanted, places[-1] + 1))
                if places[-1] < 0:
                    break
            else:
                return places
    return []


def _starts(text: str) -> list[int]:
    """Where the words of a text begin."""
    return [
        place
        for place, letter in enumerate(text)
        if letter.isalnum() and (place == 0 or not text[place - 1].isalnum())
    ]


def _initials(text: str) -> str:
    return "".join(text[place] for place in _starts(text))


def _joined(spans: Sequence[tuple[int, int]]) -> Spans:
    """Ascending, touching and overlapping ones as one."""
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return tuple(joined)


class Index:
    """Searches `titles`, each with further texts (name, venue, words) that count less.

    Lower case is made once; a query that goes on from the last one looks at what that one left.
    """

    def __init__(self, titles: Sequence[str], others: Sequence[str] = ()) -> None:
        assert not others or len(others) == len(titles)
        self._titles = [_lowered(title) for title in titles]
        self._others = [_lowered(other) for other in others] if others else [""] * len(titles)
        self._initials = [_initials(title) for title in self._titles]
        self._last: tuple[tuple[str, ...], list[int]] = ((), list(range(len(titles))))

    def __len__(self) -> int:
        return len(self._titles)

    def search(
        self, query: str, limit: int, recent: Mapping[int, int] | None = None
    ) -> tuple[list[Hit], int]:
        """The best `limit` rows and how many fit at all. `recent`: rows used lately, 0 the last one."""
        recent = recent or {}
        words = words_of(query)
        if not words:
            rows = heapq.nsmallest(
                limit, range(len(self)), key=lambda row: (recent.get(row, NOT_RECENT), row)
            )
            return [Hit(row, Fit.PREFIX) for row in rows], len(self)
        known, rows = self._last
        if not _goes_on(known, words):
            rows = list(range(len(self)))
        keyed = self._keys(words, rows, recent)
        self._last = (words, [key[-1] for key in keyed])
        best = heapq.nsmallest(limit, keyed)
        return [Hit(key[-1], Fit(key[0]), self._spans(words, key[-1])) for key in best], len(keyed)

    def _keys(self, words: Sequence[str], rows: Sequence[int], recent: Mapping[int, int]) -> list[Key]:
        """One key a row that fits: kind, when used, place, length, row. Words add up, the worst tells."""
        worst, places = [int(Fit.EXACT)] * len(rows), [0] * len(rows)
        for word in words:
            rows, worst, places = self._narrow(word, rows, worst, places)
        titles, when = self._titles, recent.get
        return [
            (fit, when(row, NOT_RECENT), place, len(titles[row]), row)
            for row, fit, place in zip(rows, worst, places, strict=True)
        ]

    def _narrow(
        self, word: str, rows: Sequence[int], worst: Sequence[int], places: Sequence[int]
    ) -> tuple[list[int], list[int], list[int]]:
        """The rows that `word` fits as well. As `fit_of` tells, in half the time a row."""
        titles, others, initials = self._titles, self._others, self._initials
        scattered = _letters(word).match
        found = map(str.find, [titles[row] for row in rows], repeat(word))
        kept: tuple[list[int], list[int], list[int]] = ([], [], [])
        for row, was, place, at in zip(rows, worst, places, found, strict=True):
            if at >= 0:
                fit, at = _fit_inside(word, titles[row], at)
            elif (at := initials[row].find(word)) >= 0:
                fit = Fit.INITIALS
            elif (at := others[row].find(word)) >= 0:
                fit = Fit.BESIDE
            elif scattered(titles[row]) is not None:
                fit, at = Fit.SCATTERED, titles[row].find(word[0])
            else:
                continue
            kept[0].append(row)
            kept[1].append(fit if fit > was else was)
            kept[2].append(place + at)
        return kept

    def _spans(self, words: Sequence[str], row: int) -> Spans:
        found = [
            span
            for word in words
            if self._fits_title(word, row)
            for span in spans_of(word, self._titles[row])
        ]
        return _joined(found)

    def _fits_title(self, word: str, row: int) -> bool:
        """It was found there and not beside."""
        fit, _at = fit_of(word, self._titles[row])
        return fit < Fit.BESIDE or word not in self._others[row]


def _goes_on(known: Sequence[str], words: Sequence[str]) -> bool:
    """Whether whatever fits `words` fitted `known`: the last of those is longer, or others follow."""
    if not known:
        return True
    if len(words) < len(known) or tuple(words[: len(known) - 1]) != tuple(known[:-1]):
        return False
    return words[len(known) - 1].startswith(known[-1])


def _lowered(text: str) -> str:
    """Lower case, letter by letter: places in it are places in the text."""
    low = text[:TEXT_CHARACTERS_MAX].lower()
    return (
        low
        if len(low) == len(text[:TEXT_CHARACTERS_MAX])
        else "".join(
            letter.lower() if len(letter.lower()) == 1 else letter for letter in text[:TEXT_CHARACTERS_MAX]
        )
    )
