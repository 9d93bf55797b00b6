"""How the process that runs strangers' SQL asks PostgreSQL: one statement, read-only, a session of its own.

Imports Python and the driver alone. Its memory is bounded by the system, so an
answer of enormous values ends the process and nothing else.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Generator, Iterator
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types.string import TextLoader

#: Rows that go out together, and bytes of them: whoever reads the line holds others up meanwhile.
BATCH, HEAVIEST = 500, 500_000
#: Everything that PostgreSQL comes with has a number below this; what people made lies above.
FIRST_OWN_NUMBER = 16384
#: Whole numbers of fewer digits, with their sign, fit 64 bits.
DIGITS = 19
#: A value of more bytes is not sent on.
LONGEST_VALUE = 4_000_000
CATALOGUE = "the catalogue is private"
#: How PostgreSQL tells at what a quantile was asked for; in other languages its own sentence is told.
_SHARE = re.compile(r"percentile value (\S+) is not between")
#: What the driver writes before a statement whose rows are taken by and by.
BEFORE = 'DECLARE "asked" CURSOR FOR '


class _Number(Loader):
    """Exact numbers as JSON has them: whole where they are written so and fit 64 bits.

    What no number of a program holds is told as PostgreSQL writes it.
    """

    def load(self, data: Buffer) -> int | float | str:
        written = bytes(data)
        if len(written) < DIGITS and written.lstrip(b"-").isdigit():
            return int(written)
        number = float(written)
        return number if math.isfinite(number) or written[-1:].isalpha() else written.decode("ascii")


def answers(question: dict[str, Any], expired: Callable[[], bool]) -> Generator[dict[str, Any], None, None]:
    """The session's number, column names, batches of rows, and how it ended."""
    try:
        connection = psycopg.connect(
            **question["login"],
            connect_timeout=5,
            application_name="flowmeter sql",
            options=f"-c statement_timeout={max(1, int(question['seconds'] * 1000))}",
        )
    except psycopg.Error as error:
        yield {"refused": "login", "why": " ".join(str(error).split())}
        return
    connection.adapters.register_loader("numeric", _Number)
    # A month is no 30 days, a day has an hour 24 where PostgreSQL says so, and some nest deeper than Python.
    for kind in ("interval", "time", "timetz", "json", "jsonb"):
        connection.adapters.register_loader(kind, TextLoader)
    try:
        # The search path holds the views alone, whatever the role's own settings are.
        connection.execute("SET search_path = published")
        connection.execute("SET TIME ZONE 'UTC'")
        connection.execute("SET standard_conforming_strings = on")
        connection.commit()
        connection.read_only = True
        yield {"session": connection.info.backend_pid}
        cursor = connection.cursor(name="asked")
        # DECLARE takes one SELECT that changes nothing, and the extended protocol one statement.
        cursor.execute(question["sql"], question["parameters"])
        if _reads_catalogue(connection):
            yield {"refused": "error", "why": CATALOGUE}
            return
        yield {"columns": [column.name for column in cursor.description or ()]}
        yield from _batches(cursor, question["rows"], question["bytes"], expired)
    except MemoryError:
        yield {"refused": "memory"}
    except psycopg.errors.QueryCanceled:
        yield {"refused": "time"}
    except psycopg.Error as error:
        yield _told(error)
    finally:
        # Closing rolls back: nothing that the query did outlives it.
        connection.close()


def _reads_catalogue(connection: psycopg.Connection[Any]) -> bool:
    """Whether the statement holds anything of PostgreSQL's own: what it reads is locked by now.

    The function is asked, and not the view over it, so that this question locks nothing itself.
    """
    found = connection.execute(
        "SELECT 1 FROM pg_catalog.pg_lock_status() WHERE locktype = 'relation' "
        "AND pid = pg_catalog.pg_backend_pid() AND relation::bigint < %s LIMIT 1",
        (FIRST_OWN_NUMBER,),
    )
    return found.fetchone() is not None


def _batches(
    cursor: psycopg.ServerCursor[Any], rows: int, most_bytes: int, expired: Callable[[], bool]
) -> Iterator[dict[str, Any]]:
    sent = weight = 0
    # The first rows tell how wide they are: wide ones come fewer at a time.
    size = 20
    while True:
        fetched = cursor.fetchmany(size)
        batch: list[list[Any]] = []
        until = weight + HEAVIEST
        for row in fetched:
            if sent == rows or weight > most_bytes:
                yield {"rows": batch}
                yield {"end": "rows" if sent == rows else "bytes"}
                return
            values = [_plain(value) for value in row]
            heaviest = max((len(v) for v in values if isinstance(v, str)), default=0)
            if heaviest > LONGEST_VALUE:
                yield {"refused": "memory"}
                return
            sent += 1
            weight += sum(len(value) if isinstance(value, str) else 8 for value in values)
            batch.append(values)
            if weight >= until:
                yield {"rows": batch}
                batch, until = [], weight + HEAVIEST
        yield {"rows": batch}
        if len(fetched) < size:
            yield {"end": "all"}
            return
        if expired():
            yield {"refused": "time"}
            return
        size = max(1, min(BATCH, HEAVIEST // max(1, weight // sent)))


def _plain(value: Any) -> Any:
    """A value as JSON has it; days and instants are written as ISO 8601."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    written = getattr(value, "isoformat", None)
    return written() if written is not None else str(value)


def _told(error: psycopg.Error) -> dict[str, Any]:
    state = error.diag.sqlstate or ""
    if state == "53400":
        return {"refused": "disk"}
    if state.startswith("53") or state == "54000" or "out of memory" in str(error):
        return {"refused": "memory"}
    said = error.diag.message_primary or str(error).strip().splitlines()[0]
    if share := _SHARE.match(said):
        return {"refused": "share", "why": share[1]}
    if state.startswith(("57P", "08")) or (not state and isinstance(error, psycopg.OperationalError)):
        return {"refused": "away", "why": f"connection: {said}"}
    place = error.diag.statement_position
    told: dict[str, Any] = {"refused": "error", "why": said}
    if place is not None and str(place).isdigit():
        told["position"] = int(place) - 1 - len(BEFORE)
    return told
