"""APScheduler around the table of jobs: what is due runs, in the one process that leads."""

from __future__ import annotations

import itertools
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

from collector.collection import Collection
from collector.errors import CollectorError
from collector.git import transfers
from collector.jobs import JOBS, Job, job_named
from collector.leadership import ASKED_EVERY, Leadership
from collector.run import Progress
from collector.terminal import fields_of
from collector.watch import Watched, shown
from db.errors import DatabaseError, Stopped
from db.faults import FORESEEN, Unavailable, in_words
from db.leases import LeaseLost
from db.migration import current, newest

log = logging.getLogger(__name__)

#: How long a first collection goes on before the numbers are computed in between, in seconds.
BETWEEN_REFRESHES = 15.0
WORKERS = 3
#: GitHub tells resets in whole seconds.
AFTER_RESET = timedelta(seconds=1)
#: Dates are kept by up to so much later: not every installation asks at the same second.
JITTER = timedelta(seconds=30)
#: What a database that is away held up is tried again after this.
AGAIN = timedelta(seconds=30)
#: When is looked for what is due and was missed, as cron.
LEFT = "27 * * * *"
#: A clock that moves by more beside the one that counts seconds was set, or the machine slept.
JUMP = 30.0
#: So often a scheduler that stands by does not ask for the lead when the clock was set.
ROUNDS_AFTER_A_JUMP = 3
#: How long runs may take to finish their page when all is to end, in seconds.
GRACE = 45.0


@dataclass(frozen=True)
class AfterCollection:
    """What follows new facts: computing the numbers, and making and sending the reports that are due."""

    refresh: Callable[[Callable[[], bool]], object]
    reports: Callable[[Callable[[], bool]], object]


class Later(BaseTrigger):  # type: ignore[misc] # APScheduler brings no types
    """The dates of a cron line, each later by the same span."""

    def __init__(self, cron: str, by: timedelta) -> None:
        self._trigger, self._by = CronTrigger.from_crontab(cron, timezone="UTC"), by

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        """The first date after `previous` (or from `now` on)."""
        before = previous - self._by if previous else None
        date: datetime | None = self._trigger.get_next_fire_time(before, now - self._by)
        return date + self._by if date else None


class Dates(BackgroundScheduler):  # type: ignore[misc] # APScheduler brings no types
    """APScheduler's own, that can be shut down while it hands a job out for the last time.

    It stops looking among its jobs for what it is about to take away then, and would end in a trace.
    """

    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
        """Take a job away; one that is not there is an error only while the scheduler runs."""
        try:
            super().remove_job(job_id, jobstore)
        except JobLookupError:
            if self.running:
                raise


