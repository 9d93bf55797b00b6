"""Connecting to SQLite (the default) or PostgreSQL, with the settings that each needs."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError

from db.errors import DatabaseError
from db.secret import secret

DEFAULT_URL = "sqlite:///var/flowmeter.db"
#: How long a SQLite writer waits for another one, in milliseconds.
BUSY_TIMEOUT_MS = 30_000
#: SQLite needs so much beside its file to open it, in bytes.
ROOM_TO_OPEN = 100_000
#: How SQLite says that a file is none of its own, or none any more.
DAMAGED = re.compile("malformed|not a database")

#: PostgreSQL: a server that has gone without a word, a cut cable say, is noticed within half a minute.
PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


def database_url(given: str | None = None) -> URL:
    """The database that is given, or that the environment names, or the SQLite file under `var/`.

    Raises `DatabaseError` when it is no SQLAlchemy URL or names a database that
    is neither SQLite nor PostgreSQL.
    """
    written = given or secret("FLOWMETER_DATABASE_URL") or DEFAULT_URL
    named = "URL" if given else "FLOWMETER_DATABASE_URL"
    advice = "Write sqlite:///PATH or postgresql://USER@HOST/NAME"
    try:
        url = make_url(written)
    except ArgumentError as error:
        raise DatabaseError("is not a database URL", to=named, next_step=advice) from error
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise DatabaseError(
            f"names {url.get_backend_name()}, which is not supported",
            to=named,
            next_step=advice,
        )
    return url


def connect(url: URL | str | None = None) -> Engine:
    """An engine for the given URL, or for the one that the environment names.

    The folder of a SQLite file is made when it is missing; a folder that cannot
    be written raises `DatabaseError`. Connecting itself happens at first use.
    """
    url = make_url(url) if url is not None else database_url()
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    patience = {name: value for name, value in PATIENCE.items() if name not in url.query}
    engine = create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=15, connect_args=patience)

    @event.listens_for(engine, "connect")
    def utc(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET TIME ZONE 'UTC'")
        connection.commit()

    return engine


def _sqlite(url: URL) -> Engine:
    path = url.database
    if path and path != ":memory:" and not path.startswith("file:"):
        folder = Path(path).absolute().parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseError(
                f"the folder cannot be made ({error.strerror})",
                to=str(folder),
                next_step="Set FLOWMETER_DATABASE_URL to a place that can be written",
            ) from error
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})

    @event.listens_for(engine, "connect")
    def pragmas(connection: sqlite3.Connection, _record: Any) -> None:
        # SQLAlchemy's own BEGIN below needs the driver to keep its hands off transactions.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            # Rows that INSERT OR REPLACE takes away are deleted for triggers, too.
            "recursive_triggers=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "cache_size=-65536",
            "temp_store=MEMORY",
            # Pages of thousands of rows: fewer, larger checkpoints.
            "wal_autocheckpoint=8000",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "handle_error")
    def damaged(context: ExceptionContext) -> OperationalError | None:
        # The driver has no class of its own for a damaged file: it uses that which all others derive from.
        error = context.original_exception
        if type(error) is not sqlite3.DatabaseError:
            return None
        return OperationalError(context.statement, context.parameters, error)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A reader takes no lock until it writes; a writer says so at once with begin_write().
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def writing(engine: Engine) -> Engine:
    """The same engine for transactions that write.

    On SQLite they take the write lock when they begin, so that two writers wait
    for each other instead of failing when a read turns into a write.
    """
    return engine.execution_options(sqlite_begin="IMMEDIATE")


@contextmanager
def consistent(engine: Engine) -> Iterator[Connection]:
    """A connection whose reads all see the database as it was at one instant."""
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**options) as connection:
        yield connection
        connection.rollback()


def _has_no_room(url: URL) -> bool:
    """Whether the disk of a SQLite file has not even room for the files that SQLite opens beside it."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith((":", "file:")):
        return False
    return shutil.disk_usage(Path(url.database).absolute().parent).free < ROOM_TO_OPEN


def check_reachable(engine: Engine) -> None:
    """Raises `DatabaseError` in one sentence when the database cannot be used."""
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except OperationalError as error:
        shown = engine.url.render_as_string(hide_password=True)
        reason = str(error.orig).strip().splitlines()[0] if error.orig else "no answer"
        if _has_no_room(engine.url):
            raise DatabaseError(
                "cannot be opened: its disk is full",
                to=shown,
                next_step="Make room on the disk: everything goes on from its last page",
            ) from error
        if DAMAGED.search(reason):
            file = engine.url.database
            raise DatabaseError(
                f"cannot be opened: its file is damaged ({reason})",
                to=shown,
                next_step=f"mv {file} {file}.damaged; then flowmeter db restore BACKUP, "
                "or without a backup flowmeter db upgrade and flowmeter collect",
            ) from error
        raise DatabaseError(
            f"cannot be opened ({reason})",
            to=shown,
            next_step="Check FLOWMETER_DATABASE_URL, that the server runs and that the folder can be written",
        ) from error
