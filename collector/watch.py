"""Watching runs: how long each has been at work and silent, and ending those that are stuck."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine, update

from collector.git import transfers
from collector.jobs import Job
from db import leases
from db.engine import writing
from db.schema import table

log = logging.getLogger(__name__)


@dataclass
class Watched:
    """A run on its way: its lease, its line in the ledger, since when it is at work and silent (seconds)."""

    job: Job
    target: str
    lease: leases.Lease
    run_id: int
    began: float
    heard: float
    thread: int = field(default_factory=threading.get_ident)
    given_up: bool = False

    @property
    def name(self) -> str:
        """How logs call it."""
        return f"{self.job.name} {self.target}"


class Watch:
    """All runs of this process, as they are seen from another thread. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._runs: list[Watched] = []

    @contextmanager
    def over(self, job: Job, target: str, lease: leases.Lease, run_id: int) -> Iterator[Watched]:
        """A run that is watched while the block lasts."""
        now = self._clock()
        watched = Watched(job, target, lease, run_id, now, now)
        with self._lock:
            self._runs.append(watched)
        try:
            yield watched
        finally:
            with self._lock:
                self._runs.remove(watched)
            leases.abandon(lease)

    def hears(self, watched: Watched) -> None:
        """A page of it was committed."""
        watched.heard = self._clock()

    def is_late(self, watched: Watched) -> bool:
        """Whether it has been at work for longer than its job may: it is to end after this page."""
        return self._clock() - watched.began > watched.job.limit.total_seconds()

    def running(self) -> list[Watched]:
        """Runs on their way."""
        with self._lock:
            return [run for run in self._runs if not run.given_up]

    def stuck(self) -> list[Watched]:
        """Runs without a page for longer than their jobs may be."""
        now = self._clock()
        return [run for run in self.running() if now - run.heard > run.job.silence.total_seconds()]

    def given_up(self) -> list[Watched]:
        """Runs that were given up and whose threads have not come back."""
        with self._lock:
            return [run for run in self._runs if run.given_up]

    def give_up(self, engine: Engine, run: Watched, now: datetime, *, state: str, why: str) -> None:
        """Take a run's lease away, so that it can write no more, end its git, and close its line.

        A thread cannot be killed: when it comes back, it finds that it may not write.
        """
        transfers.end(run.thread)
        runs = table("collector_runs")
        with writing(engine).execution_options(**{leases.UNFENCED: True}).begin() as connection:
            leases.revoke(connection, run.lease, now)
            connection.execute(
                update(runs)
                .where(runs.c.run_id == run.run_id, runs.c.state == "running")
                .values(
                    state=state,
                    ended_at=now,
                    error=why,
                    next_step="Nothing is lost: the next run goes on from its last page",
                )
            )
        run.given_up = True
        log.warning("%s: %s", run.name, why)


def shown(span: timedelta) -> str:
    """A span in words, as in `30 min` or `7 h`."""
    minutes = span.total_seconds() / 60
    return f"{minutes:g} min" if minutes < 120 else f"{minutes / 60:g} h"
