"""Words over a curve, which change with every picture of it: a name, its value, what it is compared with."""

from collections.abc import Sequence

from PySide6.QtGui import QPainter

from desktop.paint.number_text import NumberText
from desktop.paint.theme import Theme


class CurveTexts:
    """`say` words, then `draw`. A word is text and ARGB; the second one, the value, is strong."""

    def __init__(self, theme: Theme, ratio: float) -> None:
        self.small = NumberText(theme.number_font("small"), ratio)
        self.strong = NumberText(theme.number_font("small", "strong"), ratio)
        self._gap_px = self.small.width(" ")

    def _of(self, place: int) -> NumberText:
        return self.strong if place == 1 else self.small

    def width(self, words: Sequence[tuple[str, int]]) -> float:
        """Logical pixels."""
        px = sum(self._of(place).width(text) for place, (text, _) in enumerate(words))
        return px + self._gap_px * (len(words) - 1)

    def say(self, x: float, baseline: float, words: Sequence[tuple[str, int]]) -> None:
        for place, (text, argb) in enumerate(words):
            self._of(place).add(x, baseline, text, argb)
            x += self._of(place).width(text) + self._gap_px

    def draw(self, painter: QPainter) -> None:
        self.small.draw(painter)
        self.strong.draw(painter)
