"""What the desk does about failures: reports them, shows that, and tells of a desk they ended.

`begin` before anything is shown, `close` at a clean end. Reports are written in a thread; while there is no
loop yet, or none any more, at once.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from core.clock import NS_PER_S
from core.logs import logger
from desktop.crash.alive import AliveMark, Ended
from desktop.crash.dialog import ReportDialog, ReportWords
from desktop.crash.log_tail import LogTail
from desktop.crash.reports import CrashReports
from desktop.diagnostics import diagnostics, without_secrets
from desktop.failures import Failure, Failures
from desktop.messages import Level, MessageLink
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.app import DeskApp

TOUCH_EVERY_MS: Final = 5_000
REPORTS_A_RUN: Final = 10  # so that one bad run does not push out the reports of others
DIAGNOSTICS_GLOB: Final = "diagnostics-*.txt"

_log = logger("crash")


class CrashSafety:
    """Of one desk; `failures` is to be installed on its loop."""

    def __init__(self, app: "DeskApp") -> None:
        self._app = app
        self.reports = CrashReports(app.desk_dir / "crash")
        self.mark = AliveMark(self.reports.directory)
        self.log_tail = LogTail()
        self.log_tail.install()
        self.failures = Failures(self._tell)
        self.failures.blame = self._blame
        self.is_ending = False  # reports are written at once from then on
        self._kinds: set[tuple[str, str]] = set()  # of the failures there is a report of
        self._touched_ms = 0
        self._dialogs: dict[int, ReportDialog] = {}
        self._shown = 0
        self._newest: tuple[ReportWords, str, Path] | None = None

    # ---- life ------------------------------------------------------------------------------------
    def begin(self) -> None:
        """Tell of a desk that did not end by itself, and say that this one lives."""
        try:
            for ended in self.mark.take_ended():
                self._tell_ended(ended)
            self.mark.begin()
        except OSError as error:
            self._app.messages.add(
                Level.WARNING,
                tr(
                    "No crash reports can be kept in {place}: {reason}",
                    place=self.reports.directory,
                    reason=error.strerror or error,
                ),
                self._app.now_ms(),
            )

    def catch_signals(self) -> None:
        """What a signal ends leaves a trace of; for a `main`."""
        try:
            self.mark.catch_signals()
        except OSError as error:
            _log.warning("signals leave no trace", reason=str(error))

    def tick(self, now_ms: int) -> None:
        """Twice a second."""
        if now_ms - self._touched_ms > TOUCH_EVERY_MS:
            self._touched_ms = now_ms
            self._app.start_task(asyncio.to_thread(self.mark.touch), "touch-alive")

    def close(self) -> None:
        """A clean end."""
        try:
            self.mark.end()
        except OSError as error:
            _log.warning("the mark of this desk stays", reason=str(error))
        for dialog in tuple(self._dialogs.values()):
            dialog.close()
        self.log_tail.remove()

    # ---- a failure -------------------------------------------------------------------------------
    def panel_failed(self, what: str, error: BaseException) -> "ShowReport":
        """Tell of a panel's failure; what comes back shows its report."""
        self.failures.report(what, error)
        return ShowReport(self, self._newest)

    def _blame(self, owners: Sequence[object], error: BaseException) -> bool:
        return any(
            window.contents.guards.blamed(window.panels, owners, error) for window in self._app.windows
        )

    def _tell(self, failure: Failure) -> None:
        words = ReportWords(
            title=failure.what,
            what=failure.said,
            where=failure.place or tr("unknown"),
            when=_clock(failure.at_ns),
            meaning=tr(
                "The desk goes on. What failed may lack its newest change; if it happens again, send this"
                " report to whoever supports your desk."
            ),
        )
        text = without_secrets(
            f"{failure.what}\n{failure.said}\n{failure.place}\nat {_clock(failure.at_ns, date=True)}\n\n"
            f"{failure.trace}\n{diagnostics(self._app)}"
        )
        path = self.reports.new_path(failure.at_ns)
        if failure.kind not in self._kinds and len(self._kinds) < REPORTS_A_RUN:
            self._kinds.add(failure.kind)
            self._write(path, text)
        self._newest = words, text, path
        times = tr(" ({count} times)", count=failure.repeats + 1) if failure.repeats else ""
        self._app.messages.add(
            Level.ERROR,
            tr("{what}: {said}{times}. The rest of the desk goes on.", what=failure.what, said=failure.said,
               times=times),
            self._app.now_ms(),
            MessageLink(tr("Show report"), ShowReport(self, self._newest)),
        )  # fmt: skip

    def _write(self, path: Path, text: str) -> None:
        if self.is_ending:
            self._write_now(path, text)
            return
        try:
            asyncio.get_running_loop()
        except RuntimeError:  # before the loop runs, or after: nobody waits for a frame
            self._write_now(path, text)
            return
        self._app.start_task(asyncio.to_thread(self._write_now, path, text), "write-crash-report")

    def _write_now(self, path: Path, text: str) -> None:
        try:
            self.reports.write(path, text)
        except OSError as error:
            _log.error("no report written", path=str(path), reason=str(error))

    # ---- the end of an earlier desk --------------------------------------------------------------
    def _tell_ended(self, ended: Ended) -> None:
        at = _clock(ended.seen_ns)
        fatal = ended.last_words.splitlines()[0] if ended.last_words else ""
        words = ReportWords(
            title=tr("The desk ended unexpectedly at {at}", at=at[:5]),
            what=fatal or tr("It left no last words: it was killed, or the machine stopped"),
            where=tr("process {pid}, running since {since}", pid=ended.pid,
                     since=_clock(ended.started_ns, date=True)),
            when=_clock(ended.seen_ns, date=True),
            meaning=tr(
                "Your workspace is as you left it. Orders, feeds and recordings run in other processes and"
                " were not touched by this."
            ),
        )  # fmt: skip
        said = ended.last_words or words.what
        text = without_secrets(
            f"{words.title}\n{words.where}\nlast seen {words.when}\n\n{said}\n\n{diagnostics(self._app)}"
        )
        path = self.reports.new_path(ended.seen_ns)
        self._write_now(path, text)
        self._newest = words, text, path
        self._app.messages.add(
            Level.WARNING,
            tr("The desk ended unexpectedly at {at}; your workspace was restored", at=at[:5]),
            self._app.now_ms(),
            MessageLink(tr("Show report"), ShowReport(self, self._newest)),
        )

    # ---- what is shown ---------------------------------------------------------------------------
    @property
    def has_report(self) -> bool:
        """Something failed in this run, or ended the one before."""
        return self._newest is not None

    def show_newest(self) -> None:
        """The report of what failed last."""
        if self._newest is not None:
            self.show(*self._newest)

    def show(self, words: "ReportWords", text: str, path: Path) -> "ReportDialog":
        """A dialog beside the desk, which goes on behind it."""
        app = self._app
        parent = next((window for window in app.windows if window.isActiveWindow()), None)
        dialog = ReportDialog(
            words,
            text,
            path,
            app.theme,
            copy=QGuiApplication.clipboard().setText,
            open_folder=lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent))),
            parent=parent or (app.windows[0] if app.windows else None),
        )
        self._shown += 1
        number = self._shown
        self._dialogs[number] = dialog
        for gone in (dialog.finished, dialog.destroyed):  # closed by hand, or with its window
            gone.connect(lambda *_: self._dialogs.pop(number, None))
        dialog.show()
        return dialog

    @property
    def dialogs(self) -> tuple[ReportDialog, ...]:
        """That stand open."""
        return tuple(self._dialogs.values())


class ShowReport:
    """Shows one report when it is called."""

    def __init__(self, safety: CrashSafety, report: "tuple[ReportWords, str, Path] | None") -> None:
        self._safety = safety
        self._report = report

    def __call__(self) -> None:
        if self._report is not None:
            self._safety.show(*self._report)


def _clock(at_ns: int, date: bool = False) -> str:
    """In the time of this machine: a person remembers when it happened by the clock on the wall."""
    at = datetime.fromtimestamp(at_ns / NS_PER_S).astimezone()
    return f"{at:%Y-%m-%d %H:%M:%S %Z}" if date else f"{at:%H:%M:%S}"
