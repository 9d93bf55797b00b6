"""What open pages ask for now and then: whether there are newer numbers, and how far collecting has come."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, Response
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from dashboard import wording
from dashboard.language import _
from dashboard.operations import JobState, Progress, progress
from dashboard.site import current_site
from db.faults import log_fault
from db.metrics import read
from db.metrics.version import data_version

log = logging.getLogger(__name__)
blueprint = Blueprint("live", __name__)
#: Numbers are computed every hour: so long after it, something does not run.
STALE_AFTER = timedelta(days=2)
#: How many running jobs are named before the rest is only counted.
NAMED = 4
#: Characters of a repository's name that are told; an answer stays below a kilobyte.
LONGEST_NAME = 60


@dataclass(frozen=True)
class State:
    """The state of the numbers, and what is being collected."""

    data: str
    progress: Progress

    @property
    def pages(self) -> str:
        """What pages hang on: the numbers, and which jobs they say to be running."""
        running = ",".join(f"{job.job} {job.target}" for job in self.progress.running)
        return f"{self.data} {self.progress.ever_finished} {running}"


def state_of(connection: Connection, now: datetime) -> State:
    """The state at this moment, by a few rows; raises SQLAlchemy's errors when the database is away."""
    return State(data_version(connection), progress(connection, now))


@blueprint.get("/live")
def live() -> Response:
    """`{"data": …, "collecting": [sentence, …], "jobs": {job: sentence}, "stale": sentence, "words": …}`.

    `data` is another text whenever numbers have changed; sentences are in the reader's language.
    """
    site = current_site()
    now = site.now()
    try:
        with site.engine.connect() as connection:
            state = state_of(connection, now)
            computed = read.as_of(connection).refreshed_at
    except SQLAlchemyError as error:
        log_fault(log, "/live", error)
        return Response(status=503)
    told = {
        "data": state.data,
        "collecting": collecting_words(state.progress),
        "jobs": {job.job: job_words(job) for job in reversed(state.progress.running[:NAMED])},
        "stale": stale_words(computed, now),
        "words": {"newer": _("There is new data."), "show": _("Show")},
    }
    answer = Response(json.dumps(told, ensure_ascii=False), mimetype="application/json")
    answer.cache_control.no_store = True
    return answer


def collecting_words(running: Progress) -> list[str]:
    """How far each job is that runs now, some of them only counted; empty when none does."""
    parts = [job_words(job) for job in running.running[:NAMED]]
    rest = len(running.running) - NAMED
    return [*parts, _("{count} more").format(count=rest)] if rest > 0 else parts


def job_words(job: JobState) -> str:
    """How far a job is: `commits of tensorflow/tensorflow: 12,000 of 90,000 rows`."""
    told = (
        _("{job} of {target}: {rows} of {expected} rows")
        if job.expected_rows and job.expected_rows >= job.rows
        else _("{job} of {target}: {rows} rows")
    )
    return told.format(
        job=job.job.replace("_", " "),
        target=job.target[:LONGEST_NAME],
        rows=wording.whole(job.rows),
        expected=wording.whole(job.expected_rows or 0),
    )


def stale_words(computed: datetime | None, now: datetime) -> str:
    """That the numbers are old, and how old; empty while they are fresh, or were never computed."""
    if computed is None or now - computed <= STALE_AFTER:
        return ""
    return _("These numbers are old: they were computed {age}, and nothing newer has come since.").format(
        age=wording.age(computed, now)
    )
