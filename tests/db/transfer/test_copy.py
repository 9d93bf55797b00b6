"""Whole databases copied from one kind to the other, and back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import Engine, create_engine, make_url, select, text

from db.engine import connect
from db.errors import DatabaseError
from db.migration import current, newest
from db.schema import table
from db.transfer.copy import copy
from db.transfer.fingerprint import contents, tables

pytestmark = pytest.mark.postgresql


@pytest.fixture
def source(migrated_sqlite: Engine, any_rows: ModuleType) -> Engine:
    any_rows.fill(migrated_sqlite, rows=40, seed=7)
    return migrated_sqlite


@pytest.fixture
def target(migrated_postgresql: Engine) -> Engine:
    return migrated_postgresql


@pytest.fixture
def back(migrated_file: Path, tmp_path: Path) -> Iterator[Engine]:
    shutil.copy(migrated_file, tmp_path / "back.db")
    engine = connect(f"sqlite:///{tmp_path}/back.db")
    yield engine
    engine.dispose()


def plain_rows(engine: Engine, name: str) -> list[tuple[object, ...]]:
    """The rows as Python has them, in an order of their own: what the fingerprint is checked against."""
    with engine.connect() as connection:
        return sorted((tuple(row) for row in connection.execute(select(table(name)))), key=repr)


def test_every_row_of_every_table_goes_to_postgresql_and_back_unchanged(
    source: Engine, target: Engine, back: Engine
) -> None:
    copy(source, target)
    copy(target, back)
    for one in tables():
        there = plain_rows(target, one.name)
        assert len(there) == 40, one.name
        assert there == plain_rows(source, one.name) == plain_rows(back, one.name), one.name


def test_what_is_at_work_at_the_moment_is_not_copied(source: Engine, target: Engine) -> None:
    copy(source, target)
    assert len(plain_rows(source, "leases")) == 40
    assert plain_rows(target, "leases") == []


@pytest.mark.parametrize("way", ["to postgresql", "to sqlite"])
def test_new_rows_are_numbered_from_where_the_source_stood_even_where_its_last_rows_are_gone(
    source: Engine, target: Engine, back: Engine, way: str
) -> None:
    runs = table("fact_changes")
    with source.begin() as connection:
        connection.execute(runs.delete().where(runs.c.change_id > 10))
    copy(source, target)
    if way == "to sqlite":
        copy(target, back)
        target = back
    row = {
        column.name: "x" if str(column.type) == "TEXT" else 1 for column in runs.c if not column.primary_key
    }
    with target.begin() as connection:
        given = connection.execute(runs.insert().values(row)).inserted_primary_key
    assert given is not None
    assert given[0] == 41


def test_a_database_that_holds_rows_is_not_written_to(source: Engine, target: Engine) -> None:
    label = {column.name: "x" for column in table("label_kinds").columns}
    with target.begin() as connection:
        connection.execute(table("label_kinds").insert().values(label))
    with pytest.raises(DatabaseError, match="holds rows already \\(in label_kinds\\)"):
        copy(source, target)
    assert len(plain_rows(target, "label_kinds")) == 1


def test_a_database_without_tables_is_migrated_first(source: Engine, empty_postgresql: str) -> None:
    target = connect(empty_postgresql)
    copy(source, target)
    assert current(target) == newest()
    target.dispose()


def test_a_database_is_not_copied_into_itself(source: Engine) -> None:
    with pytest.raises(DatabaseError, match="is the database itself"):
        copy(source, source)


def test_a_text_that_postgresql_cannot_hold_stops_the_copy_and_leaves_nothing(
    source: Engine, target: Engine
) -> None:
    with source.begin() as connection:
        connection.execute(text("UPDATE repositories SET full_name = 'a' || char(0) || 'b' WHERE rowid = 1"))
    with pytest.raises(DatabaseError, match="does not take a row of repositories"):
        copy(source, target)
    assert all(plain_rows(target, one.name) == [] for one in tables())


def test_a_copy_that_is_killed_leaves_the_target_empty_and_can_be_done_again(
    source: Engine, target: Engine
) -> None:
    def killed(name: str, _held: object) -> None:
        if name == "repositories":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy(source, target, killed)
    assert all(plain_rows(target, one.name) == [] for one in tables())
    copy(source, target)


def test_the_copy_is_of_one_instant_while_others_write(
    source: Engine, target: Engine, any_rows: ModuleType
) -> None:
    other = create_engine(source.url)
    last = tables()[-1].name

    def write_meanwhile(name: str, _held: object) -> None:
        if name == tables()[0].name:
            with other.begin() as connection:
                connection.execute(text(f"DELETE FROM {last}"))

    copy(source, target, write_meanwhile)
    assert len(plain_rows(target, last)) == 40
    assert plain_rows(source, last) == []


def test_fingerprints_tell_apart_what_differs_in_one_value_and_do_not_mind_the_order(source: Engine) -> None:
    one = table("people")
    with source.connect() as connection:
        before = contents(connection, one)
        connection.execute(text("UPDATE people SET display_name = display_name || ' ' WHERE rowid = 3"))
        assert contents(connection, one) != before
        connection.rollback()
        # The same rows, written in the other order.
        connection.execute(text("CREATE TEMPORARY TABLE held AS SELECT * FROM people"))
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        connection.execute(text("DELETE FROM people"))
        connection.execute(text("INSERT INTO people SELECT * FROM held ORDER BY rowid DESC"))
        assert contents(connection, one) == before


def test_the_password_of_a_database_is_in_no_message(source: Engine) -> None:
    away = connect(make_url("postgresql+psycopg://somebody:a-secret@127.0.0.1:1/none"))
    with pytest.raises(DatabaseError) as raised:
        copy(source, away)
    assert "a-secret" not in str(raised.value)
