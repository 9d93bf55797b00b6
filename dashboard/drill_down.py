"""From a number to the rows behind it: which of them an address asks for, and where they are on GitHub."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy import Connection

from dashboard.answers import TOTAL, Answer
from dashboard.filters import EARLIEST, LATEST, LEFT_OUT, REPLACED, Filters, quoted
from db.metrics.behind import MOST, Behind, default_order, rows_behind, sortable
from db.metrics.calendar import period_containing

#: Rows of a page.
ROWS = 50
GITHUB = "https://github.com/"


@dataclass(frozen=True)
class Place:
    """Which rows: those of a period, by which column, and which page of them (from 1)."""

    period: date | None = None
    order: str = ""
    page: int = 1

    def query(self, filters: Filters) -> str:
        """The query string of these rows in a view; what is usual is left out."""
        given = {
            "period": self.period.isoformat() if self.period else "",
            "sort": self.order,
            "page": str(self.page) if self.page > 1 else "",
        }
        written = urlencode({name: value for name, value in given.items() if value})
        before = filters.query()
        if not written:
            return before
        return f"{before}&{written}" if before else f"?{written}"


def rows_address(metric: str, filters: Filters, period: date | None = None) -> str:
    """Where the rows behind a metric's number are."""
    return f"/rows/{quote(metric)}{Place(period).query(filters)}"


def read_place(query: Mapping[str, object], kind: str, grain: str) -> tuple[Place, list[str]]:
    """The place that a parsed query string names, and a sentence for each value that cannot be."""
    problems: list[str] = []
    period = _period(query.get("period"), grain, problems)
    order = query.get("sort") or ""
    allowed = sortable(kind)
    if not isinstance(order, str) or (order and order.removeprefix("-") not in allowed):
        listed = ", ".join(allowed)
        usual = default_order(kind)
        problems.append(f"sort {quoted(order)} is not known: it may be {listed}.{REPLACED}{usual}.")
        order = ""
    page = query.get("page") or "1"
    number = int(page) if isinstance(page, str) and re.fullmatch(r"[0-9]{1,9}", page) else 0
    if not 1 <= number <= MOST:
        problems.append(f"page {quoted(page)} is no number of a page.{REPLACED}the first.")
        number = 1
    return Place(period, order, number), problems


def _period(value: object, grain: str, problems: list[str]) -> date | None:
    if value in (None, ""):
        return None
    try:
        day = date.fromisoformat(value if isinstance(value, str) else "")
        if len(str(value)) != 10 or not EARLIEST <= day <= LATEST:
            raise ValueError
    except ValueError:
        problems.append(f"period {quoted(value)} is no day: write YYYY-MM-DD.{LEFT_OUT}")
        return None
    return period_containing(day, grain)


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


def read_rows(
    connection: Connection,
    answer: Answer,
    scope_id: int,
    place: Place,
    period: date,
    *,
    limit: int = ROWS,
) -> Behind:
    """One page of the rows behind a metric's number; the metric must declare rows."""
    return rows_behind(
        connection,
        answer.metric.rows,
        answer.metric.rows_sql,
        scope_id=scope_id,
        grain=answer.grain,
        period=period,
        segments=segments_asked(answer, period),
        order=place.order,
        limit=limit,
        offset=(place.page - 1) * limit,
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
