"""What the desk does about research, for panels and actions: runs started, cancelled, starred, played.

Light until it is used: the catalog and everything it needs load with the first panel. Says in messages how
things ended. Playing a run is the desk's own (`RunPlayer`); where it has none, nothing plays.
"""

from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from PySide6.QtCore import QMimeData

from desktop.messages import Level, MessageLink
from desktop.tr import tr

if TYPE_CHECKING:
    from core.backtest.catalog import Catalog
    from core.backtest.running import RunJob
    from core.backtest.spec import RunSpec
    from desktop.app import DeskApp
    from desktop.desks import AnyDesk
    from desktop.film.trade_place import TradePlace
    from desktop.job import Job
    from desktop.jobs import Jobs
    from desktop.paint.theme import Theme
    from desktop.panels.runs.panel import RunsPanel
    from desktop.research.library import Library
    from desktop.research.rows import RunRow
    from desktop.thread_work import ThreadWork
    from desktop.workspace.window import DeskWindow


FAMILY: Final = ("runs", "compare", "tearsheet", "data")  # panels that stand in tabs together


class RunPlayer(Protocol):
    """Whoever can play a run as a film."""

    def open_run(
        self, run_id: str, window: "DeskWindow | None" = None, at_trade: "TradePlace | None" = None
    ) -> object:
        """Show it in `window` or in the first one, where a trade was."""


