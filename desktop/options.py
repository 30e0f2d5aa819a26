"""What a caller may ask of the desk, as frozen values: made by the command line, read by the app."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Layout = Literal["desk", "grids"]  # a chart beside the first watchlist and a player, or watchlists only


@dataclass(frozen=True, slots=True)
class DeskOptions:
    """`server` None: the profile's supervisor, started when there is none. `session` None: live."""

    server: str | None = None
    credentials_file: Path | None = None
    workspace: str = ""  # empty: the one that was open
    session: str | None = None
    windows: int = 1
    inspect: bool = False
    layout: Layout = "desk"
    watch: bool = True  # the desk warns when it is not well itself
    keeps: bool = False  # workspaces are opened from `desk_dir` and kept there; else windows by layout
    asks: bool = False  # show the start page on a profile that is new
    run_id: str | None = None  # of a run to play, instead of live
    desk_dir: Path | None = None  # where the person's choices are kept; None: the profile's


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """`duration_s` None: until the windows are closed, or bounded when there is no display."""

    offscreen: bool = False
    duration_s: float | None = None
    windows: int = 2
    ticks_per_s: int = 2_000
    screenshots: Path | None = None
    report: Path | None = None
