"""A film that rushes: results take turns, prices and clock do not, and all agree when it stands."""

from core.backtest.metric_list import metric_text
from core.backtest.run_files import RunFiles
from desktop.film.turns import TURN_FRAMES
from tests.desktop.conftest import Play
from tests.desktop.film.film_stage import FilmStage, play_film, test_run

RESULTS = ("metrics", "equity", "trades", "orders")


def assert_results_as_of(on: FilmStage, time_ns: int) -> None:
    texts = {name: metric_text(name, value) for name, value in on.film.figures(time_ns).items()}
    shown = on.panel("metrics").figures
    assert shown == {name: texts[name] for name in shown}
    assert on.panel("equity")._known == on.film.curve.known(time_ns)
    assert on.panel("trades").table.count == on.film.trades.opened(time_ns)


def test_results_take_turns_and_are_never_ahead(play: Play) -> None:
    run: RunFiles = test_run(sessions=60)
    seen: dict[str, set[int]] = {kind: set() for kind in RESULTS}

    async def scene(on: FilmStage) -> None:
        panels = [on.panel(kind) for kind in RESULTS if on.panel(kind).isVisible()]
        assert len(panels) >= 3
        on.deck.set_speed(6 * 3_600_000)  # six bars a frame
        on.deck.play()

        def follow() -> None:
            for panel in panels:
                assert panel.film is not None
                assert panel.film.time_ns <= on.now_ns
                seen[panel.kind].add(panel.film.time_ns)

        on.window._frames.ticked.connect(follow)
        begun = on.now_ns
        await on.until(lambda: on.now_ns - begun > 4 * 86_400 * 10**9, "four days of film")
        await on.until(lambda: all(len(seen[panel.kind]) > 3 for panel in panels), "turns of every panel")
        on.deck.pause()
        await on.painted()
        for panel in panels:
            assert panel.film.time_ns == on.now_ns, "a film that stands is shown by all at once"
        assert_results_as_of(on, on.now_ns)
        turns = {panel._turn._frames % TURN_FRAMES for panel in panels}
        assert len(turns) >= TURN_FRAMES - 1, "not all in the same frame"

    play_film(play, run.manifest.run_id, scene)


def test_a_film_that_can_be_read_is_shown_whole_in_every_frame(play: Play) -> None:
    run: RunFiles = test_run(sessions=60)

    async def scene(on: FilmStage) -> None:
        on.deck.set_speed(1_000_000)  # a bar every four frames
        on.deck.play()
        panels = [on.panel(kind) for kind in RESULTS if on.panel(kind).isVisible()]
        late: list[str] = []
        begun = on.now_ns
        prepare = on.window.prepare_frame

        def follow(now_ms: int, clock_us: int) -> bool:
            changed = prepare(now_ms, clock_us)
            late.extend(
                panel.kind for panel in panels if panel.film is None or panel.film.time_ns != on.now_ns
            )
            return changed

        on.window.prepare_frame = follow
        await on.until(lambda: on.now_ns - begun > 3_600 * 10**9, "an hour of film")
        on.deck.pause()
        await on.painted()
        assert late == []

    play_film(play, run.manifest.run_id, scene)
