"""Dated affiliations: for whom each person acted when, from the evidence of domains and profiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from db.schema import table
from db.schema.columns import BEGINNING_OF_TIME, END_OF_TIME
from db.upsert import delete, upsert

#: How far a source can be trusted; a person's own mail domain says what the employer gave out.
CONFIDENCE = {"domain": 0.9, "profile": 0.5}
#: Sources that people keep by hand: never touched here, and they win on every day that they cover.
KEPT = ("manual", "map")
DAY = timedelta(days=1)


class Evidence(NamedTuple):
    """That a person acted for an organisation, from a day to a day."""

    from_day: date
    to_day: date
    organization_id: int
    source: str


def timeline(evidence: Iterable[Evidence], kept: Iterable[tuple[date, date]] = ()) -> list[Evidence]:
    """Evidence as spans that never overlap, in order.

    Evidence for one organisation is joined from its first to its last day. On a
    day that several claim, a domain wins over a profile, and then the one that
    began last: who still uses an old address beside a new one has moved on.
    Days of `kept` spans are left out, since a hand has decided them.
    """
    joined: dict[tuple[int, str], tuple[date, date]] = {}
    for item in evidence:
        first, last = joined.get((item.organization_id, item.source), (item.from_day, item.to_day))
        joined[item.organization_id, item.source] = (min(first, item.from_day), max(last, item.to_day))
    spans = [
        Evidence(first, last, organization, source)
        for (organization, source), (first, last) in joined.items()
    ]
    decided = list(kept)
    if len(spans) == 1 and not decided:
        return spans
    starts = {span.from_day for span in spans} | {first for first, _ in decided}
    # The end of time has no day after it, and nothing begins there.
    starts |= {last + DAY for _, last in decided if last < END_OF_TIME}
    starts |= {span.to_day + DAY for span in spans if span.to_day < END_OF_TIME}
    edges = sorted(starts)
    result: list[Evidence] = []
    for place, first in enumerate(edges):
        last = edges[place + 1] - DAY if place + 1 < len(edges) else END_OF_TIME
        if any(begin <= first <= end for begin, end in decided):
            continue
        claims = [span for span in spans if span.from_day <= first <= span.to_day]
        if not claims:
            continue
        best = max(claims, key=lambda c: (CONFIDENCE[c.source], c.from_day, -c.organization_id))
        before = result[-1] if result else None
        if before and before[2:] == best[2:] and before.to_day + DAY == first:
            result[-1] = before._replace(to_day=last)
        else:
            result.append(Evidence(first, last, best.organization_id, best.source))
    return result


def write_affiliations(connection: Connection, evidence: Mapping[int, Sequence[Evidence]]) -> set[int]:
    """Bring the derived affiliations of everybody to what the evidence says; returns whose rows changed.

    `evidence` goes by person; a person without any loses the derived rows held.
    """
    affiliations = table("affiliations")
    kept: dict[int, list[tuple[date, date]]] = {}
    held: dict[tuple[int, date], tuple[Any, ...]] = {}
    columns = affiliations.c
    for person, first, last, organization, source, confidence in connection.execute(
        select(
            columns.person_id,
            columns.from_day,
            columns.to_day,
            columns.organization_id,
            columns.source,
            columns.confidence,
        )
    ):
        if source in KEPT:
            kept.setdefault(person, []).append((first, last))
        else:
            held[person, first] = (last, organization, source, confidence)
    wanted = {
        (person, span.from_day): (span.to_day, span.organization_id, span.source, CONFIDENCE[span.source])
        for person, items in evidence.items()
        for span in timeline(items, kept.get(person, ()))
    }
    gone = held.keys() - wanted.keys()
    delete(connection, affiliations, [{"person_id": person, "from_day": first} for person, first in gone])
    changed = [
        {
            "person_id": key[0],
            "from_day": key[1],
            "to_day": row[0],
            "organization_id": row[1],
            "source": row[2],
            "confidence": row[3],
        }
        for key, row in wanted.items()
        if held.get(key) != row
    ]
    upsert(connection, affiliations, changed)
    return {person for person, _ in gone} | {
        person for person, first in wanted if held.get((person, first)) != wanted[person, first]
    }


def always(organization_id: int) -> Evidence:
    """What a profile says: it has no date, so it fills the days that nothing else covers."""
    return Evidence(BEGINNING_OF_TIME, END_OF_TIME, organization_id, "profile")
