"""APScheduler around the table of jobs: what is due runs, and the numbers are computed after it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

from collector.collection import Collection
from collector.jobs import JOBS, Job, job_named
from collector.run import Progress
from db.errors import Stopped

log = logging.getLogger(__name__)

#: A date that was missed by less than this still runs, once, when the machine wakes up.
GRACE = timedelta(hours=12)
#: How long a first collection goes on before the numbers are computed in between, in seconds.
BETWEEN_REFRESHES = 15.0
WORKERS = 3
#: GitHub tells resets in whole seconds.
AFTER_RESET = timedelta(seconds=1)


@dataclass(frozen=True)
class AfterCollection:
    """What follows new facts: computing the numbers, and making and sending the reports that are due."""

    refresh: Callable[[Callable[[], bool]], object]
    reports: Callable[[Callable[[], bool]], object]


class Scheduler:
    """All jobs on their cadences, in threads of this process, until it is stopped.

    A job that has to wait for GitHub ends, so that others have its place, and goes on
    from its last page at the instant from which on it may.
    """

    def __init__(self, collection: Collection, after: AfterCollection) -> None:
        self._stop = threading.Event()
        self._collection = replace(collection, stop=self._stop.is_set, report=self._heard)
        self._after = after
        self._refreshing = threading.Lock()
        self._last_refresh = 0.0
        self._new_rows = threading.Event()
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(WORKERS)},
            job_defaults={
                "coalesce": True,
                "max_instances": 1,
                "misfire_grace_time": int(GRACE.total_seconds()),
            },
        )

    def start(self) -> None:
        """Register what is tracked, begin with what is due, and keep to the schedule from then on."""
        self._collection.prepare()
        schedule = self._collection.configuration.schedule
        cadences = dict.fromkeys(job.cadence for job in JOBS)
        for cadence in cadences:
            trigger = CronTrigger.from_crontab(getattr(schedule, cadence), timezone="UTC")
            self._scheduler.add_job(self._collect, trigger, args=(cadence,), id=cadence)
        for name, function in (("metrics", self._refresh), ("reports", self._report)):
            trigger = CronTrigger.from_crontab(getattr(schedule, name), timezone="UTC")
            self._scheduler.add_job(function, trigger, id=name)
        self._scheduler.add_job(self._catch_up, id="catch-up")
        self._scheduler.start()

    def stop(self) -> None:
        """Let each run finish its page, then end."""
        self._stop.set()
        self._scheduler.shutdown(wait=True)

    def _catch_up(self) -> None:
        """What is due now, in the order of the table; the pages fill as it goes.

        Clones take no quota, so they go on beside GitHub's jobs as soon as the
        repositories are known.
        """
        clones = {job.cadence for job in JOBS if job.needs == "clone"}
        beside = [threading.Thread(target=self._collect, args=(cadence,), name=cadence) for cadence in clones]
        for place, cadence in enumerate(dict.fromkeys(job.cadence for job in JOBS)):
            if place == 1:
                for thread in beside:
                    thread.start()
            if cadence not in clones:
                self._collect(cadence)
        for thread in beside:
            thread.join()
        if not self._stop.is_set():
            self._refresh()
        if not self._stop.is_set():
            self._report()

    def _collect(self, cadence: str) -> None:
        self._run([job for job in JOBS if job.cadence == cadence])

    def _go_on(self, name: str) -> None:
        self._run([job_named(name)])

    def _run(self, jobs: Sequence[Job]) -> None:
        began = time.monotonic()
        for ended in self._collection.run(jobs, only_due=True):
            self._log(ended)
            if ended.resume_at is not None:
                self._scheduler.add_job(
                    self._go_on,
                    DateTrigger(ended.resume_at + AFTER_RESET),
                    args=(ended.job,),
                    id=f"{ended.job} goes on",
                    replace_existing=True,
                )
            since = time.monotonic() - max(began, self._last_refresh)
            if since > BETWEEN_REFRESHES and not self._stop.is_set():
                self._refresh()
        if self._new_rows.is_set() and not self._stop.is_set():
            self._refresh()

    def _refresh(self) -> None:
        if not self._refreshing.acquire(blocking=False):
            return
        try:
            self._new_rows.clear()
            self._after.refresh(self._stop.is_set)
            self._last_refresh = time.monotonic()
        except Stopped as error:
            log.info("%s", error)
        finally:
            self._refreshing.release()

    def _report(self) -> None:
        self._after.reports(self._stop.is_set)

    def _heard(self, progress: Progress) -> None:
        if progress.rows:
            self._new_rows.set()

    @staticmethod
    def _log(ended: Progress) -> None:
        if ended.state == "done":
            log.info("%s %s: %d rows in %.1f s", ended.job, ended.target, ended.rows, ended.seconds)
        elif ended.state != "busy":
            log.warning(
                "%s %s %s: %s. %s", ended.job, ended.target, ended.state, ended.error, ended.next_step
            )
