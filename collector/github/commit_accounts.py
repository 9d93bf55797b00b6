"""Whose the addresses in commits are: GitHub names, for a commit of each, the account that confirmed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, or_, select

from collector import histories
from collector.github.accounts import Accounts
from collector.github.connected import asking, held_github_id, holding, there
from collector.github.reading import Thing, part, taken, text_or_none, whole_number_or_none
from collector.jobs import Cursor, Page, Rejection, Source
from db.people.identities import address_hash
from db.schema import table

#: So many commits does the query name.
AT_ONCE = 50
#: An address without an account is asked for again after so long: its owner may confirm it one day.
AGAIN = timedelta(days=180)


class Due(NamedTuple):
    """An address, and its latest commit."""

    identity_id: int
    address_hash: str
    sha: str
    committed_at: datetime


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """Pages of `address_accounts` and `identities`: addresses that nobody has asked about, fifty for a point.

    An answer counts when the commit's address is the one that was asked about, since
    git's mailmap may say another than the commit does. What is read stands in the
    rows, so an interrupted run goes on with those that lack it.
    """
    github, repository, repository_id = asking(source)
    known = held_github_id(source)
    due = _due(source, repository_id)
    for start in range(0, len(due), AT_ONCE):
        asked = due[start : start + AT_ONCE]
        owner, _, name = repository.partition("/")
        # The query has fifty places; those left over ask for the last commit again.
        shas = {f"c{place}": asked[min(place, len(asked) - 1)].sha for place in range(AT_ONCE)}
        answer = there(
            github.graphql("commit_accounts", {"owner": owner, "name": name, **shas}), repository, known
        )
        accounts = Accounts()
        rejections: list[Rejection] = []
        rows: list[dict[str, Any]] = []
        for place, each in enumerate(asked):
            read = partial(_row, each, repository_id, source.now, accounts)
            rows += taken(f"commit {each.sha[:7]}", [part(answer, f"c{place}")], read, rejections)
        yield Page(
            {"identities": accounts.rows(), "address_accounts": rows},
            dict(cursor),
            rejections=rejections,
            expected_rows=len(due),
        )


def _due(source: Source, repository_id: int) -> Sequence[Due]:
    """Addresses that no account is known for and that are to be asked about in this repository.

    That is the one that holds the latest commit of the address, of those whose histories are held
    whole: one address is asked about in one repository, in whatever order they are gone through.
    """
    i, c, a = table("identities").c, table("commits").c, table("address_accounts").c
    latest = (
        select(
            c.author_id,
            c.repository_id,
            c.sha,
            c.committed_at,
            func.row_number()
            .over(partition_by=c.author_id, order_by=(c.committed_at.desc(), c.repository_id, c.sha))
            .label("place"),
        )
        .where(c.repository_id.in_(bindparam("readable", expanding=True)))
        .subquery()
    )
    here = (latest.c.author_id == i.identity_id) & (latest.c.place == 1)
    query = (
        select(i.identity_id, i.address_hash, latest.c.sha, latest.c.committed_at)
        .join(latest, here & (latest.c.repository_id == repository_id))
        .outerjoin(table("address_accounts"), a.identity_id == i.identity_id)
        .where(
            i.kind == "email",
            i.github_user_id.is_(None),
            # Who was forgotten has no hash, and is not looked for.
            i.address_hash.is_not(None),
            or_(
                a.identity_id.is_(None),
                a.github_user_id.is_(None) & (a.asked_at < source.now - AGAIN),
            ),
        )
        .order_by(latest.c.committed_at.desc(), i.identity_id)
    )
    with holding(source) as connection:
        readable = {repository_id, *histories.whole(connection, source.configuration)}
        return [Due(*row) for row in connection.execute(query, {"readable": sorted(readable)})]


def _row(due: Due, repository_id: int, now: datetime, accounts: Accounts, commit: Thing) -> dict[str, Any]:
    author = part(commit, "author")
    email, user = text_or_none(author, "email"), part(author, "user")
    number = whole_number_or_none(user, "databaseId")
    if email is None or address_hash(email) != due.address_hash:
        number = None
    elif number is not None:
        accounts.seen(user, due.committed_at)
    return {
        "identity_id": due.identity_id,
        "github_user_id": number,
        "repository_id": repository_id,
        "sha": due.sha,
        "asked_at": now,
    }
