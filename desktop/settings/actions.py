"""What can be done with settings from the palette, menus and keys."""

from functools import partial

from desktop.actions import Action, ActionContext
from desktop.tr import tr
from desktop.zones import ZONE_CHOICES


def actions() -> tuple[Action, ...]:
    group = tr("Settings")
    return (
        Action(
            "settings.open", tr("Settings"), group, _open, ("Ctrl+,",), "settings",
            words="preferences options configure",
        ),
        Action(
            "recording.open", tr("Open a recording…"), group, _open_recording, ("Ctrl+O",), "history",
            words="replay tape file dbn parquet session",
        ),
        Action(
            "start.page", tr("Start page: demo, server, recording"), group,
            lambda at: at.window.host.start.show_page(at.window), (), "plug",
            words="connect first begin server",
        ),
        *(
            Action(
                f"settings.zone.{value.rpartition('/')[2].lower()}",
                tr("Times in the zone: {zone}", zone=tr(words)),
                group,
                partial(_take_zone, value),
                (),
                "clock",
                partial(_is_zone, value),
                words="time zone clock",
            )
            for value, words in ZONE_CHOICES
        ),
    )  # fmt: skip


def _open(at: ActionContext) -> None:
    from desktop.settings.dialog import open_settings

    open_settings(at.window)


def _open_recording(at: ActionContext) -> None:
    from desktop.settings.start_page import ask_recording

    ask_recording(at.window, lambda path: at.window.host.recordings.open(path, at.window))


def _take_zone(value: str, at: ActionContext) -> None:
    at.window.host.workspaces.set_zone(value)


def _is_zone(value: str, at: ActionContext) -> str:
    return tr("This is the zone now") if at.window.host.zone_choice == value else ""
