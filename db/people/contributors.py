"""The people of a scope and what they did in a period, as a list: from sums that the refresh keeps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from db.listing import Condition, Field, Kind, Source
from db.metrics.calendar import period_before, period_containing
from db.schema.sums import COUNTS

#: What is counted of each person, all of it at the end.
COUNTED = (*COUNTS, "contributions")
_ABOUT = {
    "commits": "Commits, as their author.",
    "coauthored_commits": "Commits, as a co-author by a trailer.",
    "change_requests": "Pull requests opened.",
    "merged": "Pull requests of theirs that landed.",
    "reviews": "Reviews submitted.",
    "issues": "Issues opened.",
    "answers": "Comments on issues, pull requests and commits.",
    "contributions": "All of these.",
}
#: Where the rows stand that are counted.
_COUNTED_IN = {
    "commits": "commits",
    "coauthored_commits": "commits",
    "change_requests": "pull_requests",
    "merged": "pull_requests",
    "reviews": "reviews",
    "issues": "issues",
    "answers": "comments",
}


def counted_fields() -> tuple[Field, ...]:
    """A column for each kind of contribution and for all of them; the rarest is not shown."""
    return tuple(
        Field(
            name,
            f"b.{name}",
            "whole",
            _ABOUT[name],
            shown=name != "coauthored_commits",
            counts=_COUNTED_IN.get(name, ""),
        )
        for name in COUNTED
    )


def affiliation_on(day: str, number: int) -> str:
    """The joins that tell for whom a person `p` acted on a day: `a{number}` and `o{number}`."""
    return (
        f"LEFT JOIN affiliations a{number} ON a{number}.person_id = p.person_id "
        f"AND {day} BETWEEN a{number}.from_day AND a{number}.to_day "
        f"LEFT JOIN organizations o{number} ON o{number}.organization_id = a{number}.organization_id"
    )


def affiliation(number: int) -> str:
    """For whom it was, after the joins of `affiliation_on`: what nothing tells is `unknown`."""
    return (
        "CASE WHEN p.kind = 'bot' THEN NULL "
        "WHEN p.kind = 'proxy' THEN (SELECT MIN(s.name) FROM organizations s WHERE s.steward) "
        f"WHEN o{number}.name IS NOT NULL THEN o{number}.name "
        f"WHEN p.independent OR a{number}.person_id IS NOT NULL THEN 'independent' ELSE 'unknown' END"
    )


CONTRIBUTORS = Kind(
    ("person_id",),
    "JOIN people p ON p.person_id = b.person_id "
    "JOIN person_totals t ON t.scope_id = :scope AND t.person_id = b.person_id",
    f"{affiliation_on('t.first_day', 1)} {affiliation_on('t.last_day', 2)}",
    (
        Field("name", "p.display_name", "text", "The name that is shown."),
        Field("login", "p.login", "text", "The GitHub login, when known."),
        Field(
            "affiliation_then",
            affiliation(1),
            "text",
            "For whom they acted at their first contribution in the scope; unknown where nothing tells.",
            sortable=False,
        ),
        Field(
            "affiliation_now",
            affiliation(2),
            "text",
            "For whom they acted at their last contribution in the scope; unknown where nothing tells.",
            sortable=False,
        ),
        Field(
            "kind",
            "b.person_kind",
            "text",
            "human, bot or proxy (an account that carries other people’s work).",
            choices=("human", "bot", "proxy"),
        ),
        Field("first", "t.first_day", "day", "Day of their first contribution in the scope."),
        Field("last", "t.last_day", "day", "Day of their last contribution in the scope."),
        *counted_fields(),
        Field(
            "person",
            "CAST(b.person_id AS VARCHAR)",
            "text",
            "Number of the person’s page.",
            sortable=False,
            shown=False,
        ),
    ),
    "-contributions",
    carried=("person_kind", *COUNTED),
    usual=(Condition("kind", "is", ("human",)),),
)
#: One kind of people, as a condition asks for it.
_ALONE: dict[object, str] = {(kind,): kind for kind in ("human", "bot", "proxy")}
_AMONG = " AND person_id IN :among"
#: Somebody's months and years in the repositories of a scope.
_IN_SCOPE = (
    "repository_id IN (SELECT s.repository_id FROM scope_repositories s WHERE s.scope_id = :scope) "
    "AND grain = '{grain}' AND period BETWEEN :{first} AND :{last}"
)


def contributors(
    connection: Connection,
    scope_id: int,
    first: date | None,
    last: date | None,
    among: Sequence[int] | None = None,
) -> Source:
    """The people of a scope with what they did in the months that begin from `first` to `last`.

    None leaves an end open. Whoever did nothing in these months is not among them; where only few people
    can be meant, `among` names them.
    """
    people = {} if among is None else {"among": tuple(among)}
    if first is None and last is None:
        columns = ", ".join(("person_id", "person_kind", *COUNTED))
        return Source(
            f"SELECT {columns} FROM person_totals WHERE scope_id = :scope{_AMONG if people else ''}",
            {"scope": scope_id, **people},
        )
    begin, end, (earliest, latest) = months(connection, scope_id, first, last)
    inside, before = _length(begin, end), _length(earliest, begin)
    if end == latest and before < inside:
        # Fewer months lie before the period than in it: what they hold is taken off the whole.
        pieces = spans(earliest, period_before(first_month(begin), "month"))
        return _summed(scope_id, pieces, people, off=True)
    return _summed(scope_id, spans(begin, end), people, off=False)


def months(
    connection: Connection, scope_id: int, first: date | None, last: date | None
) -> tuple[date, date, tuple[date, date]]:
    """A period's ends within what is held of the scope, and the first and the last month held."""
    earliest, latest = _held(connection, scope_id)
    begin = max(first, earliest) if first else earliest
    return begin, min(last, latest) if last else latest, (earliest, latest)


