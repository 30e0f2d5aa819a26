"""Records the live raw messages of a scope into a tape, in a process of its own.

It hears what the pipeline hears and asks for what it lost; it publishes nothing but such questions and its
health. Twice a second everything heard goes to the file, so a process that is killed loses less than a
second. A disk that refuses ends the recording with one error, and the tape stays readable to its last whole
batch.
"""

import asyncio
import errno
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final

import numpy as np

from aggregator.health import HealthFigures, SourceHealth
from aggregator.pipeline.ingest import Backlog
from aggregator.recording.intake import FeedIntake, Intake, Lost
from aggregator.recording.keyframed import KeyframedWriter
from core import clock, platform, subjects
from core.bus import Bus, BusError, Subscription
from core.clock import NS_PER_MS, NS_PER_S, NS_PER_US
from core.logs import logger
from core.market.fields import NULL, Field
from core.metrics import Counters
from core.scope import Scope
from core.tape.format import BATCH_EVENTS_MAX, LOCK, UNIT_END, TapeKind
from core.tape.manifest import Manifest, TapeSource
from core.tape.rows import TapeRows, gap_row, join_rows
from core.tape.writer import TapeWriter

DRAIN_MS: Final = 20
FLUSH_MS: Final = 500
SYNC_S: Final = 10.0
# A feed's stamp is believed if it is at most this much older than its arrival; clocks of other hosts differ.
STAMP_AGE_NS_MAX: Final = NS_PER_S
_QUOTE: Final = (Field.BID, Field.BID_SIZE, Field.ASK, Field.ASK_SIZE)

_log = logger("recorder")


