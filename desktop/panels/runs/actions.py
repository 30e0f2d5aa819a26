"""What can be done with runs and datasets: all of it for the selected rows of the list of runs in use."""

from typing import TYPE_CHECKING, cast

from desktop.actions import Action, ActionContext
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.panels.runs.panel import RunsPanel
    from desktop.research.rows import DatasetRow, RunRow


def _panel(at: ActionContext) -> "RunsPanel | None":
    """The list in use, else the first of the window. Told by its kind: its modules load with the first."""
    if getattr(at.panel, "kind", "") == "runs":
        return cast("RunsPanel", at.panel)
    panels = at.window.panels if at.window is not None else []
    return next((panel for panel in panels if getattr(panel, "kind", "") == "runs"), None)


def _selected(at: ActionContext) -> "list[RunRow]":
    panel = _panel(at)
    return panel.selected if panel is not None else []


def _needs_some(at: ActionContext) -> str:
    return "" if _selected(at) else tr("No run is selected in this window")


def _needs_done(at: ActionContext) -> str:
    """Every one of them has figures."""
    rows = _selected(at)
    if not rows:
        return _needs_some(at)
    unfinished = next((row for row in rows if row.state != "DONE"), None)
    return tr("Run {run} is not done", run=unfinished.short_id) if unfinished is not None else ""


def _needs_one_done(at: ActionContext) -> str:
    return _needs_done(at) or ("" if len(_selected(at)) == 1 else tr("Select one run"))


def _needs_unplayed(at: ActionContext) -> str:
    """Final figures of a run that is played stay hidden."""
    reason = _needs_done(at)
    playing = at.window.host.research.playing() if not reason else frozenset()
    hidden = next((row for row in _selected(at) if row.id in playing), None)
    if hidden is not None:
        return tr("Run {run} is being played: its final figures are hidden", run=hidden.short_id)
    return reason


def _needs_player(at: ActionContext) -> str:
    reason = _needs_one_done(at)
    if not reason and at.window.host.research.player is None:
        return tr("This desk plays no runs")
    if not reason and at.window.host.research.library.dataset((row := _selected(at)[0]).dataset_id) is None:
        return tr("The dataset of run {run} was deleted: import its files again to play it", run=row.short_id)
    return reason


def _needs_two(at: ActionContext) -> str:
    return _needs_unplayed(at) or ("" if len(_selected(at)) > 1 else tr("Select two runs or more"))


def _needs_one(at: ActionContext) -> str:
    return _needs_some(at) or ("" if len(_selected(at)) == 1 else tr("Select one run"))


def _needs_own(at: ActionContext) -> str:
    own = at.window.host.research.own_runs() if _selected(at) else frozenset()
    if any(row.id in own for row in _selected(at)):
        return ""
    return _needs_some(at) or tr("None of the selected runs is made by this desk now")


def _needs_error(at: ActionContext) -> str:
    rows = _selected(at)
    return "" if len(rows) == 1 and rows[0].error is not None else tr("Select one run that failed")


def _needs_over(at: ActionContext) -> str:
    active = next((row for row in _selected(at) if row.is_active), None)
    if active is not None:
        return tr("Run {run} is not over: cancel it first", run=active.short_id)
    return _needs_some(at)


def _play(at: ActionContext) -> None:
    at.window.host.research.play(_selected(at)[0].id, at.window)


def _open_run(at: ActionContext) -> None:
    """What Return does: the film, else the tear sheet; of a run that failed, why."""
    for needs, do in ((_needs_error, _show_error), (_needs_player, _play), (_needs_unplayed, _tear_sheet)):
        if not needs(at):
            do(at)
            return


def _compare(at: ActionContext) -> None:
    ids = [row.id for row in _selected(at)]
    panel = at.window.host.research.panel(at.window, "compare")
    panel.show_runs(ids)
    at.window.focus_panel(panel)


def _tear_sheet(at: ActionContext) -> None:
    run_id = _selected(at)[0].id
    panel = at.window.host.research.panel(at.window, "tearsheet")
    panel.show_run(run_id)
    at.window.focus_panel(panel)


def _report(at: ActionContext) -> None:
    from desktop.panels.tearsheet.exporting import ask_report

    ask_report(at.window, at.window.host.research, _selected(at)[0].id)


def _star(at: ActionContext) -> None:
    rows = _selected(at)
    at.window.host.research.set_star(rows, not all(row.is_starred for row in rows))


def _notes(at: ActionContext) -> None:
    from desktop.panels.runs.notes_dialog import NotesDialog

    NotesDialog(at.window, at.window.host.theme, _selected(at)[0], at.window.host.research.set_words).open()


