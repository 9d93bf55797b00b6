"""Which metrics have to be computed anew, of which slices, and which of them need not wait for people."""

from __future__ import annotations

from collections.abc import Iterable

from db.metrics.catalogue import Definition
from db.metrics.column_copy import ANSWERS, ColumnCopy
from db.metrics.columns import tables_read
from db.metrics.touched import OF_PEOPLE, Slice, Touched

#: Metrics by the slices that are computed of them.
Parts = dict[Slice, list[Definition]]


def parts_of(copy: ColumnCopy, found: Touched, wanted: Iterable[Definition]) -> Parts:
    """What has to be computed anew of these metrics: what is touched, or all of one that is written anew."""
    held = dict(copy.rows("SELECT metric, text FROM computed"))
    parts: Parts = {}
    for definition in wanted:
        known = held.get(definition.metric) == written(definition)
        reads = tables_read(definition.sql)
        for part in found.slices(reads, definition.reach) if known else [Slice()]:
            parts.setdefault(part, []).append(definition)
    return parts


def written(definition: Definition) -> str:
    """What a metric's values were computed by: another text, and all of them are computed anew."""
    return f"{definition.reach}\n{definition.sql}"


def tells_nobody_apart(definition: Definition) -> bool:
    """Whether a metric reads nothing that a refresh of people writes, nor what is made of it."""
    return tables_read(definition.sql).isdisjoint((*OF_PEOPLE, *ANSWERS))
