"""What can be done with workspaces, their windows and the panels in them."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from desktop.actions import Action, ActionContext
from desktop.tr import tr
from desktop.workspace import asking, panel_moves
from desktop.workspace.limits import desk_is_full, window_is_full
from desktop.workspaces import templates
from desktop.workspaces.templates import Template

if TYPE_CHECKING:
    from desktop.workspace.keeper import Workspaces

KEYED: Final = 9  # workspaces with a key of their own


def actions() -> tuple[Action, ...]:
    return (*_switching(), *_templates(), *_changing(), *panel_actions())


def _switching() -> tuple[Action, ...]:
    group = tr("Workspaces")
    numbered = tuple(
        Action(
            f"workspace.switch_{number + 1}",
            tr("Workspace {number}", number=number + 1),
            group,
            partial(_switch, number),
            (f"Ctrl+{number + 1}",),
            "layout-dashboard",
            partial(_no_such, number),
        )
        for number in range(KEYED)
    )
    return (
        *numbered,
        Action("workspace.next", tr("Next workspace"), group, lambda at: _of(at).step(1),
               ("Ctrl+PgDown",), "chevron-right", _only_one),
        Action("workspace.previous", tr("Previous workspace"), group, lambda at: _of(at).step(-1),
               ("Ctrl+PgUp",), "chevron-left", _only_one),
    )  # fmt: skip


def _templates() -> tuple[Action, ...]:
    return tuple(
        Action(
            f"workspace.new_{template.name}",
            tr("New workspace: {template}", template=template.title()),
            tr("Workspaces"),
            partial(_open_template, template),
            (),
            "plus",
            words="template layout",
        )
        for template in templates.ALL
    )


def _changing() -> tuple[Action, ...]:
    group = tr("Workspaces")
    return (
        Action("workspace.save_as", tr("Save workspace as"), group,
               lambda at: asking.ask_save_as(at.window), (), "layers", words="layout name"),
        Action("workspace.rename", tr("Rename workspace"), group,
               lambda at: asking.ask_rename(at.window, _of(at).slug), (), "layers"),
        Action("workspace.duplicate", tr("Duplicate workspace"), group,
               lambda at: _of(at).duplicate(_of(at).slug), (), "copy"),
        Action("workspace.delete", tr("Delete workspace"), group,
               lambda at: _of(at).delete(_of(at).slug), (), "x", _only_one, words="remove"),
        Action("workspace.reset", tr("Reset workspace to the default"), group,
               lambda at: _of(at).reset(), (), "refresh-cw", words="layout"),
        Action("workspace.export", tr("Export workspace to a file"), group,
               lambda at: asking.ask_export(at.window, _of(at).slug), (), "download", words="save layout"),
        Action("workspace.import", tr("Import workspace from a file"), group,
               lambda at: asking.ask_import(at.window), (), "upload", words="load layout"),
        Action("monitors.name", tr("Name these monitors"), group,
               lambda at: asking.ask_monitors_name(at.window), (), "layout-dashboard",
               words="screens profile office laptop"),
        Action("desk.reopen", tr("Reopen what was closed"), tr("Windows"), lambda at: _of(at).reopen(),
               ("Ctrl+Shift+T",), "undo-2", _nothing_closed, words="undo close window panel workspace"),
    )  # fmt: skip


def panel_actions() -> tuple[Action, ...]:
    """Of one panel, in the order of its tab's menu."""
    group = tr("Panels")
    return (
        Action("panel.zoom", tr("Maximise panel"), group, _zoom, ("Ctrl+M",), "maximize-2",
               _no_kept_panel, words="full zoom restore", checked=_is_zoomed),
        Action("panel.pin", tr("Pin panel"), group, _pin, (), "pin", _no_kept_panel,
               words="lock fix unpin", checked=_is_pinned),
        Action("panel.duplicate", tr("Duplicate panel"), group, _on_panel(panel_moves.duplicate), (),
               "copy", _no_room_beside),
        Action("panel.to_own_window", tr("Move panel to a window of its own"), group,
               _on_panel(panel_moves.to_own_window), (), "external-link", _no_room_outside,
               words="float detach undock"),
        Action("panel.to_next_window", tr("Move panel to the next window"), group,
               _on_panel(panel_moves.to_next_window), (), "chevron-right", _no_other_window),
        Action("panel.onto_next", tr("Put panel onto the next one as a tab"), group, _onto_next, (),
               "layers", _no_other_panel, words="tabs stack"),
        Action("panel.rename", tr("Rename panel"), group,
               lambda at: asking.ask_panel_title(at.window, at.panel), (), "layers", _no_kept_panel,
               words="title tab"),
        Action("panel.close", tr("Close panel"), group, _on_panel(panel_moves.close),
               ("Ctrl+Shift+W",), "x", _not_pinned),
    )  # fmt: skip


