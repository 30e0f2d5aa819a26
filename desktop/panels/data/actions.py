"""What can be done with datasets: all of it for the selected row of the datasets in use."""

from typing import TYPE_CHECKING, cast

from desktop.actions import Action, ActionContext
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.panels.data.panel import DataPanel
    from desktop.research.rows import DatasetRow, RunRow


def _panel(at: ActionContext) -> "DataPanel | None":
    """The datasets in use, else the first of the window. By its kind: its modules load with the first."""
    if getattr(at.panel, "kind", "") == "data":
        return cast("DataPanel", at.panel)
    panels = at.window.panels if at.window is not None else []
    return next((panel for panel in panels if getattr(panel, "kind", "") == "data"), None)


def _selected(at: ActionContext) -> "DatasetRow | None":
    panel = _panel(at)
    return panel.selected if panel is not None else None


def _runs(at: ActionContext, row: "DatasetRow") -> "list[RunRow]":
    return [run for run in at.window.host.research.library.runs if run.dataset_id == row.id]


def _needs_one(at: ActionContext) -> str:
    return "" if _selected(at) is not None else tr("Select one dataset")


def _needs_unused(at: ActionContext) -> str:
    row = _selected(at)
    if row is None:
        return _needs_one(at)
    research = at.window.host.research
    for run in _runs(at, row):
        if run.is_active:
            return tr("Run {run} on it is not over: wait for it or cancel it", run=run.short_id)
        if run.id in research.playing():
            return tr("Run {run} on it is being played: close it first", run=run.short_id)
    return ""


def _delete(at: ActionContext) -> None:
    from desktop.panels.data.delete_dialog import DeleteDatasetDialog

    row = _selected(at)
    assert row is not None, "refused without one"
    host = at.window.host
    DeleteDatasetDialog(at.window, host.theme, row, _runs(at, row), host.research.delete_dataset).open()


def _copy(at: ActionContext) -> None:
    from PySide6.QtGui import QGuiApplication

    row = _selected(at)
    QGuiApplication.clipboard().setText(row.id if row is not None else "")


def actions() -> tuple[Action, ...]:
    group = tr("Research")
    return (
        Action("data.copy", tr("Copy the dataset's id"), group, _copy, (), "copy", _needs_one,
               words="hash clipboard"),
        Action("data.delete", tr("Delete the dataset…"), group, _delete, (), "trash-2", _needs_unused,
               words="remove erase"),
    )  # fmt: skip
