"""A scope's releases, as marks below figures over time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from db.schema import table

#: A figure with more marks than this shows only the larger releases.
MOST_MARKS = 24
#: Numbered tags: v2.15.0, 2.15, 2.15.0.
_NUMBERED = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?$")


class Released(NamedTuple):
    """A release: its day, its tag, and how large a step it is: 0 a major one, 1 a minor one, 2 any other."""

    day: date
    tag: str
    step: int


def releases(connection: Connection, scope: str) -> tuple[Released, ...]:
    """The scope's releases by day, pre-releases left out.

    They are those of its core repositories, or of its only repository: the
    releases of a hundred others would say nothing of it.
    """
    scopes, members = table("scopes"), table("scope_repositories")
    repositories, held = table("repositories"), table("releases")
    within = (
        select(members.c.repository_id, repositories.c.role)
        .join(scopes, scopes.c.scope_id == members.c.scope_id)
        .join(repositories, repositories.c.repository_id == members.c.repository_id)
        .where(scopes.c.name == scope)
    )
    found = connection.execute(within).all()
    chosen = [row.repository_id for row in found if len(found) == 1 or row.role == "core"]
    if not chosen:
        return ()
    rows = connection.execute(
        select(held.c.day, held.c.tag)
        .where(held.c.repository_id.in_(chosen), held.c.prerelease.is_(False))
        .order_by(held.c.day, func.length(held.c.tag), held.c.tag)
    )
    return tuple(Released(row.day, row.tag, _step(row.tag)) for row in rows)


def _step(tag: str) -> int:
    found = _NUMBERED.match(tag)
    if found is None:
        return 2
    _, minor, patch = found.groups()
    if patch not in (None, "0"):
        return 2
    return 0 if minor == "0" else 1


def thinned(held: Sequence[Released]) -> list[Released]:
    """All of them, or only the larger ones where they are too many to tell apart."""
    for step in (2, 1, 0):
        kept = [one for one in held if one.step <= step]
        if len(kept) <= MOST_MARKS:
            return kept
    # So many major ones are no numbers of versions: dates, or builds.
    return []
