"""Identities → people: merged by evidence, with kind, affiliation and the reason for each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, select, text, update

from db.people.affiliations import INDEPENDENT, Evidence, always, write_affiliations
from db.people.asking import Asked, database
from db.people.behavior import Behaviors, read_behaviors
from db.people.decisions import Decision, read_decisions
from db.people.evidence import Landings, read_landings
from db.people.forgetting import FORGOTTEN, forget_again
from db.people.joining import by_hand, organization_now, who_is_who
from db.people.kinds import HUMAN, Judge, Rule, read_rules
from db.people.merging import BY_HAND, Grouping, with_others
from db.people.organizations import Directory, organization_id, read_directory, write_organizations
from db.people.roles import Role, read_told, role_of, spans_told, write_roles
from db.people.seen import Seen, among, by_reference, read_identities
from db.people.suggestions import suggest, write_suggestions
from db.schema import table
from db.schema.columns import END_OF_TIME
from db.upsert import delete, upsert

#: PostgreSQL: to whom identities belong and why, all by one statement.
ASSIGN = """
UPDATE identities SET person_id = n.person, person_reason = n.why
FROM unnest(CAST(:identity AS bigint[]), CAST(:person AS bigint[]), CAST(:why AS text[]))
    AS n (identity, person, why)
WHERE identities.identity_id = n.identity
"""
#: What stands for a name that is not known.
NAMELESS = "(no name)"


@dataclass(frozen=True)
class PeopleRefresh:
    """What a refresh of people found: how many, of which kind, and what it changed.

    `changed` counts rows. `changed_people` holds everybody whose contributions have to be computed
    anew: whose kind, independence, identities, affiliations or addresses' organisations changed,
    with those who are new and those who are gone. `looked_at` are the people and the
    identities that it looked at; None stands for all.
    """

    people: int
    bots: int
    proxies: int
    changed: int
    changed_people: frozenset[int] = frozenset()
    looked_at: tuple[frozenset[int], frozenset[int]] | None = None


@dataclass(frozen=True)
class Known:
    """What a refresh of people looks at when it is read already.

    `identities` are all, in the order of their ids, or a part that hangs together:
    nothing outside of it bears on who they are. `beyond` then tells, once it is known who
    is who, a larger part when that one is too small, and `beside` those outside
    of it that bear a name of the part's, whose people stay as they are.
    """

    identities: Sequence[Seen]
    landings: Mapping[int, Landings]
    behaviors: Behaviors
    beyond: Callable[[Grouping], Sequence[Seen] | None] | None = None
    beside: Callable[[], Sequence[Seen]] = tuple
    domains: Sequence[str] = ()


@dataclass(frozen=True)
class _By:
    """What decides about everybody: rules, organisations, decisions by person, what identities do."""

    judge: Judge
    directory: Directory
    kinds: Mapping[int, Decision]
    affiliations: Mapping[int, Sequence[Decision]]
    roles: Mapping[int, Sequence[Role]]
    behaviors: Behaviors


def refresh_people(
    connection: Connection,
    *,
    steward: str = "Google",
    directory: Directory | None = None,
    rules: Sequence[Rule] | None = None,
    known: Known | None = None,
) -> PeopleRefresh:
    """Bring people, organisations, affiliations and suggestions to what the identities and decisions say.

    Everything is worked out anew, so that an edit of a data file and a decision take
    effect for all history; only what differs is written. `known` is what would be read
    otherwise, or of it the part that news can bear on. Raises `DatabaseError`
    for a data file that is wrong and for a steward that it does not name.
    """
    directory = directory or read_directory()
    judge = Judge(read_rules() if rules is None else rules)
    forgotten = forget_again(connection, directory) if known is None else set()
    known = known or read_known(connection, judge)
    part = known.beyond is not None
    decisions = read_decisions(connection)
    directory = directory.with_companies(
        d.value for d in decisions if d.decision == "affiliate" and d.value != INDEPENDENT
    )
    domains = known.domains if part else {each.domain for each in known.identities if each.domain}
    moved_organizations = write_organizations(connection, directory, domains, steward=steward, part=part)
    identities, grouping = _grouping(connection, known, decisions, judge, directory, steward)
    by = _decided(connection, known, grouping, identities, decisions, judge, directory)

    own = {each.person_id for each in identities if each.person_id is not None} | grouping.people.keys()
    people = table("people").c
    held = {
        row.person_id: dict(row._mapping)
        for row in among(connection, select(*people), people.person_id, own if part else None)
    }
    rows = {
        person: _person(person, members, by, held.get(person)) for person, members in grouping.people.items()
    }
    fresh = [row for person, row in rows.items() if held.get(person) != row]
    upsert(connection, table("people"), fresh)
    moved = _assign(connection, identities, grouping.reasons)
    evidence = {
        person: found
        for person, members in grouping.people.items()
        if rows[person]["kind"] == "human" and (found := _evidence(person, members, by))
    }
    changed = write_affiliations(connection, evidence, own if part else None)
    write_roles(connection, _roles(connection, grouping, rows, by), own if part else None)
    gone = held.keys() - grouping.people.keys()
    delete(connection, table("people"), [{"person_id": person} for person in gone])

    touched = forgotten | changed | gone | _counted_otherwise(fresh, held)
    touched |= {each.person_id for each in moved if each.person_id is not None}
    touched |= {grouping.reasons[each.identity_id][0] for each in moved}
    if moved_organizations.everywhere:
        touched |= grouping.people.keys()
    touched |= {
        grouping.reasons[each.identity_id][0]
        for each in identities
        if each.domain in moved_organizations.domains
    }
    kinds = [row["kind"] for row in rows.values()]
    return PeopleRefresh(
        people=len(rows),
        bots=kinds.count("bot"),
        proxies=kinds.count("proxy"),
        changed=len(fresh) + len(moved) + len(changed) + len(gone),
        changed_people=frozenset(touched),
        looked_at=(frozenset(own), frozenset(grouping.reasons)) if part else None,
    )


def read_known(connection: Connection, judge: Judge) -> Known:
    """All identities and what they did, from the database."""
    asked = database(connection)
    return Known(
        read_identities(connection), read_landings(asked, judge.is_person), behaviors_for(asked, judge)
    )


def behaviors_for(asked: Asked, judge: Judge, authors: str | None = None) -> Behaviors:
    """What everybody does, or those of `authors` (a SELECT of identities), as far as rules look at it."""
    patterns = sorted({pattern for rule in judge.rules for pattern in rule.messages})
    seconds = sorted({rule.answers_within for rule in judge.rules if rule.answers_within})
    repeated = min((rule.repeated_message for rule in judge.rules if rule.repeated_message), default=0)
    many = min((rule.commits for rule in judge.rules if rule.commits), default=0)
    return read_behaviors(asked, patterns, seconds, repeated, many, authors=authors)


def _grouping(
    connection: Connection,
    known: Known,
    decisions: Sequence[Decision],
    judge: Judge,
    directory: Directory,
    steward: str,
) -> tuple[Sequence[Seen], Grouping]:
    """The identities looked at, and who is who; writes the suggestions that the evidence leaves open."""
    identities: Sequence[Seen] | None = known.identities
    while identities is not None:
        looked_at = identities
        decided = by_hand(decisions, _named(looked_at, decisions))
        grouping, weak = who_is_who(connection, looked_at, decided, judge, directory, steward, known.landings)
        identities = known.beyond(grouping) if known.beyond is not None else None

    def company_of(each: Seen) -> str | None:
        return organization_now(directory, each)

    beside = known.beside()
    apart = by_hand(decisions, _named([*looked_at, *beside], decisions)).apart if beside else decided.apart
    seen = with_others(grouping, beside) if beside else grouping
    found = suggest(seen, weak, apart, judge.is_person, company_of)
    inside = grouping.reasons.keys()
    found = {pair: said for pair, said in found.items() if not inside.isdisjoint(pair)}
    write_suggestions(connection, found, inside if known.beyond is not None else None)
    return looked_at, grouping


def _named(identities: Sequence[Seen], decisions: Sequence[Decision]) -> Mapping[str, Sequence[Seen]]:
    return by_reference(identities, {r for d in decisions for r in (d.identity, d.value)})


def _decided(
    connection: Connection,
    known: Known,
    grouping: Grouping,
    identities: Sequence[Seen],
    decisions: Sequence[Decision],
    judge: Judge,
    directory: Directory,
) -> _By:
    named = _named(identities, decisions)
    owners = _owners(connection, grouping, identities, {d.identity for d in decisions})
    kinds: dict[int, Decision] = {}
    affiliations: dict[int, list[Decision]] = {}
    roles: dict[int, list[Role]] = {}
    for decision in decisions:
        people = {grouping.reasons[each.identity_id][0] for each in named.get(decision.identity, ())}
        people |= owners.get(decision.identity, set())
        if len(people) != 1:
            continue
        (person,) = people
        if decision.decision == "kind":
            kinds[person] = decision
        elif decision.decision == "affiliate":
            affiliations.setdefault(person, []).append(decision)
        elif decision.decision == "role":
            roles.setdefault(person, []).append(role_of(decision))
    return _By(judge, directory, kinds, affiliations, roles, known.behaviors)


def _owners(
    connection: Connection, grouping: Grouping, identities: Sequence[Seen], references: Collection[str]
) -> Mapping[str, set[int]]:
    """Reference by login → everybody whose account was ever seen under it."""
    if not any(each.startswith("login:") for each in references):
        return {}
    people: dict[int, set[int]] = {}
    for each in identities:
        if each.github_user_id is not None:
            people.setdefault(each.github_user_id, set()).add(grouping.reasons[each.identity_id][0])
    owners: dict[str, set[int]] = {}
    c = table("identity_logins").c
    for login, number in connection.execute(select(c.login, c.github_user_id)):
        owners.setdefault(f"login:{login}", set()).update(people.get(number, ()))
    return owners


def _roles(
    connection: Connection, grouping: Grouping, rows: Mapping[int, Mapping[str, Any]], by: _By
) -> dict[int, list[Role]]:
    """Everybody's time as an intern or a student: decided ones, and what their profiles say."""
    told = read_told(connection)
    found: dict[int, list[Role]] = {}
    for identity, theirs in told.items():
        if identity in grouping.reasons:
            found.setdefault(grouping.reasons[identity][0], []).extend(spans_told(theirs))
    for person, roles in by.roles.items():
        found.setdefault(person, []).extend(roles)
    return {person: roles for person, roles in found.items() if rows[person]["kind"] == HUMAN[0]}


