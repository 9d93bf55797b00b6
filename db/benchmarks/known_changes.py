"""Steps that were found held against the change points that are known: what stays, moves, comes and goes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from db.benchmarks.steps import ALGORITHM, RULES, Step
from db.schema import stable_id

#: A step whose place moved by fewer results than the shortest segment has is the same step: two different
#: ones are never so near.
MOVED: Final = RULES.least_after - 1
#: States that somebody decided on; the detector leaves them alone.
DECIDED: Final = ("acknowledged", "ignored")

Row = dict[str, Any]


@dataclass(frozen=True)
class Point:
    """One result of a series."""

    result_id: int
    measured_at: datetime
    value: float


@dataclass(frozen=True)
class Known:
    """A row of `change_points`, and when the first result after the step was measured."""

    row: Row
    measured_at: datetime


def settled(
    series_id: int, points: Sequence[Point], steps: Sequence[Step], known: Sequence[Known]
) -> list[Row]:
    """The rows that a series' change points are to be: those of the steps, and those kept for what was said.

    A step that matches a known one takes over its number, state, note and link; of
    states only `suspected` and `withdrawn` give way. A known one that no step matches
    is left out, unless somebody decided on it (it stays as it is) or wrote a note or
    link (it is `withdrawn`).
    """
    order = [(point.measured_at, point.result_id) for point in points]
    places = [bisect_left(order, (each.measured_at, each.row["result_id"])) for each in known]
    partners = matched(places, [step.at for step in steps])
    taken = {each.row["change_point_id"] for each in known}
    rows = []
    for number, step in enumerate(steps):
        partner = known[partners[number]].row if number in partners else None
        rows.append(_row(series_id, points, step, partner, taken))
    matches = set(partners.values())
    rows += [
        _kept(series_id, each.row) for at, each in enumerate(known) if at not in matches and _said(each.row)
    ]
    return rows


def matched(known: Sequence[int], found: Sequence[int]) -> dict[int, int]:
    """Which of the places found is which of the known ones, by their numbers: nearest first, each once."""
    near = sorted(
        (abs(there - here), number, partner)
        for number, here in enumerate(found)
        for partner, there in enumerate(known)
        if abs(there - here) <= MOVED
    )
    pairs: dict[int, int] = {}
    for _, number, partner in near:
        if number not in pairs and partner not in pairs.values():
            pairs[number] = partner
    return pairs


def _row(
    series_id: int, points: Sequence[Point], step: Step, known: Row | None, taken: Container[int]
) -> Row:
    result_id = points[step.at].result_id
    return {
        "change_point_id": known["change_point_id"] if known else _fresh_id(series_id, result_id, taken),
        "series_id": series_id,
        "result_id": result_id,
        "previous_result_id": points[step.at - 1].result_id,
        "state": _state(step, known),
        "before": step.before,
        "after": step.after,
        "percent": step.percent,
        "probability": step.probability,
        "values_before": step.values_before,
        "values_after": step.values_after,
        "algorithm": ALGORITHM,
        "note": known["note"] if known else None,
        "link": known["link"] if known else None,
    }


def _state(step: Step, known: Row | None) -> str:
    if known and known["state"] in DECIDED:
        return str(known["state"])
    return "confirmed" if step.confirmed or (known and known["state"] == "confirmed") else "suspected"


def _kept(series_id: int, row: Row) -> Row:
    state = row["state"] if row["state"] in DECIDED else "withdrawn"
    return {**row, "series_id": series_id, "state": state}


def _said(row: Row) -> bool:
    return row["state"] in DECIDED or bool(row["note"]) or bool(row["link"])


def _fresh_id(series_id: int, result_id: int, taken: Container[int]) -> int:
    """A number of its own; the plain one may belong to a change that has moved on from this result."""
    number = stable_id("change_point", series_id, result_id)
    again = 1
    while number in taken:
        again += 1
        number = stable_id("change_point", series_id, result_id, again)
    return number
