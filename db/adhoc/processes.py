"""Processes that run strangers' SQL, one question at a time, and are killed when late."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final

from db.adhoc.kept_processes import taken
from db.adhoc.limits import Limits, refusal, too_large, too_much_disk, too_slow
from db.adhoc.standing_back import local_backend
from db.adhoc.turns import SHORT, Turn
from db.faults import AWAY, Unavailable, meaning

#: A query ends itself when its time is over; one long step of it cannot, and is killed so much later.
GRACE: Final = 0.5
READER = "Run `flowmeter db reader`, which makes that role, or set FLOWMETER_READER_URL; see docs/sql.md"
SHARE = "Write a number from 0 to 1: 0.5 is the median, 0.95 what 95 of 100 do not exceed"
WORKER: Final = "db.adhoc.worker"


def ask(
    question: dict[str, Any],
    limits: Limits,
    turn: Turn | None = None,
    *,
    gone: Callable[[], bool] = lambda: False,
) -> Generator[dict[str, Any], None, None]:
    """The worker's messages about a question: column names, batches of rows, and how it ended.

    `question` holds the statement, its parameters and where to ask it. Leaving the
    iterator early kills the query, and so does `gone` when it says that nobody waits
    for the answer any more; `turn` is given back when it is over. Raises `DatabaseError`
    when it is refused, too slow or too large.
    """
    bounds = {
        "seconds": limits.seconds,
        "rows": limits.rows,
        "bytes": limits.answer,
        "memory": limits.memory,
    }
    used = _Used()
    short = SHORT if turn is None else turn.short
    try:
        yield from _asked(question | bounds, limits, gone, short, used)
    finally:
        if turn is not None:
            turn.end(used.beside, rests=used.rests)


class _Used:
    """How long a question was worked on beside everybody else, and whether that calls for a rest."""

    beside = 0.0
    rests = False


def _asked(
    question: Mapping[str, Any], limits: Limits, gone: Callable[[], bool], short: float, used: _Used
) -> Generator[dict[str, Any], None, None]:
    # Who has had enough already stands back from the start.
    worker = taken(WORKER, last=short <= 0)
    whole = False
    began = time.monotonic()
    waited_in_all = 0.0
    try:
        worker.ask(question, short)
        deadline = time.monotonic() + limits.seconds + GRACE
        while not whole:
            message = worker.answer(deadline, gone)
            if message is None:
                # Nothing but the system's own limit on its memory ends a worker that nobody killed.
                raise too_large(limits)
            if "refused" in message:
                whole = True
                raise _refused(message, limits)
            if "session" in message:
                worker.backend = local_backend(question["login"], message["session"])
            whole = "end" in message
            # A reader who takes the rows slowly does not use up the query's time.
            waited = time.monotonic()
            yield message
            waited_in_all += time.monotonic() - waited
            deadline += time.monotonic() - waited
    except TimeoutError as error:
        raise too_slow(limits) from error
    finally:
        of_a_server = "login" in question
        if worker.put_back_at is not None:
            used.beside = worker.put_back_at - began
        elif of_a_server or not worker.last:
            used.beside = time.monotonic() - began - waited_in_all
            # A process of this machine that was too quick to be put back is none that could not be.
            used.rests = of_a_server and worker.backend is None and used.beside >= short
        else:
            used.beside = max(0.0, min(short, time.monotonic() - began))
        worker.give_back(whole)


def _refused(message: Mapping[str, Any], limits: Limits) -> Exception:
    kind = message["refused"]
    if kind == "time":
        return too_slow(limits)
    if kind == "memory":
        return too_large(limits)
    if kind == "disk":
        return too_much_disk()
    if kind == "share":
        return refusal(f"asks for a quantile at {message['why']}, which is no share of the values", SHARE)
    told = meaning(message["why"]) if kind in ("login", "away") else None
    if told is not None and told.happened == AWAY:
        # Not the query is at fault.
        return Unavailable(
            f"got no answer: the database: {told.happened}", to="the query", next_step=told.next_step
        )
    if kind == "login":
        return refusal(f"cannot be asked as a reader ({message['why']})", READER)
    return refusal(
        f"failed ({message['why']})",
        "docs/sql.md lists the tables and what may be asked",
        message.get("position"),
    )
