"""How keys are spelled, and which are not free: those of panels, and those that write text.

A key is one chord in Qt's portable spelling (`Ctrl+Shift+N`); several chords in a row are not used here. Keys
that write text belong to fields and to the chart, where one types intervals and symbols; a panel's own keys
work while it has the focus.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

from desktop.tr import tr
from desktop.words import SPEEDS_MILLI, speed_words

_PORTABLE = QKeySequence.SequenceFormat.PortableText
_COMMANDING: Final = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)
_MODIFIERS: Final = (
    Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr,
    Qt.Key.Key_CapsLock, Qt.Key.Key_NumLock, Qt.Key.Key_ScrollLock, Qt.Key.Key_unknown,
)  # fmt: skip
_FUNCTION_KEYS: Final = range(Qt.Key.Key_F1.value, Qt.Key.Key_F35.value + 1)
# Moving and leaving: every list, field and menu needs them, with Shift as well.
_RESERVED: Final = (
    Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Return, Qt.Key.Key_Enter,
    Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Insert, Qt.Key.Key_Home, Qt.Key.Key_End,
    Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up,
    Qt.Key.Key_Down, Qt.Key.Key_Menu,
)  # fmt: skip


_SPEEDS: Final = tuple((milli, speed_words(milli)) for milli in SPEEDS_MILLI)


@dataclass(frozen=True, slots=True)
class PanelKey:
    """A key that a kind of panel answers itself while it has the focus; not to be bound otherwise.

    `action`: the id of the action that does the same, empty without one.
    """

    place: str
    keys: tuple[str, ...]
    title: str
    action: str = ""


@cache
def panel_keys() -> tuple[PanelKey, ...]:
    """In the order of the list of keys. Every one is checked by a test against the panel that answers it."""
    grid, chart, player = tr("Watchlist"), tr("Chart"), tr("Player, and the window of a session")
    field = tr("Text fields")
    return (
        PanelKey(grid, ("Up", "Down", "PgUp", "PgDown"), tr("Another row, another page")),
        PanelKey(grid, ("Home", "End"), tr("First row, last row")),
        PanelKey(grid, ("Shift+Up", "Shift+Down"), tr("Select more rows or fewer")),
        PanelKey(grid, ("Left", "Right"), tr("Another cell")),
        PanelKey(grid, ("Ctrl+C",), tr("Copy the selected rows"), "grid.copy"),
        PanelKey(grid, ("Ctrl+A",), tr("Select all rows"), "grid.select_all"),
        PanelKey(grid, ("Ins",), tr("Add symbols to the list"), "list.add"),
        PanelKey(grid, ("Del",), tr("Remove the selected rows from the list"), "list.remove"),
        PanelKey(grid, ("Ctrl+V",), tr("Paste a list"), "list.paste"),
        PanelKey(grid, ("Ctrl+Z",), tr("Undo the last change of the list"), "list.undo"),
        PanelKey(chart, ("5", "M"), tr("Type an interval (5m, 100t), an indicator (ema 21) or a symbol")),
        PanelKey(chart, ("Left", "Right"), tr("Earlier, later; half a page with Shift")),
        PanelKey(chart, ("PgUp", "PgDown"), tr("A page earlier, a page later")),
        PanelKey(chart, ("+", "-", "Up", "Down"), tr("Wider bars, narrower bars")),
        PanelKey(chart, ("Ctrl++", "Ctrl+=", "Ctrl+Up"), tr("Prices higher"), "chart.prices_higher"),
        PanelKey(chart, ("Ctrl+-", "Ctrl+Down"), tr("Prices lower"), "chart.prices_lower"),
        PanelKey(chart, ("Ctrl+0",), tr("Automatic prices"), "chart.auto_prices"),
        PanelKey(chart, ("End",), tr("Follow the newest bar"), "chart.follow"),
        PanelKey(chart, ("Home",), tr("The earliest bar"), "chart.first"),
        PanelKey(player, ("Space",), tr("Play or pause"), "player.toggle"),
        PanelKey(player, ("Left", "Right"), tr("Step back, step forward; ten steps with Shift")),
        PanelKey(player, ("Home", "End"), tr("To the begin, to the end")),
        PanelKey(player, ("B",), tr("Set a bookmark; where one is, name it"), "player.bookmark"),
        PanelKey(player, (",",), tr("The bookmark before"), "player.previous_bookmark"),
        PanelKey(player, (".",), tr("The bookmark after"), "player.next_bookmark"),
        PanelKey(player, ("L",), tr("Loop on or off"), "player.loop"),
        *(
            PanelKey(player, (str(place + 1),), tr("Speed {speed}", speed=speed), f"player.speed.{milli}")
            for place, (milli, speed) in enumerate(_SPEEDS)
        ),
        PanelKey(field, ("Ctrl+X", "Ctrl+C", "Ctrl+V"), tr("Cut, copy, paste")),
        PanelKey(field, ("Ctrl+A",), tr("Select everything")),
        PanelKey(field, ("Ctrl+Z", "Ctrl+Y", "Ctrl+Shift+Z"), tr("Undo, redo")),
        PanelKey(field, ("Ctrl+Left", "Ctrl+Right"), tr("A word to the left, to the right")),
    )


def normal_keys(text: str) -> str:
    """The portable spelling of one chord, empty when `text` is none."""
    sequence = QKeySequence.fromString(text, _PORTABLE)
    if sequence.count() != 1 or _chord(sequence).key() in _MODIFIERS:
        return ""
    return sequence.toString(_PORTABLE)


def _chord(sequence: Any) -> QKeyCombination:
    """The first one; the bindings' type hints do not know that a sequence can be indexed."""
    chord: QKeyCombination = sequence[0]
    return chord


def keys_of(combination: QKeyCombination) -> str:
    """Of what was pressed; empty while only modifiers are held."""
    if combination.key() in _MODIFIERS:
        return ""
    keypad = Qt.KeyboardModifier.KeypadModifier
    plain = QKeyCombination(combination.keyboardModifiers() & ~keypad, combination.key())
    return normal_keys(QKeySequence(plain).toString(_PORTABLE))


def caps(keys: str) -> tuple[str, ...]:
    """What stands on the caps: `Ctrl+Shift+N` is Ctrl, Shift, N."""
    parts = keys.split("+")
    if keys.endswith("+"):  # the plus key itself
        parts = [*keys[:-1].rstrip("+").split("+"), "+"] if len(keys) > 1 else ["+"]
    return tuple(_CAPS.get(part, part) for part in parts if part)


_CAPS: Final = {
    "Up": "↑", "Down": "↓", "Left": "←", "Right": "→", "Return": "↵",
    "PgUp": "Page up", "PgDown": "Page down",
}  # fmt: skip


def why_not(keys: str) -> str:
    """Why no action can have these keys, empty when one can. `keys` are as `normal_keys` gives them."""
    combination = _chord(QKeySequence.fromString(keys, _PORTABLE))
    key, modifiers = combination.key(), combination.keyboardModifiers()
    said = "+".join(caps(keys))
    if not modifiers & _COMMANDING and key.value not in _FUNCTION_KEYS:
        if key in _RESERVED:
            return tr("{keys} moves in lists and fields or leaves them: add Ctrl or Alt", keys=said)
        return tr(
            "{keys} is typed as text into fields and over charts (5m, symbols): add Ctrl or Alt",
            keys=said,
        )
    for panel_key in panel_keys():
        if keys in panel_key.keys:
            return tr(
                "{keys} belongs to {place}: {title}", keys=said, place=panel_key.place, title=panel_key.title
            )
    return ""
