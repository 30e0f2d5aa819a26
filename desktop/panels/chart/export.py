"""Takes a chart out of the desk: its picture as PNG here, its bars as CSV in export_csv.py.

Either file is whole or not there: written beside its place and moved. What goes wrong is one line for a
person.
"""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from desktop.export_file import write_whole
from desktop.paint.theme import Theme

CAPTION_HEIGHT_PX: Final = 22
CAPTION_LINE_PX: Final = 14  # of each line after the first
CAPTION_DOT: Final = " · "


def caption_lines(caption: str, metrics: QFontMetricsF, room_px: float) -> list[str]:
    """Broken between parts: that a picture is of a replay must not be cut off in a narrow chart."""
    lines: list[str] = []
    for part in caption.split(CAPTION_DOT):
        longer = f"{lines[-1]}{CAPTION_DOT}{part}" if lines else part
        if lines and metrics.horizontalAdvance(longer) <= room_px:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def picture_of(widget: QWidget, caption: str, theme: Theme) -> QImage:
    """The widget as it is on the screen, with lines below that say what it is of."""
    shown = widget.grab().toImage()
    ratio = shown.devicePixelRatio()
    width, height = shown.width() / ratio, shown.height() / ratio
    font, pad = theme.number_font("small"), theme.px("spacing.m")
    lines = caption_lines(caption, QFontMetricsF(font), width - 2 * pad)
    caption_px = CAPTION_HEIGHT_PX + (len(lines) - 1) * CAPTION_LINE_PX
    whole = QImage(shown.width(), shown.height() + round(caption_px * ratio), QImage.Format.Format_RGB32)
    whole.setDevicePixelRatio(ratio)
    whole.fill(theme.color("surface.panel"))
    painter = QPainter(whole)
    painter.drawPixmap(0, 0, QPixmap.fromImage(shown))
    painter.fillRect(QRectF(0, height, width, 1), theme.color("border.default"))
    painter.setFont(font)
    painter.setPen(theme.color("text.secondary"))
    place = QRectF(pad, height, width - 2 * pad, caption_px)
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, "\n".join(lines))
    painter.end()
    return whole


def write_png(path: Path, widget: QWidget, caption: str, theme: Theme) -> None:
    """The picture with its caption as a PNG file. Raises `ExportError`; then an old file is as it was."""
    image = picture_of(widget, caption, theme)

    def save(unfinished: Path) -> None:
        if not image.save(str(unfinished), "PNG"):  # type: ignore[call-overload]
            raise OSError(f"{unfinished.parent} cannot be written to or is full")

    write_whole(path, save)
