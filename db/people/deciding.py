"""Deciding by hand: merge, split, affiliate, kind, and what was suggested; the next refresh follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from difflib import get_close_matches
from itertools import product

from sqlalchemy import Connection, select

from db.errors import DatabaseError
from db.people.affiliations import INDEPENDENT
from db.people.asking import database
from db.people.decisions import Decision, read_decisions, record, remove
from db.people.evidence import read_landings
from db.people.find import Named, person_held
from db.people.joining import by_hand, who_is_who
from db.people.kinds import HUMAN, KINDS, Judge, read_rules
from db.people.organizations import read_directory
from db.people.roles import role_text
from db.people.seen import by_reference, read_identities, reference
from db.schema import table
from db.schema.columns import BEGINNING_OF_TIME, END_OF_TIME


def merge(connection: Connection, people: Sequence[Named], why: str, now: datetime) -> int:
    """Decide that these are one person; returns how many decisions that took."""
    first, *others = people
    pairs = [(first.reference, other.reference) for other in others]
    same = [other for other in others if other.person_id == first.person_id]
    if same or not others:
        raise DatabaseError(
            "is one person already",
            to=first.shown,
            next_step="Name two people; `people show` tells who they are",
        )
    return record(connection, [Decision("merge", one, other, why, now) for one, other in pairs])


def split(connection: Connection, person: Named, given: Sequence[str], why: str, now: datetime) -> int:
    """Decide that these identities of a person are somebody else; returns how many decisions changed.

    Decisions that joined them are taken back. Where evidence joins them all the
    same, they are told apart from each of the others.
    """
    called = {reference(each): each for each in person.identities}
    leaving = set()
    for text in given:
        found = [each for each in called if each == text or (len(text) >= 12 and each.startswith(text))]
        if len(found) != 1:
            raise DatabaseError(
                f"is no identity of {person.shown}",
                to=repr(text),
                next_step=f"It has {', '.join(sorted(called))}; an account takes its noreply addresses along",
            )
        leaving.add(found[0])
    staying = called.keys() - leaving
    if not staying:
        raise DatabaseError(
            "would leave nobody behind", to=person.shown, next_step="Name some of the identities, not all"
        )
    across = {frozenset(pair) for pair in product(leaving, staying)}
    merges = [
        each
        for each in read_decisions(connection)
        if each.decision == "merge" and frozenset((each.identity, each.value)) in across
    ]
    remove(connection, [each.decision_id for each in merges])
    place = _places(connection)
    apart = [
        Decision("apart", one, other, why, now)
        for one, other in product(sorted(leaving), sorted(staying))
        if place[called[one].identity_id] == place[called[other].identity_id]
    ]
    changed = len(merges) + record(connection, apart)
    # They go together, though what joined them may have been one who stays.
    first, *others = sorted(leaving)
    place = _places(connection)
    together = [
        Decision("merge", first, other, why, now)
        for other in others
        if place[called[first].identity_id] != place[called[other].identity_id]
    ]
    return changed + record(connection, together)


def affiliate(
    connection: Connection,
    person: Named,
    organization: str,
    first: date | None,
    last: date | None,
    why: str,
    now: datetime,
    *,
    new: bool = False,
) -> Decision:
    """Decide for whom a person acted: an organisation, or `independent` for nobody.

    Organisations that nothing knows have to be meant (`new`).
    """
    first, last = first or BEGINNING_OF_TIME, last or END_OF_TIME
    if first > last:
        raise DatabaseError(
            f"ends on {last}, before it begins on {first}",
            to=f"{person.shown} at {organization}",
            next_step="Give --from and --to in order",
        )
    held = set(connection.execute(select(table("organizations").c.name)).scalars())
    known = {name.casefold(): name for name in held | set(read_directory().organizations)}
    known[INDEPENDENT] = INDEPENDENT
    name = known.get(organization.casefold())
    if name is None and not new:
        near = get_close_matches(organization.casefold(), known, 3)
        meant = f"Did you mean {' or '.join(known[each] for each in near)}? " if near else ""
        raise DatabaseError(
            "is no organisation that is known",
            to=repr(organization),
            next_step=f"{meant}Give --new to add a company of this name",
        )
    decision = Decision("affiliate", person.reference, name or organization, why, now, first, last)
    record(connection, [decision])
    return decision


def decide_role(
    connection: Connection,
    person: Named,
    kind: str,
    programme: str,
    first: date,
    last: date,
    why: str,
    now: datetime,
) -> Decision:
    """Decide that a person was an intern or a student, from a day to a day; `programme` may be empty."""
    if first > last:
        raise DatabaseError(
            f"ends on {last}, before it begins on {first}",
            to=f"{person.shown} as {kind}",
            next_step="Give --from and --to in order",
        )
    decision = Decision("role", person.reference, role_text(kind, programme), why, now, first, last)
    record(connection, [decision])
    return decision


def decide_kind(connection: Connection, person: Named, kind: str, why: str, now: datetime) -> Decision:
    """Decide what somebody is: human, bot or proxy."""
    allowed = (HUMAN[0], *KINDS)
    if kind not in allowed:
        raise DatabaseError(
            f"is not one of {', '.join(allowed)}", to=f"kind {kind!r}", next_step="Give one of them"
        )
    decision = Decision("kind", person.reference, kind, why, now)
    record(connection, [decision])
    return decision


def answer_suggestion(
    connection: Connection, suggestion: int, decision: str, why: str, now: datetime
) -> tuple[Named, Named]:
    """Accept (`merge`) or reject (`apart`) a suggestion; returns the two."""
    c = table("people_suggestions").c
    row = connection.execute(
        select(c.identity_id, c.other_identity_id, c.reason).where(c.suggestion_id == suggestion)
    ).one_or_none()
    if row is None:
        raise DatabaseError(
            "is no suggestion that is held",
            to=str(suggestion),
            next_step="`flowmeter people suggestions` lists them with their numbers",
        )
    identities = {each.identity_id: each for each in read_identities(connection)}
    one, other = identities[row.identity_id], identities[row.other_identity_id]
    record(connection, [Decision(decision, reference(one), reference(other), why or row.reason, now)])
    return tuple(person_held(connection, each.person_id or 0) for each in (one, other))  # type: ignore[return-value]


def _places(connection: Connection) -> dict[int, int]:
    """Identity → person, by the evidence and decisions as they are at this moment."""
    identities = read_identities(connection)
    c = table("organizations").c
    steward = connection.execute(select(c.name).where(c.steward)).scalar() or ""
    decided = by_hand(read_decisions(connection), by_reference(identities))
    judge, directory = Judge(read_rules()), read_directory()
    landings = read_landings(database(connection), judge.is_person)
    grouping, _ = who_is_who(connection, identities, decided, judge, directory, steward, landings)
    return {number: person for number, (person, _) in grouping.reasons.items()}