class Research:
    """One a desk."""

    def __init__(self, app: "DeskApp") -> None:
        self._app = app
        self._library: Library | None = None
        self.put_away: set[int] = set()  # numbers of jobs

    @property
    def library(self) -> "Library":
        """Loaded with its first use."""
        if self._library is None:
            from desktop.research.library import Library

            self._library = Library(self._app)
        return self._library

    @property
    def is_used(self) -> bool:
        return self._library is not None

    @property
    def threads(self) -> "ThreadWork":
        """For what blocks."""
        return self._app.threads

    def start_task(self, work: "Coroutine[Any, Any, Any]", name: str) -> None:
        """For as long as the desk lives."""
        self._app.start_task(work, name)

    @property
    def theme(self) -> "Theme":
        """Of the desk, as it is now."""
        return self._app.theme

    @property
    def jobs(self) -> "Jobs":
        """Imports of this desk."""
        return self._app.jobs

    # ---- imports ---------------------------------------------------------------------------------
    def start_import(self, name: str, arguments: Sequence[str], window: "DeskWindow") -> "Job":
        """Import files as a dataset; its line stands in the panel of the datasets. Raises `JobsFull`."""
        title = tr("Import of {name}", name=name)
        job = self.jobs.start(title, name, arguments, self._import_ended)
        self.panel(window, "data")
        return job

    def _import_ended(self, job: "Job") -> None:
        self.library.refresh()
        if job.state == "DONE":
            found = len((job.result or {}).get("findings") or ())
            words = tr("Dataset {name} is there, with {count} findings", name=job.subject, count=found)
            plain = tr("Dataset {name} is there", name=job.subject)
            self.say(Level.INFO, words if found else plain)

    def put_job_away(self, job: "Job") -> None:
        """Its line is no longer wanted."""
        self.put_away.add(job.number)
        self.jobs.tell()

    # ---- playing ---------------------------------------------------------------------------------
    @property
    def player(self) -> RunPlayer | None:
        """None where this desk plays no runs."""
        return cast(RunPlayer, self._app) if hasattr(self._app, "open_run") else None

    def play(self, run_id: str, window: "DeskWindow", at_trade: "TradePlace | None" = None) -> None:
        if self.player is not None:
            self.player.open_run(run_id, window, at_trade)

    def playing(self) -> frozenset[str]:
        """Runs that a window of this desk plays now; one that cannot be opened tells nothing."""
        scopes = {window.scope for window in self._app.windows if window.scope.run_id}
        return frozenset(str(scope.run_id) for scope in scopes if not _is_failed(self._app.desks.get(scope)))

    # ---- what is said of runs --------------------------------------------------------------------
    def toggle_star(self, run_id: str) -> None:
        row = self.library.run(run_id)
        if row is not None:
            self.set_star([row], not row.is_starred)

    def set_star(self, rows: "Sequence[RunRow]", is_starred: bool) -> None:
        """All of them or none."""
        ids = [row.id for row in rows]

        def star(catalog: "Catalog") -> None:
            for run_id in ids:
                catalog.set_star(run_id, is_starred)

        self.library.change(star, tr("The star was not set"))

    def set_words(self, run_id: str, name: str, tags: Sequence[str], note: str) -> None:
        """What a person calls a run and thinks of it."""

        def say(catalog: "Catalog") -> None:
            catalog.set_tags(run_id, tags)
            catalog.set_name(run_id, name)
            catalog.set_note(run_id, note)

        self.library.change(say, tr("Name, tags and note were not kept"))

    def delete(self, ids: Sequence[str]) -> None:
        """Files and rows, for good."""
        kept = tuple(ids)

        def remove(catalog: "Catalog") -> None:
            for run_id in kept:
                catalog.remove_run(run_id)

        self.library.change(remove, tr("Not every run was deleted"))

    def delete_dataset(self, dataset_id: str, told: Mapping[str, bool]) -> None:
        """For good; the runs made of it stay. `told`: those the person knows of, and whether as starred."""
        known = dict(told)
        failed = tr("The dataset was not deleted")
        for run_id in sorted(self.playing() & known.keys()):  # begun while the question stood there
            reason = tr("Run {run} on it is being played: close it first", run=run_id[:8])
            self.say(Level.ERROR, tr("{failed}: {reason}", failed=failed, reason=reason))
            return

        def remove(catalog: "Catalog") -> None:
            catalog.remove_dataset(dataset_id, known)

        self.library.change(remove, failed)

    def ask_run(self, window: "DeskWindow", dataset_id: str = "", like: "RunRow | None" = None) -> None:
        """The form of a new run, over this dataset or filled as `like` was made."""
        from desktop.panels.runs.new_run.dialog import NewRunDialog

        NewRunDialog(window, like, dataset_id).open()

    # ---- making runs -----------------------------------------------------------------------------
    def own_runs(self) -> frozenset[str]:
        """Runs that wait or run in children of this desk."""
        return frozenset(job.run_id for job in self.library.jobs) if self.is_used else frozenset()

    def cancel_run(self, run_id: str) -> None:
        for job in self.library.jobs:
            if job.run_id == run_id:
                job.cancel()

    def say(self, level: Level, text: str, link: MessageLink | None = None) -> None:
        self._app.messages.add(level, text, self._app.now_ms(), link)

    async def start_run(self, spec: "RunSpec", window: "DeskWindow") -> bool:
        """Make the run of a spec, or show the one that there is: False. Raises `CatalogError`,
        `QueueFullError`, with nothing begun.
        """
        queue = await self.library.queue()
        job = await queue.start(spec)
        self.library.refresh()
        self._show_run(window, spec.run_id)
        if job.end is not None and job.end.existing:
            run = spec.run_id[:8]
            said = tr("Run {run} is the same in everything: here it is, nothing was run again", run=run)
            self.say(Level.INFO, said)
            return False
        self._app.start_task(self._tell_end(job), f"run-{spec.run_id[:8]}")
        return True

    async def _tell_end(self, job: "RunJob") -> None:
        end, run_id = await job.wait(), job.run_id
        self.library.refresh()
        run, name = run_id[:8], job.spec.strategy.removeprefix("file:")
        link = MessageLink(tr("Show it"), lambda: self._show_somewhere(run_id))
        if end.state == "DONE":
            self.say(Level.INFO, tr("Run {run}, {name}, is done", run=run, name=name), link)
        elif end.state == "CANCELLED":
            self.say(Level.INFO, tr("Run {run}, {name}, was cancelled", run=run, name=name))
        else:
            where = f"{Path(end.file).name}:{end.line}: " if end.file and end.line else ""
            said = tr(
                "Run {run}, {name}, failed: {where}{reason}",
                run=run,
                name=name,
                where=where,
                reason=end.error,
            )
            self.say(Level.ERROR, said, link)

    async def close(self) -> None:
        """End the children."""
        if self._library is not None:
            await self._library.close()

    # ---- panels ----------------------------------------------------------------------------------
    def open_workspace(self, window: "DeskWindow") -> None:
        """The workspace of its template, the one there is or a new one; where none are kept, its list."""
        from desktop.workspaces import templates

        workspaces = window.host.workspaces
        title = templates.PLAYBACK.title()
        slug = workspaces.store.named(title)
        if slug:
            workspaces.switch(slug)
        else:
            workspaces.open_template(templates.PLAYBACK)

    def runs_panel(self, window: "DeskWindow") -> "RunsPanel":
        """The one of the window, or a new one."""
        return cast("RunsPanel", self.panel(window, "runs"))

    def panel(self, window: "DeskWindow", kind_name: str) -> Any:
        """The panel of this kind that the window has, in front of its tabs; or a new one, in a tab with the
        other ones of research: a column of its own would leave none of them room.
        """
        from desktop.workspace.panel_kinds import kind_named

        kind = kind_named(kind_name)
        assert kind is not None, f"{kind_name} is no kind of panel"
        found = (panel for panel in window.panels if getattr(panel, "kind", "") == kind_name)
        panel = next(found, None)
        if panel is None:
            family = (each for each in window.panels if getattr(each, "kind", "") in FAMILY)
            panel = window.contents.add(kind, over=next(family, None))
        window.contents.docked_of(panel).dock.setAsCurrentTab()
        return panel

    def _show_run(self, window: "DeskWindow", run_id: str) -> None:
        self.runs_panel(window).select(run_id)

    def _show_somewhere(self, run_id: str) -> None:
        if self._app.windows:
            self._show_run(self._app.windows[0], run_id)

    # ---- files -----------------------------------------------------------------------------------
    def files_in(self, mime: QMimeData) -> list[Path]:
        """Dropped files that may be market data."""
        from desktop.research.files import data_files

        return data_files(Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile())

    def ask_import(self, window: "DeskWindow", files: Sequence[Path] = ()) -> None:
        """The dialog of the import."""
        from desktop.panels.data.import_dialog import ImportDialog

        ImportDialog(window, list(files)).open()


def _is_failed(desk: "AnyDesk | None") -> bool:
    return desk is not None and desk.scope.is_run and bool(desk.clock.read(0).error)
