"""Two runs side by side: finds what a revision, round or source names, and pairs the series of both."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import Connection, func, select, union_all

from db.benchmarks.questions import Asked, ask
from db.errors import DatabaseError
from db.schema import table

#: The beginning of a commit's name that is long enough to mean one commit.
SHORT = re.compile(r"[0-9a-f]{7,39}", re.IGNORECASE)
ADVICE = (
    "Write a revision, a round such as v2.0, or a source; "
    "“flowmeter sql 'SELECT DISTINCT revision FROM benchmark_results'” lists the revisions"
)


def run_named(connection: Connection, name: str) -> str:
    """What results are kept under for a name that somebody wrote: the name, or the whole of a short revision.

    Raises `DatabaseError` when nothing is called so, or several revisions begin so.
    """
    results, sources = table("benchmark_results"), table("benchmark_sources")
    held = union_all(
        select(results.c.revision).where(results.c.revision == name).limit(1).subquery().select(),
        select(results.c.round).where(results.c.round == name).limit(1).subquery().select(),
        select(sources.c.location).where(sources.c.location == name).limit(1).subquery().select(),
    )
    if name.isprintable() and connection.execute(held).first() is not None:
        return name
    if SHORT.fullmatch(name):
        # From the name on up to the last that begins so: found in the index, whatever the collation.
        within = results.c.revision.between(name.lower(), name.lower() + "g")
        starting = within & (func.substr(results.c.revision, 1, len(name)) == name.lower())
        whole = connection.execute(select(results.c.revision).where(starting).distinct().limit(2)).scalars()
        match list(whole):
            case [revision]:
                return str(revision)
            case [_, _]:
                raise DatabaseError("several revisions begin so", to=name, next_step="Write more of it")
    raise DatabaseError("no revision, round or source is called so", to=name or "“”", next_step=ADVICE)


def compare(
    connection: Connection, first: str, second: str, narrowed: Mapping[str, str] | None = None
) -> Asked:
    """The series that both runs have, the largest difference first: the columns of `questions/compare.sql`.

    `ratio` above 1 says that the second is better. `narrowed` may hold `suite`,
    `model` and `hardware`. Raises `DatabaseError` for a run that is not held.
    """
    runs = {"first": run_named(connection, first), "second": run_named(connection, second)}
    return ask(connection, "compare", {**(narrowed or {}), **runs})


def newest_runs(connection: Connection) -> tuple[str, str] | None:
    """The two newest revisions of the source measured last, the older one first; None without two."""
    match ask(connection, "newest_runs").rows:
        case [second, first]:
            return str(first.revision), str(second.revision)
    return None
