"""How the collecting goes: what is held, failed, stuck, stale, left open by killed processes, or damaged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from collector import orphans, plan
from collector.configuration import Configuration
from collector.doctor.finding import Finding
from collector.installation import asks_github
from collector.jobs import JOBS
from collector.leadership import leader
from db import leases
from db.repositories import holds_simulated
from db.schema import table

#: A source without a success since its last date of so long ago is stale.
STALE_AFTER = timedelta(days=2)


def contents(connection: Connection, _configuration: Configuration, _now: datetime) -> Iterator[Finding]:
    """How much is held."""
    simulated = holds_simulated(connection)
    if simulated is None:
        yield Finding("facts", "attention", "the database is empty", "flowmeter up, or flowmeter collect")
        return
    counts = []
    for name in ("repositories", "commits", "issues", "pull_requests", "use_cases"):
        count = connection.execute(select(func.count()).select_from(table(name))).scalar_one()
        counts.append(f"{count:,} {name.replace('_', ' ')}")
    yield Finding("facts", "good", ("simulated: " if simulated else "") + ", ".join(counts))


def runs(connection: Connection, configuration: Configuration, _now: datetime) -> Iterator[Finding]:
    """What failed when it last ran; not what nothing runs over any more, which could not succeed either."""
    runs = table("collector_runs")
    newest_run = (
        select(func.max(runs.c.run_id)).where(runs.c.state != "running").group_by(runs.c.job, runs.c.target)
    )
    rows = connection.execute(
        select(runs.c.job, runs.c.target, runs.c.error, runs.c.next_step).where(
            runs.c.run_id.in_(newest_run), runs.c.state == "failed"
        )
    ).all()
    followed = _Followed(connection, configuration)
    failed = [row for row in rows if followed(row.job, row.target)]
    for job, target, error, next_step in failed:
        yield Finding(f"{job} {target}", "wrong", f"failed: {error}", next_step or "")
    if not failed:
        yield Finding("runs", "good", "no job failed when it last ran")


def differences(connection: Connection, _configuration: Configuration, _now: datetime) -> Iterator[Finding]:
    """What differed from GitHub's own totals when the two were last compared, a line a repository."""
    held, repositories = table("reconciliations"), table("repositories")
    rows = connection.execute(
        select(repositories.c.full_name, held.c.subject, held.c.held, held.c.counted, held.c.state)
        .join(repositories, repositories.c.repository_id == held.c.repository_id)
        .order_by(repositories.c.full_name, held.c.subject)
    ).all()
    differing: dict[str, list[str]] = {}
    for row in rows:
        if row.state == "differs":
            told = f"{row.held:,} {row.subject} held, {row.counted:,} by GitHub's count"
            differing.setdefault(row.full_name, []).append(told)
    for name, found in differing.items():
        told = "; ".join(found)
        yield Finding(
            f"totals {name}",
            "attention",
            told,
            f"flowmeter collect commits reconciliation --repository {name}",
        )
    if rows and not differing:
        yield Finding("totals", "good", f"{len(rows)} counts equal GitHub's own, as last compared")


def staleness(connection: Connection, configuration: Configuration, now: datetime) -> Iterator[Finding]:
    """What is due, and what has been for days."""
    late: dict[str, int] = {}
    stale: dict[str, list[str]] = {}
    held = table("cursors").c
    for job in JOBS:
        if job.needs == "nothing":
            continue
        finished = {
            row.target: row.finished_at
            for row in connection.execute(select(held.target, held.finished_at).where(held.job == job.name))
        }
        wanted = plan.last_date(getattr(configuration.schedule, job.cadence), now - STALE_AFTER)
        for target in plan.targets(connection, job, configuration):
            if plan.is_due(connection, job, target, configuration, now):
                late[job.name] = late.get(job.name, 0) + 1
            last = finished.get(target.name)
            if last is not None and last < wanted:
                stale.setdefault(job.name, []).append(f"{target.name} ({last:%Y-%m-%d})")
    for name, targets in stale.items():
        more = f" and {len(targets) - 3} more" if len(targets) > 3 else ""
        yield Finding(
            f"{name} stale",
            "wrong",
            f"no success since: {', '.join(targets[:3])}{more}",
            f"{_collecting(name)}: its lines say why it fails; and see that a scheduler runs",
        )
    for name, count in late.items():
        due = "1 target is due" if count == 1 else f"{count} targets are due"
        yield Finding(f"{name} due", "attention", due, _collecting(name))
    if not late:
        yield Finding("schedule", "good", "nothing is due")


