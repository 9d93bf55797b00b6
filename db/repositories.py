"""Registering tracked repositories, and the scopes over them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, delete, select

from db.changes import distrust
from db.schema import stable_id, table
from db.schema.repositories import ROLES
from db.upsert import upsert

PROJECT_ROLES = ("core", "ecosystem")
ROLE_TITLES = {
    "core": "Core",
    "ecosystem": "Ecosystem",
    "compiler": "Compiler (XLA, LLVM)",
    "cloud": "Google Cloud samples",
    "peer": "Peers",
    "platform": "Platforms (Linux, Android's core repositories)",
    "use_case": "Use cases",
}


def repository_id_for(full_name: str) -> int:
    """The id that a repository gets when it is first seen under this name."""
    return stable_id("repository", full_name.lower())


def held_ids(connection: Connection, names: Collection[str]) -> dict[str, int]:
    """OWNER/NAME → id for those of the names that are held, also under a name that they had before.

    An id is made from the name under which a repository was first seen, so a
    configured name finds its repository after a renaming too; also when another one
    has taken the name since, unless the new name is among the names as well.
    """
    repositories = table("repositories")
    rows = connection.execute(select(repositories.c.repository_id, repositories.c.full_name)).all()
    by_name = {row.full_name.lower(): row.repository_id for row in rows}
    name_of = {number: name for name, number in by_name.items()}
    wanted = {name.lower() for name in names}
    found = {}
    for name in names:
        now, first = by_name.get(name.lower()), repository_id_for(name)
        if now is None or (first in name_of and name_of[first] not in wanted):
            now = first
        if now in name_of:
            found[name] = now
    return found


def register(connection: Connection, roles: Mapping[str, str], *, simulated: bool = False) -> dict[str, int]:
    """Make sure that repositories are held with their roles; returns OWNER/NAME → id.

    `roles` maps OWNER/NAME to a role (`ValueError` for one that is not known). A
    repository that is held, under that name or renamed since, keeps its id, its
    present name and all that is known of it.
    """
    for name, role in roles.items():
        if role not in ROLES:
            raise ValueError(f"{name}: role {role!r} is not one of {', '.join(ROLES)}")
    repositories = table("repositories")
    held = held_ids(connection, roles)
    fresh = {name: repository_id_for(name) for name in roles if name not in held}
    upsert(
        connection,
        repositories,
        [
            {"repository_id": number, "full_name": name, "role": roles[name], "simulated": simulated}
            for name, number in fresh.items()
        ],
    )
    for name, number in held.items():
        connection.execute(
            repositories.update()
            .where(repositories.c.repository_id == number, repositories.c.role != roles[name])
            .values(role=roles[name])
        )
    return held | fresh


def renamed(connection: Connection, before: str, after: str) -> None:
    """Let what the jobs know of a repository go on under its new name: cursors, and the ledger's lines."""
    cursors, runs = table("cursors"), table("collector_runs")
    connection.execute(delete(cursors).where(cursors.c.target == after))
    for each in (cursors, runs):
        connection.execute(each.update().where(each.c.target == before).values(target=after))


def refresh_scopes(connection: Connection, project: str, order: Iterable[str] = ()) -> None:
    """Make the scopes anew from the repositories held: the project, each role, each tracked repository.

    `project` is the project's title. Use cases form a role scope but no scope each:
    there are hundreds of thousands of them. `order` lists OWNER/NAME as pages should.
    """
    repositories = table("repositories")
    if connection.dialect.name == "postgresql":
        # Two at once would each take for gone what the other has just found. Readers are not held up.
        connection.exec_driver_sql("LOCK TABLE scopes IN SHARE ROW EXCLUSIVE MODE")
    rows = connection.execute(
        select(repositories.c.repository_id, repositories.c.full_name, repositories.c.role)
    ).all()
    places = {name.lower(): place for place, name in enumerate(order)}
    scopes = [_scope("project", "project", f"{project} (core and ecosystem)", 0)]
    members: dict[str, list[int]] = {"project": [r.repository_id for r in rows if r.role in PROJECT_ROLES]}
    for place, role in enumerate(ROLES):
        chosen = [r.repository_id for r in rows if r.role == role]
        if chosen:
            scopes.append(_scope(f"role:{role}", "role", ROLE_TITLES[role], 1000 + place))
            members[f"role:{role}"] = chosen
    for row in rows:
        if row.role != "use_case":
            place = places.get(row.full_name.lower(), 900)
            scopes.append(_scope(row.full_name, "repository", row.full_name, 1 + place))
            members[row.full_name] = [row.repository_id]
    upsert(connection, table("scopes"), scopes)
    # Only scopes that are gone lose their rows and values: readers of the others see no gap.
    gone = set(connection.execute(select(table("scopes").c.scope_id)).scalars()) - {
        s["scope_id"] for s in scopes
    }
    if gone:
        distrust(connection)
    for name in ("metric_values", "scope_repositories", "scopes"):
        for scope_id in gone:
            connection.execute(delete(table(name)).where(table(name).c.scope_id == scope_id))
    links = {(stable_id("scope", name), repository) for name, ids in members.items() for repository in ids}
    link = table("scope_repositories")
    found = connection.execute(select(link.c.scope_id, link.c.repository_id))
    held = {(row.scope_id, row.repository_id) for row in found}
    for scope_id, repository_id in held - links:
        connection.execute(
            delete(link).where(link.c.scope_id == scope_id, link.c.repository_id == repository_id)
        )
    upsert(connection, link, [{"scope_id": s, "repository_id": r} for s, r in sorted(links - held)])


def _scope(name: str, kind: str, title: str, position: int) -> dict[str, object]:
    return {
        "scope_id": stable_id("scope", name),
        "name": name,
        "kind": kind,
        "title": title,
        "position": position,
    }


def holds_simulated(connection: Connection) -> bool | None:
    """True when simulated repositories are held, False when only real ones are, None when there are none."""
    repositories = table("repositories")
    found = connection.execute(select(repositories.c.simulated).distinct()).scalars().all()
    return any(found) if found else None
