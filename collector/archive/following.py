"""Whose facts go into the database: repositories held, and those found under a name that was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import duckdb
from sqlalchemy import Connection, select

from collector.archive.engines import Followed
from collector.archive.lake import Lake
from collector.archive.selection import Selection
from db.repositories import repository_id_for
from db.schema import table

#: Files that are read by one question.
AT_ONCE = 2_000


def found_in(lake: Lake, fresh: Sequence[datetime], selection: Selection) -> dict[int, str]:
    """GitHub's number → latest name, of repositories in the fresh hours that were asked for by name."""
    found: dict[int, str] = {}
    if not (selection.names or selection.patterns):
        return found
    files = [str(path) for path in map(lake.events_file, fresh) if path.exists()]
    with duckdb.connect() as duck:
        duck.execute("CREATE TABLE chosen_names (name VARCHAR)")
        duck.execute("INSERT INTO chosen_names SELECT UNNEST(?::VARCHAR[])", [list(selection.names)])
        for start in range(0, len(files), AT_ONCE):
            rows = duck.execute(
                "SELECT repository_github_id, ARG_MAX(repository_name, created_at) FROM read_parquet(?) "
                f"WHERE {selection.by_name} GROUP BY repository_github_id",
                [files[start : start + AT_ONCE]],
            )
            found.update(rows.fetchall())
    return found


def rows_to_write(
    connection: Connection, found: Mapping[int, str], selection: Selection, *, simulated: bool
) -> list[dict[str, object]]:
    """Rows of `repositories` for what was found and is not known by its number yet.

    One that is held by name alone gets its number. A name that another number is held
    under was an older repository's, or a later one's: it is left out.
    """
    c = table("repositories").c
    held = connection.execute(select(c.repository_id, c.github_id, c.full_name, c.role)).all()
    numbers = {row.github_id for row in held}
    ids = {row.repository_id for row in held}
    by_name = {row.full_name.lower(): row for row in held}
    rows: dict[str, dict[str, object]] = {}
    for number, name in sorted(found.items()):
        known = by_name.get(name.lower())
        if number in numbers or name.lower() in rows:
            continue
        if known is not None and known.github_id is None:
            values = (known.repository_id, known.full_name, known.role)
        elif known is None and repository_id_for(name) not in ids and selection.asks_for(name):
            values = (repository_id_for(name), name, "use_case")
        else:
            continue
        row = dict(zip(("repository_id", "full_name", "role"), values, strict=True))
        rows[name.lower()] = row | {"github_id": number, "simulated": simulated}
    return list(rows.values())


def followed(connection: Connection, selection: Selection) -> Followed:
    """GitHub's number and our id of every held repository whose facts are written."""
    c = table("repositories").c
    rows = connection.execute(
        select(c.github_id, c.repository_id, c.full_name).where(c.github_id.is_not(None))
    ).all()
    ids, names = set(selection.ids), set(selection.names)
    return [
        (row.github_id, row.repository_id)
        for row in rows
        if selection.everything
        or row.github_id in ids
        or row.full_name.lower() in names
        or selection.asks_for(row.full_name)
    ]
