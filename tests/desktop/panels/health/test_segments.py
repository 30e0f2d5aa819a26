"""The health strip, read from left to right."""

from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from core.market.fields import SourceState
from desktop.desk import UNKNOWN_SOURCE, Link, LinkReading, SourceReading
from desktop.panels.health.segments import HealthFigures, fitting, segments

FIGURES = HealthFigures(
    link=LinkReading(Link.CONNECTED, place="loopback"),
    sources=(
        *(SourceReading(f"EX{number}", SourceState.OK, 0, 10) for number in range(12)),
        SourceReading("BYBT", SourceState.LATE, 2_400, 10),
        SourceReading("BINF", SourceState.HALTED, 0, 10),
    ),
    frames_per_s=30.2,
    frame_p50_ms=3.1,
    frame_p99_ms=8.4,
    paint_p95_ms=46.0,
    paint_p99_ms=47.0,
    cadence_ms=33,
    messages_per_s=152.0,
    mbit_per_s=0.9,
    dropped=0,
    cpu_percent=21.0,
    memory_mb=238.0,
)
WARNING = "state.warning"


def colours(figures: HealthFigures, name: str) -> list[str]:
    return [colour for segment in segments(figures) if segment.name == name for _, colour in segment.spans]


def test_the_order_is_the_one_learned_by_place() -> None:
    assert " | ".join(segment.text for segment in segments(FIGURES)) == (
        "Connected loopback | Sources 12 ok 1 late 1 halted | Frames 30/s | Frame p50 3.1 p99 8.4 ms"
        " | Event to paint p95 46 p99 47 ms | Cadence 33 ms | In 152 msg/s 0.9 Mbit/s | Dropped 0"
        " | CPU 21% | Memory 238 MB"
    )


def test_what_is_not_measured_is_a_dash_and_never_nought() -> None:
    text = segments(replace(FIGURES, frame_p50_ms=None, frame_p99_ms=None, cadence_ms=0))
    assert [segment.text for segment in text if segment.name in ("frame", "cadence")] == [
        "Frame p50 – p99 – ms",
        "Cadence –",
    ]


def test_values_over_their_limit_take_the_state_colour_and_good_ones_do_not() -> None:
    assert WARNING not in [c for segment in segments(FIGURES) for _, c in segment.spans]
    bad = replace(
        FIGURES,
        frame_p99_ms=17.0,
        paint_p99_ms=71.0,
        cadence_ms=50,
        dropped=3,
        cpu_percent=95.0,
        memory_mb=400.0,
    )
    for name in ("frame", "cadence", "dropped", "cpu", "memory"):
        assert WARNING in colours(bad, name), name
    assert WARNING in colours(replace(FIGURES, paint_p99_ms=71.0), "paint")


def test_late_and_halted_sources_are_named_in_their_own_colours() -> None:
    assert colours(FIGURES, "sources")[-2:] == ["state.late", "state.halted"]


def test_sources_nothing_is_heard_of_are_unknown_and_never_ok() -> None:
    silent = tuple(replace(source, state=UNKNOWN_SOURCE) for source in FIGURES.sources)
    assert segments(replace(FIGURES, sources=silent))[1].text == "Sources 14 unknown"


def test_a_lost_connection_says_since_when_and_what_comes_next() -> None:
    link = LinkReading(Link.DISCONNECTED, down_ms=12_000, attempt=4, next_try_ms=3_000)
    assert segments(replace(FIGURES, link=link))[0].text == "Disconnected 12 s try 4 in 3 s"


def test_a_session_is_named_where_the_connection_stands() -> None:
    first = segments(replace(FIGURES, session="eth-0808"))[0]
    assert (first.text, first.dot) == ("Replay session eth-0808", "state.replay")


@example([(91.0, False), (165.73085214486647, False)], 91.0)
@given(
    st.lists(st.tuples(st.floats(10, 300), st.booleans()), min_size=1, max_size=12),
    st.floats(0, 2_000),
)
def test_segments_leave_from_the_right_and_kept_ones_never(
    places: list[tuple[float, bool]], room_px: float
) -> None:
    widths, keep = [width for width, _ in places], [kept for _, kept in places]
    shown = fitting(widths, keep, room_px)
    assert all(is_shown for is_shown, kept in zip(shown, keep, strict=True) if kept)
    gone = [index for index, is_shown in enumerate(shown) if not is_shown]
    optional = [index for index, kept in enumerate(keep) if not kept]
    assert gone == optional[len(optional) - len(gone) :]
    if gone:
        with_last = [width for index, width in enumerate(widths) if shown[index] or index == gone[0]]
        assert sum(with_last) > room_px, "it would have fitted"
