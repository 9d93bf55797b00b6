"""A metric's `reach` promises how far a changed fact goes: its SELECT reads what keeps the promise."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest
from sqlalchemy import Engine
from sqlglot import exp

from db.changes import NOTED
from db.metrics.catalogue import Definition, read_catalogue
from db.metrics.columns import tables_read
from db.metrics.dialects import parsed
from db.metrics.refresh import refresh
from db.metrics.touched import SCOPES, TOTALS, WHO
from db.schema import table
from db.schema.columns import IDENTITY, Record

CATALOGUE = {definition.metric: definition for definition in read_catalogue()}
#: Facts of which a refresh knows whom they are of, so that a change of people reaches them, and what is kept
#: of contributions: whatever changes those changes it.
FOLLOWED = {*NOTED, "commit_coauthors", "contributions", TOTALS}
#: Of these facts the column by which it knows.
BY = {**dict.fromkeys(NOTED, "author_id"), "commit_coauthors": "coauthor_id"}


def promises_broken(definition: Definition) -> list[str]:
    """What a SELECT reads that its `reach` does not allow; empty when the promise is kept."""
    if definition.reach == "everything":
        return []
    read = tables_read(definition.sql)
    problems = []
    if definition.reach == "people" and not read <= {"contributions", "calendar", *SCOPES}:
        problems.append(f"reads {sorted(read)} where contributions alone are told apart by people")
    followed = read & FOLLOWED
    if not followed:
        problems.append("reads no facts that are followed: a change would reach nothing")
    # Whatever else is read is read whole, and computed anew when it differs. Not so people: their changes
    # are followed into the facts above alone.
    others = read - {*FOLLOWED, *WHO}
    if read & set(WHO):
        holding = {
            name
            for name in others
            if any(column.info.get("holds") == IDENTITY["holds"] for column in table(name).c)
        }
        if holding:
            problems.append(f"reads people, and of {sorted(holding)} nobody tells when theirs change")
        named = {column.name for column in parsed(definition.sql).find_all(exp.Column)}
        for name in sorted(followed - {"contributions", TOTALS}):
            blind = {
                column.name
                for column in table(name).c
                if column.info.get("holds") == IDENTITY["holds"] and column.name != BY[name]
            }
            if blind & named:
                problems.append(f"looks people up by {name}.{sorted(blind & named)}, which nobody follows")
    return problems


@pytest.mark.parametrize("metric", sorted(CATALOGUE))
def test_a_metric_reads_what_its_reach_allows(metric: str) -> None:
    assert promises_broken(CATALOGUE[metric]) == []


@pytest.mark.parametrize(
    ("reads", "told"),
    [
        ("FROM popularity p JOIN scope_repositories s USING (repository_id)", "no facts that are followed"),
        (
            "FROM proposals r JOIN identities i ON i.identity_id = r.author_id "
            "JOIN issues x ON x.repository_id = r.repository_id",
            "nobody tells",
        ),
        ("FROM commits c JOIN identities i ON i.identity_id = c.committer_id", "which nobody follows"),
    ],
)
def test_a_promise_that_cannot_be_kept_is_told(reads: str, told: str) -> None:
    select = f"SELECT x.scope_id, c.grain, c.period, 1 AS segment, 1 AS value, 1 AS sample_size {reads}"
    fields = dict.fromkeys(Definition.__dataclass_fields__, "")
    broken = promises_broken(Definition(**{**fields, "reach": "scope", "sql": select}))
    assert any(told in problem for problem in broken), broken


def test_values_that_reach_people_alone_add_up_over_people(
    engine: Engine, community: ModuleType, tmp_path: Path
) -> None:
    community.made_up(seed=20170213, commits=150, requests=60).write(engine)
    file = tmp_path / "facts.columns.duckdb"
    summing = [definition for definition in CATALOGUE.values() if definition.reach == "people"]
    assert summing
    refresh(engine, now=community.NOW, metrics=[definition.metric for definition in summing], copy=file)
    with duckdb.connect(file) as duck:
        for definition in summing:
            key = "scope_id, grain, period, segment"
            whole = duck.execute(
                f"SELECT {key}, value, sample_size FROM ({definition.written_for('duckdb')})"
            )
            expected = {row[:4]: row[4:] for row in whole.fetchall()}
            assert expected or definition.metric == "joined_the_steward", definition.metric
            found: Counter[Any] = Counter()
            sizes: Counter[Any] = Counter()
            for part in range(3):
                duck.execute(
                    "CREATE TEMPORARY VIEW contributions AS SELECT * FROM "
                    f"{duck.execute('SELECT current_database()').fetchall()[0][0]}.main.contributions "
                    f"WHERE person_id % 3 = {part}"
                )
                rows = duck.execute(
                    f"SELECT {key}, value, sample_size FROM ({definition.written_for('duckdb')})"
                )
                for *place, counted, size in rows.fetchall():
                    found[tuple(place)] += counted
                    sizes[tuple(place)] += size
                duck.execute("DROP VIEW temp.contributions")
            assert {place: (found[place], sizes[place]) for place in found} == expected, definition.metric


def test_every_table_with_people_is_known_to_the_check() -> None:
    holding = {
        name
        for name, each in Record.metadata.tables.items()
        if any(column.info.get("holds") == IDENTITY["holds"] for column in each.c)
    }
    assert set(BY) <= holding
