"""Imports that the desk has asked for: child processes, some at a time, the others in a queue.

The children are the same `tapedeckd` commands that anybody may start; what they say of their progress is read
in a thread of its own, and told to listeners ten times a second at most. The desk ends what it has started
when it ends itself. What failed becomes a message with its place; nothing fails unseen.
"""

import asyncio
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import IO, TYPE_CHECKING, Final

from core import platform
from core.logs import logger
from core.profile import Profile
from desktop.job import Job, JobError, JobState
from desktop.messages import Level
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.app import DeskApp

RUNNING_MAX: Final = 2
WAITING_MAX: Final = 200
KEPT_MAX: Final = 50  # that have ended
LOOK_EVERY_S: Final = 0.1
END_PATIENCE_S: Final = 3.0
COMPLAINTS_MAX: Final = 40  # lines of standard error

_log = logger("jobs")


class JobsFull(RuntimeError):
    """More work waits than anybody will live to see."""


class _Child:
    """A process and the two threads that read it; `job` hears its lines."""

    def __init__(self, job: Job, profile: Profile) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "aggregator", *job.arguments, "--progress", "json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=profile.directory,
            env=profile.environment(),
            **platform.background_flags(detached=False),
        )
        platform.bind_to_this_process(self.process.pid)
        self.complaints: deque[str] = deque(maxlen=COMPLAINTS_MAX)
        streams = ((self.process.stdout, job.hear), (self.process.stderr, self.complaints.append))
        self._readers = [threading.Thread(target=self._read, args=each, daemon=True) for each in streams]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _read(stream: "IO[bytes] | None", take: Callable[[str], object]) -> None:
        assert stream is not None
        with stream:
            for line in stream:
                take(line.decode("utf-8", "replace").rstrip())

    @property
    def has_ended(self) -> bool:
        """And has been read to its last line."""
        return self.process.poll() is not None and not any(reader.is_alive() for reader in self._readers)

    def finish(self) -> None:
        """Ask it to end, then make it; blocks."""
        platform.finish(self.process, END_PATIENCE_S)
        for reader in self._readers:
            reader.join(END_PATIENCE_S)


class Jobs:
    """Those of this desk, oldest first. `listen` hears of every change, on the GUI's thread."""

    def __init__(self, app: "DeskApp") -> None:
        self._app = app
        self._jobs: list[Job] = []
        self._children: dict[Job, _Child] = {}
        self._endings: dict[Job, Callable[[Job], object]] = {}
        self._listeners: list[Callable[[], None]] = []
        self._numbers = 0
        self._is_closing = False
        self.forgotten = 0  # that ended and are no longer kept

    # ---- what there is ---------------------------------------------------------------------------
    @property
    def all(self) -> tuple[Job, ...]:
        return tuple(self._jobs)

    @property
    def active(self) -> tuple[Job, ...]:
        """Those that wait or run."""
        return tuple(job for job in self._jobs if not job.has_ended)

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Returns what ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback) if callback in self._listeners else None

    def tell(self) -> None:
        """To every listener."""
        for callback in tuple(self._listeners):
            callback()

    # ---- what is done ----------------------------------------------------------------------------
    def start(
        self,
        title: str,
        subject: str,
        arguments: Sequence[str],
        ended: Callable[[Job], object] = lambda _job: None,
    ) -> Job:
        """Run `tapedeckd` with these arguments, now or when others have ended. Raises `JobsFull`.

        `ended` is called once, whatever came of it.
        """
        if len(self.active) >= WAITING_MAX:
            raise JobsFull(tr("{count} jobs wait already: cancel some first", count=WAITING_MAX))
        self._numbers += 1
        job = Job(self._numbers, title, subject, tuple(arguments))
        self._jobs.append(job)
        self._endings[job] = ended
        self._begin_next()
        self.tell()
        return job

    def cancel(self, job: Job) -> None:
        """End it; what it made so far is its own to take away."""
        if job.has_ended:
            return
        waits = job.state is JobState.WAITING
        job.state = JobState.CANCELLED
        if waits:
            self._end(job)
        elif job in self._children:
            self._app.start_task(
                self._app.threads.run(self._children[job].finish), f"cancel-job-{job.number}"
            )
        self.tell()

    def _begin_next(self) -> None:
        waiting = (job for job in self._jobs if job.state is JobState.WAITING)
        running = sum(job.state is JobState.RUNNING for job in self._jobs)
        for job in tuple(waiting)[: max(RUNNING_MAX - running, 0)]:
            job.state = JobState.RUNNING
            self._app.start_task(self._follow(job), f"job-{job.number}")

    def _begin(self, job: Job) -> _Child:
        """In a thread. A desk that closes meanwhile leaves no child behind."""
        child = _Child(job, Profile.open())
        if self._is_closing:
            child.finish()
        return child

    async def _follow(self, job: Job) -> None:
        """From its start to its end."""
        try:
            child = await self._app.threads.run(self._begin, job)
        except OSError as error:
            job.error = JobError(tr("{title} was not started: {reason}", title=job.title, reason=error))
            self._end(job, JobState.FAILED)
            return
        self._children[job] = child
        if job.state is JobState.CANCELLED or self._is_closing:  # meanwhile
            await self._app.threads.run(child.finish)
        seen = job.progress
        while not child.has_ended:
            await asyncio.sleep(LOOK_EVERY_S)
            if job.progress is not seen:
                seen = job.progress
                self.tell()
        del self._children[job]
        if job.state is JobState.CANCELLED or self._is_closing:
            self._end(job, JobState.CANCELLED)
        elif child.process.returncode == 0 and job.error is None:
            self._end(job, JobState.DONE)
        else:
            job.error = job.error or JobError(_complaint(child) or _unexplained(child))
            self._end(job, JobState.FAILED)

    def _end(self, job: Job, state: JobState = JobState.CANCELLED) -> None:
        job.state = state
        if job.error is not None and state is JobState.FAILED:
            _log.error("job failed", title=job.title, reason=job.error.said, traceback=job.error.traceback)
            text = tr("{title} failed: {reason}", title=job.title, reason=job.error.said)
            self._app.messages.add(Level.ERROR, text, self._app.now_ms())
        ended = [each for each in self._jobs if each.has_ended]
        for old in ended[: max(len(ended) - KEPT_MAX, 0)]:
            self._jobs.remove(old)
            self.forgotten += 1
        if not self._is_closing:
            self._endings.pop(job)(job)
            self._begin_next()
            self.tell()

    async def close(self) -> None:
        """End what runs; nobody hears of it."""
        self._is_closing = True
        for job in self._jobs:
            if job.state is JobState.WAITING:
                job.state = JobState.CANCELLED
        for child in tuple(self._children.values()):
            await self._app.threads.run(child.finish)
        self._listeners.clear()


def _complaint(child: _Child) -> str:
    said = [line for line in child.complaints if line.strip()]
    return said[-1].removeprefix("tapedeckd: ") if said else ""


def _unexplained(child: _Child) -> str:
    return tr("it ended with code {code} and said nothing", code=child.process.returncode)
