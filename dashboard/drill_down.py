"""From a number to the rows behind it: which of them an address asks for, and where they are on GitHub."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection

from dashboard.answers import TOTAL, Answer
from dashboard.filters import Filters
from dashboard.place import Place
from db.listing import Source
from db.metrics.behind import source_of
from db.metrics.kinds_of_rows import KINDS
from db.people.forgetting import FORGOTTEN

GITHUB = "https://github.com/"


def rows_address(metric: str, filters: Filters, period: date | None = None) -> str:
    """Where the rows behind a metric's number are."""
    return f"/rows/{quote(metric)}{Place(period).query(filters)}"


def usual_period(answer: Answer, until: date | None) -> date | None:
    """The period whose rows are shown when none is asked for: the last one that is over."""
    held = [row for row in answer.headline if until is None or row.period <= until]
    complete = [row.period for row in held if row.complete] or [row.period for row in held]
    return max(complete, default=None)


def segments_asked(answer: Answer, period: date) -> tuple[str, ...]:
    """The segments whose rows are meant; none means all of them, each row once.

    Where nothing is chosen it is the whole, or what speaks for a metric that has no whole.
    """
    if answer.chosen:
        return answer.chosen
    whole = any(row.segment == TOTAL for row in answer.rows if row.period == period)
    return () if whole or not answer.metric.segments else (answer.metric.headline,)


def rows_source(connection: Connection, answer: Answer, scope_id: int, period: date) -> Source:
    """Where the rows behind a metric's number come from; the metric must declare rows."""
    return source_of(
        connection.dialect.name,
        answer.metric.rows,
        answer.metric.rows_sql,
        scope_id=scope_id,
        grain=answer.grain,
        period=period,
        segments=segments_asked(answer, period),
    )


def address_of(kind: str, row: Mapping[str, Any]) -> str:
    """Where the thing that a row tells of is; empty where it has no page of its own."""
    repository = GITHUB + quote(str(row.get("repository") or ""))
    match kind:
        case "commits":
            return f"{repository}/commit/{quote(str(row['commit']))}"
        case "issues" | "requests":
            return f"{repository}/issues/{row['number']}"
        case "pull_requests" | "proposals":
            return f"{repository}/pull/{row['number']}"
        case "reviews":
            return f"{repository}/pull/{row['number']}#pullrequestreview-{row['review']}"
        case "releases":
            return f"{repository}/releases/tag/{quote(str(row['tag']), safe='')}"
        case "repositories" | "use_cases":
            return repository
        case "people":
            return GITHUB + quote(str(row["login"])) if row["login"] else ""
        case "papers":
            where = "https://arxiv.org/abs/" if row["scheme"] == "arxiv" else "https://doi.org/"
            return where + quote(str(row["identifier"]))
        case _:
            return ""


def person_address(row: Mapping[str, Any]) -> str:
    """The page of the person that a row names; empty of nobody and of those who were forgotten."""
    named = row.get("name", row.get("author"))
    return f"/contributors/{row['person']}" if row.get("person") and named != FORGOTTEN else ""


def organization_address(row: Mapping[str, Any]) -> str:
    """The page of the organisation that a row names."""
    return f"/organizations/{quote(str(row['organisation']), safe='')}"


#: Column → the page here that it leads to, in rows of any kind.
INSIDE: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "name": person_address,
    "author": person_address,
    "organisation": organization_address,
}


#: Kind of row → the column that leads to the thing itself.
LEADING = {
    "commits": "subject",
    "people": "name",
    "issues": "title",
    "pull_requests": "title",
    "requests": "title",
    "reviews": "number",
    "releases": "tag",
    "repositories": "repository",
    "use_cases": "repository",
    "papers": "identifier",
    "proposals": "title",
}


def inside_links(kind: str) -> dict[str, Callable[[Mapping[str, Any]], str]]:
    """Column → the page here that a row of the kind leads to."""
    fields = {field.name for field in KINDS[kind].fields}
    if "person" not in fields and kind != "organizations":
        return {}
    return {column: leads for column, leads in INSIDE.items() if column in fields}


def links_of(kind: str) -> dict[str, Callable[[Mapping[str, Any]], str]]:
    """Column → where a row leads from it; a function that gives an empty text leads nowhere."""
    return {
        "login": lambda row: GITHUB + quote(str(row["login"])) if row.get("login") else "",
        **({LEADING[kind]: lambda row: address_of(kind, row)} if kind in LEADING else {}),
    }
