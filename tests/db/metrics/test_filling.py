"""Bare tables of PostgreSQL are filled beside what else goes on: with all rows or none, keys included."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
from sqlalchemy import Engine, inspect, text

from db.engine import writing
from db.errors import DatabaseError
from db.metrics.write_back import Filler
from db.schema import table

HELD = table("person_periods")
COUNTS = ", ".join("1" for _ in range(len(HELD.c) - 5))


def part(first: int, count: int) -> str:
    """A SELECT of so many people, from a number on."""
    return (
        f"SELECT 1, 'month', DATE '2026-02-01', range, 'human', {COUNTS} FROM range({first}, {first + count})"
    )


def people(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT COUNT(*) FROM person_periods")).scalar_one())


def keys(engine: Engine) -> list[str]:
    return list(inspect(engine).get_pk_constraint("person_periods")["constrained_columns"])


def test_all_parts_come_in_and_the_keys_stay(postgresql_engine: Engine) -> None:
    with Filler(writing(postgresql_engine)) as filler:
        filler.fill(HELD, duckdb.connect(), [part(0, 400), part(400, 300)])
        filler.wait()
    assert people(postgresql_engine) == 700
    assert keys(postgresql_engine) == ["repository_id", "grain", "period", "person_id"]
    with postgresql_engine.connect() as connection:
        found = connection.execute(
            text("SELECT DISTINCT period, person_kind, answers FROM person_periods")
        ).all()
    assert found == [(date(2026, 2, 1), "human", 1)]


def test_a_table_whose_rows_do_not_all_come_holds_none_of_them(postgresql_engine: Engine) -> None:
    broken = f"SELECT 1, 'month', DATE '2026-02-01', 9, error('no more'), {COUNTS}"
    with pytest.raises(duckdb.Error, match="no more"), Filler(writing(postgresql_engine)) as filler:
        filler.fill(HELD, duckdb.connect(), [part(0, 400), broken])
    assert people(postgresql_engine) == 0
    assert keys(postgresql_engine) == ["repository_id", "grain", "period", "person_id"]


def test_what_goes_wrong_beside_is_told(postgresql_engine: Engine) -> None:
    with Filler(writing(postgresql_engine)) as filler:
        with pytest.raises(duckdb.Error):
            filler.fill(HELD, duckdb.connect(), [part(0, 1), "SELECT error('no more')"])
        with pytest.raises(DatabaseError, match="did not get all its rows"):
            filler.wait()
