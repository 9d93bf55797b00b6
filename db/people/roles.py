"""Interns and students: who was one from when to when, as rosters, profiles and a hand say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from db.people.decisions import Decision
from db.people.seen import among
from db.people.self_descriptions import Told
from db.schema import table
from db.upsert import delete, upsert

#: A profile is read again every 90 days or so: what it says at both times held between them.
BETWEEN_READINGS = timedelta(days=100)
#: Between kind and programme, in what a decision says.
PART = ": "


class Role(NamedTuple):
    """That a person was an intern or a student, in which programme (empty: not known), and who says so."""

    kind: str
    programme: str
    from_day: date
    to_day: date
    source: str


def role_text(kind: str, programme: str) -> str:
    """How a decision writes a role: `intern`, or `student: Google Summer of Code`."""
    return f"{kind}{PART}{programme}" if programme else kind


def role_of(decision: Decision) -> Role:
    """The role that a decision tells of."""
    kind, _, programme = decision.value.partition(PART)
    return Role(kind, programme, decision.from_day, decision.to_day, decision.source)


def read_told(connection: Connection) -> dict[int, list[Told]]:
    """Identity → what its profile said of interns and students."""
    c = table("profile_roles").c
    found: dict[int, list[Told]] = {}
    for identity, *told in connection.execute(select(c.identity_id, c.kind, c.from_day, c.to_day)):
        found.setdefault(identity, []).append(Told(*told))
    return found


def spans_told(told: Iterable[Told]) -> list[Role]:
    """What a person's profiles said, month by month, as spans."""
    spans: list[Role] = []
    for kind, first, last in sorted(told):
        before = spans[-1] if spans else None
        if before is not None and before.kind == kind and first - before.to_day <= BETWEEN_READINGS:
            spans[-1] = before._replace(to_day=max(before.to_day, last))
        else:
            spans.append(Role(kind, "", first, last, "profile"))
    return spans


def write_roles(
    connection: Connection, wanted: Mapping[int, Sequence[Role]], people: Collection[int] | None = None
) -> None:
    """Bring roles (everybody's, or those of these people) to those wanted; only what differs is written."""
    roles = table("person_roles")
    keys = roles.primary_key.columns.keys()

    def by_key(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
        return {tuple(row[key] for key in keys): dict(row) for row in rows}

    found = among(connection, select(*roles.c), roles.c.person_id, people)
    held = by_key(dict(row._mapping) for row in found)
    fresh = by_key({"person_id": person, **role._asdict()} for person in wanted for role in wanted[person])
    gone = held.keys() - fresh.keys()
    delete(connection, roles, [dict(zip(keys, key, strict=True)) for key in gone])
    upsert(connection, roles, [row for key, row in fresh.items() if held.get(key) != row])
