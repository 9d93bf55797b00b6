"""Which metrics have to be computed anew, of which slices, and which of them need not wait for others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from db.metrics import open_threads, person_sums
from db.metrics.catalogue import Definition
from db.metrics.column_copy import ANSWERS, ColumnCopy
from db.metrics.columns import tables_read
from db.metrics.touched import OF_PEOPLE, Slice, Touched

#: Tables that are made of contributions, while metrics are computed that read none of them.
SUMS = frozenset({open_threads.NAME, *person_sums.SELECTS})
#: Metrics by the slices that are computed of them.
Parts = dict[Slice, list[Definition]]


@dataclass(frozen=True)
class Turns:
    """Metrics by when all that they read is up to date.

    `before_people` tell nobody apart, and need not wait until it is found out who is who;
    `before_contributions` read facts and people alone. Few read the sums of people, and none of the others
    waits for those.
    """

    before_people: Sequence[Definition]
    before_contributions: Sequence[Definition]
    before_sums: Sequence[Definition]
    after_sums: Sequence[Definition]

    @classmethod
    def of(cls, wanted: Iterable[Definition], *, at_once: bool) -> Turns:
        """The turns of these metrics; with `at_once` none of them comes before contributions are made."""
        turns: tuple[list[Definition], ...] = ([], [], [], [])
        for each in wanted:
            read = tables_read(each.sql)
            if not read.isdisjoint(SUMS):
                turns[3].append(each)
            elif at_once or not read.isdisjoint(ANSWERS):
                turns[2].append(each)
            else:
                turns[0 if read.isdisjoint(OF_PEOPLE) else 1].append(each)
        return cls(*turns)


def parts_of(
    copy: ColumnCopy, found: Touched, wanted: Iterable[Definition], leave_out: Collection[str] = ()
) -> Parts:
    """What has to be computed anew of these metrics: what is touched, or all of one that is written anew."""
    held = dict(copy.rows("SELECT metric, text FROM computed"))
    parts: Parts = {}
    for definition in wanted:
        if definition.metric in leave_out:
            continue
        known = held.get(definition.metric) == written(definition)
        reads = tables_read(definition.sql)
        for part in found.slices(reads, definition.reach) if known else [Slice()]:
            parts.setdefault(part, []).append(definition)
    return parts


def written(definition: Definition) -> str:
    """What a metric's values were computed by: another text, and all of them are computed anew."""
    return f"{definition.reach}\n{definition.sql}"
