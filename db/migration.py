"""Bringing a database to the tables of this version and back, and telling whether it is there."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, text

from db.adhoc.reader import lay, remove_views
from db.engine import check_reachable, connect, writing
from db.errors import DatabaseError
from db.faults import FORESEEN, in_words
from db.lake import triggers
from db.schema import Record

# Alembic is imported where it migrates: every command asks for the revision, and few need more.
if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)
#: How long a migration waits for a lock before it lets readers go first, in seconds.
LOCK_SECONDS = 10
#: How long a single statement of a migration may take, in seconds: those of large tables take minutes.
STATEMENT_SECONDS = 1800
FOLDER = Path(__file__).resolve().parents[1] / "migrations"


def configuration() -> Config:
    """Alembic's configuration, without any file: the folder of migrations is all it needs."""
    from alembic.config import Config

    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config


def newest() -> str:
    """The revision that this version of the code needs: its migrations' files begin with their numbers."""
    return max(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("*_*.py"))


def current(engine: Engine) -> str | None:
    """The revision that a database is at; None for one without tables."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate up; raises `DatabaseError` when the database is away or newer than the code."""
    _migrate(engine, revision, up=True)


def downgrade(engine: Engine, revision: str) -> None:
    """Migrate down to a revision, or to nothing at all with `base`."""
    _migrate(engine, revision, up=False)


def _migrate(engine: Engine, revision: str, *, up: bool) -> None:
    from alembic import command
    from alembic.util import CommandError

    check_reachable(engine)
    config = configuration()
    postgresql = engine.dialect.name == "postgresql"
    try:
        with engine.connect() as connection:
            if postgresql:
                # Readers go on while a migration waits for a lock; it gives up rather than queue before them.
                connection.exec_driver_sql(f"SET lock_timeout = '{1000 * LOCK_SECONDS:.0f}ms'")
                connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_SECONDS}s'")
                connection.commit()
                # No table can change below a view.
                remove_views(connection)
            moves = not up or current(engine) != newest()
            if moves:
                triggers.remove(connection)
            config.attributes["connection"] = connection
            (command.upgrade if up else command.downgrade)(config, revision)
            connection.commit()
        if not up or current(engine) != newest():
            return
        if moves:
            from db.metrics.catalogue import renew_rows

            with writing(engine).begin() as connection:
                renew_rows(connection)
        if postgresql:
            for sentence in lay(engine).lacking:
                log.warning("ad hoc SQL: %s", sentence)
    except FORESEEN as error:
        told = in_words(error)
        raise DatabaseError(
            f"cannot be migrated to {revision} now: {told.happened}",
            to=engine.url.render_as_string(hide_password=True),
            next_step="What is done stays done; run it again when it is free and has room",
        ) from error
    except CommandError as error:
        raise DatabaseError(
            f"cannot be migrated to {revision} ({error})",
            to=engine.url.render_as_string(hide_password=True),
            next_step="Use the version of Flowmeter that made it, or a later one",
        ) from error


def differences(engine: Engine) -> list[str]:
    """What differs between the database and this version's tables, a line each; empty when nothing does."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": False})
        return [str(difference) for difference in compare_metadata(context, Record.metadata)]


def require_current(engine: Engine) -> None:
    """Raises `DatabaseError` unless the database is at the revision that the code needs."""
    check_reachable(engine)
    held, needed = current(engine), newest()
    if held != needed:
        raise DatabaseError(
            f"is at revision {held or 'none'}, and this version needs {needed}",
            to=engine.url.render_as_string(hide_password=True),
            next_step="Run `flowmeter db upgrade`",
        )


def connect_current() -> Engine:
    """The database of the environment; raises `DatabaseError` unless it is at this code's revision."""
    engine = connect()
    require_current(engine)
    return engine
