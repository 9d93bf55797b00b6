"""A SQLite connection that can read the public columns and do nothing else.

Nothing here needs more than Python itself: the process that runs strangers'
SQL has to start fast and needs to know nothing of the product.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from db.metrics.nearest_rank import telling

#: Functions that read nothing outside the query and cannot be made to fill the memory by themselves.
_FUNCTIONS = (
    "abs avg ceil ceiling char coalesce count cume_dist date datetime dense_rank exp first_value floor glob "
    "group_concat ifnull iif instr json json_array json_array_length json_extract json_group_array "
    "json_object julianday lag last_value lead length like ln log log10 log2 lower ltrim max min mod "
    "nearest_rank nth_value ntile nullif percent_rank pow power quote rank replace round row_number rtrim "
    "sign sqrt strftime substr substring sum time total trim typeof unicode unixepoch upper -> ->>"
)
FUNCTIONS = frozenset(_FUNCTIONS.split())
#: A text or blob within the query, in bytes.
LONGEST_VALUE = 4_000_000
#: The statement itself, in bytes: the parser that words the messages takes a second for ten times as much.
LONGEST_STATEMENT = 50_000
#: What SQLite may not go beyond, whatever the statement says.
LIMITS = {
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LENGTH: LONGEST_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: LONGEST_STATEMENT,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_COLUMN: 500,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
#: What a refusal begins with that tells at what a quantile was asked for.
NO_SHARE = "no share: "
#: Steps of SQLite's machine between two looks at the clock.
STEPS = 10_000


def open_guarded(
    path: str, public: Mapping[str, Sequence[str]], *, memory: int, expired: Callable[[], bool]
) -> tuple[sqlite3.Connection, list[str]]:
    """A read-only connection, and the list to which it adds what it refuses, in words.

    `public` names the columns of each table that may be read, `memory` is the
    most that SQLite may hold, in bytes, and a query ends when `expired` says so.
    """
    uri = Path(path).absolute().as_uri() + "?mode=ro"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    # A text that is not UTF-8 is shown as far as it goes, rather than failing the whole query.
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    for pragma in (
        "query_only = 1",
        "temp_store = MEMORY",
        "mmap_size = 0",
        "cell_size_check = 1",
        "trusted_schema = 0",
        f"hard_heap_limit = {memory}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()
    _hide_private_columns(connection, public)
    refused: list[str] = []
    # What metrics on quantiles are computed with; PostgreSQL has PERCENTILE_DISC.
    quantile: Any = telling(lambda share: refused.append(NO_SHARE + share))
    connection.create_aggregate("nearest_rank", 2, quantile)
    for category, most in LIMITS.items():
        connection.setlimit(category, most)
    connection.set_authorizer(_authorizer(public, _held(connection), refused))
    connection.set_progress_handler(expired, STEPS)
    return connection, refused


def _hide_private_columns(connection: sqlite3.Connection, public: Mapping[str, Sequence[str]]) -> None:
    """Lets `SELECT *` mean the public columns, by views of this connection alone.

    The authorizer below is the wall; this keeps an honest `*` from running into it.
    """
    connection.execute("PRAGMA query_only = 0").close()
    for table, columns in public.items():
        held = [row[1] for row in connection.execute(f'PRAGMA main.table_info("{table}")')]
        if set(held) - set(columns):
            listed = ", ".join(f'"{column}"' for column in columns)
            connection.execute(f'CREATE TEMP VIEW "{table}" AS SELECT {listed} FROM main."{table}"')
    connection.execute("PRAGMA query_only = 1").close()


def _held(connection: sqlite3.Connection) -> frozenset[str]:
    """Every name that means something to SQLite itself: tables, views, and the tables that modules offer."""
    names = {row[0].lower() for row in connection.execute("SELECT name FROM main.sqlite_master")}
    names |= {row[0].lower() for row in connection.execute("PRAGMA module_list")}
    names |= {f"pragma_{row[0].lower()}" for row in connection.execute("PRAGMA pragma_list")}
    return frozenset(names | {"sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema"})


def _authorizer(
    public: Mapping[str, Sequence[str]], held: frozenset[str], refused: list[str]
) -> Callable[..., int]:
    """Allows the reading of public columns, named functions, and nothing else.

    What a column is called through (a view, a CTE, an alias) plays no part:
    SQLite names the table itself. Where a query reads no column of a subquery of
    its own, SQLite names that; it may be called anything that is no table.
    """
    readable = {
        (table, column.lower()) for table, columns in public.items() for column in (*columns, "rowid", "")
    }

    def decide(
        action: int, first: str | None, second: str | None, _schema: str | None, _through: str | None
    ) -> int:
        if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ:
            table, column = (first or "").lower(), (second or "").lower()
            if (table, column) in readable or (not column and table not in held):
                return sqlite3.SQLITE_OK
            refused.append(f"{first}.{second} is private" if second else f"{first} is private")
        elif action == sqlite3.SQLITE_FUNCTION:
            if (second or "").lower() in FUNCTIONS:
                return sqlite3.SQLITE_OK
            refused.append(f"the function {second} is not allowed")
        else:
            refused.append("only reading is allowed")
        return sqlite3.SQLITE_DENY

    return decide
