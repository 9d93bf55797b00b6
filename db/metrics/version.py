"""Which state of the answers is held: a short text that changes whenever what pages show changes."""

from __future__ import annotations

from hashlib import blake2b

from sqlalchemy import Connection, func, select

from db.changes import held_mark
from db.schema import table


def data_version(connection: Connection) -> str:
    """The state of all numbers: another text after each refresh, the same one between two.

    A refresh leaves a mark of its own when it begins to write and signs every metric when it has written
    all: what was read in between is told apart from what was before and after. Reads two rows.
    """
    signed = table("metric_refreshes")
    row = connection.execute(
        select(func.count(), func.max(signed.c.refreshed_at), func.sum(signed.c.rows))
    ).one()
    state = f"{held_mark(connection)} {tuple(row)}"
    return blake2b(state.encode(), digest_size=8).hexdigest()
