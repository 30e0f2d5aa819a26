"""Kept pictures of a played run follow the screen: another ratio of the same pixels is another picture."""

from typing import Any

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPixmap

from tests.desktop.conftest import Play
from tests.desktop.film.film_stage import FilmStage, play_film, test_run


def painted(panel: Any, ratio: float) -> QImage:
    picture = QPixmap(panel.size() * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(0)
    panel.render(picture)
    return picture.toImage()


@pytest.mark.parametrize("kind", ["metrics", "equity", "trades"])
def test_a_screen_of_another_ratio_shows_the_same(
    play: Play, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = test_run()

    async def scene(on: FilmStage) -> None:
        await on.seek(on.film.begin_ns + (on.film.end_ns - on.film.begin_ns) // 2)
        panel = on.panel(kind)
        shown = panel.table.viewport() if kind == "trades" else panel
        owner = panel.table if kind == "trades" else panel
        frame = owner.size() - shown.size()
        owner.resize(QSize(400, 8 * on.stage.app.theme.row_height_px) + frame)
        shown.grab()
        # As on a screen of twice the ratio, on which the window keeps its size in pixels.
        monkeypatch.setattr(type(owner), "devicePixelRatioF", lambda _self: 2.0)
        owner.resize(shown.size() / 2 + frame)
        kept = painted(shown, 2.0)
        for picture_of in ("_labels", "_scene", "_picture"):
            if hasattr(owner, picture_of):
                setattr(owner, picture_of, None)
        assert kept == painted(shown, 2.0), "as if it had been drawn there first"

    play_film(play, run.manifest.run_id, scene)