def _person(person: int, members: Sequence[Seen], by: _By, held: Mapping[str, Any] | None) -> dict[str, Any]:
    newest = sorted(members, key=lambda each: (each.last, each.identity_id), reverse=True)
    accounts = [each for each in newest if each.kind == "login"]
    login = next((each.login for each in (*accounts, *newest) if each.login), None)
    name = next((each.name for each in (*accounts, *newest) if each.name), None)
    forgotten = any(each.forgotten_person is not None for each in members)
    if person in by.kinds:
        decided = by.kinds[person]
        kind, reason = decided.value, f"{BY_HAND}: {decided.why}"
    elif forgotten and held is not None:
        kind, reason = held["kind"], held["kind_reason"]
    else:
        does = by.behaviors.of(each.identity_id for each in members)
        kind, reason = by.judge.kind_of(members, does)
    mails = [each.domain for each in members if each.kind == "email"]
    free = bool(mails) and all(domain and by.directory.tenures(domain) == () for domain in mails)
    more_is_known = any(each.value != INDEPENDENT for each in by.affiliations.get(person, ())) or any(
        each.company and each.company.strip() for each in members
    )
    return {
        "person_id": person,
        "display_name": FORGOTTEN if forgotten else name or login or NAMELESS,
        "login": login,
        "kind": kind,
        "kind_reason": reason,
        "independent": kind == "human" and free and not more_is_known,
    }