# ---- what they do ------------------------------------------------------------------------------------
def _of(at: ActionContext) -> "Workspaces":
    return at.window.host.workspaces


def _open_template(template: Template, at: ActionContext) -> None:
    _of(at).open_template(template)


def _switch(number: int, at: ActionContext) -> None:
    _of(at).switch_to(number)


def _on_panel(act: Callable[..., object]) -> Callable[[ActionContext], object]:
    return lambda at: act(at.window, at.panel)


def _zoom(at: ActionContext) -> None:
    arrangement = at.window.contents.arrangement
    arrangement.zoom(None if arrangement.zoomed is not None else at.panel)
    at.window.focus_panel(at.panel)


def _is_zoomed(at: ActionContext) -> bool:
    return at.panel is not None and at.window.contents.arrangement.zoomed is at.panel


def _is_pinned(at: ActionContext) -> bool:
    contents = at.window.contents
    return at.panel in contents.all and contents.docked_of(at.panel).is_pinned


def _pin(at: ActionContext) -> None:
    docked = at.window.contents.docked_of(at.panel)
    docked.set_pinned(not docked.is_pinned)


def _onto_next(at: ActionContext) -> None:
    kept = at.window.contents.kept
    onto = kept[(kept.index(at.panel) + 1) % len(kept)]
    panel_moves.add_as_tab(at.window, at.panel, onto)


# ---- why they cannot be done -------------------------------------------------------------------------
def _no_such(number: int, at: ActionContext) -> str:
    count = len(_of(at).store)
    return "" if number < count else tr("There are {count} workspaces", count=count)


def _only_one(at: ActionContext) -> str:
    return "" if len(_of(at).store) > 1 else tr("There is no other workspace")


def _nothing_closed(at: ActionContext) -> str:
    return "" if _of(at).can_reopen else tr("Nothing was closed in this workspace")


def _no_kept_panel(at: ActionContext) -> str:
    return "" if at.panel in at.window.contents.kept else tr("No panel is in use")


def _not_pinned(at: ActionContext) -> str:
    contents = at.window.contents
    if at.panel not in contents.all:
        return tr("No panel is in use")
    return tr("The panel is pinned: unpin it first") if contents.docked_of(at.panel).is_pinned else ""


def _stays(at: ActionContext) -> str:
    return _no_kept_panel(at) or _not_pinned(at)


def _no_room_beside(at: ActionContext) -> str:
    return _no_kept_panel(at) or window_is_full(at)


def _no_room_outside(at: ActionContext) -> str:
    return _stays(at) or desk_is_full(at)


def _no_other_window(at: ActionContext) -> str:
    if reason := _stays(at):
        return reason
    if len(at.window.host.windows) < 2:
        return tr("There is no other window")
    return window_is_full(ActionContext(panel_moves.next_window(at.window)))


def _no_other_panel(at: ActionContext) -> str:
    return _stays(at) or ("" if len(at.window.contents.kept) > 1 else tr("There is no other panel"))
