"""Bringing a database to the tables of this version and back, and telling whether it is there."""

from __future__ import annotations

import io
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine

from db.engine import check_reachable
from db.errors import DatabaseError
from db.schema import Record

FOLDER = Path(__file__).resolve().parents[1] / "migrations"


def configuration() -> Config:
    """Alembic's configuration, without any file: the folder of migrations is all it needs."""
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config


def newest() -> str:
    """The revision that this version of the code needs."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    if head is None:
        raise RuntimeError(f"{FOLDER} holds no migration")
    return head


def current(engine: Engine) -> str | None:
    """The revision that a database is at; None for one without tables."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate up; raises `DatabaseError` when the database is away or newer than the code."""
    _migrate(engine, revision, up=True)


def downgrade(engine: Engine, revision: str) -> None:
    """Migrate down to a revision, or to nothing at all with `base`."""
    _migrate(engine, revision, up=False)


def _migrate(engine: Engine, revision: str, *, up: bool) -> None:
    check_reachable(engine)
    config = configuration()
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            (command.upgrade if up else command.downgrade)(config, revision)
            connection.commit()
    except CommandError as error:
        raise DatabaseError(
            f"cannot be migrated to {revision} ({error})",
            to=engine.url.render_as_string(hide_password=True),
            next_step="Use the version of Flowmeter that made it, or a later one",
        ) from error


def differences(engine: Engine) -> list[str]:
    """What differs between the database and this version's tables, a line each; empty when nothing does."""
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
