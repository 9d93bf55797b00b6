"""A statement read before it is asked: one SELECT of what is public, its parameters, and how it is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import sqlglot
from sqlglot import expressions

from db.adhoc.growth import require_bounded
from db.adhoc.lexer import for_driver, parameters, pieces
from db.adhoc.limits import refusal, require_short
from db.adhoc.postgresql_guard import require_harmless
from db.adhoc.private import require_public

#: How deep brackets may be nested: the parser that words the messages goes down a step each.
DEEPEST = 200

#: What one database calls otherwise than the other, and how it is written there.
_QUANTILE_OF_SQLITE = "nearest_rank(value, 0.5)"
ELSEWHERE = {
    "sqlite": {
        "percentile_disc": _QUANTILE_OF_SQLITE,
        "percentile_cont": _QUANTILE_OF_SQLITE,
        "string_agg": "group_concat(value, ', ')",
    },
    "postgresql": {
        "nearest_rank": "PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY value)",
        "group_concat": "STRING_AGG(value, ', ')",
    },
}
CALLED = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True)
class Read:
    """The names of a statement's `:parameters`, and the statement as the driver takes it."""

    parameters: list[str]
    sent: str


def read(sql: str, dialect: str) -> Read:
    """What a statement needs; raises `DatabaseError` that says why it is not one harmless SELECT.

    This is for the words: the database's own guard is the wall.
    """
    require_short(sql)
    if "\0" in sql:
        raise refusal("holds a NUL character", "Leave it out")
    if _depth(sql) > DEEPEST:
        raise refusal(f"nests brackets deeper than {DEEPEST}", "Write it flatter")
    try:
        written = sqlglot.parse(sql, dialect="postgres" if dialect != "sqlite" else "sqlite")
        statements = [statement for statement in written if statement]
    except sqlglot.errors.SqlglotError as error:
        raise refusal(
            f"cannot be read as SQL ({_first_line(error)})", "Put that place right", _place(sql, error)
        ) from error
    except RecursionError as error:
        raise refusal("is nested too deeply to be read", "Write it flatter") from error
    if len(statements) != 1:
        raise refusal(f"holds {len(statements)} statements", "Send one SELECT at a time")
    if not isinstance(statements[0], expressions.Query):
        kind = type(statements[0]).__name__.upper()
        raise refusal(f"is {kind}, and only SELECT is allowed", "Facts change through collectors alone")
    require_public(statements[0])
    require_bounded(statements[0])
    _require_of_this_database(sql, dialect)
    if dialect != "sqlite":
        require_harmless(sql, statements[0])
    return Read(parameters(sql), for_driver(sql) if dialect != "sqlite" else sql)


def _require_of_this_database(sql: str, dialect: str) -> None:
    """A function of the other database is told with what this one has for it."""
    for piece, following in pairwise(piece for piece in pieces(sql) if piece.kind != "blank"):
        if piece.kind == "word" and following.written == "(" and piece.name in ELSEWHERE[dialect]:
            raise refusal(
                f"the function {piece.name} is none of {CALLED[dialect]} (at character {piece.at + 1})",
                f"Write {ELSEWHERE[dialect][piece.name]}",
                piece.at,
            )


def _first_line(error: Exception) -> str:
    # The parser underlines the place by codes for terminals; a page and a log read it without.
    said = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines()[0].rstrip(":. ")
    # What its own parts are called says nothing to whoever wrote the statement.
    return re.sub(r"Required keyword: '\w+' missing for <class '[^']*'>", "Something is missing", said)


def _place(sql: str, error: Exception) -> int | None:
    """Where the parser stood, from 0, when it says so."""
    told = getattr(error, "errors", [])
    line, column = (told[0].get("line"), told[0].get("col")) if told else (None, None)
    if not line or column is None:
        return None
    before = sum(len(each) for each in sql.splitlines(keepends=True)[: line - 1])
    length = len(told[0].get("highlight") or "")
    return max(0, min(len(sql), before + int(column) - max(1, length)))


def _depth(sql: str) -> int:
    deepest = depth = 0
    for character in sql:
        if character == "(":
            depth += 1
            deepest = max(deepest, depth)
        elif character == ")":
            depth -= 1
    return deepest
