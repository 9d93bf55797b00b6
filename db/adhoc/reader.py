"""The wall on PostgreSQL: views of what is public, and a login that may read them and nothing else."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql
from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from db.adhoc.postgresql_guard import SCHEMA
from db.adhoc.public import public_columns
from db.errors import DatabaseError
from db.faults import FORESEEN
from db.people.identities import identity_key
from db.schema import table
from db.secret import secret

ROLE = "flowmeter_reader"
#: Sessions of the role at once: two a process of the dashboard, and one's own tools.
SESSIONS = 20
#: What every session of the role begins with. Flowmeter's own sessions set the time anew for each question.
SETTINGS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    "lock_timeout": "1s",
    "work_mem": "16MB",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "search_path": SCHEMA,
}
#: Not every system can tell that a client has gone.
NOTICING = {"client_connection_check_interval": "1s"}
#: What only a superuser may set: how much of the disk a query takes, and that nobody sees another's question.
SUPERUSER_SETTINGS = {"temp_file_limit": "256MB", "track_activities": "off"}
#: Functions that every role may call by default and that act on more than the query itself.
_ACTING = """
    pg_sleep pg_sleep_for pg_sleep_until pg_cancel_backend pg_terminate_backend pg_notify set_config
    pg_advisory_lock pg_advisory_lock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared
    pg_try_advisory_lock pg_try_advisory_lock_shared pg_try_advisory_xact_lock
    pg_try_advisory_xact_lock_shared
    lo_creat lo_create lo_from_bytea lo_put lo_open lowrite lo_unlink lo_truncate lo_truncate64
    query_to_xml query_to_xmlschema query_to_xml_and_xmlschema cursor_to_xml table_to_xml schema_to_xml
    database_to_xml ts_stat ts_rewrite pg_stat_get_activity pg_logical_emit_message
