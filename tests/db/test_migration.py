# ruff: noqa: E501 (a row stands on one line)
"""Migrations go up and down on both databases, and give exactly the tables of the models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, select, update

from db import migration
from db.engine import connect, writing
from db.errors import DatabaseError
from db.metrics.catalogue import read_catalogue, write_catalogue
from db.schema import SUBJECTS, Record, table


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/bare.db"
    else:
        url = request.getfixturevalue("empty_postgresql")
    engine = connect(url)
    yield engine
    engine.dispose()


def test_migrated_tables_equal_the_models(bare: Engine) -> None:
    migration.upgrade(bare)
    assert migration.differences(bare) == []
    assert set(inspect(bare).get_table_names()) == {*Record.metadata.tables, "alembic_version"}
    migration.require_current(bare)


def test_going_down_leaves_nothing_and_up_again_gives_all(bare: Engine) -> None:
    migration.upgrade(bare)
    migration.downgrade(bare, "base")
    assert inspect(bare).get_table_names() == ["alembic_version"]
    migration.upgrade(bare)
    assert migration.differences(bare) == []


def test_the_rows_behind_a_number_are_found_by_this_code_before_numbers_are_made_anew(bare: Engine) -> None:
    migration.upgrade(bare)
    held = table("metric_definitions")
    with writing(bare).begin() as connection:
        write_catalogue(connection, read_catalogue())
        expected = connection.execute(select(held).order_by(held.c.metric)).all()
    migration.downgrade(bare, f"{int(migration.newest()) - 1:04}")
    with writing(bare).begin() as connection:
        connection.execute(update(held).values(rows_sql="SELECT of_an_older_version"))
    migration.upgrade(bare)
    with bare.connect() as connection:
        assert connection.execute(select(held).order_by(held.c.metric)).all() == expected


def test_results_measured_before_they_had_a_day_are_given_theirs(bare: Engine) -> None:
    migration.upgrade(bare, "0009")
    rows = {
        "benchmark_sources": "source_id, format, location, checksum, ingested_at|1, 'f', 'l', 'c', '2020-01-01 00:00:00'",
        "hardware": "hardware_id, hardware_class, model, family|1, 'gpu', 'm', 'f'",
        "environments": "environment_id, environment_key, compiler|1, 'k', 'none'",
        "benchmark_cases": "case_id, suite, name|1, 's', 'n'",
        "benchmark_metrics": "metric_id, name, unit, canonical_unit, scale, direction|1, 'n', 's', 's', 1, 'lower'",
        "benchmark_series": "series_id, case_id, hardware_id, environment_key, metric_id|1, 1, 1, 'k', 1",
        "benchmark_results": "result_id, series_id, source_id, environment_id, natural_key, measured_at, value, samples, valid, claim"
        "|1, 1, 1, 1, 'k', '2020-12-31 23:30:00', 1, 1, true, 'measured'",
    }
    with bare.begin() as connection:
        if bare.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TIME ZONE 'UTC'")
        for name, told in rows.items():
            columns, values = told.split("|")
            connection.exec_driver_sql(f"INSERT INTO {name} ({columns}) VALUES ({values})")
    migration.upgrade(bare)
    with bare.connect() as connection:
        days = connection.exec_driver_sql("SELECT CAST(day AS TEXT) FROM benchmark_results").scalars().all()
    assert days == ["2020-12-31"]
    migration.downgrade(bare, "0009")
    assert "day" not in {column["name"] for column in inspect(bare).get_columns("benchmark_results")}


def test_the_newest_revision_is_the_head_of_the_chain() -> None:
    head = ScriptDirectory.from_config(migration.configuration()).get_current_head()
    assert migration.newest() == head


def test_migrating_twice_changes_nothing(bare: Engine) -> None:
    migration.upgrade(bare)
    migration.upgrade(bare)
    assert migration.current(bare) == migration.newest()


def test_a_database_that_is_not_migrated_is_named_with_its_cure(bare: Engine) -> None:
    with pytest.raises(DatabaseError, match=r"revision none.*flowmeter db upgrade"):
        migration.require_current(bare)


def test_a_database_from_the_future_is_refused(bare: Engine) -> None:
    migration.upgrade(bare)
    with bare.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'ffff'")
    with pytest.raises(DatabaseError, match="version of Flowmeter that made it"):
        migration.upgrade(bare)


def test_a_database_that_is_away_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.db").mkdir()
    with pytest.raises(DatabaseError, match="cannot be opened"):
        migration.upgrade(connect(f"sqlite:///{tmp_path}/a.db"))
    with pytest.raises(DatabaseError, match="cannot be opened"):
        migration.upgrade(connect(f"postgresql+psycopg://nobody@/nothing?host={tmp_path}"))


def test_every_table_and_column_is_commented_and_belongs_to_a_subject() -> None:
    for each in Record.metadata.tables.values():
        assert each.comment
        assert all(column.comment for column in each.c), each.name
    mapped = {m.local_table.name: m.class_.__module__ for m in Record.registry.mappers}
    assert set(mapped.values()) == {module.__name__ for module in SUBJECTS.values()}
