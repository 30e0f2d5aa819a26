"""Compares what was painted with a picture that a person has looked at and approved.

Approve with TAPEDECK_APPROVE=1: the picture is written, look at it before it is committed. A failure leaves
the picture found and a map of the differences beside the test's own files.
"""

import os
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

FOLDER: Final = Path(__file__).parent / "approved"
APPROVE: Final = "TAPEDECK_APPROVE"
# Fonts are bundled and text is drawn unhinted, so pixels are the same on every machine but for the last bits
# of blending.
CHANNEL_DIFFERENCE_MAX: Final = 10
PIXELS_MAX: Final = 0.0002


def pixels(image: QImage) -> NDArray[np.uint8]:
    """Shape (rows, columns, 4), as B, G, R and a fourth byte that says nothing."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return flat[:, : 4 * image.width()].reshape(image.height(), image.width(), 4).copy()


def assert_picture(name: str, found: QImage, scratch: Path) -> None:
    """Fails when `found` is not the approved picture of this name."""
    approved = FOLDER / f"{name}.png"
    if os.environ.get(APPROVE):
        FOLDER.mkdir(exist_ok=True)
        assert found.save(str(approved)), f"cannot write {approved}"
        return
    assert approved.exists(), f"no approved picture {approved}: make it with {APPROVE}=1 and look at it"
    truth = QImage(str(approved))
    kept = scratch / f"{name}-found.png"
    if truth.size() != found.size():
        found.save(str(kept))
        raise AssertionError(f"{name} is {found.size()}, approved is {truth.size()}; see {kept}")
    away = np.abs(pixels(truth).astype(np.int16) - pixels(found).astype(np.int16))[..., :3].max(axis=2)
    differs = away > CHANNEL_DIFFERENCE_MAX
    if differs.mean() <= PIXELS_MAX:
        return
    found.save(str(kept))
    rows, columns = np.nonzero(differs)
    box = (int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max()))
    shown = np.where(differs, 255, 0).astype(np.uint8)
    height, width = shown.shape
    map_of = QImage(shown.tobytes(), width, height, width, QImage.Format.Format_Grayscale8)
    map_of.save(str(scratch / f"{name}-differs.png"))
    raise AssertionError(
        f"{name}: {int(differs.sum())} pixels differ, within {box} (left, top, right, bottom); see {kept}"
    )
