"""What is configured, reachable and stale, and what to do about each thing that is not as it should be."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from collector import plan, sign_in_check
from collector.benchmarks.measuring.workloads import chosen, suite_named
from collector.configuration import Configuration, configuration_path, load
from collector.errors import CollectorError
from collector.jobs import JOBS
from db.engine import check_reachable, connect
from db.errors import DatabaseError
from db.migration import current, newest
from db.repositories import holds_simulated
from db.schema import table

State = Literal["good", "attention", "wrong"]
#: Below this much free disk a collection may soon end in the middle.
LITTLE_DISK = 2_000_000_000


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: its state, what was found, and what to do."""

    check: str
    state: State
    found: str
    next_step: str = ""

    @property
    def row(self) -> tuple[str, str, str, str]:
        """The finding as a line of a table."""
        return (self.check, self.state, self.found, self.next_step)


def examine(now: datetime) -> list[Finding]:
    """Every check in order; one that cannot be made because of an earlier one is left out."""
    findings = [_tools(), _disk()]
    configuration, finding = _configuration()
    findings.append(finding)
    if configuration is not None:
        findings.extend(_benchmarks(configuration))
        findings.extend(_sign_in(configuration))
    findings.extend(_github())
    engine, finding = _database()
    findings.append(finding)
    if engine is None or configuration is None:
        return findings
    with engine.connect() as connection:
        for check in (_contents, _runs, _differences, _staleness, _values):
            findings.extend(check(connection, configuration, now))
    return findings


def _tools() -> Finding:
    found = shutil.which("git")
    if found:
        return Finding("git", "good", found)
    return Finding("git", "wrong", "git is not on the PATH", "Install git: commits are read with it")


def _disk() -> Finding:
    folder = Path("var") if Path("var").exists() else Path()
    free = shutil.disk_usage(folder).free
    shown = f"{free / 1e9:.1f} GB free at {folder.resolve()}"
    if free < LITTLE_DISK:
        return Finding("disk", "attention", shown, "Make room before a collection ends in the middle")
    return Finding("disk", "good", shown)


def _configuration() -> tuple[Configuration | None, Finding]:
    try:
        configuration = load()
    except CollectorError as error:
        return None, Finding("configuration", "wrong", f"{error.to}: {error.happened}", error.next_step)
    found = f"{configuration_path()}: {len(configuration.roles)} repositories"
    return configuration, Finding("configuration", "good", found)


def _benchmarks(configuration: Configuration) -> Iterator[Finding]:
    for source in configuration.benchmarks.sources:
        if not Path(source).exists():
            yield Finding(
                "benchmarks",
                "wrong",
                f"benchmarks.sources names {source}, which is not at {Path(source).resolve()}",
                "Give a path that exists, from the folder in which Flowmeter runs",
            )
    for name in configuration.benchmarks.run:
        try:
            chosen(suite_named(name))
        except CollectorError as error:
            yield Finding(
                "benchmarks", "wrong", f"benchmarks.run names {name}, but {error.happened}", error.next_step
            )


def _sign_in(configuration: Configuration) -> Iterator[Finding]:
    section = configuration.sign_in
    if section is None:
        yield Finding("sign-in", "good", "nobody has to: the dashboard is public")
        return
    found = list(sign_in_check.faults(section))
    for fault, next_step in found:
        yield Finding("sign-in", "wrong", fault, next_step)
    if not found:
        yield Finding("sign-in", "good", sign_in_check.in_words(section))


def _github() -> Iterator[Finding]:
    from collector.installation import asks_github, github_access

    if not asks_github():
        yield Finding(
            "GitHub",
            "attention",
            "no GITHUB_TOKEN: nothing is collected from GitHub",
            "export GITHUB_TOKEN=…",
        )
        return
    from collector.github.access import in_words
    from collector.github.client import GitHub

    try:
        access = github_access(0.0)
    except CollectorError as error:
        yield Finding("GitHub", "wrong", f"{error.to}: {error.happened}", error.next_step)
        return
    github = GitHub(access=access)
    for place, credential in enumerate(access.credentials):
        name = "GitHub" if len(access.credentials) == 1 else credential.name
        try:
            quotas = github.look(place)
        except CollectorError as error:
            yield Finding(name, "wrong", f"{error.to}: {error.happened}", error.next_step)
        else:
            yield Finding(
                name, "good", f"{access.url} answers; {in_words(quotas, resets=True) or 'quota not stated'}"
            )
    github.close()


