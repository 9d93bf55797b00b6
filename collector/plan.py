"""What is to be run: the targets of each job, and which of them are due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Connection, select

from collector.configuration import Configuration
from collector.jobs import Job, Target
from db.repositories import held_ids
from db.schema import table

#: States of a repository in which asking GitHub for more is in vain.
GONE = ("deleted", "private", "blocked")


def targets(connection: Connection, job: Job, configuration: Configuration) -> list[Target]:
    """What a job runs over, in order: as flowmeter.toml lists them, clones smallest first.

    A repository that is deleted, private or blocked is asked for by the job
    `repositories` alone, which sees when it comes back.
    """
    if job.scope == "installation":
        return [Target()]
    repositories = table("repositories")
    rows = connection.execute(
        select(
            repositories.c.repository_id,
            repositories.c.full_name,
            repositories.c.role,
            repositories.c.clone_url,
            repositories.c.size_kilobytes,
            repositories.c.state,
        ).where(repositories.c.role != "use_case")
    ).all()
    configured = held_ids(connection, configuration.roles)
    places = {number: place for place, number in enumerate(configured.values())}
    names = {number: name for name, number in configured.items()}
    rows = sorted((row for row in rows if row.repository_id in places), key=lambda r: places[r.repository_id])
    if job.name != "repositories":
        rows = [row for row in rows if row.state not in GONE]
    if job.scope == "activity":
        rows = [row for row in rows if configuration.follows_activity(names[row.repository_id])]
    if job.scope == "proposals":
        rows = [row for row in rows if names[row.repository_id] in configuration.activity.proposals]
    if job.scope == "clone":
        largest = configuration.clone.max_megabytes * 1000
        rows = [
            row
            for row in rows
            if row.clone_url
            and configuration.clones(names[row.repository_id])
            and (names[row.repository_id] in configuration.clone.also or (row.size_kilobytes or 0) <= largest)
        ]
        rows.sort(key=lambda row: row.size_kilobytes or 0)
    return [Target(row.full_name, row.repository_id, row.role, row.clone_url) for row in rows]


def is_due(
    connection: Connection, job: Job, target: Target, configuration: Configuration, now: datetime
) -> bool:
    """Whether a job's last finished run over a target is older than the schedule's last date.

    The ledger decides, not the scheduler's memory: after a pause of any length
    what was missed is due once. One that finished later than now did so by a clock that
    was ahead: it is due, or nothing would run until then.
    """
    finished = _finished_at(connection, job, target)
    if finished is None or finished > now:
        return True
    return last_date(getattr(configuration.schedule, job.cadence), now) > finished


def is_finished_since(connection: Connection, job: Job, target: Target, since: datetime) -> bool:
    """Whether a job came to its end over a target at or after an instant."""
    finished = _finished_at(connection, job, target)
    return finished is not None and finished >= since


def _finished_at(connection: Connection, job: Job, target: Target) -> datetime | None:
    cursors = table("cursors")
    found: datetime | None = connection.execute(
        select(cursors.c.finished_at).where(cursors.c.job == job.name, cursors.c.target == target.name)
    ).scalar_one_or_none()
    return found


def last_date(cron: str, now: datetime) -> datetime:
    """The latest instant at or before `now` that a cron line names; searched back over 400 days."""
    trigger = CronTrigger.from_crontab(cron, timezone="UTC")
    for span in (timedelta(hours=1), timedelta(days=1), timedelta(days=8), timedelta(days=400)):
        latest: datetime | None = None
        moment: datetime | None = trigger.get_next_fire_time(None, now - span)
        while moment is not None and moment <= now:
            latest = moment
            moment = trigger.get_next_fire_time(moment, moment + timedelta(seconds=1))
        if latest is not None:
            return latest
    return now - timedelta(days=400)


def next_date(cron: str, now: datetime) -> datetime:
    """The first instant after `now` that a cron line names."""
    moment: datetime | None = CronTrigger.from_crontab(cron, timezone="UTC").get_next_fire_time(None, now)
    return moment or now + timedelta(days=400)


def chosen(found: Iterable[Target], repository: str | None) -> list[Target]:
    """The targets, or the one that is asked for by OWNER/NAME."""
    return [t for t in found if repository is None or (t.repository or "").lower() == repository.lower()]
