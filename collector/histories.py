"""Which histories have been read whole, and which of them those wait for who ask about commits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from collector import plan
from collector.configuration import Configuration
from collector.errors import ComesLater
from collector.jobs import Job, Target, job_named
from db.schema import table

#: A history whose reading failed is waited for so long since it was first tried: many faults pass.
AFTER_A_FAILURE = timedelta(hours=1)
#: One that is being read, or whose reading is cut off again and again, is waited for so long at most.
AT_MOST = timedelta(days=1)
#: So many histories are named; the others are counted.
NAMED = 3
#: How runs end that came to no end of a history by its own fault.
FAILED = ("failed", "gone")


@dataclass(frozen=True)
class History:
    """How far the reading of one history has come.

    `finished_at` is when its end was last reached; `partly` says that what is newest is held since, and what
    it builds on is not.
    """

    target: Target
    finished_at: datetime | None
    partly: bool

    def is_whole(self, since: datetime | None = None) -> bool:
        """Whether it was read to its end, at or after an instant where one is given."""
        if self.partly or self.finished_at is None:
            return False
        return since is None or self.finished_at >= since


def whole(connection: Connection, configuration: Configuration) -> list[int]:
    """The ids of the cloned repositories whose histories are held whole."""
    found = [each.target.repository_id for each in _held(connection, configuration) if each.is_whole()]
    return [number for number in found if number is not None]


def insist_on_them(
    connection: Connection,
    job: Job,
    configuration: Configuration,
    now: datetime,
    *,
    repository: str | None = None,
    scheduled: bool = False,
) -> None:
    """Raise `ComesLater`, with the histories to be read first, when a job about commits is too early.

    Which commit an address is asked about, and in which repository, hangs on all that are held: so all
    cloned histories are waited for, or the one of `repository` (OWNER/NAME) alone. On a schedule
    each is to have been read since the job's own date, and one that fails gets some time; when somebody
    asks by hand it is to have been read once, and one that fails is passed over.
    """
    since = _last_date_before(job, configuration, now) if scheduled else None
    held = _held(connection, configuration)
    wanted = plan.chosen([each.target for each in held], repository)
    awaited: dict[str, datetime | None] = {}
    for each in held:
        if each.target in wanted and not each.is_whole(since):
            until = _given_up_at(connection, each.target.name, now, patient=scheduled)
            if until is None or until > now:
                awaited[each.target.name] = until
    if awaited:
        raise _too_early(list(awaited), _latest(awaited.values()) if scheduled else None)


def _held(connection: Connection, configuration: Configuration) -> list[History]:
    reading = job_named("commits")
    cursors = table("cursors").c
    held = {
        row.target: row
        for row in connection.execute(
            select(cursors.target, cursors.cursor, cursors.finished_at).where(cursors.job == reading.name)
        )
    }
    return [
        History(target, found.finished_at, _is_on_its_way(found.cursor))
        if (found := held.get(target.name))
        else History(target, None, False)
        for target in plan.targets(connection, reading, configuration)
    ]


def _is_on_its_way(cursor: str) -> bool:
    """Whether what is newest was read and what it builds on was not (see `collector.git.commits`)."""
    try:
        held = json.loads(cursor)
    except json.JSONDecodeError:
        return True  # damaged: all is read anew
    return not isinstance(held, dict) or held.get("target") is not None


def _given_up_at(connection: Connection, name: str, now: datetime, *, patient: bool) -> datetime | None:
    """When a history is no longer waited for; None while nobody has tried to read it since it last was."""
    runs = table("collector_runs").c
    of_it = (runs.job == "commits", runs.target == name)
    last_done = select(func.max(runs.run_id)).where(*of_it, runs.state == "done").scalar_subquery()
    tries = connection.execute(
        select(runs.state, runs.started_at)
        # A line by a clock that was ahead does not say how long ago it was.
        .where(*of_it, runs.run_id > func.coalesce(last_done, 0), runs.started_at <= now)
        .order_by(runs.run_id)
    ).all()
    if not tries:
        return None
    first: datetime = min(each.started_at for each in tries)
    if tries[-1].state not in FAILED:
        return first + AT_MOST
    return first + AFTER_A_FAILURE if patient else first


def _latest(untils: Iterable[datetime | None]) -> datetime | None:
    """When the last of them is given up; None when that is not known of each."""
    known = list(untils)
    return max((each for each in known if each), default=None) if all(known) else None


def _last_date_before(job: Job, configuration: Configuration, now: datetime) -> datetime:
    """When histories were last to be read before the job was to run."""
    schedule = configuration.schedule
    date = plan.last_date(getattr(schedule, job.cadence), now)
    return plan.last_date(getattr(schedule, job_named("commits").cadence), date)


def _too_early(awaited: Sequence[str], until: datetime | None) -> ComesLater:
    one = len(awaited) == 1
    more = f" and {len(awaited) - NAMED} more" if len(awaited) > NAMED else ""
    goes_on = f"It goes on when {'that is' if one else 'they are'} done (flowmeter collect commits)"
    return ComesLater(
        f"{'has' if one else 'have'} not been read to the end",
        to=f"the {'history' if one else 'histories'} of {', '.join(awaited[:NAMED])}{more}",
        next_step=f"{goes_on}, and at {until:%Y-%m-%d %H:%M} UTC at the latest" if until else goes_on,
        resume_at=until,
    )
