"""Whether a database is whole: its tables are of this version, and every row can be read."""

from __future__ import annotations

import sqlite3

from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError as DriverError

from db import migration
from db.engine import consistent
from db.errors import DatabaseError
from db.transfer.backup import damaged_pages
from db.transfer.fingerprint import contents, tables


def verify_database(engine: Engine) -> list[str]:
    """What is wrong, a sentence each; empty when nothing is. Reads every row once.

    PostgreSQL holds rows to their references itself; that all of them can be
    read is what is looked at there. Raises `DatabaseError` for another revision.
    """
    migration.require_current(engine)
    wrong = migration.differences(engine)
    with consistent(engine) as connection:
        driver = connection.connection.driver_connection
        if isinstance(driver, sqlite3.Connection):
            try:
                wrong += damaged_pages(driver)
            except sqlite3.DatabaseError as error:
                return [*wrong, f"it cannot be read through ({error})"]
        for table in tables():
            try:
                contents(connection, table)
            except DatabaseError as error:
                wrong.append(f"{error.to} {error.happened}")
            except DriverError as error:
                # What follows an error on PostgreSQL is refused until the transaction ends.
                return [*wrong, f"table {table.name} cannot be read ({str(error.orig).splitlines()[0]})"]
    return wrong
