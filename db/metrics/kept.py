"""Tables that are made of facts and kept: what differs goes into the database and the copy."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
from sqlalchemy import Engine

from db.metrics.write_back import Filler, write_difference
from db.schema import table


@dataclass(frozen=True)
class Kept:
    """Rows of a table as they are now: all of them, or those of a part.

    `select` is the DuckDB SELECT that gives them, in the order of the table's columns, `held` what the
    copy has of that part until now (the table's name for all of it).
    """

    name: str
    select: str
    held: str


def refresh_kept(engine: Engine, duck: duckdb.DuckDBPyConnection, filler: Filler, kept: Kept) -> None:
    """Compute the rows, and write what differs: into the database in one transaction, and into the copy.

    A table that holds none is left to the filler.

    Leaves the temporary tables `NAME_gone` (keys) and `NAME_fresh` (rows) behind.
    """
    held = table(kept.name)
    gone, fresh = f"{kept.name}_gone", f"{kept.name}_fresh"
    keys = ", ".join(column.name for column in held.primary_key)
    bare = duck.execute(f"SELECT EXISTS (FROM {kept.name})").fetchone() == (False,)
    if bare:
        duck.execute(f"CREATE OR REPLACE TEMPORARY TABLE {gone} AS SELECT {keys} FROM {kept.name}")
        duck.execute(f"CREATE OR REPLACE TEMPORARY TABLE {fresh} AS {kept.select}")
    else:
        duck.execute(f"CREATE OR REPLACE TEMPORARY TABLE rows_now AS {kept.select}")
        duck.execute(
            f"CREATE OR REPLACE TEMPORARY TABLE {gone} AS "
            f"SELECT {keys} FROM {kept.held} h ANTI JOIN rows_now n USING ({keys})"
        )
        duck.execute(
            f"CREATE OR REPLACE TEMPORARY TABLE {fresh} AS "
            f"(FROM rows_now) EXCEPT (SELECT * FROM {kept.held} h)"
        )
        duck.execute("DROP TABLE rows_now")
    ordered = f"SELECT * FROM {fresh} ORDER BY ALL"
    if bare:
        filler.fill(held, duck, [ordered])
    else:
        with engine.begin() as connection:
            write_difference(connection, held, duck, gone=f"FROM {gone}", fresh=ordered)
        differs = f"SELECT ({keys}) FROM {gone} UNION ALL SELECT ({keys}) FROM {fresh}"
        duck.execute(f"DELETE FROM {kept.name} WHERE ({keys}) IN ({differs})")
    duck.execute(f"INSERT INTO {kept.name} FROM {fresh}")
