"""Running jobs over their targets, one after the other, as `flowmeter collect` and the scheduler do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import Connection, Engine

from collector import histories, orphans, plan
from collector.configuration import Configuration
from collector.errors import CollectorError
from collector.jobs import Cursor, Job, Page, Rejection, Source, Target, job_named
from collector.run import Progress, run, utc_now
from collector.watch import Watch
from db.benchmarks.detection import detect_changes
from db.benchmarks.questions import refresh_answers
from db.engine import writing
from db.faults import FORESEEN, in_words
from db.repositories import holds_simulated, refresh_scopes, register

if TYPE_CHECKING:
    from collector.benchmarks.measuring.run import Order, Outcome
    from collector.github.client import GitHub

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Collection:
    """What every run of a collection has in common.

    `github` makes a client for the calling thread (one a thread, since its
    connection is not thread-safe), or is None when there is neither a token nor
    a simulator, so that only clones and files can be read. `github_url` is the
    API's base; a simulator listens on another port at each start, and its clones
    are asked for where it is now.
    """

    engine: Engine
    configuration: Configuration
    github: Callable[[], GitHub] | None
    simulated: bool = False
    github_url: str | None = None
    clock: Callable[[], datetime] = utc_now
    stop: Callable[[], bool] = lambda: False
    report: Callable[[Progress], None] = lambda _: None
    watch: Watch = field(default_factory=Watch)

    def prepare(self) -> None:
        """Register the configured repositories and their scopes, and close what killed processes left open.

        Raises `CollectorError` when simulated and real facts would be mixed.
        """
        with writing(self.engine).begin() as connection:
            held = holds_simulated(connection)
            if held is not None and held != self.simulated:
                raise CollectorError(
                    f"holds {'simulated' if held else 'real'} facts, and these would be "
                    f"{'simulated' if self.simulated else 'real'}",
                    to=self.engine.url.render_as_string(hide_password=True),
                    next_step="Name another database with FLOWMETER_DATABASE_URL, or move this one away: "
                    "the two are never mixed",
                    retry=False,
                )
            register(connection, self.configuration.roles, simulated=self.simulated)
            self._refresh_scopes(connection)
            orphans.close_all(connection, self.clock())

    def run(
        self,
        jobs: Sequence[Job],
        *,
        repository: str | None = None,
        since: datetime | None = None,
        only_due: bool = False,
        unfinished_since: datetime | None = None,
    ) -> Iterator[Progress]:
        """Run jobs over their targets and yield how each run ended.

        A job that has to wait for GitHub, or whose token GitHub refuses, is not tried
        on the remaining targets: they would fare alike. Errors that nobody foresaw are
        in the ledger and in the log, and the next run goes on. At the end the scopes
        hold what was found and renamed; a run that is stopped or killed before leaves
        that to the next `prepare`. Raises `Unavailable` when the database is away.
        `only_due` leaves out what the schedule does not ask for yet, `unfinished_since`
        what came to its end after that instant.
        """
        github = self.github() if self.github else None
        try:
            yield from self._run(jobs, github, repository, since, only_due, unfinished_since)
        finally:
            if github:
                github.close()

    def run_and_wait(
        self,
        jobs: Sequence[Job],
        pause: Callable[[float], object],
        *,
        repository: str | None = None,
        since: datetime | None = None,
    ) -> Iterator[Progress]:
        """As `run`, but jobs that have to wait for GitHub go on when they may; `pause` waits (seconds)."""
        began, waiting = self.clock(), {}
        for ended in self.run(jobs, repository=repository, since=since):
            waiting[ended.job] = ended.resume_at
            yield ended
        while (left := {name: at for name, at in waiting.items() if at is not None}) and not self.stop():
            until = min(left.values())
            pause(max(1.0, (until - self.clock()).total_seconds()))
            again = [job for job in jobs if job.name in left and left[job.name] <= until]
            waiting = {name: at for name, at in left.items() if at > until}
            for ended in self.run(again, repository=repository, since=since, unfinished_since=began):
                waiting[ended.job] = ended.resume_at
                yield ended

    def _run(
        self,
        jobs: Sequence[Job],
        github: GitHub | None,
        repository: str | None,
        since: datetime | None,
        only_due: bool,
        unfinished_since: datetime | None,
    ) -> Iterator[Progress]:
        for job in jobs:
            if job.needs == "github" and github is None:
                continue
            for target in self._targets(job, repository, only_due, unfinished_since):
                if self.stop():
                    return
                source = Source(target, self.configuration, github, self.clock(), since)
                still_due = self._due(job, target) if only_due else lambda _: True
                try:
                    ended = run(
                        self.engine,
                        job,
                        source,
                        simulated=self.simulated,
                        clock=self.clock,
                        stop=self.stop,
                        report=self.report,
                        watch=self.watch,
                        still_due=still_due,
                        in_time=partial(self._insist_on_histories, job, repository, only_due),
                    )
                except FORESEEN as error:
                    raise in_words(error) from error  # nothing else can be run on a database that is away
                except Exception as error:
                    log.exception("%s %s", job.name, target.name)
                    ended = Progress(job.name, target.name, state="failed", error=str(error))
                yield ended
                if ended.state == "waiting" or ended.in_vain:
                    break
                if ended.state == "gone":
                    yield from self._ask_what_became_of(target, github)
        with writing(self.engine).begin() as connection:
            self._refresh_scopes(connection)

    def _due(self, job: Job, target: Target) -> Callable[[Connection], bool]:
        return lambda connection: plan.is_due(connection, job, target, self.configuration, self.clock())

    def _insist_on_histories(self, job: Job, repository: str | None, scheduled: bool) -> None:
        if job.asks_about_clones:
            with self.engine.connect() as connection:
                histories.insist_on_them(
                    connection,
                    job,
                    self.configuration,
                    self.clock(),
                    repository=repository,
                    scheduled=scheduled,
                )

    def _ask_what_became_of(self, target: Target, github: GitHub | None) -> Iterator[Progress]:
        """Run the job `repositories` over one that was found gone, so that its state stands at once."""
        yield run(
            self.engine,
            job_named("repositories"),
            Source(target, self.configuration, github, self.clock()),
            simulated=self.simulated,
            clock=self.clock,
            stop=self.stop,
            report=self.report,
        )

    def _refresh_scopes(self, connection: Connection) -> None:
        refresh_scopes(connection, self.configuration.project.name, self.configuration.roles)

    def _targets(
        self, job: Job, repository: str | None, only_due: bool, unfinished_since: datetime | None
    ) -> list[Target]:
        with self.engine.connect() as connection:
            found = plan.chosen(plan.targets(connection, job, self.configuration), repository)
            if self.simulated and self.github_url:
                found = [
                    replace(target, clone_url=_moved(target.clone_url, self.github_url)) for target in found
                ]
            if unfinished_since is not None:
                found = [t for t in found if not plan.is_finished_since(connection, job, t, unfinished_since)]
            if not only_due:
                return found
            now = self.clock()
            return [t for t in found if plan.is_due(connection, job, t, self.configuration, now)]


def _moved(clone_url: str | None, base: str) -> str | None:
    """A clone's address on the host and port of another base."""
    if clone_url is None:
        return None
    there = urlsplit(base)
    return urlunsplit(urlsplit(clone_url)._replace(scheme=there.scheme, netloc=there.netloc))


