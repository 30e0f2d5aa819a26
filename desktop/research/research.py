"""What the desk does about research, for panels and actions: runs started, cancelled, starred, played.

Light until it is used: the catalog and everything it needs load with the first panel. Says in messages how
things ended. Playing a run is the desk's own (`RunPlayer`); where it has none, nothing plays.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from PySide6.QtCore import QMimeData

from desktop.job import Job, JobKind, JobState
from desktop.jobs import JobsFull
from desktop.messages import Level, MessageLink
from desktop.tr import tr

if TYPE_CHECKING:
    from core.backtest.catalog import Catalog
    from core.backtest.spec import RunSpec
    from desktop.app import DeskApp
    from desktop.panels.runs.panel import RunsPanel
    from desktop.research.library import Library
    from desktop.research.rows import RunRow
    from desktop.workspace.window import DeskWindow


class RunPlayer(Protocol):
    """Whoever can play a run as a film."""

    def open_run(self, run_id: str, window: "DeskWindow | None" = None) -> object:
        """Show it in `window` or in the first one."""


class Research:
    """One a desk."""

    def __init__(self, app: "DeskApp") -> None:
        self._app = app
        self._library: Library | None = None

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

    # ---- playing ---------------------------------------------------------------------------------
    @property
    def player(self) -> RunPlayer | None:
        """None where this desk plays no runs."""
        return cast(RunPlayer, self._app) if hasattr(self._app, "open_run") else None

    def play(self, run_id: str, window: "DeskWindow") -> None:
        if self.player is not None:
            self.player.open_run(run_id, window)

    def playing(self) -> frozenset[str]:
        """Runs that a window of this desk plays now."""
        runs = (getattr(window.scope, "run_id", None) for window in self._app.windows)
        return frozenset(run_id for run_id in runs if run_id)

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

    # ---- making runs -----------------------------------------------------------------------------
    def own_runs(self) -> frozenset[str]:
        """Runs that wait or run as jobs of this desk."""
        active = self._app.jobs.active
        return frozenset(job.subject for job in active if job.kind is JobKind.BACKTEST)

    def cancel_run(self, run_id: str) -> None:
        job = self._app.jobs.of(JobKind.BACKTEST, run_id)
        if job is not None:
            self._app.jobs.cancel(job)

    def say(self, level: Level, text: str, link: MessageLink | None = None) -> None:
        self._app.messages.add(level, text, self._app.now_ms(), link)

    async def start_run(self, spec: "RunSpec", window: "DeskWindow") -> str:
        """Make the run of a spec, or show the one that there is; what was done, in words.

        Raises `CatalogError` or `JobsFull`, with nothing begun.
        """
        run_id = spec.run_id
        _row, is_new = await self.library.ask(lambda catalog: catalog.queue(spec))
        short = run_id[:8]
        if not is_new:
            self._show_run(window, run_id)
            said = tr("Run {run} is the same in everything: it is shown, nothing was run again", run=short)
            self.say(Level.INFO, said)
            return said
        file = await asyncio.to_thread(self._write_spec, spec)
        title = tr("Run {run}", run=f"{short}, {spec.strategy.removeprefix('file:')}")
        try:
            self._app.jobs.start(
                JobKind.BACKTEST, title, run_id, ("backtest", "run", str(file)), self._run_ended
            )
        except JobsFull as full:
            reason = str(full)
            await self.library.ask(lambda catalog: catalog.failed(run_id, reason))
            raise
        self._show_run(window, run_id)
        return tr("{run} has begun", run=title)

    def _write_spec(self, spec: "RunSpec") -> Path:
        """Where the child reads it; in a thread."""
        file = self.library.path_of(spec.run_id) / "spec.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(spec.canonical(), encoding="utf-8")
        return file

    def _run_ended(self, job: Job) -> None:
        self.library.refresh()
        run_id = job.subject

        def settle(catalog: "Catalog") -> None:
            """A child that could not say so itself."""
            row = catalog.run(run_id)
            if row is None or row.is_over:
                return
            if job.state is JobState.CANCELLED:
                catalog.cancelled(run_id)
            elif job.error is not None:
                error = job.error
                catalog.failed(run_id, error.text, error.file, error.line, error.traceback)
            else:
                catalog.failed(run_id, tr("The process ended and left no result"))

        self.library.change(settle, tr("How run {run} ended was not kept", run=run_id[:8]))
        if job.state is JobState.DONE:
            self.say(
                Level.INFO,
                tr("{run} is done", run=job.title),
                MessageLink(tr("Show it"), lambda: self._show_somewhere(run_id)),
            )

    # ---- panels ----------------------------------------------------------------------------------
    def runs_panel(self, window: "DeskWindow") -> "RunsPanel":
        """The one of the window, or a new one."""
        return cast("RunsPanel", self.panel(window, "runs"))

    def panel(self, window: "DeskWindow", kind_name: str) -> Any:
        """The panel of this kind that the window has, or a new one; in front of its tabs."""
        from desktop.workspace.panel_kinds import kind_named

        kind = kind_named(kind_name)
        assert kind is not None, f"{kind_name} is no kind of panel"
        found = (panel for panel in window.panels if getattr(panel, "kind", "") == kind_name)
        panel = next(found, None) or window.contents.add(kind)
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
