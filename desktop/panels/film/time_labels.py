"""Words under a curve of a played run: begins of sessions, whole hours where these are few.

Pure: rows of the film's equity in, rows and words out.
"""

from datetime import datetime, tzinfo
from typing import Final

import numpy as np

from core.clock import NS_PER_S
from desktop.desk import FilmReading

LABEL_EVERY_PX: Final = 110
SESSION_STEPS: Final = (1, 2, 5, 10, 21, 42, 63, 126, 252, 504)
ROW_STEPS: Final = (15, 30, 60, 120, 240)


def time_labels(
    film: FilmReading, known: int, span: int, width: float, zone: tzinfo, first: int = 0
) -> list[tuple[int, str]]:
    """(row, words) of an axis of `span` rows from row `first` on, over `width` pixels; `known` rows in all
    have come.
    """
    if known <= first:
        return []
    close_ns, begins = film.film.curve.close_ns, film.film.pace.session_ns
    rows = np.searchsorted(close_ns[:known], begins[begins < film.time_ns], side="right")
    rows = rows[(rows >= first) & (rows < known)]
    a_session = max((known - first) / max(len(rows), 1), 1.0) / span * width
    step = next((step for step in SESSION_STEPS if step * a_session >= LABEL_EVERY_PX), SESSION_STEPS[-1])
    if len(rows) > 2:
        return [(row, words_at(int(close_ns[row]), zone, is_day=True)) for row in rows[::step].tolist()]
    every = next((step for step in ROW_STEPS if step / span * width >= LABEL_EVERY_PX), ROW_STEPS[-1])
    return [
        (row, words_at(int(close_ns[row]), zone, is_day=False))
        for row in range(first + every - 1, known, every)
    ]


def words_at(time_ns: int, zone: tzinfo, is_day: bool) -> str:
    """`23 Jan` or `14:30`."""
    when = datetime.fromtimestamp(time_ns // NS_PER_S, zone)
    return f"{when.day} {when:%b}" if is_day else when.strftime("%H:%M")
