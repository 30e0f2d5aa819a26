"""Registers the bundled fonts with Qt, once a process.

Promises that Inter (400, 500, 600), JetBrains Mono and the Chinese fallback exist on every machine, whatever
is installed there. Inter is bundled as TrueType: Qt darkens the stems of its OpenType (CFF) form by half a
weight. Never asks the system for a font.
"""

from functools import cache
from typing import Final

from PySide6.QtGui import QFontDatabase

from desktop.paint.resources import resource

FONT_FILES: Final = (
    "fonts/inter/Inter-Regular.ttf",
    "fonts/inter/Inter-Medium.ttf",
    "fonts/inter/Inter-SemiBold.ttf",
    "fonts/jetbrains-mono/JetBrainsMono-Regular.ttf",
    "fonts/jetbrains-mono/JetBrainsMono-Medium.ttf",
    "fonts/noto-sans-cjk-sc/NotoSansCJKsc-Regular-gb2312.otf",
)


@cache
def register_fonts() -> tuple[str, ...]:
    """Add the bundled fonts (needs a QGuiApplication); returns their families.

    Raises `RuntimeError` naming the file that Qt could not read.
    """
    families: list[str] = []
    for name in FONT_FILES:
        path = resource(name)
        handle = QFontDatabase.addApplicationFont(str(path))
        if handle < 0:
            raise RuntimeError(f"{path} is not a font that Qt can read")
        families += [f for f in QFontDatabase.applicationFontFamilies(handle) if f not in families]
    return tuple(families)