def spans(first: date, last: date) -> list[tuple[str, date, date]]:
    """The months that begin from `first` to `last` as few periods: (grain, first period, last period).

    Whole years stand for their months.
    """
    begin, end = first_month(first), last.replace(day=1)
    if begin > end:
        return []
    whole = [
        date(year, 1, 1)
        for year in range(begin.year, end.year + 1)
        if date(year, 1, 1) >= begin and date(year, 12, 1) <= end
    ]
    if not whole:
        return [("month", begin, end)]
    found = []
    if begin < whole[0]:
        found.append(("month", begin, date(whole[0].year - 1, 12, 1)))
    found.append(("year", whole[0], whole[-1]))
    if date(whole[-1].year, 12, 1) < end:
        found.append(("month", date(whole[-1].year + 1, 1, 1), end))
    return found


def first_month(day: date) -> date:
    """The first month that begins on the day or later."""
    month = period_containing(day, "month")
    if month == day:
        return month
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _length(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def _held(connection: Connection, scope_id: int) -> tuple[date, date]:
    """The first and the last month of which anything is held in the scope."""
    found = connection.execute(
        text(
            "SELECT MIN((SELECT MIN(p.period) FROM person_periods p "
            "WHERE p.repository_id = s.repository_id AND p.grain = 'month')) AS first, "
            "MAX((SELECT MAX(p.period) FROM person_periods p "
            "WHERE p.repository_id = s.repository_id AND p.grain = 'month')) AS last "
            "FROM scope_repositories s WHERE s.scope_id = :scope"
        ),
        {"scope": scope_id},
    ).one()
    if found.first is None:
        return date(2015, 11, 1), date(2015, 11, 1)
    days = [each if isinstance(each, date) else date.fromisoformat(each) for each in found]
    return days[0], days[1]


def _summed(
    scope_id: int, pieces: list[tuple[str, date, date]], people: Mapping[str, tuple[int, ...]], *, off: bool
) -> Source:
    values: dict[str, Any] = {"scope": scope_id, **people}
    for place, (_grain, first, last) in enumerate(pieces):
        values |= {f"from_{place}": first, f"to_{place}": last}

    def keys(needed: Collection[str], conditions: Collection[Condition], people: str = "") -> str:
        kind = "MAX(d.person_kind)"
        for condition in conditions:
            if condition.field == "kind" and condition.value in _ALONE:
                # Of one kind alone nothing has to be found out: what is read is of it.
                kind = f"'{_ALONE[condition.value]}'"
                people += f" AND person_kind = {kind}"
        counted = [name for name in COUNTED if name in needed]
        if off and "contributions" not in counted:
            counted.append("contributions")
        sign = "-" if off else ""
        parts = [
            f"SELECT person_id, person_kind{''.join(f', {sign}{name} AS {name}' for name in counted)} "
            f"FROM person_periods WHERE {_piece(grain, place)}{people}"
            for place, (grain, _first, _last) in enumerate(pieces)
        ]
        if off or not parts:
            of = "" if off else " AND 1 = 0"
            parts.append(
                f"SELECT person_id, person_kind{''.join(f', {name}' for name in counted)} "
                f"FROM person_totals WHERE scope_id = :scope{people}{of}"
            )
        sums = "".join(f", CAST(SUM(d.{name}) AS BIGINT) AS {name}" for name in counted)
        having = " HAVING SUM(d.contributions) > 0" if off else ""
        return (
            f"SELECT d.person_id, {kind} AS person_kind{sums} "
            f"FROM ({' UNION ALL '.join(parts)}) d GROUP BY d.person_id{having}"
        )

    if people:
        return Source(keys(COUNTED, (), _AMONG), values)
    rest = keys(COUNTED, (), " AND person_id IN (SELECT person_id FROM page)")
    return Source(keys, values, rest=rest)


def _piece(grain: str, place: int) -> str:
    return _IN_SCOPE.format(grain=grain, first=f"from_{place}", last=f"to_{place}")
