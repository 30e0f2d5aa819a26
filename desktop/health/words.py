"""What a warning says when it begins and when it is over; pure."""

from desktop.health.loop_watch import Stall
from desktop.health.warnings import LIMITS, Kind
from desktop.tr import tr


def begun_words(kind: Kind, value: float, stall: Stall | None) -> str:
    """One line: what, how much, and what to look at."""
    limit = LIMITS[kind].over
    if kind is Kind.FRAMES:
        return tr(
            "Frames take long: p99 {value} ms, limit {limit} ms. Close a window or show fewer rows",
            value=f"{value:.0f}",
            limit=f"{limit:.0f}",
        )
    if kind is Kind.STALL:
        return tr(
            "The desk stood still for {value} ms: {place}",
            value=f"{value:.0f}",
            place=stall.place if stall is not None else tr("unknown"),
        )
    if kind is Kind.OVERFLOW:
        return tr("{count} messages were dropped: more came than may wait", count=f"{value:,.0f}")
    if kind is Kind.SLOW_CONSUMER:
        return tr("The server ended the connection: this desk read too slowly. It is connected again")
    if kind is Kind.MEMORY:
        return tr("Memory grew by {value} MB though nothing was opened", value=f"{value:.0f}")
    return tr("A full garbage collection ran while prices came: {count}", count=f"{value:.0f}")


def ended_words(kind: Kind, worst: float) -> str:
    """One line: that it is over, and how bad it was."""
    if kind is Kind.FRAMES:
        return tr("Frames are fast again; the worst p99 was {value} ms", value=f"{worst:.0f}")
    if kind is Kind.STALL:
        return tr("The desk has not stood still for 10 s; the longest was {value} ms", value=f"{worst:.0f}")
    if kind is Kind.OVERFLOW:
        return tr("No message was dropped for 10 s")
    if kind is Kind.SLOW_CONSUMER:
        return tr("The connection has held for 10 s")
    if kind is Kind.MEMORY:
        return tr("Memory is back; it had grown by {value} MB", value=f"{worst:.0f}")
    return tr("No full garbage collection for 10 s")
