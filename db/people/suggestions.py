"""Suggestions: identities that may be one person, on evidence too weak to join them, for review."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from db.people.evidence import folded_name
from db.people.merging import Grouping, Link
from db.people.seen import Seen
from db.schema import stable_id, table
from db.upsert import delete, upsert

#: A name that so many people bear tells nobody from anybody.
BEARERS = 4
#: Names that programs put in when nobody gave one.
NOBODY = frozenset({"your name", "first last", "john doe", "jane doe", "unknown", "root user", "no name"})
#: What one full name weighs: beside one company, beside a free-mail address, between two accounts.
SAME_COMPANY, SAME_NAME, TWO_ACCOUNTS, SIGNS_WITH_LOGIN = 0.8, 0.5, 0.3, 0.5

Pair = tuple[int, int]


def suggest(
    grouping: Grouping,
    weak: Mapping[Link, float],
    apart: Iterable[Pair],
    is_person: Callable[[Seen], bool],
    company_of: Callable[[Seen], str | None],
) -> dict[Pair, tuple[str, float]]:
    """Pairs of identities of different people → reason and score.

    `company_of` gives the organisation of an identity's address, None for free mail.
    Pairs of people that a hand has told apart are left out; of a pair of people the
    best evidence stands.
    """
    person_of = {number: person for number, (person, _) in grouping.reasons.items()}
    told_apart = {
        tuple(sorted((person_of[one], person_of[other])))
        for one, other in apart
        if one in person_of and other in person_of
    }
    best: dict[Pair, tuple[float, Pair, str]] = {}

    def offer(one: int, other: int, reason: str, score: float) -> None:
        first, second = sorted((person_of[one], person_of[other]))
        people = (first, second)
        if first == second or people in told_apart:
            return
        pair = (min(one, other), max(one, other))
        offered = (round(score, 3), pair, reason)
        held = best.get(people)
        # The better one; of two alike always the same one.
        if held is None or (-offered[0], offered[1], reason) < (-held[0], held[1], held[2]):
            best[people] = offered

    for link in grouping.refused:
        offer(link.one, link.other, f"{link.reason}, though they are two GitHub accounts", 0.4)
    for link, score in weak.items():
        if link.one in person_of and link.other in person_of:
            offer(link.one, link.other, link.reason, score)
    for one, other, reason, score in _by_name(grouping, is_person, company_of):
        offer(one, other, reason, score)
    return {pair: (reason, score) for score, pair, reason in best.values()}


def write_suggestions(
    connection: Connection, found: Mapping[Pair, tuple[str, float]], about: Collection[int] | None = None
) -> None:
    """Bring the suggestions held (all, or those about some identities) to those found."""
    held_table = table("people_suggestions")
    held = {
        row.suggestion_id: dict(row._mapping)
        for row in connection.execute(select(*held_table.c))
        if about is None or row.identity_id in about or row.other_identity_id in about
    }
    wanted: dict[int, dict[str, Any]] = {}
    for (one, other), (reason, score) in found.items():
        number = stable_id("suggestion", one, other)
        wanted[number] = {
            "suggestion_id": number,
            "identity_id": one,
            "other_identity_id": other,
            "reason": reason,
            "score": score,
        }
    gone = held.keys() - wanted.keys()
    delete(connection, held_table, [{"suggestion_id": number} for number in gone])
    upsert(connection, held_table, [row for number, row in wanted.items() if held.get(number) != row])


def _by_name(
    grouping: Grouping, is_person: Callable[[Seen], bool], company_of: Callable[[Seen], str | None]
) -> Iterable[tuple[int, int, str, float]]:
    bearers: dict[str, list[Seen]] = defaultdict(list)
    logins: dict[str, list[Seen]] = defaultdict(list)
    for members in grouping.people.values():
        for each in members:
            if each.forgotten_person is None and each.name:
                bearers[folded_name(each.name)].append(each)
            if each.kind == "login" and each.login:
                logins[each.login.casefold()].append(each)
    person_of = grouping.reasons
    for name, named in bearers.items():
        whole = " " in name
        accounts: Sequence[Seen] = [] if whole else logins.get(name, [])
        if (len(named) < 2 if whole else len(accounts) != 1) or name in NOBODY:
            continue
        people: dict[int, list[Seen]] = defaultdict(list)
        for each in named:
            if is_person(each):
                people[person_of[each.identity_id][0]].append(each)
        if len(people) > BEARERS:
            continue
        if whole:
            yield from _of_one_name([people[person] for person in sorted(people)], company_of)
        else:
            for members in people.values():
                reason = f"signs with the login {accounts[0].login}"
                yield accounts[0].identity_id, members[0].identity_id, reason, SIGNS_WITH_LOGIN


def _of_one_name(
    people: Sequence[Sequence[Seen]], company_of: Callable[[Seen], str | None]
) -> Iterable[tuple[int, int, str, float]]:
    for place, ones in enumerate(people):
        for others in people[place + 1 :]:
            companies = {company_of(each) for each in ones} & {company_of(each) for each in others} - {None}
            one, other = ones[0], others[0]
            if one.github_user_id is not None and other.github_user_id is not None:
                reason, score = "same full name, two accounts", TWO_ACCOUNTS
            elif companies:
                reason, score = f"same full name, and both at {min(filter(None, companies))}", SAME_COMPANY
            else:
                reason, score = "same full name", SAME_NAME
            # The more people bear the name, the less it says.
            yield one.identity_id, other.identity_id, reason, score * 2 / len(people)
