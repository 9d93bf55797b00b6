"""How collecting goes, for the pages: jobs with their last success, what runs now, what needs attention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select

from db.schema import table

#: After so long without a success a source is called stale: longer than the longest usual cadence
#: (a month for history counts) would hide what matters, so monthly jobs are told by their own cursor.
STALE_AFTER = timedelta(days=2)
SLOW_JOBS = {
    "history_counts": timedelta(days=40),
    "use_cases": timedelta(days=9),
    "reconciliation": timedelta(days=9),
}
#: States of a repository in which nothing more is collected from it: its jobs are neither stale nor failing.
GONE = ("deleted", "private", "blocked")
#: A run without a sign of life for so long is not believed to be running.
SILENT_AFTER = timedelta(minutes=30)


@dataclass(frozen=True)
class JobState:
    """A job and target: its last run, its last success and what it refused."""

    job: str
    target: str
    state: str
    started_at: datetime
    last_success: datetime | None
    rows: int
    expected_rows: int | None
    requests: int
    points: int
    rejected: int
    rejections: str | None
    error: str | None
    next_step: str | None
    silent: bool
    stale: bool
    repository_state: str | None = None

    @property
    def shown_state(self) -> str:
        """The state in one word, with what the ledger alone does not say: its repository may be gone."""
        if self.repository_state in GONE and self.job != "repositories":
            return str(self.repository_state)
        if self.state == "running" and self.silent:
            return "interrupted"
        return "stale" if self.state == "done" and self.stale else self.state


@dataclass(frozen=True)
class Progress:
    """Whether anything was ever collected, and what runs now."""

    ever_finished: bool
    running: tuple[JobState, ...]

    @property
    def rows(self) -> int:
        """Rows written by what runs now."""
        return sum(job.rows for job in self.running)


@dataclass(frozen=True)
class Spending:
    """What the last day's runs spent of GitHub's quota, and what was left of it when it was last told."""

    requests: int
    points: int
    left: str | None
    told_at: datetime | None


@dataclass(frozen=True)
class Compared:
    """What is held of a repository beside GitHub's own count, when the two were last compared."""

    repository: str
    subject: str
    state: str
    held: int
    counted: int
    held_before: int
    missing: int
    outdated: int
    gone: int
    checked_at: datetime


@dataclass(frozen=True)
class AlertState:
    """An alert: the rule that it is of, what happened, and whether that is over."""

    rule: str
    scope: str
    message: str
    state: str
    opened_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class IssueOfReport:
    """One issue in the list of reports."""

    report_id: int
    report: str
    scope: str
    period: date
    period_end: date
    headline: str
    simulated: bool
    made_at: datetime


def jobs(connection: Connection, now: datetime) -> list[JobState]:
    """Every job and target that ran at least once, by its newest run; failed and stale ones first."""
    runs = table("collector_runs")
    newest = select(func.max(runs.c.run_id)).group_by(runs.c.job, runs.c.target)
    successes = {
        (row.job, row.target): row.ended
        for row in connection.execute(
            select(
                runs.c.job,
                runs.c.target,
                func.max(runs.c.ended_at, type_=runs.c.ended_at.type).label("ended"),
            )
            .where(runs.c.state == "done")
            .group_by(runs.c.job, runs.c.target)
        )
    }
    repositories = table("repositories")
    gone = {
        row.full_name: row.state
        for row in connection.execute(
            select(repositories.c.full_name, repositories.c.state).where(
                repositories.c.role != "use_case", repositories.c.state.in_(GONE)
            )
        )
    }
    states = [
        _state(row, successes.get((row.job, row.target)), now, gone.get(row.target))
        for row in connection.execute(select(runs).where(runs.c.run_id.in_(newest)))
    ]
    order = {"failed": 0, "interrupted": 1, "stale": 2, "running": 3, "waiting": 4}
    return sorted(states, key=lambda job: (order.get(job.shown_state, 5), job.job, job.target))


