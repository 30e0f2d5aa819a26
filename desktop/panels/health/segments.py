"""The health strip as data: figures in, segments of coloured words out, in an order learned by place.

Pure. A value over its limit takes the colour of its state; zero drops stay grey.
"""

import itertools
from dataclasses import dataclass, field
from typing import Final

from core.market.fields import SourceState
from desktop.desk import Link, LinkReading, SourceReading
from desktop.tr import tr
from desktop.words import age_words

FRAME_P99_LIMIT_MS: Final = 16.7  # one frame at 60 Hz
PAINT_P99_OVER_CADENCE_MS: Final = 37.0  # 70 ms at the 33 ms cadence
CADENCE_LIMIT_MS: Final = 33
CPU_LIMIT_PERCENT: Final = 80.0
MEMORY_LIMIT_MB: Final = 350.0

LABEL: Final = "text.tertiary"
UNIT: Final = "text.tertiary"
VALUE: Final = "text.secondary"
WARNING: Final = "state.warning"

Span = tuple[str, str]
"""Text and the colour token it is drawn in."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One place of the strip. `keep`: stays when the window is narrow. `dot`: colour of a dot before it."""

    name: str
    spans: tuple[Span, ...]
    keep: bool = False
    dot: str = ""

    @property
    def text(self) -> str:
        """As read: a unit that stands close to its number has no space before it."""
        said = " ".join(text for text, _ in self.spans)
        return said.replace(" /s", "/s").replace(" %", "%")


@dataclass(frozen=True, slots=True)
class HealthFigures:
    """Everything the strip shows; None: not measured yet. Rates are a second's, CPU of the whole process."""

    link: LinkReading
    session: str = ""
    run: str = ""
    sources: tuple[SourceReading, ...] = field(default=())
    frames_per_s: float = 0.0
    frame_p50_ms: float | None = None
    frame_p99_ms: float | None = None
    paint_p95_ms: float | None = None
    paint_p99_ms: float | None = None
    cadence_ms: int = 0
    background_slowed: bool = False
    messages_per_s: float = 0.0
    mbit_per_s: float = 0.0
    dropped: int = 0
    cpu_percent: float = 0.0
    memory_mb: float = 0.0


def segments(figures: HealthFigures) -> tuple[Segment, ...]:
    """In the order of the strip, connection first."""
    over = figures.frame_p99_ms is not None and figures.frame_p99_ms > FRAME_P99_LIMIT_MS
    late = (
        figures.paint_p99_ms is not None
        and figures.paint_p99_ms > (figures.cadence_ms or CADENCE_LIMIT_MS) + PAINT_P99_OVER_CADENCE_MS
    )
    return (
        _connection(figures),
        _sources(figures),
        Segment("frames", ((tr("Frames"), LABEL), (f"{figures.frames_per_s:.0f}", VALUE), ("/s", UNIT))),
        Segment(
            "frame",
            (
                (tr("Frame p50"), LABEL), (_number(figures.frame_p50_ms, 1), VALUE),
                ("p99", LABEL), (_number(figures.frame_p99_ms, 1), WARNING if over else VALUE), ("ms", UNIT),
            ),
        ),
        Segment(
            "paint",
            (
                (tr("Event to paint p95"), LABEL), (_number(figures.paint_p95_ms, 0), VALUE),
                ("p99", LABEL), (_number(figures.paint_p99_ms, 0), WARNING if late else VALUE), ("ms", UNIT),
            ),
        ),
        _cadence(figures),
        Segment(
            "in",
            (
                ("In", LABEL), (f"{figures.messages_per_s:.0f}", VALUE), ("msg/s", UNIT),
                (f"{figures.mbit_per_s:.1f}", VALUE), ("Mbit/s", UNIT),
            ),
        ),
        Segment(
            "dropped",
            ((tr("Dropped"), LABEL), (f"{figures.dropped:,}", WARNING if figures.dropped else VALUE)),
            keep=True,
        ),
        Segment("cpu", (("CPU", LABEL), _limited(figures.cpu_percent, CPU_LIMIT_PERCENT), ("%", UNIT))),
        Segment(
            "memory", ((tr("Memory"), LABEL), _limited(figures.memory_mb, MEMORY_LIMIT_MB), ("MB", UNIT))
        ),
    )  # fmt: skip


def _connection(figures: HealthFigures) -> Segment:
    link = figures.link
    if link.link is Link.CONNECTED:
        if figures.run:
            spans = ((tr("Run"), VALUE), (figures.run, LABEL))
            return Segment("connection", spans, keep=True, dot="state.playback")
        if figures.session:
            spans = ((tr("Replay session"), VALUE), (figures.session, LABEL))
            return Segment("connection", spans, keep=True, dot="state.replay")
        return Segment(
            "connection", ((tr("Connected"), VALUE), (link.place, LABEL)), keep=True, dot="state.ok"
        )
    if link.link is Link.CONNECTING:
        spans = ((tr("Connecting"), VALUE), (link.place, LABEL))
        return Segment("connection", spans, keep=True, dot="state.stale")
    told = (
        tr("try {attempt} in {age}", attempt=link.attempt, age=age_words(link.next_try_ms))
        if link.next_try_ms
        else tr("trying now")
    )
    spans = ((tr("Disconnected {age}", age=age_words(link.down_ms)), "state.disconnected"), (told, LABEL))
    return Segment("connection", spans, keep=True, dot="state.disconnected")


def _sources(figures: HealthFigures) -> Segment:
    counts = dict.fromkeys(SourceState, 0)
    for source in figures.sources:
        if source.state in counts:
            counts[SourceState(source.state)] += 1
    unknown = sum(source.state not in counts for source in figures.sources)
    spans: list[Span] = [(tr("Sources"), LABEL)]
    if counts[SourceState.OK] or not unknown:
        spans.append((f"{counts[SourceState.OK]} ok", VALUE))
    for state, word, colour in (
        (SourceState.LATE, "late", "state.late"),
        (SourceState.DOWN, "down", "state.disconnected"),
        (SourceState.HALTED, "halted", "state.halted"),
    ):
        if counts[state]:
            spans.append((f"{counts[state]} {word}", colour))
    if unknown:
        spans.append((f"{unknown} unknown", "state.stale"))
    return Segment("sources", tuple(spans), keep=True)


def _cadence(figures: HealthFigures) -> Segment:
    slow = figures.cadence_ms > CADENCE_LIMIT_MS
    value = f"{figures.cadence_ms}" if figures.cadence_ms else "–"
    spans: list[Span] = [(tr("Cadence"), LABEL), (value, WARNING if slow else VALUE)]
    if figures.cadence_ms:
        spans.append(("ms", UNIT))
    if figures.background_slowed:
        spans.append(("others 10/s", WARNING))
    return Segment("cadence", tuple(spans))


def _number(value: float | None, decimals: int) -> str:
    return "–" if value is None else f"{value:.{decimals}f}"


def _limited(value: float, limit: float) -> Span:
    return (f"{value:.0f}", WARNING if value > limit else VALUE)


def fitting(widths_px: list[float], keep: list[bool], room_px: float) -> list[bool]:
    """Which segments stay when only `room_px` is there: they leave from the right, `keep` ones never."""
    shown = [True] * len(widths_px)
    for index in reversed(range(len(widths_px))):
        # Summed anew: what is left after taking a width away again can be a rounding too large.
        if sum(itertools.compress(widths_px, shown)) <= room_px:
            break
        shown[index] = keep[index]
    return shown
