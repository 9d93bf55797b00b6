"""Benchmark triage: confirmed steps to the worse and to the better, and what was released, of one period."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from dashboard import periods, wording
from dashboard.language import _
from dashboard.language.values import called
from dashboard.releases import releases
from dashboard.reports.plain import one_line
from dashboard.reports.window import Window
from db.benchmarks.changes import BORNE_OUT, changes

#: At most so many steps are told each way; the rest is counted.
SHOWN = 5
#: What results hold in place of hardware that nobody named.
NOT_STATED = ("not stated", "unknown", "", None)
#: A release of a new major or minor version is worth the headline; others are told further down.
LARGE = 1


@dataclass(frozen=True)
class Events:
    """What happened in a period beside its numbers, in words: steps of benchmarks and releases.

    `released` are all releases; `large` those of new major or minor versions.
    """

    worse: tuple[str, ...] = ()
    better: tuple[str, ...] = ()
    more: int = 0
    released: tuple[str, ...] = ()
    large: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """The steps as sentences: what became worse first."""
        told = [_("Worse: {step}.").format(step=line) for line in self.worse]
        told += [_("Better: {step}.").format(step=line) for line in self.better]
        if self.more:
            told.append(
                wording.counted(
                    self.more, "And {count} more confirmed step.", "And {count} more confirmed steps."
                )
            )
        return told


def events(connection: Connection, scope: str, window: Window) -> Events:
    """What happened in the window; benchmarks are told of the project alone."""
    found = releases(connection, scope)
    inside = [each for each in found if window.first <= each.day <= window.last]
    told = [
        _("{release} on {day}").format(release=one_line(each.tag, 40), day=periods.day_named(each.day))
        for each in inside
    ]
    large = [words for words, each in zip(told, inside, strict=True) if each.step <= LARGE]
    if scope != "project":
        return Events(released=tuple(told), large=tuple(large))
    steps = changes(connection, states=BORNE_OUT, since=window.first, until=window.last)
    sides: dict[str, list[str]] = {"worse": [], "better": []}
    for row in steps.to_dict("records"):
        sides[row["verdict"]].append(step_words(row))
    more = sum(max(len(lines) - SHOWN, 0) for lines in sides.values())
    shown = {side: tuple(lines[:SHOWN]) for side, lines in sides.items()}
    return Events(shown["worse"], shown["better"], more, tuple(told), tuple(large))


def step_words(row: Mapping[Hashable, Any]) -> str:
    """A change point of `db.benchmarks.changes` as a clause, with the commits between which it lies."""
    revisions = [
        str(row[name])[:10] for name in ("revision_before", "revision_after") if isinstance(row[name], str)
    ]
    before, after = (wording.measured(row[name], row["unit"]) for name in ("before", "after"))
    step = _(
        "{suite} {case}, {metric} went from {before} to {after} ({percent}) on {hardware}, first seen {day}"
    )
    if row["model"] in NOT_STATED:
        step = _("{suite} {case}, {metric} went from {before} to {after} ({percent}), first seen {day}")
    words = step.format(
        suite=row["suite"],
        case=row["case"],
        metric=called(row["metric"].replace("_", " ")),
        before=before,
        after=after,
        percent=wording.in_symbols(f"{row['percent']:+.1f}%".replace("-", "−")),
        hardware=row["model"],
        day=periods.day_named(row["day"]),
    )
    if len(revisions) == 2:
        words += _(", between {first} and {second}").format(first=revisions[0], second=revisions[1])
    elif revisions:
        words += _(", at {revision}").format(revision=revisions[0])
    return one_line(words, 380)
