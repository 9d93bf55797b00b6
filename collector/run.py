"""One run of one job: lease, cursor, ledger; commits each page together with the cursor after it."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, insert, select, update

from collector import logs, orphans
from collector.errors import CollectorError, ComesLater
from collector.github.errors import NotThere, Refused, Waiting
from collector.jobs import Cursor, Job, JobFunction, Page, Rejection, Source
from collector.redaction import redacted
from collector.watch import Watch, shown
from db import landings, leases
from db.engine import writing
from db.faults import FORESEEN, Unavailable, in_words
from db.people.marks import withheld
from db.repositories import renamed
from db.schema import table
from db.upsert import delete, upsert

log = logging.getLogger(__name__)

State = Literal["running", "done", "failed", "waiting", "stopped", "gone", "busy"]
#: The ledger keeps this many refusals of a run word for word, and counts the rest.
REJECTIONS_KEPT = 50


@dataclass(frozen=True)
class Progress:
    """How a run stands: what the terminal, the log and the Data page show.

    `resume_at` is when a waiting run may go on (UTC); `in_vain` says that others of
    the job would fail alike, until somebody does something (a bad token, say); `run` is
    its number in the ledger.
    """

    job: str
    target: str
    state: State = "running"
    pages: int = 0
    rows: int = 0
    expected_rows: int | None = None
    rejected: int = 0
    requests: int = 0
    points: int = 0
    seconds: float = 0.0
    quota: str | None = None
    error: str | None = None
    next_step: str | None = None
    resume_at: datetime | None = None
    in_vain: bool = False
    run: int | None = None

    @property
    def rate(self) -> float:
        """Rows a second since the run began."""
        return self.rows / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds to the end at this rate; None while the source has not said how much it has."""
        if not self.expected_rows or not self.rate or self.expected_rows <= self.rows:
            return None
        return (self.expected_rows - self.rows) / self.rate


def utc_now() -> datetime:
    """The present instant; the one clock that runs take when none is given."""
    return datetime.now(UTC)


def run(
    engine: Engine,
    job: Job,
    source: Source,
    *,
    function: JobFunction | None = None,
    simulated: bool = False,
    clock: Callable[[], datetime] = utc_now,
    stop: Callable[[], bool] = lambda: False,
    report: Callable[[Progress], None] = lambda _: None,
    watch: Watch | None = None,
    still_due: Callable[[Connection], bool] = lambda _: True,
    in_time: Callable[[], None] = lambda: None,
) -> Progress:
    """Run a job over its target from where its cursor stands, and return how it ended.

    A page's rows, its cursor and the ledger's line go down in one transaction, under a lease that is
    checked in it. States: `done`; `stopped` when `stop()` said so between two pages, or when its process
    was asked to end; `waiting` when the quota is used up, GitHub is down or something comes first (`in_time`
    raises `ComesLater`), with the instant from which on it may go on; `gone` when its repository is not there
    any more; `failed` with the error; `busy` when another process is at it, or has done it since it was
    found due (`still_due`). Only errors that nobody foresaw are raised, after the ledger has them. A database
    that is away, full or locked is foreseen; a line that could not be written is closed by the next start.
    `function` stands in for the job's own, for pages asked for by hand; `watch` sees the run from outside.
    """
    progress = Progress(job.name, source.target.name)
    with writing(engine).begin() as connection:
        lease = leases.take(connection, f"{job.name} {source.target.name}", clock())
        if lease is None:
            return replace(progress, state="busy", error="another process is at it")
        if not still_due(connection):
            leases.release(connection, lease, clock())
            return replace(progress, state="busy", error="another process has just done it")
        orphans.close(connection, progress.job, progress.target, clock())
        run_id = _open(connection, progress, clock())
        progress = replace(progress, run=run_id)
        cursor = _cursor(connection, progress)
    source = replace(source, held=engine.connect)
    watch = watch or Watch()
    with watch.over(job, source.target.name, lease, run_id) as watched, logs.about(progress, run_id):

        def heard(progress: Progress) -> None:
            watch.hears(watched)
            report(progress)

        ledger = _Ledger(engine, source, lease, run_id, progress, simulated, clock, heard)

        def pages() -> Generator[Page]:  # importing what a job needs takes a while, too
            in_time()
            yield from (function or job.function())(source, cursor)

        def over() -> str | None:
            if stop():
                return "stopped by request"
            return f"was at work for {shown(job.limit)}" if watch.is_late(watched) else None

        try:
            with closing(pages()) as given:
                return _paged(ledger, given, source, job, over)
        except (KeyboardInterrupt, SystemExit):
            ledger.close_if_possible("interrupted by hand", "The next run goes on from here", "stopped")
            raise