def _database() -> tuple[Engine | None, Finding]:
    try:
        engine = connect()
        check_reachable(engine)
        held, needed = current(engine), newest()
    except DatabaseError as error:
        return None, Finding("database", "wrong", f"{error.to}: {error.happened}", error.next_step)
    except SQLAlchemyError as error:
        shown = str(error).splitlines()[0]
        return None, Finding(
            "database", "wrong", shown, "Check FLOWMETER_DATABASE_URL and that the server runs"
        )
    shown = engine.url.render_as_string(hide_password=True)
    if held != needed:
        return None, Finding(
            "database",
            "wrong",
            f"{shown} is at revision {held or 'none'}, not {needed}",
            "flowmeter db upgrade",
        )
    return engine, Finding("database", "good", f"{shown} at revision {held}")


def _contents(connection: Connection, _configuration: Configuration, _now: datetime) -> Iterator[Finding]:
    simulated = holds_simulated(connection)
    if simulated is None:
        yield Finding("facts", "attention", "the database is empty", "flowmeter up, or flowmeter collect")
        return
    counts = []
    for name in ("repositories", "commits", "issues", "pull_requests", "use_cases"):
        count = connection.execute(select(func.count()).select_from(table(name))).scalar_one()
        counts.append(f"{count:,} {name.replace('_', ' ')}")
    yield Finding("facts", "good", ("simulated: " if simulated else "") + ", ".join(counts))


def _runs(connection: Connection, _configuration: Configuration, now: datetime) -> Iterator[Finding]:
    runs = table("collector_runs")
    newest_run = (
        select(func.max(runs.c.run_id)).where(runs.c.state != "running").group_by(runs.c.job, runs.c.target)
    )
    # What failed because its repository went away is told by the repository's state.
    repositories = table("repositories")
    gone = select(repositories.c.full_name).where(repositories.c.state.in_(plan.GONE))
    failed = connection.execute(
        select(runs.c.job, runs.c.target, runs.c.error, runs.c.next_step).where(
            runs.c.run_id.in_(newest_run), runs.c.state == "failed", runs.c.target.not_in(gone)
        )
    ).all()
    for job, target, error, next_step in failed:
        yield Finding(f"{job} {target}", "wrong", f"failed: {error}", next_step or "")
    silent = connection.execute(
        select(runs.c.job, runs.c.target, runs.c.heartbeat_at).where(
            runs.c.state == "running", runs.c.heartbeat_at < now - timedelta(minutes=30)
        )
    ).all()
    for job, target, heartbeat in silent:
        yield Finding(
            f"{job} {target}",
            "attention",
            f"says it is running, without a page since {heartbeat:%Y-%m-%d %H:%M} UTC",
            "Its process was killed: the next run goes on from its last page",
        )
    if not failed and not silent:
        yield Finding("runs", "good", "no job failed when it last ran")


def _differences(connection: Connection, _configuration: Configuration, _now: datetime) -> Iterator[Finding]:
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


def _staleness(connection: Connection, configuration: Configuration, now: datetime) -> Iterator[Finding]:
    late: dict[str, int] = {}
    for job in JOBS:
        if job.needs == "nothing":
            continue
        for target in plan.targets(connection, job, configuration):
            if plan.is_due(connection, job, target, configuration, now):
                late[job.name] = late.get(job.name, 0) + 1
    for name, count in late.items():
        due = "1 target is due" if count == 1 else f"{count} targets are due"
        yield Finding(f"{name} due", "attention", due, f"flowmeter collect {name}")
    if not late:
        yield Finding("schedule", "good", "nothing is due")


def _values(connection: Connection, _configuration: Configuration, _now: datetime) -> Iterator[Finding]:
    refreshes = table("metric_refreshes")
    count, latest = connection.execute(
        select(func.count(), func.max(refreshes.c.refreshed_at)).select_from(refreshes)
    ).one()
    if not count:
        yield Finding("metrics", "attention", "never computed", "flowmeter metrics refresh")
    else:
        yield Finding("metrics", "good", f"{count} computed, the last at {latest:%Y-%m-%d %H:%M} UTC")
