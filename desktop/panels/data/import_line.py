"""One import in the panel of the datasets: title, bar, Cancel; then what came of it, and what it found."""

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.commands.context_menu import desk_window_of
from desktop.job import Job, JobState
from desktop.paint.theme import Theme
from desktop.research.words import phase_words
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.research.research import Research

STEPS: Final = 1_000
FINDINGS_MAX: Final = 6


class ImportLine(QWidget):
    """`follow` after the job has changed."""

    def __init__(self, theme: Theme, job: Job, research: "Research", parent: QWidget) -> None:
        super().__init__(parent)
        self.job, self._research = job, research
        self.setObjectName("import-line")
        self._title, self._state, self._found = QLabel(self), QLabel(self), QLabel(self)
        for label in (self._title, self._state, self._found):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of {title}", title=job.title))
        self.button = QPushButton(self)
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self._act)
        self.next = QPushButton(tr("New run…"), self)
        self.next.setToolTip(tr("Run a strategy over it"))
        self.next.setAutoDefault(False)
        self.next.clicked.connect(self._run_over_it)
        for label in (self._state, self._found):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.setSpacing(theme.px("spacing.m"))
        head.addWidget(self._title, 1)
        head.addWidget(self.next)
        head.addWidget(self.button)
        column = QVBoxLayout(self)
        pad = theme.px("spacing.m")
        column.setContentsMargins(pad, theme.px("spacing.s"), pad, theme.px("spacing.s"))
        column.setSpacing(theme.px("spacing.s"))
        column.addLayout(head)
        for part in (self._state, self.bar, self._found):
            column.addWidget(part)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(
            f"#import-line {{ background: {theme.css('surface.raised')};"
            f" border-bottom: 1px solid {theme.css('border.subtle')}; }}"
        )
        self._title.setFont(theme.font("ui", "strong"))
        self._found.setStyleSheet(
            f"color: {theme.css('text.secondary')}; font-size: {theme.font_px('small')}px;"
        )
        self.follow()

    def follow(self) -> None:
        """Words and bar as the job is now."""
        job, progress = self.job, self.job.progress
        self._title.setText(job.title)
        self._title.setToolTip(job.title)
        self.next.setVisible(job.state is JobState.DONE)
        self.bar.setVisible(not job.has_ended)
        self.bar.setValue(round((progress.share or 0.0) * STEPS))
        self.button.setText(tr("Put away") if job.has_ended else tr("Cancel"))
        words, colour = self._words()
        self._state.setText(words)
        self._state.setVisible(bool(words))
        self._state.setStyleSheet(
            f"color: {self._theme.css(colour)}; font-size: {self._theme.font_px('small')}px;"
        )
        found = "\n".join(self._findings())
        self._found.setText(found)
        self._found.setVisible(bool(found))

    def _words(self) -> tuple[str, str]:
        job = self.job
        if job.state is JobState.WAITING:
            return tr("Waits for others to end"), "text.secondary"
        if job.state is JobState.CANCELLED:
            return tr("Cancelled, nothing was kept"), "text.secondary"
        if job.state is JobState.FAILED:
            return job.error.text if job.error is not None else tr("It failed"), "state.error"
        if job.state is JobState.DONE:
            return result_words(job.result or {}), "text.secondary"
        share = job.progress.share
        percent = "" if share is None else f" {share * 100:.0f} %"
        return f"{phase_words(job.progress.phase)}{percent} {job.progress.note}".strip(), "text.secondary"

    def _findings(self) -> list[str]:
        listed: list[dict[str, Any]] = list((self.job.result or {}).get("findings") or [])
        said = [finding_words(each) for each in listed[:FINDINGS_MAX]]
        if len(listed) > FINDINGS_MAX:
            said.append(tr("and {count} more findings, see the manifest", count=len(listed) - FINDINGS_MAX))
        return said

    def _run_over_it(self) -> None:
        window = desk_window_of(self)
        if window is not None:
            self._research.ask_run(window, str((self.job.result or {}).get("dataset", "")))

    def _act(self) -> None:
        if self.job.has_ended:
            self._research.put_job_away(self.job)
        else:
            self._research.jobs.cancel(self.job)

    @property
    def text(self) -> str:
        """As it stands there."""
        return " ".join(filter(None, (self._title.text(), self._state.text(), self._found.text())))


def result_words(result: dict[str, Any]) -> str:
    """`98,280 bars of 1 instrument, nothing found`."""
    count = len(result.get("instruments") or ())
    bars = tr("{bars} bars", bars=f"{int(result.get('bars') or 0):,}")
    instruments = tr("1 instrument") if count == 1 else tr("{count} instruments", count=f"{count:,}")
    there = tr("it was there already") if result.get("existed") else ""
    state = str(result.get("state", "")) if result.get("state") == "PARTIAL" else ""
    clean = "" if result.get("findings") else tr("nothing found to tell")
    return ", ".join(part for part in (bars, instruments, state, there, clean) if part)


def finding_words(found: dict[str, Any]) -> str:
    """`es.csv: 12 x trade or bar without a price (first: row 8): left out`."""
    where = f"{found['file']}: " if found.get("file") else ""
    of = tr(" of {symbol}", symbol=found["instrument"]) if found.get("instrument") else ""
    row = found.get("first_row")
    first = "" if row is None else tr(" (first: row {row})", row=f"{row:,}")
    what = found.get("what") or found.get("kind", "")
    rule = f": {found['rule']}" if found.get("rule") else ""
    note = f"; {found['note']}" if found.get("note") else ""
    return f"{where}{int(found.get('count') or 0):,} × {what}{of}{first}{rule}{note}"
