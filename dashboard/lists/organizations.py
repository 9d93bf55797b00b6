"""The organisations that people acted for in a scope, and who acted for them."""

from __future__ import annotations

from urllib.parse import quote

from sqlalchemy import Connection

from dashboard.drill_down import GITHUB, organization_address, person_address
from dashboard.filters import EARLIEST, LATEST
from dashboard.language import mark
from dashboard.lists.lists import Asked, List
from db.listing import Source
from db.people import acting_for


def _source(_connection: Connection, asked: Asked) -> Source:
    return acting_for.organizations(
        asked.scope_id,
        None if asked.first == EARLIEST else asked.first,
        None if asked.last == LATEST else asked.last,
    )


def _everybody(_connection: Connection, asked: Asked) -> Source:
    return acting_for.everybody(asked.scope_id)


ORGANIZATIONS = List(
    name="organizations",
    title=mark("Organisations"),
    about=mark(
        "Companies, universities and others that people acted for in the period, by their affiliation on "
        "each day. Work of people whose affiliation is unknown is nobody’s here."
    ),
    kind=acting_for.ORGANIZATIONS,
    source=_source,
    links={"organisation": organization_address},
    github={},
)
ORGANIZATION_PEOPLE = List(
    name="organization_people",
    title=mark("Its people"),
    about=mark("Whoever ever acted for it in the scope, with what they did on the days on which they did."),
    kind=acting_for.ORGANIZATION_PEOPLE,
    source=_everybody,
    links={"name": person_address},
    github={"login": lambda row: GITHUB + quote(str(row["login"])) if row["login"] else ""},
)
