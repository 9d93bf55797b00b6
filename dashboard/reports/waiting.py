"""Who waits for an answer: open issues and pull requests that no human but their author has spoken on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, exists, func, literal, or_, select

from db.schema import table

#: Whoever waits longer than this is listed.
PATIENCE = timedelta(days=14)
#: Item table → its kind.
KINDS = {"issues": "issue", "pull_requests": "pull_request"}


@dataclass(frozen=True)
class Waiting:
    """An open issue or pull request of a human that no other human has answered."""

    repository: str
    kind: str
    number: int
    title: str
    opened_at: datetime
    simulated: bool


@dataclass(frozen=True)
class Queue:
    """What waits, oldest first; `unknown` counts those whose answers are not all collected.

    `held` says whether any issue or pull request is held at all: without one,
    nothing is known of the queue.
    """

    waiting: tuple[Waiting, ...]
    unknown: int
    held: bool


def unanswered(connection: Connection, repositories: Sequence[int], now: datetime) -> Queue:
    """Open issues and pull requests of humans, older than the patience, without a human's answer.

    An answer is a comment or review by anybody but the author and known bots and
    proxies; whoever is not known counts as a human, so that nothing answered is
    called unanswered. Where fewer answers are held than GitHub counts, it cannot
    be told: those are counted apart.
    """
    found: list[Waiting] = []
    unknown = 0
    for name, kind in KINDS.items():
        for row in _without_answer(connection, table(name), repositories, now - PATIENCE):
            if row.comments_held < row.comments or row.reviews_held < row.reviews:
                unknown += 1
            else:
                found.append(
                    Waiting(row.full_name, kind, row.number, row.title, row.created_at, bool(row.simulated))
                )
    found.sort(key=lambda item: (item.opened_at, item.repository, item.number))
    held = any(
        connection.execute(select(exists().where(table(name).c.repository_id.in_(repositories)))).scalar_one()
        for name in KINDS
    )
    return Queue(tuple(found), unknown, held)


def _without_answer(
    connection: Connection, items: Table, repositories: Sequence[int], before: datetime
) -> Sequence[Any]:
    comments, reviews, held = table("comments"), table("reviews"), table("repositories")
    author, writer = table("identities").alias("author"), table("people").alias("writer")
    answered = _answered(items, comments, author)
    reviews_held: ColumnElement[Any] = literal(0)
    reviews_stated: ColumnElement[Any] = literal(0)
    if "reviews" in items.c:
        answered = or_(answered, _answered(items, reviews, author))
        reviews_held, reviews_stated = _counted(items, reviews), items.c.reviews
    statement = (
        select(
            held.c.full_name,
            held.c.simulated,
            items.c.number,
            items.c.title,
            items.c.created_at,
            items.c.comments,
            _counted(items, comments, comments.c.kind == "conversation").label("comments_held"),
            reviews_stated.label("reviews"),
            reviews_held.label("reviews_held"),
        )
        .join(held, held.c.repository_id == items.c.repository_id)
        .outerjoin(author, author.c.identity_id == items.c.author_id)
        .outerjoin(writer, writer.c.person_id == author.c.person_id)
        .where(
            items.c.repository_id.in_(repositories),
            items.c.state == "open",
            items.c.created_at < before,
            func.coalesce(writer.c.kind, "human") == "human",
            func.coalesce(author.c.account_type, "User") != "Bot",
            ~answered,
        )
    )
    return connection.execute(statement).all()


def _counted(items: Table, answers: Table, *also: ColumnElement[bool]) -> ColumnElement[Any]:
    return (
        select(func.count())
        .select_from(answers)
        .where(answers.c.repository_id == items.c.repository_id, answers.c.number == items.c.number, *also)
        .correlate(items)
        .scalar_subquery()
    )


def _answered(items: Table, answers: Table, author: Any) -> ColumnElement[bool]:
    speaker, person = table("identities").alias(), table("people").alias()
    same = or_(
        answers.c.author_id == items.c.author_id,
        and_(speaker.c.person_id.is_not(None), speaker.c.person_id == author.c.person_id),
    )
    return exists(
        select(literal(1))
        .select_from(
            answers.outerjoin(speaker, speaker.c.identity_id == answers.c.author_id).outerjoin(
                person, person.c.person_id == speaker.c.person_id
            )
        )
        .where(
            answers.c.repository_id == items.c.repository_id,
            answers.c.number == items.c.number,
            ~func.coalesce(same, False),
            func.coalesce(person.c.kind, "human") == "human",
            or_(person.c.kind.is_not(None), func.coalesce(speaker.c.account_type, "User") != "Bot"),
        )
        .correlate(items, author)
    )
