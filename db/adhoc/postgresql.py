"""Strangers' SQL on PostgreSQL: asked by a process of its own, as a role that may read the views alone."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import URL, Engine, text
from sqlalchemy.exc import DBAPIError

from db.adhoc import processes
from db.adhoc.lexer import place_of
from db.adhoc.limits import Limits, QueryRefused
from db.adhoc.reader import reader_url
from db.adhoc.turns import Turn
from db.faults import in_words

log = logging.getLogger(__name__)


def ask(
    engine: Engine,
    sql: str,
    sent: str,
    parameters: Mapping[str, Any],
    limits: Limits,
    turn: Turn,
    *,
    gone: Callable[[], bool],
) -> Iterator[dict[str, Any]]:
    """The worker's messages about a statement, `sent` as the driver takes it.

    However it ends, the session on the server is ended from outside.
    """
    question = {"login": login(reader_url(engine)), "sql": sent, "parameters": dict(parameters)}
    session: int | None = None
    whole = False
    messages = processes.ask(question, limits, turn, gone=gone)
    try:
        with contextlib.closing(messages):
            for message in messages:
                if "session" in message:
                    session = message["session"]
                    continue
                whole = "end" in message
                yield message
    except QueryRefused as error:
        if error.position is not None:
            error.position = place_of(sql, max(0, error.position))
        raise
    finally:
        if session is not None and not whole:
            _end(engine, session, turn)


def login(url: URL) -> dict[str, Any]:
    """What the driver connects with; options of the owner's own URL (host, sslmode …) go along."""
    named = {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "password": url.password,
        "dbname": url.database,
    }
    asked = {name: value for name, value in url.query.items() if name != "options"}
    return {**asked, **{name: value for name, value in named.items() if value is not None}}


#: Only sessions of questions: a number may be another's by now.
_ITS = "FROM pg_stat_activity WHERE pid = :session AND application_name = 'flowmeter sql'"
ENDING = text(f"SELECT pg_terminate_backend(pid) {_ITS}")
THERE = text(f"SELECT COUNT(*) {_ITS}")
#: How often it is looked whether an ended session has gone, in seconds, and how often before others go on.
LOOK, LOOKS = 0.1, 5


def _end(engine: Engine, session: int, turn: Turn) -> None:
    """Ends a session that may still be at work; its process is gone, and the server may not have noticed.

    Some steps, of numbers of a hundred thousand digits say, end by themselves alone, after seconds or
    hours: until then its client waits.
    """
    try:
        with engine.connect() as connection:
            connection.execute(ENDING, {"session": session})
        for _ in range(LOOKS):
            if not _is_there(engine, session):
                return
            time.sleep(LOOK)
    except DBAPIError as error:
        # It ends by its own time limit; whoever runs the server learns why not at once.
        why = in_words(error).happened
        log.warning("the session %d of ad hoc SQL could not be ended: the database: %s", session, why)
        return
    log.info("the session %d of ad hoc SQL was ended and is still at work", session)
    over = turn.linger()
    threading.Thread(target=_wait, args=(engine, session, over), daemon=True).start()


def _is_there(engine: Engine, session: int) -> bool:
    with engine.connect() as connection:
        return bool(connection.execute(THERE, {"session": session}).scalar())


def _wait(engine: Engine, session: int, over: Callable[[], None]) -> None:
    """Until a session has gone, or its database has."""
    try:
        while _is_there(engine, session):
            time.sleep(1)
    except DBAPIError as error:
        why = in_words(error).happened
        log.warning("nobody knows whether session %d of ad hoc SQL is over: the database: %s", session, why)
    finally:
        over()
