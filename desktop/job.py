"""One piece of work that a command of `tapedeckd` does for the desk in a process of its own: an import.

What is known of it now, as its lines said: how far it is, what it made, or what was wrong and in which line
of which file. Pure; nothing here starts or ends a process.
"""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

TEXT_LENGTH_MAX = 4_000  # of an error; a traceback may have ten times as much
TRACEBACK_LENGTH_MAX = 40_000


class JobState(StrEnum):
    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


ENDED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` in this phase; `total` 0: nobody knows."""

    phase: str = ""
    done: int = 0
    total: int = 0
    note: str = ""

    @property
    def share(self) -> float | None:
        """0 to 1, None when nobody knows."""
        return min(max(self.done / self.total, 0.0), 1.0) if self.total > 0 else None


@dataclass(frozen=True, slots=True)
class JobError:
    """`text` is one line; `file` and `line` say where, when somebody knows."""

    text: str
    file: str = ""
    line: int = 0
    traceback: str = ""

    @property
    def said(self) -> str:
        """With its place, unless the text names it already."""
        if not self.file or self.file in self.text:
            return self.text
        return f"{self.text} ({self.file}:{self.line})" if self.line else f"{self.text} ({self.file})"


@dataclass(eq=False, slots=True)
class Job:
    """`subject` is what it makes: the name of a dataset."""

    number: int
    title: str
    subject: str
    arguments: tuple[str, ...]
    state: JobState = JobState.WAITING
    progress: Progress = field(default_factory=Progress)
    result: dict[str, Any] | None = None
    error: JobError | None = None
    unread: int = 0  # lines that were no JSON

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    def hear(self, line: str) -> None:
        """Take a line of the child's output; what is no message of ours is counted."""
        try:
            said = json.loads(line)
        except json.JSONDecodeError:
            said = None
        if not isinstance(said, dict):
            self.unread += bool(line.strip())
        elif "error" in said:
            self.error = _error(said)
        elif isinstance(said.get("result"), dict):
            self.result = said["result"]
        elif "phase" in said:
            self.progress = Progress(
                str(said["phase"]),
                _whole(said.get("done")),
                _whole(said.get("total")),
                str(said.get("note", "")),
            )
        else:
            self.unread += 1


def _error(said: dict[str, Any]) -> JobError:
    text = " ".join(str(said["error"]).split())[:TEXT_LENGTH_MAX]
    traceback = str(said.get("traceback") or "")[-TRACEBACK_LENGTH_MAX:]
    return JobError(text, str(said.get("file") or ""), _whole(said.get("line")), traceback)


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0
