"""The identities held, as a refresh of people reads them, and the names that they have in files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Select, Text, select, type_coerce

from db.schema import stable_id, table

#: Values that are looked up by one statement, and how many of them make reading everything cheaper.
AT_ONCE, MANY = 500, 5_000


class Seen(NamedTuple):
    """An identity; days as ISO texts, which sort, and empty when nothing is known of them.

    `first` and `last` are the days of its earliest and latest act, `made` that on which
    the account was made.
    """

    identity_id: int
    kind: str
    github_user_id: int | None
    login: str | None
    account_type: str | None
    name: str | None
    company: str | None
    domain: str | None
    address_hash: str | None
    first: str
    last: str
    made: str
    person_id: int | None
    person_reason: str | None
    #: The person without a name that a forgotten identity belongs to, and the mark that stands for it.
    forgotten_person: int | None = None
    mark: str | None = None


def read_identities(connection: Connection) -> list[Seen]:
    """All identities, in the order of their ids."""
    c, f = table("identities").c, table("forgotten_identities").c
    # Instants come as the driver gives them: only their day is looked at, and 50,000 parses cost a second.
    found = connection.execute(
        select(
            c.identity_id,
            c.kind,
            c.github_user_id,
            c.login,
            c.account_type,
            c.name,
            c.company,
            c.domain,
            c.address_hash,
            type_coerce(c.first_seen, Text),
            type_coerce(c.last_seen, Text),
            type_coerce(c.account_created_at, Text),
            c.person_id,
            c.person_reason,
        ).order_by(c.identity_id)
    )
    marks: dict[int, tuple[int, str]] = {}
    for identity, person, mark in connection.execute(
        select(f.identity_id, f.person_id, f.mark).where(f.identity_id != 0).order_by(f.mark)
    ):
        marks.setdefault(identity, (person, mark))
    return [
        Seen._make(
            (
                *row[:9],
                str(row[9] or "")[:10],
                str(row[10] or "")[:10],
                *row[11:],
                *marks.get(row[0], (None, None)),
            )
        )
        for row in found
    ]


def among(
    connection: Connection, query: Select[Any], column: Column[Any], wanted: Collection[Any] | None
) -> Iterable[Any]:
    """The rows of a query whose column has one of these values (None: all rows).

    With many values all rows are read and looked at.
    """
    if wanted is None:
        yield from connection.execute(query)
        return
    if len(wanted) > MANY:
        place = next(place for place, each in enumerate(query.selected_columns) if each is column)
        held = frozenset(wanted)
        yield from (row for row in connection.execute(query) if row[place] in held)
        return
    values = sorted(wanted)
    for start in range(0, len(values), AT_ONCE):
        yield from connection.execute(query.where(column.in_(values[start : start + AT_ONCE])))


def reference(each: Seen) -> str:
    """What decisions and files call an identity, alike in every database that has the same key.

    An account goes by its numeric id, with its addresses that carry it; another
    address by its keyed hash.
    """
    if each.mark is not None:
        return f"forgotten:{each.mark}"
    if each.github_user_id is not None:
        return f"github:{each.github_user_id}"
    return f"email:{each.address_hash}"


def by_reference(
    identities: Iterable[Seen], wanted: Collection[str] | None = None
) -> Mapping[str, list[Seen]]:
    """Reference → identities that it names, the account itself first; all of them, or those wanted."""
    found: dict[str, list[Seen]] = {}
    if wanted is not None and not wanted:
        return found
    for each in identities:
        called = reference(each)
        if wanted is None or called in wanted:
            found.setdefault(called, []).append(each)
    for members in found.values():
        members.sort(key=lambda each: (each.kind != "login", each.identity_id))
    return found


def person_id_of(members: Iterable[Seen]) -> int:
    """The id of somebody with these identities: it hangs on who they are, never on what was seen first.

    The account with the lowest number names the person, held or known from a
    noreply address alone; without one, the address with the lowest id.
    """
    members = list(members)
    forgotten = [each.forgotten_person for each in members if each.forgotten_person is not None]
    if forgotten:
        return forgotten[0]
    accounts = [each.github_user_id for each in members if each.github_user_id is not None]
    named = stable_id("login", min(accounts)) if accounts else min(each.identity_id for each in members)
    return stable_id("person", named)