def values(connection: Connection, _configuration: Configuration, _now: datetime) -> Iterator[Finding]:
    """Whether the numbers were computed."""
    refreshes = table("metric_refreshes")
    count, latest = connection.execute(
        select(func.count(), func.max(refreshes.c.refreshed_at)).select_from(refreshes)
    ).one()
    if not count:
        yield Finding("metrics", "attention", "never computed", "flowmeter metrics refresh")
    else:
        yield Finding("metrics", "good", f"{count} computed, the last at {latest:%Y-%m-%d %H:%M} UTC")


def scheduler(connection: Connection, _configuration: Configuration, now: datetime) -> Iterator[Finding]:
    """Which scheduler leads."""
    found = leader(connection, lambda: now)
    if found is None:
        yield Finding("scheduler", "attention", "none runs", "flowmeter schedule, or flowmeter up")
    else:
        yield Finding("scheduler", "good", f"{found} leads")


def orphaned(connection: Connection, _configuration: Configuration, now: datetime) -> Iterator[Finding]:
    """Lines that say `running` of processes that were killed."""
    for _, job, target in orphans.found(connection, now):
        yield Finding(
            f"{job} {target}",
            "attention",
            "says it is running, and its process is no more",
            f"Nothing is lost: the next start closes it and goes on from its last page ({_collecting(job)})",
        )


def stale_leases(connection: Connection, _configuration: Configuration, now: datetime) -> Iterator[Finding]:
    """Leases of processes that are no more, and those by a clock that was ahead."""
    held = table("leases").c
    question = select(held.name, held.holder, held.expires_at).where(held.expires_at > now)
    for row in connection.execute(question.order_by(held.name)):
        if leases.is_over(row.holder):
            yield Finding(
                f"lease {row.name}",
                "attention",
                "is held by a process of this machine that is no more",
                "Nothing to do: whoever wants it next takes it at once",
            )
        elif row.expires_at > now + 2 * leases.DURATION:
            yield Finding(
                f"lease {row.name}",
                "attention",
                f"lasts until {row.expires_at:%Y-%m-%d %H:%M} UTC: its holder's clock was ahead",
                "Let every machine keep its time by NTP; whoever wants it next takes it",
            )


def cursors(connection: Connection, configuration: Configuration, _now: datetime) -> Iterator[Finding]:
    """Cursors that cannot be read: their jobs would begin anew. One that nobody reads does no harm."""
    held = table("cursors").c
    followed = _Followed(connection, configuration)
    for row in connection.execute(select(held.job, held.target, held.cursor).order_by(held.job, held.target)):
        try:
            fit = isinstance(json.loads(row.cursor), dict)
        except ValueError:
            fit = False
        if not fit and followed(row.job, row.target):
            of = "" if row.target == "all" else row.target
            yield Finding(
                f"cursor {row.job} {row.target}",
                "wrong",
                "is damaged",
                f"{_collecting(row.job, of)}: it begins anew and doubles nothing",
            )


class _Followed:
    """Whether a job still runs over a target; each job's targets are looked up once, when it is asked for."""

    def __init__(self, connection: Connection, configuration: Configuration) -> None:
        self._connection, self._configuration = connection, configuration
        self._targets: dict[str, set[str]] = {}

    def __call__(self, name: str, target: str) -> bool:
        job = next((each for each in JOBS if each.name == name), None)
        if job is None:
            return True  # run by hand, and so are its next runs
        if name not in self._targets:
            found = plan.targets(self._connection, job, self._configuration)
            self._targets[name] = {each.name for each in found}
        return target in self._targets[name]


def _collecting(job: str, repository: str = "") -> str:
    """The command that runs a job, of one repository alone where one is named, and what it needs first."""
    named = next((each for each in JOBS if each.name == job), None)
    # What asks about commits waits for histories that were not read.
    jobs = f"commits {job}" if named and named.asks_about_clones else job
    command = f"flowmeter collect {jobs}{f' --repository {repository}' if repository else ''}"
    asks = named is not None and named.needs == "github"
    return f"give it a GITHUB_TOKEN, then {command}" if asks and not asks_github() else command
