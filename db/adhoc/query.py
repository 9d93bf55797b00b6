"""One SELECT of somebody else's, run read-only and bounded in time, rows, bytes and memory."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlalchemy import Engine
from sqlglot import expressions

from db.adhoc import postgresql, processes
from db.adhoc.lexer import parameters as written_parameters
from db.adhoc.limits import Limits, refusal
from db.adhoc.parameters import Text
from db.adhoc.postgresql_guard import require_harmless
from db.adhoc.private import require_public
from db.adhoc.public import public_columns
from db.adhoc.sqlite_guard import LONGEST_STATEMENT
from db.adhoc.turns import LINE, TURN, Turn

#: How deep brackets may be nested: the parser that words the messages goes down a step each.
DEEPEST = 200


@dataclass(frozen=True)
class Result:
    """What a query gave: column names, rows, and whether there were more than the limits allow."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    truncated: bool
    seconds: float


class Answer:
    """The rows of a running query, batch by batch; leaving it ends the query."""

    def __init__(self, messages: Iterator[dict[str, Any]]) -> None:
        self._messages = messages
        self.columns: list[str] = next(messages)["columns"]
        #: Known once all batches are taken: whether the limit on `rows` or `bytes` cut it short.
        self.cut_short: str | None = None
        #: Rows taken so far.
        self.rows = 0

    def batches(self) -> Iterator[list[tuple[Any, ...]]]:
        """Rows, a few hundred at a time, as the database gives them."""
        for message in self._messages:
            if "end" in message:
                self.cut_short = None if message["end"] == "all" else message["end"]
                # The messages' own end gives the process back.
                continue
            if message["rows"]:
                self.rows += len(message["rows"])
                yield [tuple(map(_value, row)) for row in message["rows"]]

    def close(self) -> None:
        """Ends the query if it still runs."""
        close = getattr(self._messages, "close", None)
        if close is not None:
            close()


def run(
    engine: Engine,
    sql: str,
    *,
    parameters: Mapping[str, str | int | float] | None = None,
    limit: int = Limits.rows,
    timeout: float = Limits.seconds,
) -> Result:
    """Run one SELECT with named `:parameters` and hold its rows; nothing can be written.

    Raises `DatabaseError` that says what is not allowed and how to ask instead.
    """
    began = time.monotonic()
    answer = stream(engine, sql, parameters=parameters, limits=Limits(seconds=timeout, rows=limit))
    rows = [row for batch in answer.batches() for row in batch]
    return Result(answer.columns, rows, answer.cut_short is not None, time.monotonic() - began)


def stream(
    engine: Engine,
    sql: str,
    *,
    parameters: Mapping[str, str | int | float] | None = None,
    limits: Limits | None = None,
    patience: float = TURN,
    ticket: str = "",
    who: str = "",
    gone: Callable[[], bool] = lambda: False,
) -> Answer:
    """The same, batch by batch: memory does not grow with the number of rows.

    `patience` is how many seconds it may wait for its turn, from the place in the line
    that `ticket` keeps, as one of the questions of `who`; it is ended when `gone` says
    that nobody waits for the answer any more.

    Raises `DatabaseError` for several statements, anything but SELECT, a private
    table or column, a function that is not allowed, a parameter without a value,
    and, here or while the batches are taken, for more than the limits; `TooMany`
    when its turn has not come.
    """
    # Before anything is read: even that would hold others up while many ask.
    turn = LINE.take(patience, ticket, who, gone)
    try:
        return Answer(_messages(engine, sql, dict(parameters or {}), limits or Limits(), turn, gone))
    except BaseException:
        turn.end()
        raise


def _messages(
    engine: Engine,
    sql: str,
    given: Mapping[str, str | int | float],
    limits: Limits,
    turn: Turn,
    gone: Callable[[], bool],
) -> Iterator[dict[str, Any]]:
    dialect = engine.dialect.name
    _require_one_select(sql, dialect)
    wanted = written_parameters(sql)
    if missing := [name for name in wanted if name not in given]:
        raise refusal(f"the parameter :{missing[0]} has no value", f"Give it with --param {missing[0]}=…")
    if dialect != "sqlite":
        # PostgreSQL reads a text as whatever its place needs; here is only made sure that it is one.
        values = {name: _sendable(given[name]) for name in wanted}
        return postgresql.ask(engine, sql, values, limits, turn, gone=gone)
    path = engine.url.database or ""
    if path in ("", ":memory:"):
        raise refusal("needs a database file", "Set FLOWMETER_DATABASE_URL to a SQLite file")
    question = {
        "path": path,
        "sql": sql,
        "parameters": {name: _number_or_text(given[name]) for name in wanted},
        "public": public_columns(),
    }
    return processes.ask(question, limits, turn, gone=gone)


def _require_one_select(sql: str, dialect: str) -> None:
    """Gives a good message early; the database's own guard is the wall."""
    try:
        length = len(sql.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise refusal("holds characters that are no text", "Write it in UTF-8") from error
    if length > LONGEST_STATEMENT:
        raise refusal(
            f"is {length:,} bytes long", f"Send at most {LONGEST_STATEMENT:,} bytes, values as :parameters"
        )
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
    if dialect != "sqlite":
        require_harmless(sql, statements[0])


def _first_line(error: Exception) -> str:
    # The parser underlines the place by codes for terminals; a page and a log read it without.
    return re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines()[0].rstrip(":. ")


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


def _sendable(value: str | int | float) -> str | int | float:
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise refusal("a parameter holds characters that are no text", "Write it in UTF-8") from error
        if "\0" in value:
            raise refusal("a parameter holds a NUL character", "Leave it out")
    return value


def _number_or_text(value: str | int | float) -> int | float | str:
    """SQLite compares a number and a text by their kinds: what is written as a number becomes one."""
    value = _sendable(value)
    if not isinstance(value, str) or isinstance(value, Text):
        return value
    for kind in (int, float):
        try:
            number = kind(value)
        except ValueError:
            continue
        if isinstance(number, int) and not -(2**63) <= number < 2**63:
            break
        return number
    return value


def _value(sent: Any) -> Any:
    """A value as the database gave it: bytes come as their digits."""
    return bytes.fromhex(sent["hex"]) if isinstance(sent, dict) else sent
