"""Runs that are queued, made by children, cancelled, and entered into the catalog.

One `RunQueue` in a process, used from its asyncio loop; at most `parallel` children at a time, the rest wait
in turn. Everything that blocks (children, SQLite) happens in its own threads. The same spec twice is one job,
also when another process makes it: then it is only followed.
"""

import asyncio
import os
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from core.backtest.catalog import Catalog, CatalogError
from core.backtest.catalog_files import whole_metrics
from core.backtest.catalog_rows import RunRow
from core.backtest.columns import ColumnsError
from core.backtest.home import ResearchHome
from core.backtest.run_child import RunChild, RunEnd, RunProgress
from core.backtest.run_files import RunFiles, RunState
from core.backtest.run_sweep import sweep
from core.backtest.spec import RunSpec
from core.logs import logger

QUEUED_MAX: Final = 1_000
FOLLOW_S: Final = 0.25  # how often a run of another process is looked at
_log = logger("runs")


class QueueFullError(RuntimeError):
    """More runs are waiting than a person could want."""


@dataclass(slots=True, eq=False)
class RunJob:
    """One run on its way; changes only on the loop. `end` is there when it is over."""

    spec: RunSpec
    state: RunState = RunState.QUEUED
    progress: RunProgress = field(default_factory=lambda: RunProgress("import", 0, 0))
    end: RunEnd | None = None
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _cancelled: threading.Event = field(default_factory=threading.Event)
    _child: RunChild | None = None
    _is_queued_here: bool = False  # not found in the catalog as another process had queued it

    @property
    def run_id(self) -> str:
        return self.spec.run_id

    async def wait(self) -> RunEnd:
        """Until it is over."""
        await self._over.wait()
        assert self.end is not None
        return self.end

    def cancel(self) -> None:
        """Ask it to end; it is over a little later. One of another process goes on."""
        self._cancelled.set()
        if self._child is not None:
            self._child.cancel()


