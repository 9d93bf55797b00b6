"""The repositories of a scope."""

from __future__ import annotations

from sqlalchemy import Connection

from dashboard.drill_down import links_of
from dashboard.language import mark
from dashboard.lists.lists import Asked, List
from db.listing import Source
from db.metrics.kinds_of_rows import KINDS

_KEYS = "SELECT repository_id FROM scope_repositories WHERE scope_id = :scope"


def _source(_connection: Connection, asked: Asked) -> Source:
    return Source(_KEYS, asked.values)


REPOSITORIES = List(
    name="repositories",
    title=mark("Repositories"),
    about=mark("The repositories of the scope, as they were last seen on GitHub."),
    kind=KINDS["repositories"],
    source=_source,
    links={},
    github=links_of("repositories"),
)