def _paged(
    ledger: _Ledger,
    pages: Iterator[Page],
    source: Source,
    job: Job,
    over: Callable[[], str | None],
) -> Progress:
    """Commit page by page until there is none, or `over` says why to stop, and write how it ended."""
    try:
        for page in pages:
            ledger.commit(page)
            if why := over():
                return ledger.close("stopped", why, "The next run goes on from here")
    except (Waiting, ComesLater) as error:
        told = f"{error.to}: {error.happened}"
        return ledger.close("waiting", told, error.next_step, resume_at=error.resume_at)
    except NotThere as error:
        return ledger.close("gone", f"{error.to}: {error.happened}", error.next_step)
    except CollectorError as error:
        told = f"{error.to}: {error.happened}"
        if job.needs == "clone" and (why := over()):
            # A transfer is ended when its process is: that is no failure of the job.
            return ledger.close("stopped", why, "The next run goes on from here")
        if job.needs == "clone" and _is_gone(source):
            return ledger.close("gone", told, "The job repositories says what became of its repository")
        return ledger.close("failed", told, error.next_step, in_vain=isinstance(error, Refused))
    except leases.LeaseLost as error:
        return ledger.left_to_others(f"{error.to}: {error.happened}", error.next_step)
    except (*FORESEEN, Unavailable) as error:
        fault = error if isinstance(error, Unavailable) else in_words(error)
        return ledger.close_if_possible(f"{fault.to}: {fault.happened}", fault.next_step)
    except Exception as error:
        ledger.close("failed", f"{type(error).__name__}: {error}", "This is a defect: please report it")
        raise
    return ledger.close("done")


def _is_gone(source: Source) -> bool:
    """Whether a clone that cannot be read is one of a repository that GitHub does not show any more."""
    if source.github is None or source.target.repository is None:
        return False
    try:
        return source.github.get(f"/repos/{source.target.repository}").status in (403, 404, 451)
    except CollectorError:
        return False  # GitHub does not say: the clone's own error stands


