"""The rows behind a number are as many as the number says, for every metric that has rows."""

from __future__ import annotations

import random
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import Connection, Date, Engine, text

from db.errors import DatabaseError
from db.listing import Part
from db.metrics.behind import rows_behind
from db.metrics.catalogue import read_catalogue, read_definition
from db.metrics.kinds_of_rows import KINDS
from db.metrics.read import definitions
from db.metrics.refresh import refresh

DEFINITIONS = {definition.metric: definition for definition in read_catalogue() if definition.rows}
#: Of each metric so many of its values are compared, drawn by a seed.
CHOSEN = 12


@pytest.fixture
def held(engine: Engine, community: ModuleType) -> Engine:
    """A made-up community whose metrics are computed."""
    community.made_up(seed=20170213).write(engine)
    refresh(engine, now=community.NOW)
    return engine


def some_values(connection: Connection, metric: str) -> list[tuple[int, str, object, str, float]]:
    """Scope, grain, period, segment and value of some values of a metric, of each segment at least one."""
    found = connection.execute(
        text(
            "SELECT scope_id, grain, period, segment, value FROM metric_values WHERE metric = :metric "
            "ORDER BY scope_id, grain, period, segment"
        ).columns(period=Date),
        {"metric": metric},
    ).all()
    chosen = random.Random(7).sample(found, min(CHOSEN, len(found)))
    seen = {row.segment for row in chosen}
    for row in found:
        if row.segment not in seen:
            seen.add(row.segment)
            chosen.append(row)
    return [tuple(row) for row in chosen]


def test_there_are_as_many_rows_behind_a_number_as_it_says(held: Engine) -> None:
    compared: dict[str, int] = {}
    with held.connect() as connection:
        for metric, held_definition in definitions(connection).items():
            if not held_definition.rows:
                continue
            for scope_id, grain, period, segment, value in some_values(connection, metric):
                rows = rows_behind(
                    connection,
                    held_definition.rows,
                    held_definition.rows_sql,
                    scope_id=scope_id,
                    grain=grain,
                    period=period,
                    segments=() if segment == "all" else (segment,),
                )
                where = f"{metric} of {scope_id} in {grain} {period}, {segment}"
                assert rows.count == value, where
                assert len(rows.rows) == rows.count, where
                compared[metric] = compared.get(metric, 0) + 1
    assert set(compared) == set(DEFINITIONS), "a metric had no value to compare"


def test_rows_are_paged_and_sorted_without_losing_any(held: Engine) -> None:
    with held.connect() as connection:
        metric = definitions(connection)["commits"]
        scope_id, grain, period, _, value = max(
            (row for row in some_values(connection, "commits") if row[3] == "all"), key=lambda row: row[4]
        )

        def page(order: str, offset: int, limit: int = 7) -> list[object]:
            found = rows_behind(
                connection,
                "commits",
                metric.rows_sql,
                scope_id=scope_id,
                grain=grain,
                period=period,
                part=Part(order, limit=limit, offset=offset),
            )
            assert found.count == value
            return [row["commit"] for row in found.rows]

        for order in KINDS["commits"].sortable:
            whole = page(order, 0, 10_000)
            assert len(set(whole)) == value
            assert [each for offset in range(0, int(value), 7) for each in page(order, offset)] == whole
        assert page("day", 10_000) == []
        with pytest.raises(ValueError, match="not sorted by 'author'"):
            page("author", 0)


HEADER = (Path(__file__).parents[3] / "db/metrics/innovation/commits.sql").read_text()


@pytest.mark.parametrize(
    ("change", "to", "says"),
    [
        ("-- rows: commits", "-- rows: stars", "rows 'stars' is not known"),
        (
            "k.sha, k.day, k.segment\nFROM commits_in_scope",
            "k.day, k.segment\nFROM commits_in_scope",
            "Return exactly repository_id, sha, day, segment",
        ),
        (":first AND :last", ":first AND :until", ":until is not given"),
        (";\n\nSELECT k.repository_id, k.sha", "\n-- SELECT k.repository_id, k.sha", "no SELECT gives them"),
    ],
)
def test_a_file_whose_rows_cannot_be_read_is_refused(tmp_path: Path, change: str, to: str, says: str) -> None:
    assert HEADER.count(change) == 1
    content = HEADER.replace(change, to)
    if "no SELECT" in says:
        content = HEADER[: HEADER.rindex(";\n")]
    path = tmp_path / "innovation" / "commits.sql"
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(DatabaseError, match=says):
        read_definition(path)
