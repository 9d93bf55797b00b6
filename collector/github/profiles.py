"""Public profiles of the accounts that acted: a hundred for a point, once each, then slowly anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import case, func, select, union_all

from collector.github.accounts import login_of
from collector.github.client import GitHub, TooSlow
from collector.github.connected import connected, holding
from collector.github.newest_first import PageSize
from collector.github.node_ids import FORMS, Form, account_id
from collector.github.reading import Thing, each_of, moment_or_none, taken, text_or_none, truth_or_none
from collector.jobs import Cursor, Page, Rejection, Source
from db.people.self_descriptions import roles_told
from db.schema import stable_id, table

#: GitHub takes no more ids in a query.
MOST = 100
#: In so many days every profile is read again: a share of them each day.
ROUND_DAYS = 90
ACTS = ("commits", "issues", "pull_requests", "comments", "reviews")


@dataclass(frozen=True)
class Held:
    """An account as it is held: its number, what is known of it, and when its profile was last read."""

    number: int
    login: str | None
    kind: str | None
    read_at: datetime | None
    gone_at: datetime | None


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """Pages of `identities`: profiles never read, the most active first, then the day's share of the others.

    What is read stands in the rows themselves, so an interrupted run goes on with
    those that lack it. An account is known by its number: a login that somebody
    else took meanwhile brings nothing of theirs. One that GitHub does not give
    gets the state `deleted` and keeps what is known of it.
    """
    reader = _Reader(connected(source), cursor.get("form"))
    held = _held(source)
    today = source.now.date().isoformat()
    fresh = [each for each in held if each.read_at is None]
    share: list[Held] = []
    if cursor.get("share_read") != today:
        read = sorted((each for each in held if each.read_at), key=lambda each: (each.read_at, each.number))
        share = read[: -(-len(read) // ROUND_DAYS)]
    due = fresh + share
    place = 0
    while place < len(due):
        asked = due[place : place + reader.size.now]
        answer = reader.ask(asked)
        if answer is None:
            continue
        place += len(asked)
        rows, roles, rejections = _rows(asked, answer, source.now)
        done = today if place == len(due) else cursor.get("share_read")
        after = {"form": reader.proven, "share_read": done}
        yield Page(
            {"identities": rows, "profile_roles": roles}, after, rejections=rejections, expected_rows=len(due)
        )


def _held(source: Source) -> list[Held]:
    """Every account with a number that acted, from logins and noreply addresses; those who did most first."""
    identities = table("identities").c
    counts = [
        select(table(name).c.author_id, func.count().label("acts")).group_by(table(name).c.author_id)
        for name in ACTS
    ]
    acts = union_all(*counts).subquery()
    own = case((identities.kind == "login", identities.profile_read_at))
    query = (
        select(
            identities.github_user_id,
            # An account's own row knows its present login; an address may name a former one.
            func.coalesce(
                func.max(case((identities.kind == "login", identities.login))), func.max(identities.login)
            ),
            func.max(identities.account_type),
            func.max(own, type_=identities.profile_read_at.type),
            func.max(identities.account_gone_at),
        )
        .select_from(table("identities").outerjoin(acts, acts.c.author_id == identities.identity_id))
        .where(identities.github_user_id.is_not(None))
        .group_by(identities.github_user_id)
        .order_by(func.coalesce(func.sum(acts.c.acts), 0).desc(), identities.github_user_id)
    )
    with holding(source) as connection:
        return [Held(*row) for row in connection.execute(query)]


@dataclass(frozen=True)
class _Answer:
    """What came for each account asked for; `trusted` when ids of this form are known to be understood."""

    nodes: Sequence[Thing | None]
    trusted: bool


class _Reader:
    """Asks for profiles in the form of ids that this GitHub understands, fewer at once when it is slow."""

    def __init__(self, github: GitHub, proven: Form | None) -> None:
        self.size = PageSize(MOST, MOST)
        self.proven = proven
        self._github = github

    def ask(self, accounts: Sequence[Held]) -> _Answer | None:
        """The accounts in the order given, None for those that are not there; None to ask for fewer."""
        forms = (self.proven,) if self.proven else FORMS
        for form in forms:
            ids = [account_id(each.number, _kind(each), form) for each in accounts]
            try:
                answer = self._github.graphql("profiles", {"ids": ids}, patient=self.size.now == 1)
            except TooSlow:
                if self.size.halve():
                    return None
                raise
            nodes = each_of(answer, len(ids))
            if any(node and node.get("databaseId") for node in nodes):
                self.proven = form
                break
        self.size.grow()
        return _Answer(nodes, trusted=self.proven is not None)


def _kind(account: Held) -> str | None:
    """What kind of account to ask for: an app is known by its login where nothing else is said."""
    is_app = account.kind is None and (account.login or "").endswith("[bot]")
    return "Bot" if is_app else account.kind


def _rows(
    asked: Sequence[Held], answer: _Answer, now: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[Rejection]]:
    rows: list[dict[str, Any]] = []
    roles: list[dict[str, Any]] = []
    rejections: list[Rejection] = []
    for account, node in zip(asked, answer.nodes, strict=True):
        if node is None and not answer.trusted:
            # Nothing at all was understood so far: that tells nothing of this account.
            rejections.append(Rejection(f"account {account.number}", "GitHub knows no id made from it"))
        elif node is not None and node.get("databaseId") != account.number:
            rejections.append(
                Rejection(
                    f"account {account.number}", f"GitHub gave another one ({node.get('databaseId')}) for it"
                )
            )
        else:
            rows += taken("account", [node or {}], partial(_row, account, now=now), rejections)
            roles += _roles(account, node or {}, now)
    return rows, roles, rejections


def _roles(account: Held, told: Thing, now: datetime) -> list[dict[str, Any]]:
    """The times as an intern or a student that a profile tells of; all else in its texts is let go."""
    texts = [text_or_none(told, name) for name in ("bio", "company")]
    identity = stable_id("login", account.number)
    return [{"identity_id": identity, **role._asdict()} for role in roles_told(texts, now.date())]


def _row(account: Held, told: Thing, now: datetime) -> dict[str, Any]:
    return {
        "identity_id": stable_id("login", account.number),
        "kind": "login",
        "github_user_id": account.number,
        "login": login_of(told) or account.login,
        "account_type": text_or_none(told, "__typename"),
        "name": (text_or_none(told, "name") or "").strip() or None,
        "company": (text_or_none(told, "company") or "").strip() or None,
        "account_state": "alive" if told else "deleted",
        "account_created_at": moment_or_none(told, "createdAt"),
        "account_gone_at": None if told else account.gone_at or now,
        "hireable": truth_or_none(told, "isHireable"),
        "campus_expert": truth_or_none(told, "isCampusExpert"),
        "profile_read_at": now,
    }
