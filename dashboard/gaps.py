"""Where a scope's facts end earlier than they seem to: a large repository in it is held less far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from dashboard import periods
from db.metrics.calendar import period_end
from db.schema import table

#: A repository with less of a scope's commits, in its own last year, does not bend the scope's numbers.
LARGE = 0.2
#: So many months without a commit may be quiet ones.
QUIET = 2
YEAR = 12
#: Jobs that ask GitHub itself: where they have been through, a quiet repository is known to be quiet.
ASKING = ("issues", "pull_requests", "history_counts")


@dataclass(frozen=True)
class Gap:
    """A scope's numbers are whole up to `until`; then `repository`, `share` of its commits, is missing."""

    repository: str
    until: date
    share: float


def gap(connection: Connection, scope: str) -> Gap | None:
    """The earliest gap of a scope; None where its repositories are held about equally far.

    A clone says nothing of the days after it was made, so that a scope of several
    clones would go on with the newest of them as if the others had fallen silent.
    """
    months = _months(connection, scope)
    whole = months.pop(scope, {})
    if not whole or not months:
        return None
    newest = max(whole)
    found: list[Gap] = []
    for repository, own in months.items():
        last = max(own)
        if periods.moved(last, "month", QUIET) >= newest:
            continue
        first = periods.moved(last, "month", 1 - YEAR)
        of_it = sum(count for day, count in own.items() if day >= first)
        of_all = sum(count for day, count in whole.items() if first <= day <= last)
        if of_all and of_it / of_all >= LARGE:
            found.append(Gap(repository, period_end(last, "month"), of_it / of_all))
    asked = asked_of_github(connection) if found else frozenset()
    return min((one for one in found if one.repository not in asked), key=lambda one: one.until, default=None)


def _months(connection: Connection, scope: str) -> dict[str, dict[date, float]]:
    """Commits by month, of the scope and of each repository in it."""
    scopes, members, repositories = table("scopes"), table("scope_repositories"), table("repositories")
    within = (
        select(repositories.c.full_name)
        .join(members, members.c.repository_id == repositories.c.repository_id)
        .join(scopes, scopes.c.scope_id == members.c.scope_id)
        .where(scopes.c.name == scope)
    )
    names = {
        row.scope_id: row.name
        for row in connection.execute(
            select(scopes.c.scope_id, scopes.c.name).where(
                (scopes.c.name == scope) | scopes.c.name.in_(within)
            )
        )
    }
    if len(names) < 2:
        return {}
    held = table("metric_values")
    found: dict[str, dict[date, float]] = {}
    for identity, day, value in connection.execute(
        select(held.c.scope_id, held.c.period, held.c.value).where(
            held.c.metric == "commits",
            held.c.scope_id.in_(names),
            held.c.grain == "month",
            held.c.segment == "all",
        )
    ):
        found.setdefault(names[identity], {})[day] = value
    return found


def asked_of_github(connection: Connection) -> frozenset[str]:
    """Names of the repositories of which GitHub itself was asked for everything, once at least."""
    cursors = table("cursors")
    return frozenset(
        connection.execute(
            select(cursors.c.target).where(cursors.c.job.in_(ASKING), cursors.c.finished_at.is_not(None))
        ).scalars()
    )
