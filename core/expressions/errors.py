"""Why an expression cannot be used: where in the text, and in plain words."""

from typing import Final

SHOWN_MAX: Final = 60


class ExpressionError(ValueError):
    """`text[position:end]` is what is wrong, `reason` says how; `str()` gives both in one line.

    `incomplete` is True for a text that only ends too early, as every text does while it is typed.
    """

    def __init__(self, text: str, position: int, end: int, reason: str, *, incomplete: bool = False) -> None:
        self.text = text
        self.position = max(0, min(position, len(text)))
        self.end = max(self.position, min(end, len(text)))
        self.reason = reason
        self.incomplete = incomplete
        super().__init__(f"“{shortened(text.strip())}”: {reason}")


def shortened(text: str) -> str:
    """`text` as it is quoted in a message of one line."""
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 1] + "…"
