"""What a run's time line stands for: volume, or the range of the bars where there is none."""

from pathlib import Path

import numpy as np
import pytest

from core.backtest.film.film import Film
from core.market.fields import NULL, Field
from desktop.film.playhead import Playhead
from desktop.film.transport import RunTransport
from tests.core.backtest.made import made_dataset, made_home, made_run
from tests.desktop.conftest import Play
from tests.desktop.film.film_stage import FilmStage, play_film, test_run


@pytest.mark.parametrize("has_volume", [True, False])
def test_it_shows_volume_and_without_any_the_range_of_the_bars(tmp_path: Path, has_volume: bool) -> None:
    home = made_home(tmp_path)
    dataset = made_dataset(home, sessions=3)
    film = Film.open(home, made_run(home, dataset).manifest.run_id)
    (reel,) = film.reels
    if not has_volume:
        reel.columns["volume"] = np.zeros_like(reel.columns["volume"])
    head = Playhead(film.pace)
    deck = RunTransport(film, head, "", {}, lambda: None, lambda: None, lambda _text: None)
    deck.seek(film.end_ns)
    line = deck.timeline(10, reel.instrument.key)
    assert line is not None
    drawn = reel.columns["volume"] if has_volume else reel.columns["high"] - reel.columns["low"]
    assert len(line.trades) == 10
    assert line.trades.sum() == drawn.sum() > 0
    assert line.is_range == (not has_volume)


@pytest.mark.parametrize("has_volume", [True, False])
def test_volume_is_said_only_where_it_is_told(play: Play, has_volume: bool) -> None:
    run = test_run(instruments=("XNAS:AAA",), sessions=1, seed=31 + has_volume, volume=has_volume)

    async def scene(on: FilmStage) -> None:
        await on.seek(on.film.end_ns)
        player = on.window.contents.player
        assert player is not None
        tools = on.window.contents.docked_of(player).tools
        said = "Volume per bar, up to the clock" if has_volume else "Range per bar, up to the clock"
        await on.until(lambda: tools._promise.text() == said, said)
        chart, grid = on.window.contents.chart, on.window.contents.watchlists[0]
        assert chart is not None
        await on.until(lambda: chart.plots.legend.text, "a legend")
        assert ("V" in chart.plots.legend.text.split()) == has_volume
        assert (grid.table.column(Field.VOLUME)[0] != NULL) == has_volume

    play_film(play, run.manifest.run_id, scene)