def _evidence(person: int, members: Sequence[Seen], by: _By) -> list[Evidence]:
    found = [
        Evidence(
            each.from_day,
            each.to_day,
            None if each.value == INDEPENDENT else organization_id(each.value),
            each.source,
        )
        for each in by.affiliations.get(person, ())
    ]
    for each in members:
        tenures = by.directory.tenures(each.domain) if each.domain and each.first else None
        if tenures:
            first, last = date.fromisoformat(each.first), date.fromisoformat(each.last or each.first)
            found += [
                Evidence(
                    max(first, tenure.from_day),
                    min(last, tenure.to_day),
                    organization_id(tenure.organization),
                    "domain",
                )
                for tenure in tenures
                if tenure.from_day <= last and tenure.to_day >= first
            ]
        named = by.directory.organization_of_profile(each.company) if each.company else None
        if named:
            whole = always(organization_id(named))
            found += [
                Evidence(tenure.from_day, tenure.to_day, organization_id(tenure.organization), whole.source)
                for tenure in by.directory.chain(named, whole.from_day, END_OF_TIME)
            ]
    return found


def _assign(
    connection: Connection, identities: Sequence[Seen], reasons: Mapping[int, tuple[int, str]]
) -> list[Seen]:
    """Write to whom each identity belongs and why; returns those that belong to somebody else now."""
    changed = [
        {
            "identity": each.identity_id,
            "person": reasons[each.identity_id][0],
            "why": reasons[each.identity_id][1],
        }
        for each in identities
        if (each.person_id, each.person_reason) != reasons[each.identity_id]
    ]
    if changed and connection.dialect.name == "postgresql":
        connection.execute(text(ASSIGN), {name: [row[name] for row in changed] for name in changed[0]})
    elif changed:
        held = table("identities")
        connection.execute(
            update(held)
            .where(held.c.identity_id == bindparam("identity"))
            .values(person_id=bindparam("person"), person_reason=bindparam("why")),
            changed,
        )
    return [each for each in identities if each.person_id != reasons[each.identity_id][0]]


def _counted_otherwise(rows: Iterable[Mapping[str, Any]], held: Mapping[int, Mapping[str, Any]]) -> set[int]:
    """Those of the changed people whose contributions change with them: a new name alone changes none."""
    counted = ("kind", "independent")
    return {
        row["person_id"]
        for row in rows
        if row["person_id"] not in held or any(row[name] != held[row["person_id"]][name] for name in counted)
    }
