"""The facts that a report names one by one: what its scope holds, and who came for the first time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, case, exists, func, or_, select

from dashboard.reports.window import Window
from db.schema import table

#: What is asked of a person's work before anything else, when several kinds came first together.
CODE = ("commit", "coauthored_commit", "merged_pull_request", "pull_request", "review")
OUTSIDE = ("organization", "independent")


@dataclass(frozen=True)
class FirstTimer:
    """A human whose first contribution to the scope, or whose first commit, fell in the period.

    `work` is (kind, how many); `first_commit` says that other work is held from before.
    """

    name: str
    login: str | None
    affiliation_known: bool
    work: tuple[tuple[str, int], ...]
    first_commit: bool = False


def repositories_of(connection: Connection, scope_id: int) -> list[int]:
    """Ids of the scope's repositories."""
    held = table("scope_repositories")
    return list(connection.execute(select(held.c.repository_id).where(held.c.scope_id == scope_id)).scalars())


def any_simulated(connection: Connection) -> bool:
    """Whether any repository comes from the simulator."""
    return bool(connection.execute(select(exists().where(table("repositories").c.simulated))).scalar_one())


def has_values(connection: Connection, scope_id: int, window: Window | None = None) -> bool:
    """Whether any metric has a value in the scope, or in one period of it."""
    held = table("metric_values").c
    asked = [held.scope_id == scope_id]
    if window is not None:
        asked += [held.grain == window.grain, held.period == window.first]
    return bool(connection.execute(select(exists().where(*asked))).scalar_one())


def first_timers(connection: Connection, repositories: Sequence[int], window: Window) -> list[FirstTimer]:
    """Humans outside the steward who had never contributed to these repositories before, or never a commit.

    Those who wrote or reviewed code come first, then by how much they did. Whoever
    acted for the steward in the window is left out; an unknown affiliation is told.
    """
    work, people = table("contributions"), table("people")
    earlier = work.alias("earlier")
    before = (
        earlier.c.person_id == work.c.person_id,
        earlier.c.day < window.first,
        earlier.c.repository_id.in_(repositories),
    )
    came_before = exists().where(*before)
    committed = exists().where(*before, earlier.c.kind == "commit")
    rows = connection.execute(
        select(
            work.c.person_id,
            people.c.display_name,
            people.c.login,
            work.c.kind,
            work.c.segment,
            func.sum(work.c.quantity).label("quantity"),
            func.max(case((came_before, 1), else_=0)).label("known"),
        )
        .join(people, people.c.person_id == work.c.person_id)
        .where(
            work.c.repository_id.in_(repositories),
            work.c.day.between(window.first, window.last),
            work.c.person_kind == "human",
            people.c.kind == "human",
            ~committed,
        )
        .group_by(work.c.person_id, people.c.display_name, people.c.login, work.c.kind, work.c.segment)
    ).all()
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append(row)
    outside = [
        held
        for held in found.values()
        if all(row.segment != "steward" for row in held)
        and (not held[0].known or any(row.kind == "commit" for row in held))
    ]
    return sorted((_first_timer(held) for held in outside), key=_place)


def newcomers_of_unknown_affiliation(
    connection: Connection, repositories: Sequence[int], window: Window
) -> int:
    """How many came with their first commit in the window, for nobody knows whom: no metric counts them."""
    work = table("contributions")
    earlier = work.alias("earlier")
    before = exists().where(
        earlier.c.person_id == work.c.person_id,
        earlier.c.kind == work.c.kind,
        earlier.c.repository_id.in_(repositories),
        or_(
            earlier.c.day < work.c.day, and_(earlier.c.day == work.c.day, earlier.c.segment < work.c.segment)
        ),
    )
    found = connection.execute(
        select(func.count(func.distinct(work.c.person_id))).where(
            work.c.repository_id.in_(repositories),
            work.c.kind == "commit",
            work.c.day.between(window.first, window.last),
            work.c.person_kind == "human",
            work.c.segment == "unknown",
            ~before,
        )
    )
    return int(found.scalar_one())


def _first_timer(rows: list[Any]) -> FirstTimer:
    sums: dict[str, int] = {}
    for row in rows:
        sums[row.kind] = sums.get(row.kind, 0) + int(row.quantity)
    if "merged_pull_request" in sums and sums.get("pull_request", 0) <= sums["merged_pull_request"]:
        sums.pop("pull_request", None)  # the same pull requests, opened and landed: said once
    ordered = sorted(sums.items(), key=lambda entry: (_rank(entry[0]), entry[0]))
    known = any(row.segment in OUTSIDE for row in rows)
    return FirstTimer(
        rows[0].display_name, rows[0].login, known, tuple(ordered), first_commit=bool(rows[0].known)
    )


def _rank(kind: str) -> int:
    return CODE.index(kind) if kind in CODE else len(CODE)


def _place(person: FirstTimer) -> tuple[bool, int, str, str]:
    code = sum(quantity for kind, quantity in person.work if kind in CODE)
    return code == 0, -sum(quantity for _, quantity in person.work), person.name.casefold(), person.name


def unfinished(connection: Connection, repositories: Sequence[int]) -> list[tuple[str, str]]:
    """(job, repository) of the scope never collected to its end, so that nobody is surely the first."""
    cursors, held = table("cursors"), table("repositories")
    rows = connection.execute(
        select(cursors.c.job, cursors.c.target)
        .join(held, held.c.full_name == cursors.c.target)
        .where(cursors.c.finished_at.is_(None), held.c.repository_id.in_(repositories))
        .order_by(cursors.c.target, cursors.c.job)
    )
    return [(row.job, row.target) for row in rows]