def _show_error(at: ActionContext) -> None:
    from desktop.panels.runs.error_dialog import ErrorDialog

    ErrorDialog(at.window, at.window.host.theme, _selected(at)[0]).open()


def _copy(at: ActionContext) -> None:
    from PySide6.QtGui import QGuiApplication

    QGuiApplication.clipboard().setText("\n".join(row.id for row in _selected(at)))


def _cancel(at: ActionContext) -> None:
    for row in _selected(at):
        at.window.host.research.cancel_run(row.id)


def _delete(at: ActionContext) -> None:
    from desktop.panels.runs.delete_dialog import DeleteDialog

    DeleteDialog(at.window, at.window.host.theme, _selected(at), at.window.host.research.delete).open()


def _new(at: ActionContext) -> None:
    """Over the dataset that is chosen in the list of datasets, when the hand is there."""
    chosen = _dataset(at) if getattr(at.panel, "kind", "") == "data" else None
    at.window.host.research.ask_run(at.window, chosen.id if chosen is not None else "")


def _again(at: ActionContext) -> None:
    at.window.host.research.ask_run(at.window, like=_selected(at)[0])


def _dataset(at: ActionContext) -> "DatasetRow | None":
    """The chosen one of the list of datasets in use, else of the first of the window."""
    panels = [at.panel, *(at.window.panels if at.window is not None else [])]
    panel = next((panel for panel in panels if getattr(panel, "kind", "") == "data"), None)
    return cast("DatasetRow | None", getattr(panel, "selected", None))


def _needs_dataset(at: ActionContext) -> str:
    return "" if _dataset(at) is not None else tr("No dataset is selected in this window")


def _details(at: ActionContext) -> None:
    from desktop.panels.data.details_dialog import DetailsDialog

    row = _dataset(at)
    assert row is not None
    DetailsDialog(at.window, row).open()


def _import(at: ActionContext) -> None:
    at.window.host.research.ask_import(at.window)


def _show(at: ActionContext, kind_name: str) -> None:
    at.window.focus_panel(at.window.host.research.panel(at.window, kind_name))


def actions() -> tuple[Action, ...]:
    group = tr("Research")
    return (
        Action("runs.show", tr("Show the runs"), group, lambda at: _show(at, "runs"), ("Ctrl+Shift+R",),
               "flask-conical", words="backtest list catalog research"),
        Action("data.show", tr("Show the datasets"), group, lambda at: _show(at, "data"), ("Ctrl+Shift+D",),
               "database", words="import files research"),
        Action("runs.new", tr("New run…"), group, _new, ("Ctrl+Shift+B",), "plus",
               words="backtest strategy start"),
        Action("data.import", tr("Import data…"), group, _import, ("Ctrl+Shift+I",), "upload",
               words="dbn csv parquet dataset file"),
        Action("data.details", tr("Details of the dataset…"), group, _details, (), "info", _needs_dataset,
               words="findings manifest files gaps"),
        Action("runs.open_run", tr("Open the run"), group, _open_run, (), "play", _needs_some,
               words="play tear sheet error"),
        Action("runs.play", tr("Play the run"), group, _play, (), "play", _needs_player,
               words="film playback replay"),
        Action("runs.tearsheet", tr("Tear sheet"), group, _tear_sheet, (), "file-chart-line",
               lambda at: _needs_unplayed(at) or _needs_one(at), words="report equity drawdown monthly"),
        Action("runs.compare", tr("Compare the selected runs"), group, _compare, (), "git-compare-arrows",
               _needs_two, words="difference overlay"),
        Action("runs.report", tr("Export as HTML…"), group, _report, (), "download",
               lambda at: _needs_unplayed(at) or _needs_one(at), words="tear sheet report save"),
        Action("runs.star", tr("Star or unstar"), group, _star, (), "star", _needs_some,
               words="keep favourite prune"),
        Action("runs.notes", tr("Name, tags and note…"), group, _notes, (), "tag", _needs_one,
               words="rename label comment"),
        Action("runs.copy", tr("Copy the run's id"), group, _copy, (), "copy", _needs_some,
               words="hash clipboard"),
        Action("runs.error", tr("Show what went wrong"), group, _show_error, (), "circle-alert", _needs_error,
               words="exception traceback line"),
        Action("runs.again", tr("New run like this one…"), group, _again, (), "repeat", _needs_one,
               words="copy parameters again"),
        Action("runs.cancel", tr("Cancel the run"), group, _cancel, (), "circle-x", _needs_own,
               words="stop end"),
        Action("runs.delete", tr("Delete the selected runs…"), group, _delete, (), "trash-2", _needs_over,
               words="remove erase"),
    )  # fmt: skip