class RunQueue:
    """`on_change(job)` is called on the loop whenever a job's state or progress changed."""

    def __init__(
        self,
        home: ResearchHome,
        catalog: Catalog,
        *,
        parallel: int | None = None,
        on_change: Callable[[RunJob], None] = lambda _job: None,
    ) -> None:
        self._home, self._catalog, self._on_change = home, catalog, on_change
        self.parallel = parallel or max(1, (os.cpu_count() or 2) - 1)
        self._pool = ThreadPoolExecutor(self.parallel, thread_name_prefix="run")
        self._jobs: dict[str, RunJob] = {}
        self._tasks: set[asyncio.Future[None]] = set()

    @property
    def jobs(self) -> tuple[RunJob, ...]:
        """Those that are not over, in the order in which they were started."""
        return tuple(self._jobs.values())

    async def start(self, spec: RunSpec, name: str = "", *, again: bool = False) -> RunJob:
        """Queue a run, or find the one that is there. Raises `CatalogError`, `QueueFullError`."""
        mine = self._jobs.get(spec.run_id)
        if mine is not None:
            return mine
        if len(self._jobs) >= QUEUED_MAX:
            raise QueueFullError(f"{QUEUED_MAX:,} runs are waiting already: cancel some first")
        job = self._jobs[spec.run_id] = RunJob(spec)
        try:
            row, again = await asyncio.to_thread(self._enter, job, name, again)
        except BaseException:
            del self._jobs[spec.run_id]
            raise
        if row is RunState.DONE:
            self._finish(job, RunEnd(RunState.DONE, existing=True))
            return job
        loop = asyncio.get_running_loop()
        task = loop.run_in_executor(self._pool, self._make, job, again, loop)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._on_change(job)
        return job

    async def recover(self) -> list[str]:
        """Mark the runs whose process is gone; their ids. To be called once, at the start."""
        return await asyncio.to_thread(self._catalog.mark_lost)

    async def close(self) -> None:
        """Cancel everything and wait until it is over."""
        for job in self.jobs:
            job.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await asyncio.to_thread(self._pool.shutdown)

    # ---- in a thread ---------------------------------------------------------------------------------
    def _enter(self, job: RunJob, name: str, again: bool) -> tuple[RunState, bool]:
        """(state in the catalog, whether the child is to make it although it is there)."""
        row, is_new = self._catalog.queue(job.spec, name, again=again)
        if row.state is RunState.DONE and not self._is_whole(row.id):
            again = True
            row, is_new = self._catalog.queue(job.spec, again=True)
        if row.state is RunState.RUNNING and row.id in self._catalog.mark_lost():
            return self._enter(job, name, again)
        job._is_queued_here = is_new
        return row.state, again and is_new

    def _is_whole(self, run_id: str) -> bool:
        try:
            files = RunFiles.open(self._home, run_id)
            files.check()
            files.metrics()
        except (ColumnsError, OSError, ValueError):
            return False
        return True

    def _make(self, job: RunJob, again: bool, loop: asyncio.AbstractEventLoop) -> None:
        try:
            end = self._made(job, again, loop)
        except Exception as error:  # noqa: BLE001, whoever waits for it must hear of it, whatever it was
            end = self._broken(job, error)
        loop.call_soon_threadsafe(self._finish, job, end)

    def _made(self, job: RunJob, again: bool, loop: asyncio.AbstractEventLoop) -> RunEnd:
        if job._cancelled.is_set():
            return self._cancelled(job) if self._is_ours(job) else RunEnd(RunState.CANCELLED)
        if job._is_queued_here and not self._is_ours(job):
            return self._follow(job)  # cancelled by another process while it waited here
        child = job._child = RunChild(self._home, job.spec, again=again)

        def on_progress(progress: RunProgress) -> None:
            loop.call_soon_threadsafe(self._changed, job, RunState.RUNNING, progress)

        try:
            if not self._is_taken(job, child):
                if job._cancelled.is_set():  # between the question above and now
                    child.cancel()
                on_progress(job.progress)
                return self._entered(job, child.wait(on_progress))
        except BaseException:
            child.drop()
            raise
        child.drop()
        return self._follow(job)

    def _is_taken(self, job: RunJob, child: RunChild) -> bool:
        """False once the catalog has it as run by our child; True when another process runs or ran it."""
        try:
            self._catalog.started(job.run_id, child.pid)
        except CatalogError:
            row = self._catalog.run(job.run_id)
            if row is None or row.is_over or (row.state is RunState.RUNNING and row.pid != child.pid):
                return True
            raise
        return False

    def _is_ours(self, job: RunJob) -> bool:
        """Whether the catalog has it as queued by us or made by our child."""
        row = self._catalog.run(job.run_id)
        if row is None or row.is_over:
            return False
        if row.state is RunState.QUEUED:
            return job._is_queued_here
        return job._child is not None and row.pid == job._child.pid

    def _broken(self, job: RunJob, error: Exception) -> RunEnd:
        """The end of a run that could not be made, in the catalog too, as far as that can be written."""
        is_plain = isinstance(error, CatalogError | ColumnsError | OSError)
        text = str(error) if is_plain else f"{type(error).__name__}: {error}"
        trace = "" if is_plain else "".join(traceback.format_exception(error))
        _log.error("a run was not made", run=job.run_id, why=text)
        try:
            if self._is_ours(job):
                self._catalog.failed(job.run_id, text, traceback=trace)
        except (CatalogError, OSError) as unwritten:  # found by `mark_lost` once this process is gone
            _log.error("the catalog does not say that a run failed", run=job.run_id, why=str(unwritten))
        return RunEnd(RunState.ERROR, error=text, traceback=trace)

    def _entered(self, job: RunJob, end: RunEnd) -> RunEnd:
        """The end, as the catalog now has it: one that was told to end and died at it was cancelled."""
        try:
            return self._settled(job, end)
        except CatalogError:
            row = self._catalog.run(job.run_id)
            if row is None or not row.is_over:
                raise
            # Who looked in the moment in which the child had ended has settled it.
            return end if row.state is end.state else _end_of(row)

    def _settled(self, job: RunJob, end: RunEnd) -> RunEnd:
        if end.result is None and not end.file and job.run_id in sweep(self._home):
            metrics = whole_metrics(self._home, job.run_id)
            if metrics is not None:  # it died as it replaced the run that was there: nothing is lost
                self._catalog.finished(job.run_id, metrics)
                return RunEnd(RunState.DONE, existing=True)
        is_cancelled = job._cancelled.is_set() or self._catalog.is_asked_to_cancel(job.run_id)
        if end.state is RunState.DONE:
            self._catalog.finished(job.run_id, RunFiles.open(self._home, job.run_id).metrics())
        elif end.state is RunState.CANCELLED or is_cancelled:
            end = self._cancelled(job)
        else:
            self._catalog.failed(job.run_id, end.error, end.file, end.line, end.traceback)
        return end

    def _cancelled(self, job: RunJob) -> RunEnd:
        """DONE where the run lies whole and was to be made anew: it is as it was."""
        state = self._catalog.cancelled(job.run_id)
        return RunEnd(state, existing=state is RunState.DONE)

    def _follow(self, job: RunJob) -> RunEnd:
        """A run that another process makes, until it is over."""
        while not job._cancelled.is_set():
            self._catalog.mark_lost()
            row = self._catalog.run(job.run_id)
            if row is None:
                return RunEnd(RunState.CANCELLED)
            if row.is_over:
                return _end_of(row)
            job._cancelled.wait(FOLLOW_S)
        return RunEnd(RunState.CANCELLED)

    # ---- on the loop ---------------------------------------------------------------------------------
    def _changed(self, job: RunJob, state: RunState, progress: RunProgress) -> None:
        job.state, job.progress = state, progress
        self._on_change(job)

    def _finish(self, job: RunJob, end: RunEnd) -> None:
        job.state, job.end, job._child = end.state, end, None
        self._jobs.pop(job.run_id, None)
        job._over.set()
        self._on_change(job)


def _end_of(row: RunRow) -> RunEnd:
    """As the catalog has it."""
    return RunEnd(row.state, True, row.error, row.error_file, row.error_line, row.traceback)
