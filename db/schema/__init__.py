"""All tables, one module a subject; importing this package registers every one of them."""

from __future__ import annotations

from sqlalchemy import Table

from db.schema import (
    activity,
    adoption,
    answers,
    archive,
    benchmarks,
    operations,
    people,
    reports,
    repositories,
    sums,
)
from db.schema.columns import Record, id_of, stable_id

__all__ = ["SUBJECTS", "Record", "id_of", "stable_id", "table"]

#: Subject → its module, in the order of the data dictionary.
SUBJECTS = {
    "repositories": repositories,
    "people": people,
    "activity": activity,
    "adoption": adoption,
    "archive": archive,
    "benchmarks": benchmarks,
    "sums": sums,
    "answers": answers,
    "operations": operations,
    "reports": reports,
}


def table(name: str) -> Table:
    """The table of that name; `KeyError` names it when there is none."""
    return Record.metadata.tables[name]
