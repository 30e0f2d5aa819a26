"""The runs and datasets of the profile as the catalog said them last; every read and write is in a thread.

Other processes write to the catalog as well, so who shows it asks `look` while it is on the screen: what
changed is read then, and nothing while nobody looks. A catalog that cannot be read leaves the last lists as
they were, and says why.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from core.backtest.catalog import Catalog, CatalogError
from core.backtest.home import ResearchHome
from core.backtest.running import RunJob, RunQueue
from core.profile import Profile
from desktop.job import Progress
from desktop.messages import Level
from desktop.research.from_catalog import dataset_row, run_row
from desktop.research.rows import DatasetRow, RunRow
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.app import DeskApp

LOOK_EVERY_MS: Final = 1_000
Answer = TypeVar("Answer")


class Library:
    """`is_loaded` when the lists have been read once, `error` while they cannot be read again."""

    def __init__(self, app: "DeskApp", home: ResearchHome | None = None) -> None:
        self._app = app
        self._home = home
        self._catalog: Catalog | None = None
        self._listeners: list[Callable[[], None]] = []
        self._read_runs: tuple[RunRow, ...] = ()
        self._mended: list[str] = []  # what a killed process had left half-done, to be told
        self._changes = -1
        self._looked_ms = -LOOK_EVERY_MS
        self._is_looking = self._look_again = False
        self.datasets: tuple[DatasetRow, ...] = ()
        self.is_loaded = False
        self.error = ""
        self._queue: RunQueue | None = None

    # ---- what there is ---------------------------------------------------------------------------
    @property
    def runs(self) -> tuple[RunRow, ...]:
        """The newest first, with the progress of those that this desk makes."""
        jobs = {job.run_id: job for job in self.jobs}
        return tuple(_with_job(row, jobs.get(row.id)) for row in self._read_runs)

    @property
    def jobs(self) -> tuple[RunJob, ...]:
        """Runs that this desk makes now."""
        return self._queue.jobs if self._queue is not None else ()

    def run(self, run_id: str) -> RunRow | None:
        return next((row for row in self.runs if row.id == run_id), None)

    def dataset(self, dataset_id: str) -> DatasetRow | None:
        return next((row for row in self.datasets if row.id == dataset_id), None)

    @property
    def home(self) -> ResearchHome:
        """Known once the lists have been read."""
        assert self._home is not None, "nothing was read yet"
        return self._home

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Returns what ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback) if callback in self._listeners else None

    def _tell(self) -> None:
        for callback in tuple(self._listeners):
            callback()

    # ---- reading ---------------------------------------------------------------------------------
    def look(self, now_ms: int) -> None:
        """See whether anything is another, once a second at most."""
        if now_ms - self._looked_ms >= LOOK_EVERY_MS:
            self._looked_ms = now_ms
            self.refresh()

    def refresh(self) -> None:
        """Read at once what changed."""
        if self._is_looking:
            self._look_again = True
            return
        self._is_looking = True
        self._app.start_task(self._look(), "look-at-catalog")

    async def _look(self) -> None:
        try:
            self._look_again = True
            while self._look_again:
                self._look_again = False
                await self._read()
        finally:
            self._is_looking = False

    async def _read(self) -> None:
        try:
            found = await self._app.threads.run(self._read_now)
        except (CatalogError, OSError) as error:
            said = str(error)
            if said != self.error:
                self.error = said
                self._tell()
            return
        while self._mended:
            self._app.messages.add(Level.WARNING, self._mended.pop(0), self._app.now_ms())
        if found is None and not self.error:
            return
        if found is not None:
            self._changes, self._read_runs, self.datasets = found
        self.error, self.is_loaded = "", True
        self._tell()

    def _read_now(self) -> tuple[int, tuple[RunRow, ...], tuple[DatasetRow, ...]] | None:
        """In a thread; None when nothing changed since."""
        catalog = self._open()
        changes = catalog.changes()
        if changes == self._changes:
            return None
        datasets = tuple(dataset_row(row) for row in catalog.datasets())
        intervals = {row.id: row.interval for row in datasets}
        runs = tuple(run_row(row, intervals.get(row.spec.dataset_id, "")) for row in catalog.runs())
        return changes, runs, datasets

    def _open(self) -> Catalog:
        """In a thread. What was running when its process went is marked before anybody sees it."""
        if self._catalog is None:
            home = self._home or ResearchHome.of(Profile.open())
            catalog = Catalog(home)
            self._mended += catalog.mend()
            catalog.mark_lost()
            self._home, self._catalog = home, catalog
        return self._catalog

    # ---- making runs -----------------------------------------------------------------------------
    async def ready(self) -> ResearchHome:
        """The home, opened. Raises `CatalogError`, `OSError`."""
        await self._app.threads.run(self._open)
        return self.home

    async def queue(self) -> RunQueue:
        """Who makes runs; there from its first use. Raises `CatalogError`."""
        catalog = await self._app.threads.run(self._open)
        if self._queue is None:
            self._queue = RunQueue(self.home, catalog, on_change=self._job_changed)
        return self._queue

    def _job_changed(self, job: RunJob) -> None:
        if job.end is not None:
            self.refresh()
        self._tell()

    async def close(self) -> None:
        """End what runs, and hear of nothing any more."""
        self._listeners.clear()
        if self._queue is not None:
            await self._queue.close()

    # ---- writing ---------------------------------------------------------------------------------
    async def ask(self, question: Callable[[Catalog], Answer]) -> Answer:
        """Let the catalog do something in a thread, and read what is another then. Raises `CatalogError`."""
        answer = await self._app.threads.run(lambda: question(self._open()))
        self.refresh()
        return answer

    def change(self, what: Callable[[Catalog], object], failed: str) -> None:
        """The same for who waits for no answer; `failed` begins the message when it cannot be done."""

        async def work() -> None:
            try:
                await self.ask(what)
            except (CatalogError, OSError) as error:
                text = tr("{failed}: {reason}", failed=failed, reason=error)
                self._app.messages.add(Level.ERROR, text, self._app.now_ms())

        self._app.start_task(work(), "change-catalog")

    def path_of(self, run_id: str) -> Path:
        """Of a run's files."""
        return self.home.runs / run_id


def _with_job(row: RunRow, job: RunJob | None) -> RunRow:
    """A child's own words are newer than the catalog's, while it runs."""
    if job is None or job.end is not None:
        return row
    told = job.progress
    return row.with_progress(job.state, Progress(told.phase, told.done, told.total, told.note))
