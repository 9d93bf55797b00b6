"""Which closed pull requests landed by a commit whose subject names them, whatever was read first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, update

from db.changes import note
from db.schema import table

Rows = Mapping[str, Sequence[Mapping[str, Any]]]

#: A commit that names a pull request landed it when the one was committed so long before or after the
#: other was closed. The same number may be another repository's: tensorflow/tensorflow carries commits of
#: openxla/xla, years after its own pull requests of those numbers.
WITHIN = timedelta(days=7)
#: So many numbers stand in one question: SQLite takes no more than some thousands.
AT_ONCE = 500


def settle_written(connection: Connection, rows: Rows, removals: Rows) -> None:
    """Settle what a page of rows, written a moment ago within this transaction, bears upon."""
    if removals.get("commits"):
        for repository in {int(key["repository_id"]) for key in removals["commits"]}:
            settle(connection, repository)
    touched: dict[int, set[int]] = {}
    for name, column in (("commits", "pull_request"), ("pull_requests", "number")):
        for row in rows.get(name, ()):
            if row[column] is not None:
                touched.setdefault(row["repository_id"], set()).add(row[column])
    for repository, numbers in touched.items():
        settle(connection, repository, numbers)


def settle(connection: Connection, repository_id: int, numbers: Collection[int] | None = None) -> int:
    """Make closed pull requests merged, and merged ones closed again, by the commits held; returns how many.

    One is merged with the evidence `subject` when a commit names it that was committed
    within `WITHIN` of its closing, the nearest when there are several. Those that GitHub's
    own flag or timeline calls merged are left alone. `numbers` says which to look at;
    without it all of the repository.
    """
    found: dict[int, Any] = {}
    nearest: dict[int, tuple[timedelta, str, datetime]] = {}
    for row in _candidates(connection, repository_id, numbers):
        found[row.number] = row
        if row.sha is None or abs(row.committed_at - row.closed_at) > WITHIN:
            continue
        lands = (abs(row.committed_at - row.closed_at), row.sha, row.committed_at)
        nearest[row.number] = min(lands, nearest.get(row.number, lands))
    changes = []
    for number, row in found.items():
        _, sha, at = nearest.get(number, (None, None, None))
        if (sha, at) != (row.merge_commit, row.merged_at):
            changes.append(_change(number, sha, at))
    if changes:
        pulls = table("pull_requests")
        statement = (
            update(pulls)
            .where(pulls.c.repository_id == repository_id, pulls.c.number == bindparam("which"))
            .values({name: bindparam(f"new_{name}") for name in WRITTEN})
        )
        connection.execute(statement, changes)
        changed = [found[change["which"]].day for change in changes]
        note(connection, "pull_requests", [(repository_id, day) for day in changed])
    return len(changes)


WRITTEN = ("state", "merge_evidence", "merge_commit", "merged_at", "merged_day")


def _change(number: int, sha: str | None, at: datetime | None) -> dict[str, Any]:
    values = ("merged", "subject", sha, at, at.date()) if at else ("closed", None, None, None, None)
    return {"which": number} | {f"new_{name}": value for name, value in zip(WRITTEN, values, strict=True)}


def _candidates(connection: Connection, repository_id: int, numbers: Collection[int] | None) -> Iterable[Any]:
    """Closed pull requests with each commit that names them; those merged by a subject also without one."""
    if numbers is None:
        yield from connection.execute(_question(repository_id))
        return
    chosen = sorted(numbers)
    for start in range(0, len(chosen), AT_ONCE):
        part = chosen[start : start + AT_ONCE]
        yield from connection.execute(
            _question(repository_id).where(table("pull_requests").c.number.in_(part))
        )


def _question(repository_id: int) -> Select[Any]:
    pulls, commits = table("pull_requests"), table("commits")
    named = (commits.c.repository_id == pulls.c.repository_id) & (commits.c.pull_request == pulls.c.number)
    by_subject = (pulls.c.state == "merged") & (pulls.c.merge_evidence == "subject")
    return (
        select(
            pulls.c.number,
            pulls.c.day,
            pulls.c.closed_at,
            pulls.c.merge_commit,
            pulls.c.merged_at,
            commits.c.sha,
            commits.c.committed_at,
        )
        .select_from(pulls.outerjoin(commits, named))
        .where(
            pulls.c.repository_id == repository_id,
            pulls.c.closed_at.is_not(None),
            ((pulls.c.state == "closed") & commits.c.sha.is_not(None)) | by_subject,
        )
    )
