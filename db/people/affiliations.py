"""Dated affiliations: for whom each person acted when, from what a hand, maps, domains and profiles say."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from db.people.seen import among
from db.schema import table
from db.schema.columns import BEGINNING_OF_TIME, END_OF_TIME
from db.upsert import delete, upsert

#: How far a source can be trusted, which is also what it wins over: a hand above a published map, that
#: above a mail domain (which says what the employer gave out), that above the company of a profile.
CONFIDENCE = {"manual": 1.0, "map": 0.95, "domain": 0.9, "profile": 0.5}
#: What somebody decides who acted for nobody.
INDEPENDENT = "independent"
#: What these say has days of its own; of the others the days are those on which somebody was seen.
DATED = ("manual", "map")
DAY = timedelta(days=1)


class Evidence(NamedTuple):
    """That a person acted for an organisation, or for none (None), from a day to a day."""

    from_day: date
    to_day: date
    organization_id: int | None
    source: str


def timeline(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Evidence as spans that never overlap, in order.

    Sightings of one domain's organisation are joined from the first to the last day.
    A profile tells of the present: where another organisation is known of earlier
    days, it counts from the day after the last of those, and not before. On a day
    that several claim, the better source wins, and then the one that began last:
    who still uses an old address beside a new one has moved on.
    """
    joined: dict[tuple[Any, ...], tuple[date, date]] = {}
    for item in evidence:
        dates = (item.from_day, item.to_day)
        key = (item.organization_id, item.source, dates if item.source in DATED else None)
        first, last = joined.get(key, dates)
        joined[key] = (min(first, item.from_day), max(last, item.to_day))
    spans = [Evidence(first, last, key[0], key[1]) for key, (first, last) in joined.items()]
    if len(spans) == 1:
        return spans
    spans = [span for span in map(_present(spans), spans) if span.from_day <= span.to_day]
    starts = {span.from_day for span in spans}
    # The end of time has no day after it, and nothing begins there.
    starts |= {span.to_day + DAY for span in spans if span.to_day < END_OF_TIME}
    edges = sorted(starts)
    result: list[Evidence] = []
    for place, first in enumerate(edges):
        last = edges[place + 1] - DAY if place + 1 < len(edges) else END_OF_TIME
        claims = [span for span in spans if span.from_day <= first <= span.to_day]
        if not claims:
            continue
        best = max(claims, key=lambda c: (CONFIDENCE[c.source], c.from_day, -(c.organization_id or 0)))
        before = result[-1] if result else None
        if before and before[2:] == best[2:] and before.to_day + DAY == first:
            result[-1] = before._replace(to_day=last)
        else:
            result.append(Evidence(first, last, best.organization_id, best.source))
    return result


def _present(spans: Sequence[Evidence]) -> Callable[[Evidence], Evidence]:
    """Holds a profile to the days after the last on which somebody is known to have been elsewhere."""
    dated = [span for span in spans if span.source != "profile"]

    def held(span: Evidence) -> Evidence:
        elsewhere = [each.to_day for each in dated if each.organization_id != span.organization_id]
        if span.source != "profile" or not elsewhere:
            return span
        last = max(elsewhere)
        if last == END_OF_TIME:
            return span._replace(to_day=BEGINNING_OF_TIME - DAY)  # a profile has no day left to tell of
        return span._replace(from_day=max(span.from_day, last + DAY))

    return held


def write_affiliations(
    connection: Connection, evidence: Mapping[int, Sequence[Evidence]], people: Collection[int] | None = None
) -> set[int]:
    """Bring affiliations (everybody's, or those of these people) to what the evidence says.

    Returns whose rows changed.

    `evidence` goes by person; a person without any loses the rows held.
    """
    affiliations = table("affiliations")
    columns = affiliations.c
    held: dict[tuple[int, date], tuple[Any, ...]] = {
        (row[0], row[1]): tuple(row[2:])
        for row in among(
            connection,
            select(
                columns.person_id,
                columns.from_day,
                columns.to_day,
                columns.organization_id,
                columns.source,
                columns.confidence,
            ),
            columns.person_id,
            people,
        )
    }
    wanted = {
        (person, span.from_day): (span.to_day, span.organization_id, span.source, CONFIDENCE[span.source])
        for person, items in evidence.items()
        for span in timeline(items)
    }
    gone = held.keys() - wanted.keys()
    delete(connection, affiliations, [{"person_id": person, "from_day": first} for person, first in gone])
    changed = {key: row for key, row in wanted.items() if held.get(key) != row}
    upsert(
        connection,
        affiliations,
        [
            {
                "person_id": key[0],
                "from_day": key[1],
                "to_day": row[0],
                "organization_id": row[1],
                "source": row[2],
                "confidence": row[3],
            }
            for key, row in changed.items()
        ],
    )
    return {person for person, _ in gone | changed.keys()}


def always(organization_id: int) -> Evidence:
    """What a profile says: it has no date of its own."""
    return Evidence(BEGINNING_OF_TIME, END_OF_TIME, organization_id, "profile")