def from_clone(collection: Collection, path: str, full_name: str) -> Progress:
    """Collect commits from a path or URL as the history of OWNER/NAME, configured or not."""
    from collector.configuration import FULL_NAME

    if not FULL_NAME.fullmatch(full_name):
        raise CollectorError(
            "is no repository", to=full_name, next_step="Write OWNER/NAME with --as", retry=False
        )
    collection.prepare()
    role = collection.configuration.roles.get(full_name, "ecosystem")
    with writing(collection.engine).begin() as connection:
        ids = register(connection, {full_name: role}, simulated=collection.simulated)
        order = list(collection.configuration.roles)
        refresh_scopes(connection, collection.configuration.project.name, order)
    target = replace(Target(full_name, ids[full_name], role), clone_url=path)
    source = Source(target, collection.configuration, None, collection.clock())
    return run(
        collection.engine,
        job_named("commits"),
        source,
        simulated=collection.simulated,
        clock=collection.clock,
        stop=collection.stop,
        report=collection.report,
    )


def ingest_benchmarks(
    collection: Collection,
    paths: Sequence[str],
    refused: Callable[[Sequence[Rejection]], None] = lambda _: None,
) -> Progress:
    """Read benchmark files from sources that somebody names, as one run of the job `benchmarks`.

    `refused` is told of everything that was not taken; the ledger keeps the first of it.
    """
    from collector.benchmarks.ingest import ingest

    # A ledger line of its own: the scheduled job is no less due for what somebody read by hand.
    job = replace(job_named("benchmarks"), name="bench ingest")
    now = collection.clock()
    source = Source(Target(), collection.configuration, None, now)

    def pages(_source: Source, _cursor: Cursor) -> Iterator[Page]:
        for page in ingest(paths, now=now):
            refused(page.rejections)
            yield page

    ended = run(
        collection.engine,
        job,
        source,
        function=pages,
        clock=collection.clock,
        stop=collection.stop,
        report=collection.report,
    )
    refresh_answers(collection.engine)
    detect_changes(collection.engine)
    return ended


def run_benchmarks(collection: Collection, order: Order, heard: Callable[[Outcome], None]) -> Progress:
    """Measure here and ingest the results, as one run; `heard` is told of every case."""
    from collector.benchmarks.measuring.run import pages

    job = replace(job_named("measurements"), name="bench run")
    source = Source(Target(), collection.configuration, None, collection.clock())
    ended = run(
        collection.engine,
        job,
        source,
        function=lambda source, cursor: pages(order, cursor, source.now, heard),
        clock=collection.clock,
        stop=collection.stop,
        report=collection.report,
    )
    refresh_answers(collection.engine)
    detect_changes(collection.engine)
    return ended
