"""What a database's complaints mean, in one sentence with the way out."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from db.errors import DatabaseError

#: What a database may say in any statement though nothing is wrong with the statement.
FORESEEN = (OperationalError, InterfaceError)


class Unavailable(DatabaseError):
    """The database is away, full or locked: the same work may succeed a little later."""


#: What happened when nobody is there to say so.
AWAY = "it does not answer"
#: Words of both databases' own complaints → what happened, and what to do; the first that fits counts.
_MEANINGS = (
    (
        r"disk is full|No space left|could not extend file|File too large|DiskFull",
        "its disk is full",
        "Make room on the disk: everything goes on from its last page",
    ),
    (
        r"database is locked|lock timeout|LockNotAvailable",
        "another process has it locked",
        "End what holds it, if it does not end by itself; the next run tries again",
    ),
    (
        r"attempt to write a readonly|read-only transaction|permission denied",
        "it may be read only",
        "Let Flowmeter's user write it",
    ),
    (
        r"malformed|not a database|disk I/O error",
        "its file is damaged, or cannot be read",
        "When flowmeter db verify finds damage: move the file away, then flowmeter db restore BACKUP",
    ),
    (
        r"password authentication|no password supplied|role .* does not exist|pg_hba",
        "it does not let Flowmeter in",
        "Check user and password in FLOWMETER_DATABASE_URL",
    ),
    (
        r"statement timeout|QueryCanceled",
        "a statement took too long and was ended",
        "The next run tries again",
    ),
    (
        r"connection|server closed|terminating|starting up|shutting down|AdminShutdown|consuming input|"
        r"unable to open",
        AWAY,
        "Check that it runs: everything goes on from its last page when it is back",
    ),
)


def in_words(error: DBAPIError) -> Unavailable:
    """The complaint as an error of ours: what happened and the way out; what is not known is quoted."""
    said = str(error.orig or error).strip()
    known = meaning(f"{type(error.orig).__name__} {said}")
    if known is not None:
        return known
    first = said.splitlines()[0] if said else type(error).__name__
    return Unavailable(f"says “{first}”", to="the database", next_step="See flowmeter doctor")


def meaning(words: str) -> Unavailable | None:
    """What a database's own words mean; None for words that are not known."""
    for known, happened, next_step in _MEANINGS:
        if re.search(known, words, re.IGNORECASE):
            return Unavailable(happened, to="the database", next_step=next_step)
    return None


def log_fault(log: logging.Logger, where: str, error: SQLAlchemyError | DatabaseError) -> None:
    """A line for the log on why something was not read: a sentence; what nobody foresaw with its trace."""
    told = in_words(error) if isinstance(error, FORESEEN) else error
    if isinstance(told, DatabaseError):
        log.error("%s: %s: %s. %s", where, told.to, told.happened, told.next_step)
    else:
        log.error("%s: the database did not answer as it should", where, exc_info=error)


@contextmanager
def driver_of(connection: Connection) -> Iterator[Any]:
    """The driver's own connection, for what SQLAlchemy has no words for: COPY, and SQLite's backup.

    Its errors are raised as SQLAlchemy's, so that what is foreseen there is foreseen here; one after
    which the connection is no more takes it out of the pool.
    """
    dialect, driver = connection.dialect, connection.connection.driver_connection
    known = dialect.loaded_dbapi.Error
    try:
        yield driver
    except known as error:
        lost = dialect.is_disconnect(error, driver, None)
        if lost:
            connection.invalidate(error)
        raised = DBAPIError.instance(None, None, error, known, connection_invalidated=lost, dialect=dialect)
        raise raised from error
