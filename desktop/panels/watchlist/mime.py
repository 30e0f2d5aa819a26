"""Instruments on the clipboard and under the mouse: our own form beside plain text, for other programs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QMimeData

from core.market.instruments import InstrumentKey
from core.state.versioned_file import StateError
from desktop.watchlists.watchlist import ROWS_MAX, key_of, key_text

MIME: Final = "application/x-tapedeck-instruments"
BYTES_MAX: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Carried:
    """Instruments in their order; `list_id` of the person's own list they are from, empty for another."""

    keys: tuple[InstrumentKey, ...]
    list_id: str = ""


def list_text(keys: Sequence[InstrumentKey]) -> str:
    """A line an instrument, as `reading.read_text` takes it."""
    return "".join(f"{key}\n" for key in keys)


def carried_mime(carried: Carried) -> QMimeData:
    """What is dragged or copied."""
    mime = QMimeData()
    mime.setText(list_text(carried.keys))
    content = {"list": carried.list_id, "keys": [key_text(key) for key in carried.keys]}
    mime.setData(MIME, json.dumps(content).encode())
    return mime


def read_carried(mime: QMimeData) -> Carried | None:
    """None when it is none of ours, or cannot be read."""
    if not mime.hasFormat(MIME):
        return None
    data = bytes(mime.data(MIME).data())
    if len(data) > BYTES_MAX:
        return None
    try:
        content = json.loads(data)
        keys = tuple(key_of(text) for text in content["keys"][:ROWS_MAX])
        return Carried(keys, str(content["list"]))
    except (ValueError, KeyError, TypeError, AttributeError, StateError):
        return None


def list_files(mime: QMimeData) -> list[Path]:
    """Files of this machine."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()] if mime.hasUrls() else []