"""
ACTING = tuple(_ACTING.split())


@dataclass(frozen=True)
class Laid:
    """What was made for readers, and what the database did not allow, a sentence each."""

    role: str
    views: int
    lacking: tuple[str, ...]


def reader_url(engine: Engine) -> URL:
    """How ad hoc SQL logs in: `FLOWMETER_READER_URL`, or the role above with a password made from the key.

    The password follows from the installation's identity key, so it is written down nowhere.
    """
    written = secret("FLOWMETER_READER_URL")
    if written:
        try:
            url = make_url(written)
        except ArgumentError as error:
            raise DatabaseError(
                "is not a database URL",
                to="FLOWMETER_READER_URL",
                next_step="Write postgresql://ROLE:PASSWORD@HOST/NAME",
            ) from error
        if url.get_backend_name() == "postgresql" and url.username:
            return url
        raise DatabaseError(
            "names no role of PostgreSQL",
            to="FLOWMETER_READER_URL",
            next_step="Write postgresql://ROLE:PASSWORD@HOST/NAME",
        )
    password = hmac.new(identity_key(), b"the reader of ad hoc SQL", hashlib.sha256).hexdigest()
    return engine.url.set(username=ROLE, password=password)


def remove_views(connection: Connection) -> bool:
    """Takes the views away, so that tables can change below them; whether there were any."""
    found = connection.exec_driver_sql("SELECT 1 FROM pg_namespace WHERE nspname = %s", (SCHEMA,)).scalar()
    if found:
        connection.exec_driver_sql(f"DROP SCHEMA {SCHEMA} CASCADE")
    return bool(found)


def readable(connection: Connection) -> int:
    """How many of the views whoever is logged in may read; as many as are public when all is well."""
    question = (
        "SELECT COUNT(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relkind = 'v' AND has_schema_privilege(n.oid, 'USAGE') "
        "AND has_table_privilege(c.oid, 'SELECT')"
    )
    return int(connection.exec_driver_sql(question, (SCHEMA,)).scalar_one())


def lay(engine: Engine) -> Laid:
    """Makes the views, and the role with its rights and limits as far as the database allows it.

    May be repeated. Raises `DatabaseError` when not even the views can be made, and
    SQLAlchemy's errors when the database is away.
    """
    url = reader_url(engine)
    role = str(url.username)
    try:
        with engine.begin() as connection:
            remove_views(connection)
            for statement in _views():
                connection.exec_driver_sql(statement)
    except FORESEEN:
        raise
    except DBAPIError as error:
        raise DatabaseError(
            f"the schema {SCHEMA} cannot be made ({_said(error)})",
            to="the views for ad hoc SQL",
            next_step="Let the role of FLOWMETER_DATABASE_URL own the database, or grant it CREATE on it",
        ) from error
    lacking: list[str] = []
    for statements, missing in _steps(engine, url, role):
        try:
            with engine.begin() as connection:
                for statement in statements:
                    connection.exec_driver_sql(statement)
        except FORESEEN:
            raise  # what is away now may be allowed later
        except DBAPIError as error:
            lacking.append(f"{missing} ({_said(error)})")
    return Laid(role, len(public_columns()), tuple(lacking))


def _views() -> Iterator[str]:
    yield f"CREATE SCHEMA {SCHEMA}"
    for name, columns in public_columns().items():
        held = table(name)
        listed = ", ".join(f'"{column}"' for column in columns)
        yield f'CREATE VIEW {SCHEMA}."{name}" AS SELECT {listed} FROM public."{name}"'
        yield f'COMMENT ON VIEW {SCHEMA}."{name}" IS {_text(held.comment)}'
        for column in columns:
            about = held.columns[column].comment
            yield f'COMMENT ON COLUMN {SCHEMA}."{name}"."{column}" IS {_text(about)}'


def _steps(engine: Engine, url: URL, role: str) -> Iterator[tuple[list[str], str]]:
    """Groups of statements, each in a transaction of its own, and what is lacking when one fails."""
    name, database = _name(role), _name(str(engine.url.database))
    with engine.connect() as connection:
        exists = connection.exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).scalar()
        superuser = connection.exec_driver_sql("SELECT current_setting('is_superuser')").scalar() == "on"
        owner = str(connection.exec_driver_sql("SELECT current_user").scalar())
    rights = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS" if superuser else ""
    login = f"LOGIN NOINHERIT {rights} CONNECTION LIMIT {SESSIONS} PASSWORD {_text(url.password)}"
    made = f"{'ALTER' if exists else 'CREATE'} ROLE {name} {login}"
    yield (
        [made],
        f"the role {role} could not be made or changed: ask whoever may, with: flowmeter db reader --print",
    )
    yield (
        [
            f"GRANT CONNECT ON DATABASE {database} TO {name}",
            f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
        ],
        "temporary tables are not taken from everybody",
    )
    yield (
        [
            f"GRANT USAGE ON SCHEMA {SCHEMA} TO {name}",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {name}",
        ],
        f"{role} may not read the views",
    )
    yield ["REVOKE CREATE ON SCHEMA public FROM PUBLIC"], "making tables is not taken from everybody"
    yield _set(name, database, SETTINGS), f"the limits of {role} are not set"
    yield _set(name, database, NOTICING), "a client that goes away is noticed late"
    if not superuser:
        yield [f"GRANT {name} TO {_name(owner)}"], f"{owner} cannot end sessions of {role}"
        return
    yield _set(name, database, SUPERUSER_SETTINGS), "temporary files are not bounded"
    yield (
        [_REVOKE.format(names=", ".join(map(_text, ACTING)))],
        "functions that act are not taken from everybody",
    )


#: Functions of several forms are found by name, whatever the version of PostgreSQL has of them.
_REVOKE = """
DO $$ DECLARE f regprocedure; BEGIN
  FOR f IN SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace
           AND p.proname IN ({names}) LOOP
    EXECUTE 'REVOKE EXECUTE ON FUNCTION ' || f || ' FROM PUBLIC';
  END LOOP;
END $$
"""


def statements_for_an_administrator(engine: Engine) -> list[str]:
    """What somebody who may make roles runs where Flowmeter may not; the password is a place-holder."""
    role = str(reader_url(engine).username)
    name, database = _name(role), _name(str(engine.url.database))
    return [
        f"CREATE ROLE {name} LOGIN NOINHERIT CONNECTION LIMIT {SESSIONS} PASSWORD 'choose one';",
        f"GRANT CONNECT ON DATABASE {database} TO {name};",
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {name};",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {name};",
        *(f"{line};" for line in _set(name, database, SETTINGS)),
    ]


def _set(name: str, database: str, settings: Mapping[str, str]) -> list[str]:
    return [
        f"ALTER ROLE {name} IN DATABASE {database} SET {key} = {_text(value)}"
        for key, value in settings.items()
    ]


def _name(written: str) -> str:
    return sql.Identifier(written).as_string(None)


def _text(written: object) -> str:
    # Per cent signs are psycopg's own where a statement has no parameters either.
    return sql.Literal(str(written or "")).as_string(None)


def _said(error: DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines() if isinstance(error.orig, psycopg.Error) else []
    return lines[0] if lines else "no answer"