class Scheduler:
    """All jobs on their cadences, in threads of this process, while it leads and until it is stopped.

    Of any number of processes one leads (see `collector.leadership`); the others stand by.
    A job that has to wait for GitHub ends, so that others have its place, and goes on
    from its last page at the instant from which on it may. A run that is stuck is given up.
    """

    def __init__(self, collection: Collection, after: AfterCollection) -> None:
        self._stop = threading.Event()
        self._leading = threading.Event()
        self.over = threading.Event()
        self.failure: CollectorError | None = None
        self._collection = replace(collection, stop=self._is_to_end, report=self._heard)
        self._leadership = Leadership(collection.engine, collection.clock)
        self._after = after
        self._refreshing = threading.Lock()
        self._last_refresh = 0.0
        self._new_rows = threading.Event()
        self._at_work = 0
        self._caught_up = itertools.count(1)
        self._idle = threading.Condition()
        self._jitter = JITTER * random.random()
        self._heart = threading.Thread(target=self._beat, name="leadership", daemon=True)
        self._scheduler = Dates(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(WORKERS)},
            # What was missed, by however long a pause, runs once.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Lead or stand by; the leader begins with what is due and keeps to the schedule from then on.

        Raises `CollectorError` when this collection does not fit the database.
        """
        self._ask()
        if self.failure is not None:
            raise self.failure
        if not self._leadership.leads:
            log.info("another scheduler leads: this one stands by")
        self._heart.start()

    def stop(self, grace: float = GRACE) -> bool:
        """Let each run finish its page, then end; whether all had ended within `grace` seconds.

        What has not is given up: it can write no more, and its line in the ledger says so.
        """
        self._stop.set()
        transfers.end()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        with self._idle:
            ended = self._idle.wait_for(lambda: not self._at_work, grace)
        try:
            if not ended:
                self._give_up(self._collection.watch.running(), "stopped", "was asked to end and did not")
            self._leadership.give_back()
        except FORESEEN as error:
            log.warning("%s; the next start closes what is open", _sentence(in_words(error)))
        return ended

    def _is_to_end(self) -> bool:
        return self._stop.is_set() or not self._leading.is_set()

    def _beat(self) -> None:
        """Keep the lead or wait for it, look after runs, and notice when the clock was set."""
        ahead = time.time() - time.monotonic()
        patience = 0
        while not self._stop.wait(ASKED_EVERY):
            drifted, ahead = time.time() - time.monotonic() - ahead, time.time() - time.monotonic()
            # By a clock that was set the leader's lease may be over: it gets the time to renew it.
            patience = ROUNDS_AFTER_A_JUMP if abs(drifted) > JUMP else max(0, patience - 1)
            if patience and not self._leadership.leads:
                continue
            self._ask()
            if abs(drifted) > JUMP and self._scheduler.running:
                log.warning("the clock moved by %.0f s: the dates are counted anew", drifted)
                self._set_dates()
            self._look_after_runs()

    def _ask(self) -> None:
        try:
            leads = self._leadership.ask()
            self._insist_on_the_revision()
            if leads and not self._leading.is_set():
                self._begin()
            elif not leads and self._leading.is_set():
                log.warning("another scheduler leads now: this one stands by")
                self._leading.clear()
                self._scheduler.pause()
        except CollectorError as error:
            self.failure = error
            self.over.set()
        except FORESEEN as error:
            # Nothing can be written meanwhile, so nothing is lost by asking again.
            log.warning("%s", _sentence(in_words(error)))

    def _insist_on_the_revision(self) -> None:
        """Raises `CollectorError` when the tables are another version's by now: it began with its own."""
        held = current(self._collection.engine)
        if held is not None and held != newest():
            raise CollectorError(
                f"is at revision {held} now, and this version needs {newest()}",
                to="the database",
                next_step="Start the scheduler of the version that migrated it",
                retry=False,
            )

    def _begin(self) -> None:
        self._collection.prepare()
        self._leading.set()
        self._set_dates()
        if self._scheduler.running:
            self._scheduler.resume()
        else:
            self._scheduler.start()

    def _set_dates(self) -> None:
        """Every cadence at its dates, and what is due now at once."""
        schedule = self._collection.configuration.schedule
        for cadence in dict.fromkeys(job.cadence for job in JOBS):
            self._add(self._collect, Later(getattr(schedule, cadence), self._jitter), cadence, cadence)
        for name, function in (("metrics", self._refresh), ("reports", self._report)):
            self._add(function, Later(getattr(schedule, name), self._jitter), name)
        self._add(self._collect_what_is_left, Later(LEFT, self._jitter), "what is left")
        # Under a name of its own: an earlier one may be at work still, and would keep this one from running.
        self._add(self._catch_up, None, f"catch-up {next(self._caught_up)}")

    def _add(
        self, function: Callable[..., None], trigger: BaseTrigger | None, name: str, *given: str
    ) -> None:
        work = self._guarded(function, name, *given)
        self._scheduler.add_job(work, trigger, id=name, name=name, replace_existing=True)

    def _guarded(self, function: Callable[..., None], name: str, *given: str) -> Callable[[], None]:
        """The same, counted while it is at work; what a database that is away held up is tried again."""

        def guarded() -> None:
            with self._counted():
                try:
                    function(*given)
                except (*FORESEEN, Unavailable) as error:
                    told = error if isinstance(error, Unavailable) else in_words(error)
                    log.warning("%s: %s Tried again in %s", name, _sentence(told), shown(AGAIN))
                    if not self._stop.is_set():
                        self._add(function, DateTrigger(datetime.now(UTC) + AGAIN), f"{name} again", *given)
                except (LeaseLost, Stopped) as error:
                    log.info("%s: %s", name, error)
                except (CollectorError, DatabaseError) as error:
                    log.error("%s: %s", name, error)
                except Exception:
                    log.exception("%s: this is a defect, please report it", name)

        return guarded

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._idle:
            self._at_work += 1
        try:
            yield
        finally:
            with self._idle:
                self._at_work -= 1
                self._idle.notify_all()

    def _look_after_runs(self) -> None:
        """Give up what is stuck; when too many threads never come back, end the process in their place."""
        watch = self._collection.watch
        for run in watch.stuck():
            self._give_up([run], "failed", f"gave no page for {shown(run.job.silence)}, and was given up")
        lost = watch.given_up()
        if len(lost) >= WORKERS - 1 and not self._stop.is_set():
            self.failure = CollectorError(
                f"{len(lost)} runs are stuck ({', '.join(run.name for run in lost)})",
                to="the scheduler",
                next_step="It ended so that it can be started anew: each goes on from its last page",
            )
            self.over.set()

    def _give_up(self, runs: Sequence[Watched], state: str, why: str) -> None:
        for run in runs:
            try:
                self._collection.watch.give_up(
                    self._collection.engine, run, self._collection.clock(), state=state, why=why
                )
            except FORESEEN as error:
                log.warning("%s: %s", run.name, _sentence(in_words(error)))

    def _catch_up(self) -> None:
        """What is due now, in the order of the table; the pages fill as it goes.

        Clones take no quota, so they go on beside GitHub's jobs as soon as the
        repositories are known; what asks GitHub about what is in them waits until they are there.
        """
        later = [job for job in JOBS if job.asks_about_clones]
        clones = {job.cadence for job in JOBS if job.needs == "clone"}
        beside = [
            threading.Thread(target=self._guarded(self._collect_of, cadence, cadence), name=cadence)
            for cadence in clones
        ]
        for place, cadence in enumerate(dict.fromkeys(job.cadence for job in JOBS)):
            if place == 1:
                for thread in beside:
                    thread.start()
            if cadence not in clones:
                self._run([job for job in JOBS if job.cadence == cadence and job not in later])
        for thread in beside:
            thread.join()
        if not self._is_to_end():
            self._run(later)
        if not self._is_to_end():
            self._refresh()
        if not self._is_to_end():
            self._report()

    def _collect_what_is_left(self) -> None:
        """What is due still: it failed at its date, and the next one may be a month away."""
        self._run(JOBS)

    def _collect(self, cadence: str) -> None:
        self._collect_of(cadence)
        if any(job.cadence == cadence and job.needs == "clone" for job in JOBS) and not self._is_to_end():
            # What came before its clones were read goes on now that they are.
            self._run([job for job in JOBS if job.asks_about_clones])

    def _collect_of(self, cadence: str) -> None:
        self._run([job for job in JOBS if job.cadence == cadence])

    def _go_on(self, name: str) -> None:
        self._run([job_named(name)])

    def _run(self, jobs: Sequence[Job]) -> None:
        began = time.monotonic()
        for ended in self._collection.run(jobs, only_due=True):
            self._log(ended)
            if ended.resume_at is not None and not self._stop.is_set():
                at = DateTrigger(ended.resume_at + AFTER_RESET)
                self._add(self._go_on, at, f"{ended.job} goes on", ended.job)
            since = time.monotonic() - max(began, self._last_refresh)
            if since > BETWEEN_REFRESHES and not self._is_to_end():
                self._refresh()
        if self._new_rows.is_set() and not self._is_to_end():
            self._refresh()

    def _refresh(self) -> None:
        if not self._refreshing.acquire(blocking=False):
            return
        try:
            self._new_rows.clear()
            self._after.refresh(self._is_to_end)
            self._last_refresh = time.monotonic()
        finally:
            self._refreshing.release()

    def _report(self) -> None:
        self._after.reports(self._is_to_end)

    def _heard(self, progress: Progress) -> None:
        if progress.rows:
            self._new_rows.set()

    @staticmethod
    def _log(ended: Progress) -> None:
        of_it = fields_of(ended)
        if ended.state == "done":
            log.info(
                "%s %s: %d rows in %.1f s", ended.job, ended.target, ended.rows, ended.seconds, extra=of_it
            )
        elif ended.state != "busy":
            told = (ended.job, ended.target, ended.state, ended.error, ended.next_step)
            log.warning("%s %s %s: %s. %s", *told, extra=of_it)


def _sentence(error: DatabaseError) -> str:
    return f"{error.to}: {error.happened}. {error.next_step}."
