"""What people say of change points: acknowledged, ignored, annotated, or opened again."""

from __future__ import annotations

import re
from typing import Any, Final, Literal

from sqlalchemy import Connection, Text, cast, select, update

from db.benchmarks.detection import alone, forget_examination
from db.errors import DatabaseError
from db.schema import table

Decision = Literal["acknowledged", "ignored"]
ADVICE: Final = "“flowmeter bench changes list” shows the numbers"
#: The beginning of a number that is long enough to mean one change point.
SHORTEST: Final = 4


def change_named(connection: Connection, written: str) -> int:
    """The number of a change point, from it or its beginning.

    Raises `DatabaseError` when there is none, or several begin so.
    """
    changes = table("change_points")
    number = changes.c.change_point_id
    if not re.fullmatch(r"\d{1,19}", written):
        raise DatabaseError("is no number of a change point", to=written, next_step=ADVICE)
    found = list(connection.execute(select(number).where(number == int(written))).scalars())
    if not found and len(written) >= SHORTEST:
        beginning = cast(number, Text).startswith(written)
        found = list(connection.execute(select(number).where(beginning).limit(2)).scalars())
    match found:
        case [one]:
            return int(one)
        case []:
            raise DatabaseError("there is no such change point", to=written, next_step=ADVICE)
        case _:
            raise DatabaseError("several change points begin so", to=written, next_step="Write more digits")


def decide(
    connection: Connection,
    change: int,
    decision: Decision,
    *,
    note: str | None = None,
    link: str | None = None,
) -> None:
    """Acknowledge a change (somebody looks after it) or ignore it (it is none, or does not matter)."""
    _write(connection, change, {"state": decision}, note, link)


def annotate(
    connection: Connection, change: int, *, note: str | None = None, link: str | None = None
) -> None:
    """Write a note, a link or both to a change; an empty text takes it away, and None leaves it."""
    _write(connection, change, {}, note, link)


def reopen(connection: Connection, change: int) -> None:
    """Take a decision back; the next detection says whether the change is suspected or confirmed."""
    changes = table("change_points")
    alone(connection)
    held = connection.execute(
        select(changes.c.series_id).where(changes.c.change_point_id == change)
    ).scalar_one_or_none()
    if held is not None:
        forget_examination(connection, held)
    _write(connection, change, {"state": "suspected"}, None, None)


def _write(
    connection: Connection, change: int, values: dict[str, Any], note: str | None, link: str | None
) -> None:
    changes = table("change_points")
    told = {name: text.strip() or None for name, text in (("note", note), ("link", link)) if text is not None}
    alone(connection)
    done = connection.execute(
        update(changes).where(changes.c.change_point_id == change).values({**values, **told})
    )
    if not done.rowcount:
        raise DatabaseError("there is no such change point any more", to=str(change), next_step=ADVICE)
