"""Forgetting a person: the data goes, acts and counts stay under a person without a name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, or_, select, update

from db.changes import distrust
from db.people.decisions import PAIRS, read_decisions
from db.people.marks import (
    WITHHELD,
    Forgetting,
    anonymous_id,
    columns_that_hold,
    keep_marks,
    mark,
    nameless,
    nameless_repository,
)
from db.people.organizations import Directory, read_directory
from db.schema import Record, stable_id, table
from db.schema.columns import AUTHORED, IDENTITY
from db.upsert import upsert

#: What stands for the name of somebody who was forgotten.
FORGOTTEN = "(forgotten)"
#: A name of fewer letters could stand in any text of a report for something else.
SHORTEST_NAME = 3

#: Tables whose rows are taken over by the person without a name.
PERSONAL = (
    "affiliations",
    "contributions",
    "identities",
    "organization_people",
    "person_periods",
    "person_roles",
    "person_totals",
)

Identity = Mapping[str, Any]


def forget(connection: Connection, person_id: int, now: datetime) -> int:
    """Forget a person, for good; returns how many identities that were.

    Names, logins, numbers, address hashes, companies and what the person wrote go:
    from identities, facts, decisions, suggestions and reports. Acts, kind and dated
    affiliations stay under a person without a name, so that every count stays what it was.
    Marks (keyed hashes) stay, so that what is collected again has no name either.
    """
    rows = _identities(connection, table("identities").c.person_id == person_id)
    nobody = stable_id("forgotten person", mark("person", person_id))
    numbers = {row["github_user_id"] for row in rows if row["github_user_id"] is not None}
    own = {mark("identity", row["identity_id"]) for row in rows}
    marks = {each: (anonymous_id(each), nobody) for each in own}
    marks |= {mark("account", number): (0, nobody) for number in numbers}
    marks |= {mark("login", login): (0, nobody) for login in _logins(connection, rows, numbers)}
    keep_marks(connection, marks, now)
    _rename_person(connection, person_id, nobody)
    _forget_identities(connection, rows, {row["identity_id"]: nobody for row in rows}, read_directory())
    return len(rows)


def forget_again(connection: Connection, directory: Directory) -> set[int]:
    """Forget the identities held whose marks are, as after an import; returns whose contributions change."""
    forgetting = Forgetting.read(connection)
    if not forgetting.marks:
        return set()
    c = table("identities").c
    found = [
        row.identity_id
        for row in connection.execute(select(c.identity_id, c.github_user_id))
        if forgetting.stand_in(row.identity_id, row.github_user_id) is not None
    ]
    if not found:
        return set()
    forgetting.keep_fresh(connection)
    rows = _identities(connection, c.identity_id.in_(found))
    people = {row["identity_id"]: forgetting.person_of(row["identity_id"]) for row in rows}
    touched = set(people.values()) | {row["person_id"] for row in rows if row["person_id"] is not None}
    _forget_identities(connection, rows, people, directory)
    return touched


def _identities(connection: Connection, condition: Any) -> list[Identity]:
    return [dict(row._mapping) for row in connection.execute(select(*table("identities").c).where(condition))]


def _logins(connection: Connection, rows: Iterable[Identity], numbers: Collection[int]) -> set[str]:
    """The logins that these identities had and nobody else: one that was reused says nothing of anybody."""
    c = table("identity_logins").c
    own = {row["login"].lower() for row in rows if row["login"]}
    own |= set(connection.execute(select(c.login).where(c.github_user_id.in_(numbers))).scalars())
    others = select(c.login).where(c.login.in_(own), c.github_user_id.not_in(numbers))
    return own - set(connection.execute(others).scalars())


def _rename_person(connection: Connection, person_id: int, nobody: int) -> None:
    """The person without a name takes over what is counted of the other one."""
    distrust(connection)
    people = table("people")
    held = connection.execute(select(*people.c).where(people.c.person_id == person_id)).one()
    reason = WITHHELD if held.kind_reason.startswith("manual") else held.kind_reason
    anonymous = {"person_id": nobody, "display_name": FORGOTTEN, "login": None, "kind_reason": reason}
    upsert(connection, people, [{**held._mapping, **anonymous}])
    for name in PERSONAL:
        each = table(name)
        connection.execute(update(each).where(each.c.person_id == person_id).values(person_id=nobody))
    connection.execute(delete(people).where(people.c.person_id == person_id))


def _forget_identities(
    connection: Connection, rows: Sequence[Identity], people: Mapping[int, int], directory: Directory
) -> None:
    """Put identities without a name in place of these, wherever they stand."""
    distrust(connection)
    identities = table("identities")
    numbers = {row["github_user_id"] for row in rows if row["github_user_id"] is not None}
    logins = _logins(connection, rows, numbers)
    stand_ins = {row["identity_id"]: anonymous_id(mark("identity", row["identity_id"])) for row in rows}
    for row in rows:
        left = nameless(row, stand_ins[row["identity_id"]], directory)
        left |= {"person_id": people[row["identity_id"]], "person_reason": "forgotten together"}
        upsert(connection, identities, [left])
        connection.execute(delete(identities).where(identities.c.identity_id == row["identity_id"]))
    for each in Record.metadata.tables.values():
        _in_facts(connection, each, stand_ins)
        for column in columns_that_hold(each, AUTHORED):
            _in_texts(connection, each, column, logins)
    # The copies in columns hold the identities as they were: the next refresh makes them anew.
    distrust(connection)
    _in_decisions(connection, rows, logins)
    _in_repositories(connection, logins)
    _in_reports(connection, {row["name"] for row in rows if row["name"]} | logins)
    confirmed = table("address_accounts")
    whose = or_(confirmed.c.identity_id.in_(stand_ins.values()), confirmed.c.github_user_id.in_(numbers))
    connection.execute(delete(confirmed).where(whose))
    remembered, suggestions = table("identity_logins"), table("people_suggestions")
    connection.execute(delete(remembered).where(remembered.c.github_user_id.in_(numbers)))
    either = or_(suggestions.c.identity_id.in_(stand_ins), suggestions.c.other_identity_id.in_(stand_ins))
    connection.execute(delete(suggestions).where(either))


def _in_facts(connection: Connection, of: Table, stand_ins: Mapping[int, int]) -> None:
    for name in columns_that_hold(of, IDENTITY):
        for held, stand_in in stand_ins.items():
            connection.execute(update(of).where(of.c[name] == held).values({name: stand_in}))
    for name in columns_that_hold(of, AUTHORED):
        theirs = of.c.author_id.in_(stand_ins.values())
        connection.execute(update(of).where(theirs).values({name: WITHHELD}))


def _in_texts(connection: Connection, of: Table, column: str, logins: Iterable[str]) -> None:
    """Take logins out of the subjects and titles of others."""
    for login in logins:
        text = func.lower(of.c[column])
        # In LIKE an underscore is any letter; logins have none.
        places = or_(*(text.like(f"%{before}{login}%") for before in ("from ", "@")))
        whole = re.compile(rf"((?:from |@)){re.escape(login)}(?![A-Za-z0-9-])", re.IGNORECASE)
        key = list(of.primary_key.columns)
        for row in connection.execute(select(*key, of.c[column]).where(places)).all():
            *where, written = row
            left = whole.sub(rf"\1{WITHHELD}", written)
            if left != written:
                connection.execute(
                    update(of)
                    .where(*(part == value for part, value in zip(key, where, strict=True)))
                    .values({column: left})
                )


def _in_decisions(connection: Connection, rows: Iterable[Identity], logins: Iterable[str]) -> None:
    """Decisions on the person alone stay, under a mark; those on who is who have done what they could."""
    decisions = table("people_decisions")
    named: dict[str, str] = {}
    for row in rows:
        own = f"forgotten:{mark('identity', row['identity_id'])}"
        if row["github_user_id"] is not None:
            named[f"github:{row['github_user_id']}"] = own
        if row["address_hash"]:
            named[f"email:{row['address_hash']}"] = own
        if row["kind"] == "login":
            # Maps and rosters may name a login that the account had before.
            named |= {f"login:{login}": own for login in logins}
    for each in read_decisions(connection):
        if each.identity not in named and not (each.decision in PAIRS and each.value in named):
            continue
        connection.execute(delete(decisions).where(decisions.c.decision_id == each.decision_id))
        if each.decision not in PAIRS:
            left = replace(each, identity=named[each.identity], why=WITHHELD)
            connection.execute(insert(decisions).values(decision_id=left.decision_id, **vars(left)))


def _in_repositories(connection: Connection, logins: Collection[str]) -> None:
    """Use cases under the person's name; repositories that are tracked are the configuration's."""
    repositories = table("repositories")
    for login in logins:
        mine = func.lower(repositories.c.full_name).like(f"{login}/%")
        found = select(*repositories.c).where(mine, repositories.c.role == "use_case")
        for row in connection.execute(found).all():
            hidden = nameless_repository(dict(row._mapping))
            connection.execute(
                update(repositories).where(repositories.c.repository_id == row.repository_id).values(**hidden)
            )


def _in_reports(connection: Connection, names: Iterable[str]) -> None:
    reports = table("reports")
    whole = [re.escape(name) for name in names if len(name) >= SHORTEST_NAME]
    if not whole:
        return
    named = re.compile(rf"(?<!\w)(?:{'|'.join(sorted(whole, key=len, reverse=True))})(?!\w)", re.IGNORECASE)
    for row in connection.execute(
        select(reports.c.report_id, reports.c.headline, reports.c.html, reports.c.text, reports.c.content)
    ).all():
        written = {name: row._mapping[name] for name in ("headline", "html", "text", "content")}
        left = {name: text and named.sub(WITHHELD, text) for name, text in written.items()}
        if left != written:
            connection.execute(update(reports).where(reports.c.report_id == row.report_id).values(**left))
