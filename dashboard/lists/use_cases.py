"""Repositories that use the project, with what they are about and where the evidence for it is."""

from __future__ import annotations

from sqlalchemy import Connection, select

from dashboard.filters import EARLIEST, LATEST
from dashboard.language import _, mark
from dashboard.lists.lists import Asked, List
from dashboard.place import Choices
from dashboard.wording import segment_title
from db import use_cases
from db.listing import Source
from db.schema import table

#: Column → the metric whose segments are the values that it has.
_TOLD_APART_BY = {"domain": "use_cases_new", "language": "use_cases_by_language"}
TITLES = {"none_stated": mark("none stated"), "google_cloud": "Google Cloud", "aws": "AWS", "azure": "Azure"}


def titles(connection: Connection) -> Choices:
    """Column → its values and what readers call them; of domain and language those that are held."""
    fixed = {
        name: {value: title_of(value) for value in values}
        for name, values in (("platform", use_cases.PLATFORMS), ("cloud", use_cases.CLOUDS))
    }
    held = table("metric_values")
    found: dict[str, dict[str, str]] = {}
    for column, metric in _TOLD_APART_BY.items():
        segments = connection.execute(
            select(held.c.segment).where(held.c.metric == metric, held.c.grain == "year").distinct()
        ).scalars()
        values = sorted(set(segments) - {"all", "unknown"})
        if values:
            named = title_of if column == "domain" else str
            found[column] = {value: named(value) for value in values}
    return {**fixed, **found}


def title_of(value: str) -> str:
    """What readers call a domain, platform or cloud."""
    return _(TITLES[value]) if value in TITLES else segment_title(value, "")


def _source(connection: Connection, asked: Asked) -> Source:
    whole = (asked.first, asked.last) == (EARLIEST, LATEST)
    return use_cases.use_cases(connection, asked.values, whole=whole)


USE_CASES = List(
    name="use_cases",
    title=mark("Use cases"),
    about=mark(
        "Public repositories that use the project, found by searching GitHub. Domain, platform and cloud are "
        "told by readable rules; each repository’s page shows the words that decided."
    ),
    kind=use_cases.USE_CASES,
    source=_source,
    links={"repository": lambda row: f"/use-cases/repository/{row['use_case']}"},
    github={},
    choices=titles,
)
