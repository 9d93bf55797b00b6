"""What a statement for PostgreSQL may be made of; words only: the rights of the role that asks are the wall.

PostgreSQL lets every role sleep, take locks, end its own sessions and read the
catalogue, and has no authorizer: functions, types and tables are refused here by
what is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from sqlglot import expressions

from db.adhoc.lexer import Piece, clear_pieces
from db.adhoc.limits import refusal
from db.adhoc.private import table_refused
from db.adhoc.public import TABLES

#: The schema of the views that may be asked.
SCHEMA = "published"
#: Functions that read nothing outside the query and cannot fill the memory by one call.
_FUNCTIONS = """
    abs age avg bool_and bool_or btrim ceil ceiling char_length character_length coalesce concat concat_ws
    corr count cume_dist date date_part date_trunc dense_rank div every exp extract first_value floor greatest
    initcap isfinite lag last_value lead least left length ln log log10 lower ltrim make_date max min mod mode
    now nth_value ntile nullif num_nonnulls percent_rank percentile_cont percentile_disc position power rank
    regr_intercept regr_r2 regr_slope replace right round row_number rtrim sign split_part sqrt stddev
    stddev_pop stddev_samp string_agg strpos substr substring sum to_char to_date trim trunc upper
    var_pop var_samp variance width_bucket
"""
FUNCTIONS = frozenset(_FUNCTIONS.split())
#: Words of the language and types after which a bracket may stand.
_WORDS = """
    all and any array as between by case cast char character cube date decimal distinct else except exists
    filter from group grouping having in intersect interval is join lateral like limit materialized not
    numeric offset on or over partition rollup select sets some then time timestamp union using values
    varchar when where with within
"""
WORDS = frozenset(_WORDS.split())
#: Types whose texts are looked up in the catalogue, and others that only serve to get around.
_TYPES = """
    regclass regproc regprocedure regoper regoperator regtype regrole regnamespace regconfig regdictionary
    regcollation oid xid xid8 cid tid aclitem pg_lsn pg_snapshot txid_snapshot refcursor xml
"""
TYPES = frozenset(_TYPES.split())
#: Words that tell of the session without being called like a function.
_SESSION = "current_catalog current_role current_schema current_user session_user system_user user"
SESSION = frozenset(_SESSION.split())
NEXT = "docs/sql.md says what may be asked"


def require_harmless(sql: str, query: expressions.Query) -> None:
    """Raises `DatabaseError` for a function, type or table that is not on the lists above."""
    written = clear_pieces(sql)
    _require_known_functions(written, query)
    for piece in written:
        if piece.kind in ("word", "quoted") and piece.name in TYPES:
            raise refusal(
                f"the type {piece.written} is not allowed (at character {piece.at + 1})",
                f"Use numbers, texts and dates; {NEXT}",
                piece.at,
            )
    for before, piece in pairwise(written):
        if piece.kind == "word" and piece.name in SESSION and before.written.lower() not in (".", "as"):
            raise refusal(
                f"{piece.written} is not allowed (at character {piece.at + 1})",
                f"Nothing is told of the session; {NEXT}",
                piece.at,
            )
    for kind in query.find_all(expressions.DataType):
        # Every table is a type too, private ones as well: their columns could be told by casting to them.
        if kind.this == expressions.DataType.Type.USERDEFINED:
            written_as = kind.sql("postgres")
            raise refusal(f"the type {written_as} is not allowed", f"Use numbers, texts and dates; {NEXT}")
    named = {cte.alias_or_name for cte in query.find_all(expressions.CTE)}
    for table in query.find_all(expressions.Table):
        if not isinstance(table.this, expressions.Identifier):
            raise refusal("holds a function in place of a table", NEXT)
        known = table.name in TABLES and table.db in ("", SCHEMA) and not table.catalog
        if not known and (table.name not in named or table.db):
            whole = f"{table.db}.{table.name}" if table.db else table.name
            raise table_refused(table.name, whole)


def _require_known_functions(written: Sequence[Piece], query: expressions.Query) -> None:
    """A name before a bracket is a function, unless it names the columns of a table of the query's own."""
    columns_named = Counter(
        alias.name.lower() for alias in query.find_all(expressions.TableAlias) if alias.args.get("columns")
    )
    calls = Counter(
        piece.name.lower()
        for piece, following in pairwise(written)
        if piece.kind in ("word", "quoted") and following.written == "("
    )
    for name, times in calls.items():
        if name in FUNCTIONS or name in WORDS or columns_named[name] == times:
            continue
        place = next(piece for piece in written if piece.name.lower() == name).at
        raise refusal(f"the function {name} is not allowed (at character {place + 1})", NEXT, place)
