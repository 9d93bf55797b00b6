"""How far GH Archive is loaded, and where hours are missing: a gap is told, never taken for a zero."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from db.schema import table

HOUR = timedelta(hours=1)
#: States of hours whose events, or some of them, are in the lake.
HELD = ("loaded", "damaged")
NEVER_ASKED = "never asked for"


@dataclass(frozen=True)
class Gap:
    """A run of hours of which nothing, or not everything, is loaded, and why where there is more to say."""

    first: datetime
    last: datetime
    hours: int
    state: str
    why: str | None = None


@dataclass(frozen=True)
class Standing:
    """How far the archive is loaded, from the first hour that was asked for to the last one.

    `late_events` are kept events that happened outside of their file's hour, and
    `waiting_for_facts` hours that are in the lake and not in the fact tables yet.
    """

    first: datetime
    last: datetime
    by_state: Mapping[str, int]
    kept_events: int
    bad_lines: int
    late_events: int
    waiting_for_facts: int
    gaps: Sequence[Gap]


def standing(connection: Connection) -> Standing | None:
    """How far the archive is loaded; None when no hour was ever asked for."""
    c = table("archive_hours").c
    first, last, *sums = connection.execute(
        select(
            func.min(c.hour),
            func.max(c.hour),
            func.sum(c.kept_events),
            func.sum(c.bad_lines),
            func.sum(c.late_events),
        )
    ).one()
    if first is None:
        return None
    counted = connection.execute(select(c.state, func.count()).group_by(c.state).order_by(c.state))
    by_state = {state: int(count) for state, count in counted}
    waiting = connection.execute(
        select(func.count()).where(c.state.in_(HELD), c.facts_at.is_(None))
    ).scalar_one()
    kept, bad, late = map(int, sums)
    gaps = _gaps(connection, first, last, sum(by_state.values()))
    return Standing(first, last, by_state, kept, bad, late, int(waiting), gaps)


def gaps(connection: Connection) -> Sequence[Gap]:
    """Every run of hours that are not loaded, or not whole, oldest first; none where none was asked for."""
    c = table("archive_hours").c
    first, last, asked = connection.execute(select(func.min(c.hour), func.max(c.hour), func.count())).one()
    return _gaps(connection, first, last, asked) if asked else ()


def _gaps(connection: Connection, first: datetime, last: datetime, asked: int) -> list[Gap]:
    c = table("archive_hours").c
    found = []
    missing = []
    for row in connection.execute(select(c.hour, c.state, c.problem).where(c.state != "loaded")):
        if row.state == "missing":
            missing.append(row.hour)
        else:
            found.append(Gap(row.hour, row.hour, 1, row.state, row.problem))
    found += [Gap(begin, end, count, "missing") for begin, end, count in runs(sorted(missing))]
    if asked != (last - first) // HOUR + 1:
        known = set(connection.execute(select(c.hour)).scalars())
        all_hours = (first + n * HOUR for n in range((last - first) // HOUR + 1))
        never = (hour for hour in all_hours if hour not in known)
        found += [Gap(begin, end, count, NEVER_ASKED) for begin, end, count in runs(never)]
    return sorted(found, key=lambda gap: gap.first)


def runs(hours: Iterable[datetime]) -> Iterator[tuple[datetime, datetime, int]]:
    """Hours in the order of time as unbroken runs: first hour, last hour, how many."""
    begin = end = None
    for hour in hours:
        if begin is not None and end is not None and hour - end == HOUR:
            end = hour
            continue
        if begin is not None and end is not None:
            yield begin, end, (end - begin) // HOUR + 1
        begin = end = hour
    if begin is not None and end is not None:
        yield begin, end, (end - begin) // HOUR + 1
