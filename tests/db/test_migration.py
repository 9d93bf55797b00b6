"""Migrations go up and down on both databases, and give exactly the tables of the models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from db import migration
from db.engine import connect
from db.errors import DatabaseError
from db.schema import SUBJECTS, Record


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
    for table in Record.metadata.tables.values():
        assert table.comment
        assert all(column.comment for column in table.c), table.name
    mapped = {m.local_table.name: m.class_.__module__ for m in Record.registry.mappers}
    assert set(mapped.values()) == {module.__name__ for module in SUBJECTS.values()}
