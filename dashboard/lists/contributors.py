"""The people of a scope, with what they did in the view's period."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection

from dashboard.drill_down import GITHUB, person_address
from dashboard.filters import EARLIEST, LATEST
from dashboard.language import mark
from dashboard.lists.lists import Asked, List
from db.listing import Source
from db.people.contributors import CONTRIBUTORS as KIND
from db.people.contributors import contributors
from db.people.leading import leading


def _period(asked: Asked) -> tuple[date | None, date | None]:
    return None if asked.first == EARLIEST else asked.first, None if asked.last == LATEST else asked.last


def _source(connection: Connection, asked: Asked) -> Source:
    return contributors(connection, asked.scope_id, *_period(asked))


def _first(connection: Connection, asked: Asked, order: str, limit: int) -> tuple[Mapping[str, Any], ...]:
    return leading(connection, asked.scope_id, *_period(asked), order, limit)


def _organization(column: str, row: Mapping[str, Any]) -> str:
    name = row[column]
    return "" if name in (None, "unknown", "independent") else f"/organizations/{quote(name, safe='')}"


CONTRIBUTORS = List(
    name="contributors",
    title=mark("Contributors"),
    about=mark(
        "Whoever did anything in public in the months of the period, with what they did there; "
        "people alone unless bots and proxies are asked for."
    ),
    kind=KIND,
    source=_source,
    first=_first,
    links={
        "name": person_address,
        "affiliation_then": lambda row: _organization("affiliation_then", row),
        "affiliation_now": lambda row: _organization("affiliation_now", row),
    },
    github={"login": lambda row: GITHUB + quote(str(row["login"])) if row["login"] else ""},
)