def progress(connection: Connection, now: datetime) -> Progress:
    """What runs now, by the index on states: asked on every page."""
    runs = table("collector_runs")
    running = connection.execute(
        select(runs).where(runs.c.state == "running", runs.c.heartbeat_at > now - SILENT_AFTER)
    )
    finished = connection.execute(select(runs.c.run_id).where(runs.c.state == "done").limit(1)).first()
    return Progress(finished is not None, tuple(_state(row, None, now) for row in running))


def spending(connection: Connection, now: datetime) -> Spending:
    """GitHub's quota: spent in a day, and left."""
    runs = table("collector_runs")
    requests, points = connection.execute(
        select(func.coalesce(func.sum(runs.c.requests), 0), func.coalesce(func.sum(runs.c.points), 0)).where(
            runs.c.heartbeat_at > now - timedelta(days=1)
        )
    ).one()
    newest = connection.execute(
        select(runs.c.quota_left, runs.c.heartbeat_at)
        .where(runs.c.quota_left.is_not(None))
        .order_by(runs.c.heartbeat_at.desc(), runs.c.run_id.desc())
        .limit(1)
    ).first()
    return Spending(requests, points, *(newest or (None, None)))


def comparisons(connection: Connection) -> list[Compared]:
    """The last reconciliation of each repository, what differs first."""
    held, repositories = table("reconciliations"), table("repositories")
    names = [name for name in Compared.__dataclass_fields__ if name != "repository"]
    rows = connection.execute(
        select(repositories.c.full_name.label("repository"), *(held.c[name] for name in names)).join(
            repositories, repositories.c.repository_id == held.c.repository_id
        )
    )
    order = {"differs": 0, "incomplete": 1, "mended": 2}
    found = [Compared(**row._mapping) for row in rows]
    return sorted(found, key=lambda each: (order.get(each.state, 3), each.repository, each.subject))


def _state(row: object, success: datetime | None, now: datetime, gone: str | None = None) -> JobState:
    held = row._mapping  # type: ignore[attr-defined]  # a SQLAlchemy row
    patience = SLOW_JOBS.get(held["job"], STALE_AFTER)
    return JobState(
        job=held["job"],
        target=held["target"],
        state=held["state"],
        started_at=held["started_at"],
        last_success=success,
        rows=held["rows"],
        expected_rows=held["expected_rows"],
        requests=held["requests"],
        points=held["points"],
        rejected=held["rejected"],
        rejections=held["rejections"],
        error=held["error"],
        next_step=held["next_step"],
        silent=now - held["heartbeat_at"] > SILENT_AFTER,
        stale=success is not None and now - success > patience,
        repository_state=gone,
    )


def reports(connection: Connection, limit: int = 200) -> Sequence[IssueOfReport]:
    """The issues of reports, newest first, without their texts."""
    held = table("reports")
    columns = [held.c[name] for name in IssueOfReport.__dataclass_fields__]
    rows = connection.execute(
        select(*columns).order_by(held.c.period.desc(), held.c.report, held.c.scope).limit(limit)
    )
    return [IssueOfReport(**row._mapping) for row in rows]


def open_alerts(connection: Connection) -> list[tuple[str, str]]:
    """Kind and message of what is open, newest first."""
    held = table("alerts")
    rows = connection.execute(
        select(held.c.kind, held.c.message).where(held.c.state == "open").order_by(held.c.updated_at.desc())
    )
    return [(row.kind, row.message) for row in rows]


def alerts(connection: Connection, limit: int = 50) -> list[AlertState]:
    """Open alerts, then those that are over, the newest first."""
    held = table("alerts")
    columns = [held.c[name] for name in AlertState.__dataclass_fields__]
    rows = connection.execute(
        select(*columns)
        .order_by(held.c.state, held.c.updated_at.desc(), held.c.opened_at.desc(), held.c.alert_id)
        .limit(limit)
    )
    return [AlertState(**row._mapping) for row in rows]
