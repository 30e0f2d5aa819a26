"""Pixels that can be written with NumPy: the paint device of a running QPainter, or a buffer of our own.

Writing glyphs straight into the device saves the copy that a buffer + drawImage costs (a third of a frame).
A view is valid only while its painter is active. Where the device cannot be written, `paint_surface` says
None and the caller draws through a buffer.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPainter

WRITABLE_FORMATS: Final = (
    QImage.Format.Format_RGB32, QImage.Format.Format_ARGB32, QImage.Format.Format_ARGB32_Premultiplied
)  # fmt: skip


@dataclass(frozen=True)
class Surface:
    """`height` x `width` device pixels of 0xAARRGGBB, at (x, y) of a larger image with `stride_bytes`."""

    flat: NDArray[np.uint8]
    stride_bytes: int
    x: int
    y: int
    width: int
    height: int

    @property
    def pixels(self) -> NDArray[np.uint32]:
        """Shape (height, width), a view."""
        return np.ndarray(
            (self.height, self.width), np.uint32, self.flat.data, self._offset(0), (self.stride_bytes, 4)
        )

    def scanlines(self, item: np.dtype[np.void], row_px: int, x: int) -> list[NDArray[np.void]]:
        """For each of the row_px scanlines: one `item` a whole row, beginning x pixels from the left."""
        rows = self.height // row_px
        assert 4 * x + item.itemsize <= 4 * self.width
        stride = (self.stride_bytes * row_px,)
        return [
            np.ndarray((rows,), item, self.flat.data, self._offset(y) + 4 * x, stride) for y in range(row_px)
        ]

    def _offset(self, first_y: int) -> int:
        return (self.y + first_y) * self.stride_bytes + 4 * self.x


def buffer_surface(width: int, height: int) -> tuple[QImage, Surface]:
    """An opaque image and the surface over its own memory."""
    image = QImage(max(width, 1), max(height, 1), QImage.Format.Format_RGB32)
    flat = np.frombuffer(image.bits(), np.uint8)
    return image, Surface(flat, image.bytesPerLine(), 0, 0, width, height)


def paint_surface(painter: QPainter, size: QSize, ratio: float) -> Surface | None:
    """The device pixels under a widget of `size` (logical) that `painter` is active on.

    None if the device is no 32-bit image, has another pixel ratio, is turned or scaled, or does not hold the
    whole widget.
    """
    engine = painter.paintEngine()
    device = engine.paintDevice() if engine is not None else None
    if not isinstance(device, QImage) or device.format() not in WRITABLE_FORMATS:
        return None
    transform = painter.deviceTransform()
    straight = transform.m12() == 0 and transform.m21() == 0
    if not straight or abs(transform.m11() - ratio) > 1e-6 or abs(transform.m22() - ratio) > 1e-6:
        return None
    left, top = round(transform.dx()), round(transform.dy())
    right = round(transform.dx() + size.width() * ratio)
    bottom = round(transform.dy() + size.height() * ratio)
    if left < 0 or top < 0 or right > device.width() or bottom > device.height():
        return None
    flat = np.frombuffer(device.bits(), np.uint8)
    return Surface(flat, device.bytesPerLine(), left, top, right - left, bottom - top)