class Recorder:
    """One tape. `open`, then `run` until `end` is called or the disk refuses; `is_failed` tells which."""

    def __init__(
        self,
        bus: Bus,
        scope: Scope,
        directory: Path,
        *,
        random: Random | None = None,
        monotonic_ns: Callable[[], int] = clock.monotonic_ns,
        wall_ns: Callable[[], int] = clock.wall_ns,
    ) -> None:
        self.directory = directory
        self.counters = Counters()
        self.intake = Intake(scope, self.counters, random or Random())
        self.is_failed = False
        self._bus = bus
        self._scope = scope
        self._monotonic_ns = monotonic_ns
        # Playing time never goes back, whatever the wall clock does meanwhile.
        self._wall_offset_ns = wall_ns() - monotonic_ns()
        self._backlog = Backlog(self.counters, monotonic_ns, lambda: None)
        self._tape: KeyframedWriter | None = None
        self._lock: platform.FileLock | None = None
        self._pending: list[TapeRows] = []
        self._tape_ns = 0  # of the newest row
        self._flushed_ns = self._synced_ns = monotonic_ns()
        self._ending = asyncio.Event()
        self._subscriptions: list[Subscription] = []
        self._recorded = self.counters.counter("events_recorded")
        self._bytes = self.counters.counter("bytes_recorded")
        self._disk_refused = self.counters.counter("disk_refused")

    # ---- life --------------------------------------------------------------------------------------------
    async def open(self) -> None:
        """Make the tape and hear the feeds.

        Raises `OSError` (`FileExistsError`: the name is taken), `BusError`.
        """
        scope = self._scope
        source = TapeSource("live market" if scope.is_live else f"session {scope.session}")
        manifest = Manifest(
            title=self.directory.stem,
            instruments=(),
            exchanges=(),
            sources=(source,),
            recorded_ns=self._now_ns(),
        )
        self._tape = KeyframedWriter(TapeWriter(self.directory, manifest))
        self._lock = platform.FileLock(self.directory / LOCK)
        self._lock.acquire()
        for subject, handler in (
            (subjects.definitions_all(scope), self._on_definitions),
            (subjects.raw_all(scope), self._backlog.append),
        ):
            self._subscriptions.append(await self._bus.subscribe(subject, handler))
        await self._bus.flush()

    def end(self) -> None:
        """Complete the tape with what has been heard so far."""
        self._ending.set()

    async def run(self) -> Manifest | None:
        """Record to the end; the complete tape's manifest, None when the disk refused."""
        assert self._tape is not None
        try:
            while not self._ending.is_set():
                self._turn()
                if self._monotonic_ns() - self._synced_ns >= SYNC_S * NS_PER_S:
                    self._synced_ns = self._monotonic_ns()
                    await asyncio.to_thread(self._tape.writer.sync)
                try:
                    await asyncio.wait_for(self._ending.wait(), DRAIN_MS / 1_000)
                except TimeoutError:
                    continue
            self._stop_hearing()
            while self._backlog:
                self._drain()
            self._flush()
            return self._tape.writer.complete()
        except OSError as error:
            self._refused(error)
            return None
        finally:
            self._stop_hearing()
            self._tape.writer.close()
            self._unlock()

    def figures(self) -> HealthFigures:
        """For health messages."""
        now_ns = self._monotonic_ns()
        sources = []
        for name, feed in sorted(self.intake.feeds.items()):
            state, late_ms = feed.gate.status(now_ns)
            count = sum(each.key.exchange == name for each in self.intake.numbered)
            sources.append(SourceHealth(name, state, late_ms, feed.heard_ns, count))
        return HealthFigures(sources=sources, counters=self.counters.totals())

    # ---- a turn ------------------------------------------------------------------------------------------
    def _turn(self) -> None:
        now_ns = self._monotonic_ns()
        while self._backlog:
            self._drain()
        for exchange, feed in self.intake.feeds.items():
            ask_ns = feed.gate.ask_ns()
            if ask_ns is not None and ask_ns <= now_ns:
                self._ask(exchange, feed, now_ns)
        if now_ns - self._flushed_ns >= FLUSH_MS * NS_PER_MS:
            self._flushed_ns = now_ns
            self._flush()

    def _ask(self, exchange: str, feed: FeedIntake, now_ns: int) -> None:
        try:
            self._bus.publish(subjects.feed_state_get(self._scope, exchange), feed.gate.on_asked(now_ns))
        except BusError as error:
            _log.debug(
                "not asked", exchange=exchange, reason=str(error)
            )  # the bus counts and logs being down

    def _on_definitions(self, _subject: str, data: bytes, _reply: str) -> None:
        self.intake.on_definitions(data, self._monotonic_ns())

    def _drain(self) -> None:
        now_ns = self._monotonic_ns()
        message_subjects, data = self._backlog.take()
        for found in self.intake.drain(message_subjects, data, now_ns):
            if isinstance(found, Lost):
                self._mark(found)
            else:
                self._keep(found)
        for feed in self.intake.feeds.values():
            if feed.gate.sequence != feed.heard_sequence:
                feed.heard_sequence, feed.heard_ns = feed.gate.sequence, self._tape_ns

    def _keep(self, rows: TapeRows) -> None:
        """Rows with playing times: when the feed saw them, but never before what is on the tape."""
        arrived_ns = self._now_ns()
        heard = np.clip(rows.recv_ns, arrived_ns - STAMP_AGE_NS_MAX, arrived_ns)
        rows.time_ns[:] = np.maximum(np.maximum.accumulate(heard), self._tape_ns)
        self._tape_ns = int(rows.time_ns[-1])
        self._pending.append(rows)
        if sum(map(len, self._pending)) >= BATCH_EVENTS_MAX:
            self._flush()

    def _mark(self, lost: Lost) -> None:
        """A gap, and the end of every quote of that feed: its state, which follows, tells what stands."""
        assert self._tape is not None
        self._flush()
        feed, table = lost.feed, self._tape.table
        self._tape_ns = max(self._tape_ns, self._now_ns())
        _log.warning("events missing", exchange=feed.exchange, messages=lost.messages or "unknown")
        self._pending.append(
            gap_row(self._tape_ns, feed.number, feed.heard_ns or self._tape_ns, lost.messages)
        )
        mine = np.array([each.key.exchange == feed.exchange for each in table.instruments], np.bool_)
        quoted = np.flatnonzero(mine & (table.values[np.array(_QUOTE)] != NULL).any(axis=0))
        if len(quoted):
            rows = TapeRows.empty(len(quoted))
            rows.time_ns[:] = rows.recv_ns[:] = self._tape_ns
            rows.kind[:] = int(TapeKind.QUOTE)
            rows.instrument[:] = table.newest[quoted]
            rows.event_ns[:] = table.values[Field.EVENT_US, quoted] * NS_PER_US
            rows.values[: len(_QUOTE)] = NULL
            rows.unit[-1] = UNIT_END
            self._pending.append(rows)

    # ---- the file ----------------------------------------------------------------------------------------
    def _flush(self) -> None:
        """Everything heard so far goes to the system. Raises `OSError`."""
        assert self._tape is not None
        self._define()
        if not self._pending:
            return
        rows, self._pending = join_rows(self._pending), []
        self._tape.append(rows)
        self._recorded.value = self._tape.writer.event_count
        self._bytes.value = self._tape.writer.bytes

    def _define(self) -> None:
        """The manifest names every instrument and exchange before an event does."""
        assert self._tape is not None
        writer = self._tape.writer
        known = len(writer.manifest.instruments)
        intake = self.intake
        if known == len(intake.numbered) and writer.manifest.exchanges == intake.exchanges:
            return
        writer.define(
            replace(writer.manifest, instruments=tuple(intake.numbered), exchanges=intake.exchanges)
        )
        self._tape.define(intake.numbered[known:])

    def _refused(self, error: OSError) -> None:
        assert self._tape is not None
        self.is_failed = True
        self._disk_refused.add()
        why = "the disk is full" if error.errno == errno.ENOSPC else (error.strerror or str(error))
        _log.error(
            "recording stopped: what is on the tape stays readable",
            tape=str(self.directory), why=why, events=self._tape.writer.event_count,
        )  # fmt: skip
        try:
            self._tape.writer.note_stop(why)
        except OSError as full:
            _log.info("the manifest could not be told", reason=full.strerror)

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()
            (self.directory / LOCK).unlink(missing_ok=True)

    def _stop_hearing(self) -> None:
        while self._subscriptions:
            self._subscriptions.pop().unsubscribe()

    def _now_ns(self) -> int:
        return self._monotonic_ns() + self._wall_offset_ns
