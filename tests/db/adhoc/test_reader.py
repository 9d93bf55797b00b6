"""The role that asks on PostgreSQL: made by whoever may, bounded, and able to read the views alone."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, make_url, text

from db import migration
from db.adhoc import reader
from db.adhoc.limits import Limits
from db.adhoc.postgresql import login
from db.adhoc.public import public_columns
from db.adhoc.query import run, stream
from db.adhoc.reader import lay, reader_url
from db.engine import connect
from db.errors import DatabaseError
from db.schema import table

pytestmark = pytest.mark.postgresql
ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(*) FROM n"


@pytest.fixture
def owned(
    empty_postgresql: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Engine]:
    """A database of an owner who is no superuser, and who may make roles if the test says so."""
    name = f"owner_{uuid.uuid4().hex[:8]}"
    admin = connect(empty_postgresql)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE ROLE {name} LOGIN {request.param} PASSWORD 'x'"))
        connection.execute(text(f"ALTER DATABASE {make_url(empty_postgresql).database} OWNER TO {name}"))
        connection.execute(text(f"GRANT ALL ON SCHEMA public TO {name}"))
    monkeypatch.setenv(
        "FLOWMETER_READER_URL",
        make_url(empty_postgresql)
        .set(username=f"reader_of_{name}", password="y")
        .render_as_string(hide_password=False),
    )
    engine = connect(make_url(empty_postgresql).set(username=name, password="x"))
    yield engine
    engine.dispose()
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for role in (f"reader_of_{name}", name):
            if connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :r"), {"r": role}).scalar():
                connection.execute(text(f"REASSIGN OWNED BY {role} TO postgres"))
                connection.execute(text(f"DROP OWNED BY {role}"))
                connection.execute(text(f"DROP ROLE {role}"))
    admin.dispose()


@pytest.mark.parametrize("owned", ["CREATEROLE"], indirect=True)
def test_a_migration_makes_the_views_and_the_reader_and_may_be_repeated(owned: Engine) -> None:
    migration.upgrade(owned)
    assert lay(owned).lacking == ()
    for name, columns in public_columns().items():
        assert run(owned, f"SELECT * FROM {name}").columns == columns
    migration.downgrade(owned, "base")
    migration.upgrade(owned)
    assert run(owned, "SELECT COUNT(*) FROM scopes").rows == [(0,)]


@pytest.mark.parametrize("owned", ["NOCREATEROLE"], indirect=True)
def test_where_roles_may_not_be_made_it_says_what_whoever_may_has_to_run(owned: Engine) -> None:
    migration.upgrade(owned)
    laid = lay(owned)
    assert any("could not be made" in sentence and "--print" in sentence for sentence in laid.lacking)
    with pytest.raises(DatabaseError, match="flowmeter db reader"):
        run(owned, "SELECT 1")
    admin = connect(owned.url.set(username="postgres"))
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in reader.statements_for_an_administrator(owned):
            connection.exec_driver_sql(statement.replace("choose one", "y"))
    admin.dispose()
    assert run(owned, "SELECT COUNT(*) FROM scopes").rows == [(0,)]


def test_the_reader_has_its_limits_and_no_right_beyond_the_views(postgresql_engine: Engine) -> None:
    assert lay(postgresql_engine).lacking == ()
    with psycopg.connect(**login(reader_url(postgresql_engine)), autocommit=True) as connection:
        for name, value in {**reader.SETTINGS, **reader.SUPERUSER_SETTINGS}.items():
            assert connection.execute("SELECT current_setting(%s)", (name,)).fetchone() in (
                (value,),
                ("1min",),
            )
        readable = connection.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.oid >= 16384 AND c.relkind IN ('r', 'v', 'm', 'p', 'f', 'S') "
            "AND (has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES') "
            "OR has_table_privilege(c.oid, 'DELETE, TRUNCATE, TRIGGER'))"
        ).fetchall()
        assert set(readable) == {("published", name) for name in public_columns()}
        writable = connection.execute(
            "SELECT relname FROM pg_class WHERE oid >= 16384 AND relkind = 'v' "
            "AND has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE')"
        ).fetchall()
        assert writable == []
        rights = connection.execute(
            "SELECT has_database_privilege(current_database(), 'CREATE'), "
            "has_database_privilege(current_database(), 'TEMPORARY'), "
            "has_schema_privilege('public', 'CREATE'), has_schema_privilege('published', 'CREATE')"
        ).fetchone()
        assert rights == (False, False, False, False)


def test_views_carry_the_comments_of_the_tables(postgresql_engine: Engine) -> None:
    with postgresql_engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT obj_description('published.metric_values'::regclass), "
                "col_description('published.metric_values'::regclass, 1)"
            )
        ).one()
    held = table("metric_values")
    assert found == (held.comment, next(iter(held.columns)).comment)


def test_a_query_whose_reader_has_gone_is_ended_on_the_server_too(postgresql_engine: Engine) -> None:
    gone = threading.Event()
    timer = threading.Timer(0.3, gone.set)
    timer.start()
    began = time.monotonic()
    with pytest.raises(DatabaseError):
        list(stream(postgresql_engine, ENDLESS, limits=Limits(seconds=60), gone=gone.is_set).batches())
    assert time.monotonic() - began < 10
    with postgresql_engine.connect() as connection:
        ended = False
        while not ended and time.monotonic() - began < 10:
            count = text(
                "SELECT COUNT(*) FROM pg_stat_activity "
                "WHERE application_name = 'flowmeter sql' AND datname = current_database()"
            )
            ended = connection.execute(count).scalar_one() == 0
            connection.rollback()
        assert ended


def test_an_error_says_where_it_is_in_the_statement_as_written(postgresql_engine: Engine) -> None:
    asked = "SELECT name FROM scopes WHERE name = :first AND title = :second AND nowhere = 1"
    with pytest.raises(DatabaseError, match="nowhere") as caught:
        run(postgresql_engine, asked, parameters={"first": "1", "second": "2"})
    assert getattr(caught.value, "position", None) == asked.index("nowhere")
