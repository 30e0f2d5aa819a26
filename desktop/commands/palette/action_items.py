"""Actions, settings and the like as rows of the palette, as they stand in one window now."""

from functools import partial
from typing import TYPE_CHECKING, Final

from core.scope import Scope
from desktop.actions import Action
from desktop.commands.palette.sources import ListSource, PaletteItem, PaletteValue
from desktop.panels.watchlist.lists import own_choice
from desktop.tr import tr
from desktop.words import count_words

if TYPE_CHECKING:
    from desktop.commands.commands import Commands
    from desktop.panels.watchlist.lists import WatchChoice
    from desktop.settings.setting import Setting
    from desktop.workspace.window import DeskWindow

SIGN: Final = ">"
NOT_LISTED: Final = ("palette.open",)  # what has opened the list is not in it


def action_source(commands: "Commands", window: "DeskWindow") -> ListSource:
    """Every action of the desk: those that cannot be done now are there with the reason."""
    listed = [action for action in commands.actions if action.id not in NOT_LISTED]
    sessions = session_items(window)
    places = {action.id: place for place, action in enumerate(listed)}
    recent = [places[action_id] for action_id in commands.recent if action_id in places]
    return ListSource(
        tr("Actions"),
        [*(_item(commands, window, action) for action in listed), *sessions],
        [*(f"{action.words} {action.id}" for action in listed), *("scope session" for _item in sessions)],
        {row: place for place, row in enumerate(recent)},
        SIGN,
    )


def _item(commands: "Commands", window: "DeskWindow", action: Action) -> PaletteItem:
    refusal = commands.refusal(action, window)
    return PaletteItem(
        action.title,
        lambda _beside: commands.run(action.id, window),
        detail=refusal or action.group,
        icon=action.icon or "chevron-right",
        keys=commands.shown_keys(action.id),
        refusal=refusal,
    )


def session_items(window: "DeskWindow") -> list[PaletteItem]:
    """Every session heard of lately, to be shown in this window."""
    host = window.host
    scopes = [Scope(name) for name in host.sessions()]
    return [
        PaletteItem(
            tr("Replay {session} in this window", session=scope.session),
            partial(lambda shown, _beside: host.set_scope(shown, (window,)), scope),
            tr("Windows"),
            "rewind",
        )
        for scope in scopes
        if scope != window.scope
    ]


def workspace_source(commands: "Commands", window: "DeskWindow") -> ListSource:
    """Every workspace, to switch to."""
    workspaces = window.host.workspaces
    items = []
    for place, slug in enumerate(workspaces.store.order):
        saved = workspaces.store[slug]
        is_open = slug == workspaces.slug
        windows = count_words(len(saved.windows), "window")
        items.append(
            PaletteItem(
                tr("Switch to “{name}”", name=saved.name),
                partial(lambda chosen, _beside: workspaces.switch(chosen), slug),
                tr("It is on the screen") if is_open else windows,
                "layout-dashboard",
                commands.shown_keys(f"workspace.switch_{place + 1}"),
                refusal=tr("It is on the screen") if is_open else "",
            )
        )
    return ListSource(tr("Workspaces"), items)


def watchlist_source(window: "DeskWindow") -> ListSource:
    """Every list of the person's own: shown in the watchlist in use, or in a new one."""
    lists = window.host.watchlists.store.lists
    items = [
        PaletteItem(
            tr("Show watchlist “{name}”", name=watchlist.name),
            partial(_show_watchlist, window, own_choice(watchlist)),
            count_words(len(watchlist.keys), "instrument"),
            "layers",
        )
        for watchlist in lists
    ]
    return ListSource(tr("Watchlists"), items)


def _show_watchlist(window: "DeskWindow", choice: "WatchChoice", beside: bool) -> None:
    shown = window.contents.watchlists
    if beside or not shown:
        if window.host.commands.run("watchlist.new", window):
            window.contents.watchlists[-1].choose(choice)
            window.focus_panel(window.contents.watchlists[-1])
        return
    panel = window.panel_in_use if window.panel_in_use in shown else shown[0]
    assert panel is not None
    panel.choose(choice)
    window.focus_panel(panel)


def settings_source(window: "DeskWindow") -> ListSource:
    """A row for every value that can be chosen, and one for every switch."""
    from desktop.settings.schema import SETTINGS

    items, words = [], []
    for setting in SETTINGS:
        for item in _of_setting(window, setting):
            items.append(item)
            # Not the sentence of a choice: it names the other values, too.
            words.append(setting.key if setting.choices else f"{setting.words} {setting.key}")
    return ListSource(tr("Settings"), items, words)


def _of_setting(window: "DeskWindow", setting: "Setting") -> list[PaletteItem]:
    store = window.host.settings

    def said() -> PaletteValue:
        return PaletteValue(setting.said(getattr(store.current, setting.key)))

    if setting.kind == "bool":
        return [
            PaletteItem(
                tr(setting.title),
                lambda _beside: store.change(setting.key, not getattr(store.current, setting.key)),
                tr(setting.group),
                "settings",
                value=said,
            )
        ]
    if not setting.choices:  # a number or a text: it is typed where it can be checked
        return [
            PaletteItem(
                tr(setting.title),
                lambda _beside: _open_settings(window, setting.key),
                tr(setting.group),
                "settings",
                value=said,
            )
        ]
    return [
        PaletteItem(
            tr("{setting}: {value}", setting=tr(setting.title), value=tr(words)),
            partial(lambda value, _beside: store.change(setting.key, value), value),
            tr(setting.group),
            "settings",
            value=said,
        )
        for value, words in setting.choices
    ]


def _open_settings(window: "DeskWindow", key: str) -> None:
    from desktop.settings.dialog import open_settings

    open_settings(window, key)