class _Ledger:
    """The writing side of one run."""

    def __init__(
        self,
        engine: Engine,
        source: Source,
        lease: leases.Lease,
        run_id: int,
        progress: Progress,
        simulated: bool,
        clock: Callable[[], datetime],
        report: Callable[[Progress], None],
    ) -> None:
        self._engine = writing(engine)
        self._source = source
        self._lease = lease
        self._run_id = run_id
        self._progress = progress
        self._simulated = simulated
        self._clock = clock
        self._report = report
        self._rejections: list[Rejection] = []
        self._began = time.monotonic()
        self._spent_before = self._spent()

    def commit(self, page: Page) -> None:
        """Write a page, its cursor and the ledger's line in one transaction."""
        now = self._clock()
        for each in page.rejections[: REJECTIONS_KEPT - len(self._rejections)]:
            refused = Rejection(redacted(each.what), redacted(each.why))
            self._rejections.append(refused)
            log.warning("%s: refused %s: %s", self._progress.job, refused.what, refused.why)
        self._progress = replace(
            self._standing(),
            pages=self._progress.pages + 1,
            rows=self._progress.rows + sum(len(rows) for rows in page.rows.values()),
            rejected=self._progress.rejected + len(page.rejections),
            expected_rows=page.expected_rows or self._progress.expected_rows,
        )
        with self._engine.begin() as connection:
            self._insist_on_the_lease(connection, now)
            for name, keys in page.removals.items():
                delete(connection, table(name), keys, page.rows.get(name, ()))
            names = self._names(connection, page)
            for name, rows in withheld(connection, page.rows).items():
                upsert(connection, table(name), self._labelled(name, rows))
            self._follow_renamings(connection, page, names)
            landings.settle_written(connection, page.rows, page.removals)
            cursor = {"cursor": json.dumps(dict(page.cursor), sort_keys=True), "updated_at": now}
            upsert(connection, table("cursors"), [self._key() | cursor])
            self._write_line(connection, heartbeat_at=now)
        self._report(self._progress)

    def close(
        self,
        state: State,
        error: str | None = None,
        next_step: str | None = None,
        *,
        resume_at: datetime | None = None,
        in_vain: bool = False,
    ) -> Progress:
        """Write how the run ended and give the lease back; an error may hold words of others."""
        now = self._clock()
        self._progress = replace(
            self._standing(),
            state=state,
            error=redacted(error) if error else None,
            next_step=next_step,
            resume_at=resume_at,
            in_vain=in_vain,
        )
        try:
            with self._engine.begin() as connection:
                self._insist_on_the_lease(connection, now)
                if state == "done":
                    self._finish(connection, now)
                self._write_line(connection, heartbeat_at=now, ended_at=now)
                leases.release(connection, self._lease, now)
        except leases.LeaseLost as lost:
            return self.left_to_others(f"{lost.to}: {lost.happened}", lost.next_step)
        self._report(self._progress)
        return self._progress

    def close_if_possible(self, error: str, next_step: str, state: State = "failed") -> Progress:
        """As `close`, where the database may not take it: the next start closes the line then."""
        try:
            return self.close(state, error, next_step)
        except FORESEEN as fault:
            log.warning("how it ended could not be written: %s", in_words(fault).happened)
            self._progress = replace(self._standing(), state=state, error=error, next_step=next_step)
            return self._progress

    def left_to_others(self, error: str, next_step: str) -> Progress:
        """The run is another process' now, and so is its line."""
        self._progress = replace(self._standing(), state="failed", error=error, next_step=next_step)
        self._report(self._progress)
        return self._progress

    def _insist_on_the_lease(self, connection: Connection, now: datetime) -> None:
        if not leases.renew(connection, self._lease, now):
            raise leases.LeaseLost(
                "another process took over while this one was slow",
                to=self._lease.name,
                next_step="Nothing is lost: the other one goes on from the last page",
            )

    def _finish(self, connection: Connection, now: datetime) -> None:
        """The source's end was reached; also when there was no page on the way, which leaves no cursor."""
        cursors = table("cursors")
        of_this = (cursors.c.job == self._progress.job, cursors.c.target == self._progress.target)
        moved = connection.execute(update(cursors).where(*of_this).values(finished_at=now))
        if moved.rowcount == 0:
            beginning = {"cursor": "{}", "updated_at": now, "finished_at": now}
            connection.execute(insert(cursors).values(**self._key(), **beginning))

    def _names(self, connection: Connection, page: Page) -> dict[int, str]:
        """What followed repositories of a page are called so far: jobs and ledger call them so too."""
        if self._source.target.repository_id is None or not page.rows.get("repositories"):
            return {}
        repositories = table("repositories")
        ids = [row["repository_id"] for row in page.rows["repositories"]]
        rows = connection.execute(
            select(repositories.c.repository_id, repositories.c.full_name).where(
                repositories.c.repository_id.in_(ids)
            )
        )
        return {row.repository_id: row.full_name for row in rows}

    def _follow_renamings(self, connection: Connection, page: Page, names: Mapping[int, str]) -> None:
        for row in page.rows.get("repositories", ()):
            before = names.get(row["repository_id"], row["full_name"])
            if before == row["full_name"]:
                continue
            renamed(connection, before, row["full_name"])
            if before == self._progress.target:
                self._progress = replace(self._progress, target=row["full_name"])

    def _standing(self) -> Progress:
        requests, points = self._spent()
        github = self._source.github
        return replace(
            self._progress,
            requests=requests - self._spent_before[0],
            points=points - self._spent_before[1],
            seconds=time.monotonic() - self._began,
            quota=github.quota_left if github else None,
        )

    def _spent(self) -> tuple[int, int]:
        github = self._source.github
        return (github.spent_requests, github.spent_points) if github else (0, 0)

    def _labelled(self, name: str, rows: Any) -> Any:
        """Every repository that a simulated page brings says so in its row."""
        if name != "repositories" or not self._simulated:
            return rows
        return [dict(row) | {"simulated": True} for row in rows]

    def _key(self) -> dict[str, Any]:
        return {"job": self._progress.job, "target": self._progress.target}

    def _write_line(self, connection: Connection, **times: datetime) -> None:
        runs, now = table("collector_runs"), self._progress
        refused = json.dumps([{"what": r.what, "why": r.why} for r in self._rejections]) or None
        connection.execute(
            update(runs)
            .where(runs.c.run_id == self._run_id)
            .values(
                state=now.state,
                pages=now.pages,
                rows=now.rows,
                expected_rows=now.expected_rows,
                requests=now.requests,
                points=now.points,
                rejected=now.rejected,
                rejections=refused if self._rejections else None,
                error=now.error,
                next_step=now.next_step,
                resume_at=now.resume_at,
                quota_left=now.quota,
                **times,
            )
        )


def _open(connection: Connection, progress: Progress, now: datetime) -> int:
    runs = table("collector_runs")
    line = {"job": progress.job, "target": progress.target, "started_at": now, "heartbeat_at": now}
    made = connection.execute(insert(runs).values(line | {"state": "running"}).returning(runs.c.run_id))
    return int(made.scalar_one())


def _cursor(connection: Connection, progress: Progress) -> Cursor:
    cursors = table("cursors")
    held = connection.execute(
        select(cursors.c.cursor).where(cursors.c.job == progress.job, cursors.c.target == progress.target)
    ).scalar_one_or_none()
    if held is None:
        return {}
    try:
        cursor = json.loads(held)
    except json.JSONDecodeError:
        cursor = None
    if not isinstance(cursor, dict):
        log.warning("%s %s: the cursor is damaged; beginning anew", progress.job, progress.target)
        return {}
    return cursor
